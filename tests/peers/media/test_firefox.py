"""Debian's Firefox with Debian's Chromium, on both engines. Rules: docs/media-protocol.md."""

import pytest

from tests.support.alone import play_alone
from tests.support.engines import ENGINES


@pytest.fixture(scope="module", params=ENGINES)
def reached(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The rules that were kept, as "v1 j1"."""
    folder = tmp_path_factory.mktemp(request.param)
    by_mode = play_alone("tests.support.browser_room", folder, request.param)
    return [f"{mode} {rule}" for mode, rules in by_mode.items() for rule in rules]


MODES = pytest.mark.parametrize("mode", ["v1", "v0"])


@MODES
def test_j1_firefox_and_chromium_see_and_hear_each_other(reached: list[str], mode: str) -> None:
    assert f"{mode} j1" in reached


@MODES
def test_p2_firefox_mutes_unpublishes_and_republishes(reached: list[str], mode: str) -> None:
    assert f"{mode} p2" in reached


@MODES
def test_d1_texts_and_calls_pass_between_firefox_and_chromium(
    reached: list[str], mode: str
) -> None:
    assert f"{mode} d1" in reached


@MODES
def test_r1_firefox_resumes_after_a_lost_signal_connection(reached: list[str], mode: str) -> None:
    assert f"{mode} r1" in reached
