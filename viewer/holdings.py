"""Which images lie at which site already, before anybody meets: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

# A computer that has said nothing for so long is not fetching any more,
SILENCE: Final = timedelta(minutes=10)
# and after so long what it held may have been cleared away: pages open or opened daily tell again.
TRUST: Final = timedelta(days=3)


@dataclass(frozen=True)
class Holding:
    """What one browser told: so many bytes of a series from its first on, at this rate."""

    facility_id: UUID
    device_id: UUID
    series_id: UUID
    held_bytes: int
    rate_bps: int | None
    told_at: datetime


class Readiness(StrEnum):
    """How far a site is with a case."""

    COMPLETE = "complete"
    FETCHING = "fetching"
    LATE = "late"  # at this rate it will not be done when the session begins
    STOPPED = "stopped"
    NOTHING = "nothing"


@dataclass(frozen=True)
class SiteImages:
    """One case at one site, by the computer there that has most of it."""

    facility_id: UUID
    state: Readiness
    held_bytes: int
    total_bytes: int
    rate_bps: int | None
    left: timedelta | None
    told_at: datetime | None


def of_site(
    facility_id: UUID,
    series: Mapping[UUID, int],
    told: Iterable[Holding],
    now: datetime,
    starts_at: datetime,
) -> SiteImages:
    """A case, as the bytes of each of its series, at a site."""
    total = sum(series.values())
    here = [
        holding
        for holding in told
        if holding.facility_id == facility_id
        and holding.series_id in series
        and now - holding.told_at <= TRUST
    ]
    if not here:
        return SiteImages(facility_id, Readiness.NOTHING, 0, total, None, None, None)
    best = max(_by_device(here), key=lambda device: _held(device, series))
    held, newest = _held(best, series), max(best, key=lambda holding: holding.told_at)
    rate = newest.rate_bps if now - newest.told_at <= SILENCE else None
    left = timedelta(seconds=(total - held) * 8 / rate) if rate else None
    state = _state(held >= total, left, now, starts_at)
    return SiteImages(facility_id, state, held, total, rate, left, newest.told_at)


def _by_device(told: Iterable[Holding]) -> Sequence[list[Holding]]:
    devices: dict[UUID, list[Holding]] = {}
    for holding in told:
        devices.setdefault(holding.device_id, []).append(holding)
    return list(devices.values())


def _held(told: Iterable[Holding], series: Mapping[UUID, int]) -> int:
    return sum(min(holding.held_bytes, series[holding.series_id]) for holding in told)


def _state(complete: bool, left: timedelta | None, now: datetime, starts_at: datetime) -> Readiness:
    if complete:
        return Readiness.COMPLETE
    if left is None:
        return Readiness.STOPPED
    return Readiness.LATE if now + left > starts_at else Readiness.FETCHING
