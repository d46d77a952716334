"""Which packs a hospital's gateway should keep, and where a browser finds what it keeps."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.directory_store import DirectoryStore
from scheduling.session import SessionState
from scheduling.session_store import SessionStore
from telehealth.agenda_images import agenda, shown, sites, with_series
from viewer.gateway import Gateway
from viewer.gateway_store import GatewayStore
from viewer.near import Near, is_alive
from viewer.tables import ImageSeriesRow

AHEAD: Final = timedelta(days=8)
_COMING: Final = frozenset(
    {SessionState.PLANNED, SessionState.OPEN, SessionState.AGENDA_LOCKED, SessionState.LIVE}
)


async def wanted_at(
    tx: AsyncSession, facility_id: UUID, now: datetime
) -> dict[UUID, tuple[ImageSeriesRow, UUID]]:
    """Pack -> its series and a case that shows it, the next session's first.

    What people of the facility will be shown in the sessions of the next days, as the readiness
    board counts it (KE6).
    """
    found: dict[UUID, tuple[ImageSeriesRow, UUID]] = {}
    for session in await SessionStore(tx).between(now, now + AHEAD):
        if session.state not in _COMING:
            continue
        people = await DirectoryStore(tx).people(ids=[seat.person_id for seat in session.seats])
        for file, series in await with_series(tx, await agenda(tx, session, now)):
            named = sites(file, people).get(facility_id)
            for row in shown(series, named) if named is not None else ():
                found.setdefault(row.id, (row, file.case.id))
    return found


async def near_of(tx: AsyncSession, facility_id: UUID, now: datetime) -> list[Near]:
    """What living gateways of a facility keep."""
    return [
        gateway.near
        for gateway in await GatewayStore(tx).all()
        if gateway.facility_id == facility_id and gateway.near and is_alive(gateway.seen_at, now)
    ]


def place_of(near: list[Near], row: ImageSeriesRow) -> str | None:
    """The address of a pack at a gateway that has all of it."""
    for each in near:
        if each.packs.get(row.id) == row.published_bytes:
            return f"{each.address}/near/{row.id}"
    return None


def origins(gateways: list[Gateway], now: datetime) -> tuple[str, ...]:
    """Where pages may fetch from besides the server."""
    alive = {g.near.address for g in gateways if g.near and is_alive(g.seen_at, now)}
    return tuple(sorted(alive))


Wanted = Mapping[UUID, tuple[ImageSeriesRow, UUID]]
