"""Which images lie where already: a site's best computer counts, and whether it will be in time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from viewer.holdings import Holding, Readiness, of_site

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
STARTS = NOW + timedelta(hours=1)
SITE, OTHER = UUID(int=1), UUID(int=2)
CT, MR = UUID(int=11), UUID(int=12)
SERIES = {CT: 80_000_000, MR: 20_000_000}


def told(
    series: UUID,
    held: int,
    *,
    device: int = 1,
    site: UUID = SITE,
    rate: int | None = 1_000_000,
    ago: timedelta = timedelta(minutes=1),
) -> Holding:
    return Holding(site, UUID(int=device), series, held, rate, NOW - ago)


def test_nobody_there_told_anything() -> None:
    seen = of_site(SITE, SERIES, [told(CT, 5, site=OTHER)], NOW, STARTS)
    assert (seen.state, seen.held_bytes, seen.total_bytes) == (Readiness.NOTHING, 0, 100_000_000)
    assert (seen.left, seen.told_at) == (None, None)


def test_the_computer_that_has_most_counts_and_computers_are_not_added_up() -> None:
    here = [told(CT, 50_000_000), told(CT, 70_000_000, device=2), told(MR, 20_000_000)]
    seen = of_site(SITE, SERIES, here, NOW, STARTS)
    assert seen.held_bytes == 70_000_000


def test_all_bytes_of_all_series_make_it_complete_if_told_in_the_last_days() -> None:
    old = timedelta(days=2)
    here = [told(CT, 80_000_000, ago=old), told(MR, 20_000_000, ago=old)]
    assert of_site(SITE, SERIES, here, NOW, STARTS).state is Readiness.COMPLETE
    later = of_site(SITE, SERIES, here, NOW + timedelta(days=2), STARTS)
    assert later.state is Readiness.NOTHING


@pytest.mark.parametrize(
    ("rate", "state"),
    [(1_000_000, Readiness.FETCHING), (50_000, Readiness.LATE), (None, Readiness.STOPPED)],
)
def test_the_rate_tells_whether_it_will_be_in_time(rate: int | None, state: Readiness) -> None:
    seen = of_site(SITE, SERIES, [told(CT, 75_000_000, rate=rate)], NOW, STARTS)
    assert seen.state is state
    if rate:
        assert seen.left == timedelta(seconds=200_000_000 / rate)


def test_who_fell_silent_has_stopped() -> None:
    here = [told(CT, 75_000_000, ago=timedelta(minutes=11))]
    seen = of_site(SITE, SERIES, here, NOW, STARTS)
    assert (seen.state, seen.rate_bps, seen.left) == (Readiness.STOPPED, None, None)


def test_a_series_that_grew_is_not_complete_any_more() -> None:
    here = [told(CT, 80_000_000), told(MR, 20_000_000)]
    seen = of_site(SITE, SERIES | {MR: 30_000_000}, here, NOW, STARTS)
    assert (seen.state, seen.held_bytes) == (Readiness.FETCHING, 100_000_000)


def test_what_is_told_beyond_a_series_does_not_count() -> None:
    assert of_site(SITE, SERIES, [told(MR, 10**12)], NOW, STARTS).held_bytes == 20_000_000
