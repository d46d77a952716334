"""Images already there: what a site fetches before a session, what it told, who is ready."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.directory_store import DirectoryStore
from scheduling.errors import NotFound
from scheduling.session import Session
from scheduling.session_store import SessionStore
from telehealth.access import Permission, may
from telehealth.agenda_images import agenda, shown, sites, with_series
from telehealth.audit import Act, record
from telehealth.casefile import CaseFile, session_facts
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.near_packs import near_of, place_of
from telehealth.parts import Parts
from viewer.holding_store import HoldingStore
from viewer.holdings import Holding, Readiness, of_site
from viewer.near import Near
from viewer.tables import ImageSeriesRow

_SERIES_MAX: Final = 2_000  # of one session: some 12 cases


class NearPlace(BaseModel):
    """Where a gateway of the caller's hospital has the pack, in closed pieces, and their key."""

    url: str
    key: str


class KeepSeries(BaseModel):
    """A series to fetch: `pack_id` names its bytes, which only ever grow."""

    series_uid: str
    pack_id: UUID
    bytes: int
    images: int
    near: NearPlace | None = None


class KeepCase(BaseModel):
    """The series of one case."""

    case_id: UUID
    series: list[KeepSeries]


class KeepPlan(BaseModel):
    """Cases of a session in the order of its agenda, as far as the caller may read them."""

    items: list[KeepCase]


class KeptSeries(BaseModel):
    """So many bytes of a series, from its first on, are here."""

    pack_id: UUID
    bytes: Annotated[int, Field(ge=0, le=1 << 42)]


class Kept(BaseModel):
    """What one browser holds for a session, and how fast it fetches (bits per second)."""

    device_id: UUID
    rate_bps: Annotated[int, Field(ge=1, le=100_000_000_000)] | None = None
    items: Annotated[list[KeptSeries], Field(max_length=_SERIES_MAX)]


class KeepKey(BaseModel):
    """The caller's own key (AES-256, base64): kept images are unreadable without signing in."""

    key: str


class SiteReadiness(BaseModel):
    """One site and one case."""

    facility_id: UUID
    facility_name: str
    state: Readiness
    held_bytes: int
    total_bytes: int
    rate_bps: int | None
    left_seconds: int | None
    told_at: AwareDatetime | None


class CaseReadiness(BaseModel):
    """One case at every site that may see it."""

    case_id: UUID
    sites: list[SiteReadiness]


class ReadinessBoard(BaseModel):
    """Cases of the session in the order of its agenda."""

    items: list[CaseReadiness]


