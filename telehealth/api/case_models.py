"""What the API tells of a case: briefly for lists, whole for its page."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from scheduling import content as contents
from scheduling.consent import Basis, Consent, ConsentMethod, Gate, GivenBy
from scheduling.identity import PatientIdentity, Sex
from scheduling.masking import age_months, age_years, display_name, masked_id
from scheduling.plain_text import LongText, ShortLine
from scheduling.questions import Question
from telehealth.access import Caller, Permission, may
from telehealth.api.instants import Instant
from telehealth.casefile import CaseFile


class NamedFacility(BaseModel):
    """A facility by name."""

    id: UUID
    name: str


class NamedPerson(BaseModel):
    """A person by name."""

    id: UUID
    full_name: str


class MaskedPatient(BaseModel):
    """What lists and banners show of a patient; empty while the case is withheld."""

    display_name: str = ""
    age: int | None = None
    age_months: int | None = None
    sex: Sex = Sex.UNKNOWN
    masked_id: str = ""


class CaseBrief(BaseModel):
    """A case in a list. `withheld` when consent is still missing and the caller is elsewhere.

    `identity_hidden`: shown for teaching, only its hospital, chair and secretary see who it is.
    """

    id: UUID
    session_id: UUID | None
    order: int | None
    planned_minutes: int | None
    state: str
    facility: NamedFacility
    presenter: NamedPerson
    patient: MaskedPatient
    diagnosis_text: str
    specialties: list[str]
    urgency: contents.Urgency
    missing: list[str]
    consent: Gate
    may_record: bool
    study_count: int
    image_count: int
    withheld: bool
    identity_hidden: bool


class ConsentRecord(BaseModel):
    """The filed form that counts, withdrawn or not."""

    basis: Basis
    given_by: GivenBy
    giver_name: str
    relation: str
    method: ConsentMethod
    given_at: datetime
    share: bool
    record: bool
    teaching: bool
    emergency_reason: str
    confirmed_by: UUID | None
    filed_by: UUID
    filed_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str


class FieldWarning(BaseModel):
    """Something worth a second look; it blocks nothing."""

    pointer: str
    slug: str
    detail: str


class CaseOut(CaseBrief):
    """A whole case. Where the caller may not see the identity, `patient_full` is null, and the
    numbers of the stay and the name of who consented are empty.
    """

    version: int
    saved_at: datetime
    created_at: datetime
    patient_full: PatientIdentity | None
    encounter: contents.Encounter
    diagnosis: contents.Diagnosis
    consultation_reason: contents.ConsultationReason | None
    reason_text: str
    clinical_summary: str
    treatment_so_far: str
    questions: list[Question]
    no_images: bool
    return_reason: str | None
    consent_record: ConsentRecord | None
    warnings: list[FieldWarning]
    may: dict[str, bool]


class CaseList(BaseModel):
    """Cases newest first; `next` is the cursor of the following page."""

    items: list[CaseBrief]
    next: str | None = None


class NewCase(BaseModel):
    """Where a draft begins; a coordinator names the presenting doctor."""

    session_id: UUID | None = None
    presenter_id: UUID | None = None


class CasePatch(BaseModel):
    """Autosave: the version it builds on and any fields of the content (JSON merge patch)."""

    model_config = ConfigDict(extra="allow")

    version: int = Field(ge=1)
    session_id: UUID | None = None
    presenter_id: UUID | None = None

    def changes(self) -> dict[str, Any]:
        """The content fields that came, without the rest."""
        return dict(self.model_extra or {})


class Reason(BaseModel):
    """Why, in words."""

    reason: LongText = Field("", max_length=2000)


def _blank(value: str | None) -> str:
    return value or ""


class ConsentIn(BaseModel):
    """A consent form or emergency basis; no purpose is ticked unless sent as ticked."""

    model_config = ConfigDict(extra="forbid")

    basis: Basis
    given_by: GivenBy
    giver_name: Annotated[ShortLine | None, AfterValidator(_blank)] = ""
    relation: Annotated[ShortLine | None, AfterValidator(_blank)] = ""
    method: ConsentMethod
    given_at: Instant
    share: bool = False
    record: bool = False
    teaching: bool = False
    emergency_reason: Annotated[
        Annotated[LongText, StringConstraints(max_length=2000)] | None, AfterValidator(_blank)
    ] = ""
    confirmed_by: UUID | None = None


class Step(BaseModel):
    """One line of a case's history."""

    event: str
    before: str
    after: str
    by: UUID
    at: datetime
    reason: str


