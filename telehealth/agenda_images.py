"""The images of a session's cases, and at which sites people sit who may see them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.case_store import CaseStore
from scheduling.person import Person
from scheduling.session import Session
from telehealth.access import Caller, Permission, may
from telehealth.casefile import CaseFile, case_files, no_material
from viewer.burned_in import withholds
from viewer.holding_store import HoldingStore
from viewer.query_store import QueryStore
from viewer.tables import ImageSeriesRow


async def agenda(tx: AsyncSession, session: Session, now: datetime) -> list[CaseFile]:
    """The cases on the agenda."""
    cases = [c for c in await CaseStore(tx).of_sessions([session.id]) if c.position is not None]
    return await case_files(tx, cases, no_material, now)


async def with_series(
    tx: AsyncSession, files: Sequence[CaseFile]
) -> list[tuple[CaseFile, list[ImageSeriesRow]]]:
    """Each case with the published series of its studies."""
    found = []
    for file in files:
        studies = await QueryStore(tx).studies_of([file.case.id])
        series = await HoldingStore(tx).published([study.id for study in studies])
        found.append((file, series))
    return found


def shown(series: Sequence[ImageSeriesRow], identity: bool) -> list[ImageSeriesRow]:
    """Series whose pixels may be fetched by those who may, or may not, see the identity."""
    return [row for row in series if identity or not withholds(row.burned_in, row.name_said)]


def sites(file: CaseFile, people: Sequence[Person]) -> dict[UUID, bool]:
    """The facilities of invited people who may read the case by their seat.

    True where one of them may see the identity, and so fetches pictures that may show it.
    """
    found = dict[UUID, bool]()
    for person in people:
        seated = Caller(
            person_id=person.id,
            username="",
            full_name=person.full_name,
            facility_id=person.facility_id,
            roles=frozenset(),
            login_id=person.id,
        )
        if may(seated, Permission.READ_CASE, file.facts):
            named = may(seated, Permission.SEE_PATIENT_IDENTITY, file.facts)
            found[person.facility_id] = found.get(person.facility_id, False) or named
    return found
