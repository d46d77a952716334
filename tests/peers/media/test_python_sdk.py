"""The `livekit` Python SDK and `livekit-api` in one room with a browser."""

from pathlib import Path

import pytest

from tests.support.alone import play_alone
from tests.support.engines import ENGINES

ON_BOTH = pytest.mark.parametrize("engine", ENGINES)
_STORIES = "tests.support.sdk_room"


@ON_BOTH
def test_j5_eight_people_at_once_all_get_every_track(tmp_path: Path, engine: str) -> None:
    assert play_alone(_STORIES, tmp_path, "crowd", engine)["events"] == [[]] * 8


@ON_BOTH
def test_c1_sdk_and_browser_meet_and_are_moderated_by_livekit_api(
    tmp_path: Path, engine: str
) -> None:
    result = play_alone(_STORIES, tmp_path, "conference", engine)
    for person, others in (("alice", ("carol", "bob")), ("bob", ("carol", "alice"))):
        for other in others:
            assert result["media"][person][f"{other} video"] >= 20
            assert result["media"][person][f"{other} audio"] >= 20
    assert (result["rpc"], result["rpc_back"]) == ("echo:hi", "echo:hi")
    assert result["api"]["rooms"] == ["conference"]
    assert result["api"]["people"] == ["alice", "bob", "carol"]
    assert result["api"]["muted"] is True
    assert result["api"]["told"] == ["data", "room metadata", "attributes", "unsubscribed"]
    assert "reconnecting" not in result["api"]["events"]
    assert "401" in result["refused"]