class History(BaseModel):
    """How a case came where it is."""

    items: list[Step]


def _patient(file: CaseFile, now: datetime) -> MaskedPatient:
    known = file.case.content.patient_full
    today = now.date()
    return MaskedPatient(
        display_name=display_name(known.full_name),
        age=age_years(known.birth_date, known.birth_date_precision, today),
        age_months=age_months(known.birth_date, known.birth_date_precision, today),
        sex=known.sex,
        masked_id=masked_id(
            known.personal_id_number, known.health_insurance_number, known.local_patient_code
        ),
    )


def _brief_fields(file: CaseFile, shown: bool, now: datetime) -> dict[str, Any]:
    case, content = file.case, file.case.content
    return {
        "id": case.id,
        "session_id": case.session_id,
        "order": case.position,
        "planned_minutes": case.planned_minutes,
        "state": case.state,
        "facility": NamedFacility(id=file.facility.id, name=file.facility.name),
        "presenter": NamedPerson(id=file.presenter.id, full_name=file.presenter.full_name),
        "patient": _patient(file, now) if shown else MaskedPatient(),
        "diagnosis_text": content.diagnosis.main_text if shown else "",
        "specialties": list(content.specialties) if shown else [],
        "urgency": content.urgency,
        "missing": list(file.missing),
        "consent": file.gate,
        "may_record": file.may_record,
        "study_count": file.material.study_count,
        "image_count": file.material.image_count,
        "withheld": not shown,
        "identity_hidden": file.case.identity_hidden,
    }


def case_brief(file: CaseFile, caller: Caller, now: datetime) -> CaseBrief:
    """A case for a list: without a word about the patient unless the caller may read it."""
    shown = may(caller, Permission.READ_CASE, file.facts)
    return CaseBrief(**_brief_fields(file, shown, now))


def _without_numbers(encounter: contents.Encounter) -> contents.Encounter:
    return replace(encounter, medical_record_no="", admission_no="")


def _consent_record(consent: Consent | None, identity: bool) -> ConsentRecord | None:
    if consent is None:
        return None
    form = consent.form if identity else replace(consent.form, giver_name="", relation="")
    return ConsentRecord(
        **vars(form),
        filed_by=consent.filed_by,
        filed_at=consent.filed_at,
        withdrawn_at=consent.withdrawn_at,
        withdrawal_reason=consent.withdrawal_reason,
    )


def case_out(
    file: CaseFile, caller: Caller, now: datetime, return_reason: str | None = None
) -> CaseOut:
    """A case as far as this caller may read it; what may not be read is empty."""
    rights = file.may(caller)
    shown, identity = rights["read"], rights["see_identity"]
    content = file.case.content if shown else contents.CaseContent()
    found = contents.warnings(content) if rights["edit"] else ()
    return CaseOut(
        **_brief_fields(file, shown, now),
        version=file.case.version,
        saved_at=file.case.saved_at,
        created_at=file.case.created_at,
        patient_full=content.patient_full if identity else None,
        encounter=content.encounter if identity else _without_numbers(content.encounter),
        diagnosis=content.diagnosis,
        consultation_reason=content.consultation_reason,
        reason_text=content.reason_text,
        clinical_summary=content.clinical_summary,
        treatment_so_far=content.treatment_so_far,
        questions=list(content.questions),
        no_images=content.no_images,
        return_reason=return_reason,
        consent_record=_consent_record(file.case.consent, identity) if shown else None,
        warnings=[FieldWarning(pointer=w.pointer, slug=w.slug, detail=w.detail) for w in found],
        may=rights,
    )
