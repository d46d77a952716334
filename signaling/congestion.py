"""How high a video layer a receiver's line can bear, judged by the loss it reports. Pure.

The coarse rule beside the line's own budget (`estimator`), for loss that no delay announces: step
down on sustained loss, step up after a clean while, and wait longer before each new try when the
last one failed.
"""

from dataclasses import dataclass, replace

from signaling.layers import HIGHEST

BAD_LOSS, GOOD_LOSS = 0.08, 0.02
_BAD_REPORTS = 2  # in a row, about a second apart
_SETTLE_SECONDS = 3.0  # after a step, before the next one down
_FIRST_TRY_SECONDS, _LONGEST_TRY_SECONDS = 8.0, 64.0


@dataclass(frozen=True)
class Ladder:
    """The highest layer allowed now, and since when; times are seconds of one clock."""

    ceiling: int = HIGHEST
    bad_reports: int = 0
    stepped_at: float = float("-inf")
    clean_since: float | None = None
    try_seconds: float = _FIRST_TRY_SECONDS
    climbed: bool = False  # the last step was up


def step(ladder: Ladder, loss: float, now: float) -> Ladder:
    """The ladder after one more report of `loss` (0..1)."""
    if loss > BAD_LOSS:
        return _bad(ladder, now)
    if loss > GOOD_LOSS:
        return replace(ladder, bad_reports=0, clean_since=None)
    since = ladder.clean_since if ladder.clean_since is not None else now
    if ladder.ceiling < HIGHEST and now - max(since, ladder.stepped_at) >= ladder.try_seconds:
        return Ladder(ladder.ceiling + 1, 0, now, now, ladder.try_seconds, climbed=True)
    return replace(ladder, bad_reports=0, clean_since=since)


def _bad(ladder: Ladder, now: float) -> Ladder:
    bad = ladder.bad_reports + 1
    if bad < _BAD_REPORTS or now - ladder.stepped_at < _SETTLE_SECONDS or ladder.ceiling == 0:
        return replace(ladder, bad_reports=bad, clean_since=None)
    longer = min(ladder.try_seconds * 2, _LONGEST_TRY_SECONDS)
    wait = longer if ladder.climbed else ladder.try_seconds
    return Ladder(ladder.ceiling - 1, 0, now, None, wait)
