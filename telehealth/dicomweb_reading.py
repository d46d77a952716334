"""What a DICOMweb request may reach, and the audit of reaching it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.access import Permission
from telehealth.audit import Act, OncePerWhile, record
from telehealth.beliefs import Beliefs
from telehealth.case_images import ImageAccess
from telehealth.doors import Call
from telehealth.images import DICOMWEB_ROOT
from telehealth.parts import Parts
from viewer.errors import StudyUnknown
from viewer.query_store import QueryStore
from viewer.store import ImageStore, SeriesSummary
from viewer.tables import InstanceRow, StudyRow

# Names and numbers of the patient stand in every header, so reading headers asks for more than
# looking at pixels does.
NEEDS: Final = Permission.SEE_PATIENT_IDENTITY


@dataclass(frozen=True)
class Reached:
    """A visible study, and below it what the address named."""

    study: StudyRow
    case_id: UUID
    series: tuple[SeriesSummary, ...]
    instances: tuple[tuple[SeriesSummary, InstanceRow], ...] = ()


@dataclass
class DicomwebReading:
    """Looks up what addresses name, for those who may see it."""

    parts: Parts
    access: ImageAccess
    _readings: OncePerWhile = field(default_factory=OncePerWhile)
    _believed: Beliefs[tuple[UUID, str], tuple[StudyRow, UUID]] = field(default_factory=Beliefs)

    @property
    def root(self) -> str:
        """The absolute address of the DICOMweb service."""
        return self.parts.settings.origin() + DICOMWEB_ROOT

    async def studies(self, call: Call, tx: AsyncSession) -> Sequence[StudyRow]:
        """Every study in reach."""
        return await self.access.studies(tx, call.caller, NEEDS, call.at)

    async def reach(self, call: Call, instances: bool = True) -> Reached:
        """What the study, series and instance of the address are. Raises StudyUnknown."""
        names = call.request.path_params
        async with self.parts.database.reading() as tx:
            study, case_id = await self._study(tx, call)
            series = await ImageStore(tx).series_of(study.id, names.get("series_uid"))
            found = await self._instances(tx, series, names.get("sop_uid")) if instances else []
        if not series or (instances and not found):
            raise StudyUnknown
        return Reached(study, case_id, tuple(series), tuple(found))

    async def _study(self, tx: AsyncSession, call: Call) -> tuple[StudyRow, UUID]:
        """The study of the address and the case that shows it: asked seconds ago, or now."""
        key = call.caller.login_id, call.text("study_uid")
        if known := self._believed.get(key, call.at):
            return known
        found = await self.access.study(tx, call.caller, NEEDS, key[1], call.at)
        return self._believed.keep(key, found, call.at)

    async def _instances(
        self, tx: AsyncSession, series: list[SeriesSummary], sop_uid: str | None
    ) -> list[tuple[SeriesSummary, InstanceRow]]:
        found = []
        for each in series:
            if sop_uid is None:
                found += [(each, row) for row in await ImageStore(tx).instances(each.row.id)]
            elif row := await QueryStore(tx).instance(each.row.id, sop_uid):
                found.append((each, row))
        return found

    async def note(self, call: Call, reached: Reached) -> None:
        """Write to the trail that this study was read, once in a while for each sign-in."""
        reader, study_id = call.caller.login_id, reached.study.id
        if not self._readings.is_due(reader, study_id, call.at):
            return
        async with self.parts.database.transaction() as tx:
            act = Act("dicomweb_read", "study", str(study_id), reached.case_id)
            await record(tx, call.source, act)
        self._readings.noted(reader, study_id, call.at)
