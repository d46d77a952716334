"""The `livekit` Python SDK and `livekit-api` in one room with a browser."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]


def _play(story: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.support.sdk_room", str(folder), story]
    done = subprocess.run(
        [str(_ROOT / "scripts/loopback-only"), *command],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return result


def test_j5_eight_people_at_once_all_get_every_track(tmp_path: Path) -> None:
    assert _play("crowd", tmp_path)["events"] == [[]] * 8


def test_c1_sdk_and_browser_meet_and_are_moderated_by_livekit_api(tmp_path: Path) -> None:
    result = _play("conference", tmp_path)
    for person, others in (("alice", ("carol", "bob")), ("bob", ("carol", "alice"))):
        for other in others:
            assert result["media"][person][f"{other} video"] >= 20
            assert result["media"][person][f"{other} audio"] >= 20
    assert (result["rpc"], result["rpc_back"]) == ("echo:hi", "echo:hi")
    assert result["api"]["rooms"] == ["conference"]
    assert result["api"]["people"] == ["alice", "bob", "carol"]
    assert result["api"]["muted"] is True
    assert "reconnecting" not in result["api"]["events"]
    assert "401" in result["refused"]