class HoldingsApi:
    """What is fetched ahead, and what the coordinator sees of it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        one = "/api/sessions/{session_id}"
        raises = (NotAllowed, NotFound)
        return [
            Door(
                "GET",
                one + "/images",
                self.plan,
                Permission.JOIN_SESSION,
                "The images a site should have before the session",
                gives=KeepPlan,
                raises=raises,
            ),
            Door(
                "PUT",
                one + "/holdings",
                self.tell,
                Permission.JOIN_SESSION,
                "Tell which of them a browser of the caller's facility holds",
                takes=Kept,
                status=204,
                raises=raises,
            ),
            Door(
                "GET",
                one + "/readiness",
                self.board,
                Permission.READ_LINE_CHECKS,
                "Which images lie at which site already",
                gives=ReadinessBoard,
                raises=raises,
            ),
            Door(
                "GET",
                "/api/me/keep-key",
                self.key,
                Permission.JOIN_SESSION,
                "The key under which the caller's browser keeps images",
                gives=KeepKey,
            ),
        ]

    async def plan(self, call: Call) -> KeepPlan:
        """Never more than what the caller could open now."""
        async with self._parts.database.reading() as tx:
            session = await _session(tx, call, Permission.JOIN_SESSION)
            found = await _readable(tx, call, session)
            near = await near_of(tx, call.caller.facility_id, call.at)
        return KeepPlan(items=[self._case(file, series, near) for file, series in found])

    def _case(self, file: CaseFile, series: Sequence[ImageSeriesRow], near: list[Near]) -> KeepCase:
        return KeepCase(case_id=file.case.id, series=[self._series(row, near) for row in series])

    def _series(self, row: ImageSeriesRow, near: list[Near]) -> KeepSeries:
        url = place_of(near, row)
        key = b64encode(self._parts.sealing.pack_key(row.id)).decode()
        return KeepSeries(
            series_uid=row.series_uid,
            pack_id=row.id,
            bytes=row.published_bytes,
            images=row.published_images,
            near=NearPlace(url=url, key=key) if url else None,
        )

    async def tell(self, call: Call) -> None:
        """What is not of this session, or not for the caller to read, counts for nothing."""
        body = call.parsed(Kept)
        async with self._parts.database.transaction() as tx:
            session = await _session(tx, call, Permission.JOIN_SESSION)
            cases = {
                row.id: file.case.id
                for file, series in await _readable(tx, call, session)
                for row in series
            }
            told = {item.pack_id: item for item in body.items if item.pack_id in cases}
            holdings = [
                Holding(
                    facility_id=call.caller.facility_id,
                    device_id=body.device_id,
                    series_id=item.pack_id,
                    held_bytes=item.bytes,
                    rate_bps=body.rate_bps,
                    told_at=call.at,
                )
                for item in told.values()
            ]
            new = await HoldingStore(tx).replace(body.device_id, cases, holdings)
            for series_id in new:
                act = Act("images_keep", "image_series", str(series_id), cases[series_id])
                await record(tx, call.source, act)

    async def board(self, call: Call) -> ReadinessBoard:
        """Each case at the sites of those who may read it."""
        async with self._parts.database.reading() as tx:
            session = await _session(tx, call, Permission.READ_LINE_CHECKS)
            directory = DirectoryStore(tx)
            people = await directory.people(ids=[seat.person_id for seat in session.seats])
            names = dict[UUID, str]((site.id, site.name) for site in await directory.facilities())
            found = await with_series(tx, await agenda(tx, session, call.at))
            told = await HoldingStore(tx).of_series(
                [row.id for _, series in found for row in series]
            )
        items = [
            CaseReadiness(
                case_id=file.case.id,
                sites=[
                    _site(site, names[site], shown(series, identity), told, call, session)
                    for site, identity in sites(file, people).items()
                ],
            )
            for file, series in found
        ]
        return ReadinessBoard(items=items)

    async def key(self, call: Call) -> KeepKey:
        """Always the same for a person; nobody who cannot sign in gets it."""
        return KeepKey(key=self._parts.sealing.key_for(call.caller.person_id))


async def _session(tx: AsyncSession, call: Call, permission: Permission) -> Session:
    session = await SessionStore(tx).get(call.uuid("session_id"))
    call.require(permission, session_facts(session))
    return session


async def _readable(
    tx: AsyncSession, call: Call, session: Session
) -> list[tuple[CaseFile, list[ImageSeriesRow]]]:
    files = await agenda(tx, session, call.at)
    mine = [file for file in files if may(call.caller, Permission.READ_CASE, file.facts)]
    return [
        (file, shown(series, may(call.caller, Permission.SEE_PATIENT_IDENTITY, file.facts)))
        for file, series in await with_series(tx, mine)
    ]


def _site(
    facility_id: UUID,
    name: str,
    series: Sequence[ImageSeriesRow],
    told: Sequence[Holding],
    call: Call,
    session: Session,
) -> SiteReadiness:
    sizes = {row.id: row.published_bytes for row in series}
    seen = of_site(facility_id, sizes, told, call.at, session.starts_at)
    return SiteReadiness(
        facility_id=facility_id,
        facility_name=name,
        state=seen.state,
        held_bytes=seen.held_bytes,
        total_bytes=seen.total_bytes,
        rate_bps=seen.rate_bps,
        left_seconds=None if seen.left is None else int(seen.left / timedelta(seconds=1)),
        told_at=seen.told_at,
    )
