"""Where cases and images meet: whose images they are, who may see them, what a case lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.case import Case
from scheduling.case_store import CaseStore
from scheduling.completeness import MaterialFacts
from telehealth.access import Caller, Permission, may
from telehealth.beliefs import Beliefs
from telehealth.casefile import case_files, no_material
from viewer.burned_in import withholds
from viewer.errors import PixelsWithheld, StudyUnknown
from viewer.excerpt_store import ExcerptStore
from viewer.free_text import telling_words
from viewer.identity import (
    CasePatient,
    Difference,
    IdentityCheck,
    IdentityStatus,
    ImagePatient,
    check,
    with_confirmation,
)
from viewer.query_store import QueryStore
from viewer.store import ImageStore
from viewer.tables import CaseStudyRow, ImageSeriesRow, StudyRow


def case_patient(case: Case) -> CasePatient:
    """The patient of a case as the identity check needs it."""
    patient = case.content.patient_full
    numbers = (
        patient.local_patient_code,
        patient.personal_id_number,
        patient.health_insurance_number,
        case.content.encounter.medical_record_no,
    )
    return CasePatient(
        numbers=frozenset(number for number in numbers if number),
        birth_date=patient.birth_date,
        birth_date_precision=str(patient.birth_date_precision),
        sex=str(patient.sex),
        full_name=patient.full_name,
    )


def identity_of(study: StudyRow, link: CaseStudyRow, case: Case) -> IdentityCheck:
    """Is this study the patient's, as far as headers and confirmations say."""
    confirmed = link.confirmed_differences
    known = None if confirmed is None else tuple(Difference(**item) for item in confirmed)
    return with_confirmation(check(_named(study), case_patient(case)), known)


def telling_of(study: StudyRow, case: Case) -> frozenset[str]:
    """Words of a header by which this patient could be known."""
    return telling_words(case_patient(case), _named(study))


def _named(study: StudyRow) -> tuple[ImagePatient, ...]:
    return tuple(ImagePatient(**said) for said in study.patients)


async def image_material(
    tx: AsyncSession, case_ids: Sequence[UUID]
) -> Mapping[UUID, MaterialFacts]:
    """What the viewer room holds for each case; implements `casefile.Material`."""
    cases = await CaseStore(tx).find(case_ids)
    typed = await ExcerptStore(tx).cases_with_excerpt(list(case_ids))
    images = ImageStore(tx)
    found = {}
    for case_id, case in cases.items():
        studies, frames = await images.counts(case_id)
        links = await images.of_case(case_id) if studies else ()
        settled = {IdentityStatus.MATCH, IdentityStatus.CONFIRMED}
        found[case_id] = MaterialFacts(
            study_count=studies,
            image_count=frames,
            identity_settled=all(
                identity_of(study, link, case).status in settled for study, link in links
            ),
            has_excerpt=case_id in typed,
        )
    return found


@dataclass(frozen=True)
class SeenSeries:
    """A series a caller may see, and the case through which."""

    series: ImageSeriesRow
    study: StudyRow
    case_id: UUID


@dataclass
class ImageAccess:
    """Answers who may see which study: those shown with a case that the caller may see."""

    _believed: Beliefs[tuple[UUID, Permission, str], SeenSeries] = field(default_factory=Beliefs)

    async def visible_cases(
        self,
        tx: AsyncSession,
        caller: Caller,
        permission: Permission,
        case_ids: set[UUID],
        now: datetime,
    ) -> set[UUID]:
        """Those of the cases on which the caller has this right, consent gate included."""
        cases = await CaseStore(tx).find(case_ids)
        files = await case_files(tx, list(cases.values()), no_material, now)
        return {file.case.id for file in files if may(caller, permission, file.facts)}

    async def studies(
        self, tx: AsyncSession, caller: Caller, permission: Permission, now: datetime
    ) -> Sequence[StudyRow]:
        """Every study the caller may see, the newest first."""
        store = QueryStore(tx)
        with_images = await store.cases_with_images()
        visible = await self.visible_cases(tx, caller, permission, with_images, now)
        return await store.studies_of(visible)

    async def study(
        self,
        tx: AsyncSession,
        caller: Caller,
        permission: Permission,
        study_uid: str,
        now: datetime,
    ) -> tuple[StudyRow, UUID]:
        """The study of this UID and the case that shows it. Raises StudyUnknown."""
        rows = await QueryStore(tx).studies_named(study_uid)
        for row in rows:
            if found := await self._through(tx, caller, permission, row.id, now):
                return row, min(found)
        raise StudyUnknown

    async def series(
        self,
        tx: AsyncSession,
        caller: Caller,
        permission: Permission,
        series_uid: str,
        now: datetime,
    ) -> SeenSeries:
        """The series of this UID, asked of the database.

        Raises StudyUnknown, or PixelsWithheld where the pixels may tell who the patient is and no
        case that shows them lets the caller know that.
        """
        withheld = False
        for series, study in await QueryStore(tx).series_named(series_uid):
            found = await self._through(tx, caller, permission, study.id, now)
            if found and withholds(series.burned_in, series.name_said):
                named = Permission.SEE_PATIENT_IDENTITY
                withheld, found = (
                    True,
                    found & await self._through(tx, caller, named, study.id, now),
                )
            if found:
                seen = SeenSeries(series, study, min(found))
                return self._believed.keep((caller.login_id, permission, series_uid), seen, now)
        raise PixelsWithheld if withheld else StudyUnknown

    def believed(
        self, caller: Caller, permission: Permission, series_uid: str, now: datetime
    ) -> SeenSeries | None:
        """The last answer about a series, if it is only seconds old."""
        return self._believed.get((caller.login_id, permission, series_uid), now)

    async def _through(
        self,
        tx: AsyncSession,
        caller: Caller,
        permission: Permission,
        study_id: UUID,
        now: datetime,
    ) -> set[UUID]:
        pairs = await QueryStore(tx).linked_cases([study_id])
        cases = {case_id for _, case_id in pairs}
        return await self.visible_cases(tx, caller, permission, cases, now)
