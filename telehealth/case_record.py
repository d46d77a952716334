"""What the minutes of a case print and keep, gathered from every room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.minutes import (
    CaseId,
    Minutes,
    MinutesContent,
    MinutesState,
    PersonId,
    Question,
    QuestionId,
)
from recordings.minutes_form import (
    Attendance,
    FormEncounter,
    FormHospital,
    FormPatient,
    FormPerson,
    MinutesForm,
    ShownStudy,
)
from recordings.minutes_store import MinutesStore
from recordings.recording import Recording
from recordings.recording_store import RecordingStore
from scheduling.directory_store import DirectoryStore
from scheduling.session import Seat, Session
from signaling.live_log import SessionId
from signaling.live_storage import Stay
from signaling.live_store import LiveStore
from telehealth.case_stays import present_during, spans_of
from telehealth.casefile import CaseFile
from telehealth.minutes_texts import legal_basis, reason_text, recording_text
from viewer.store import ImageStore

_SHOWING = ("view_changed", "mark_added", "case_opened")
_TURNS = ("case_opened", "case_closed", "session_ended")
Names = Mapping[PersonId, FormPerson]


@dataclass(frozen=True)
class CaseRecord:
    """A case with its minutes and everything around them."""

    file: CaseFile
    minutes: Minutes
    form: MinutesForm
    questions: tuple[Question, ...]
    names: Names
    recordings: tuple[Recording, ...]
    zone: ZoneInfo


async def gather(tx: AsyncSession, file: CaseFile, minutes: Minutes | None = None) -> CaseRecord:
    """The record as it stands now."""
    case_id, session = file.case.id, file.session
    content = file.case.content
    stored = minutes or await MinutesStore(tx).get(CaseId(case_id))
    recordings = tuple(await RecordingStore(tx).of_case(case_id))
    zone = ZoneInfo(session.time_zone if session else "Asia/Ho_Chi_Minh")
    live = await _presence(tx, session, case_id)
    names = await _names(tx, session, stored, live.stays)
    return CaseRecord(
        file=file,
        minutes=stored,
        form=MinutesForm(
            hospital=FormHospital(
                "", file.facility.name, content.encounter.department, file.facility.code
            ),
            patient=_patient(file),
            encounter=_encounter(file),
            diagnosis_text=content.diagnosis.main_text,
            diagnosis_icd10=_codes(file),
            consulted_at=live.begun_at or _planned_start(file),
            session_label=session.title if session else "",
            case_label=case_label(file),
            chair=_seated(session, Seat.CHAIR, names),
            secretary=_seated(session, Seat.SECRETARY, names),
            attendance=_attendance(live.stays, names),
            images_shown=await _shown(tx, session, case_id),
            consultation_reason=reason_text(content),
            legal_basis=legal_basis(file.case.consent, zone),
            recording=recording_text(recordings, zone),
        ),
        questions=tuple(
            Question(QuestionId(one.id), one.number, one.text) for one in content.questions
        ),
        names=names,
        recordings=recordings,
        zone=zone,
    )


def case_label(file: CaseFile) -> str:
    """A case as people call it in the session, without words of the patient."""
    return f"Ca số {file.case.position}" if file.case.position else f"Ca {file.facility.code}"


def prefilled(record: CaseRecord) -> MinutesContent:
    """What the secretary finds in the form: what was saved, or the presenter's own summary."""
    if record.minutes.state is not MinutesState.NONE:
        return record.minutes.content
    content = record.file.case.content
    parts = (content.clinical_summary.strip(), content.treatment_so_far.strip())
    return MinutesContent(course_summary="\n".join(part for part in parts if part))


@dataclass(frozen=True)
class _Presence:
    begun_at: datetime | None
    stays: Sequence[Stay]


async def _presence(tx: AsyncSession, session: Session | None, case_id: UUID) -> _Presence:
    if session is None:
        return _Presence(None, ())
    live, session_id = LiveStore(tx), SessionId(session.id)
    spans = spans_of(await live.events_of_kinds(session_id, _TURNS), str(case_id))
    if not spans:
        return _Presence(None, ())
    return _Presence(spans[0][0], present_during(await live.attendance(session_id), spans))


async def _names(
    tx: AsyncSession, session: Session | None, minutes: Minutes, stays: Sequence[Stay]
) -> Names:
    seated = {seat.person_id for seat in session.seats} if session else set()
    said = {one.answered_by for one in minutes.content.answers if one.answered_by}
    wrote = {one for one in (minutes.saved_by, minutes.closed_by) if one}
    ids = seated | said | wrote | {UUID(one.identity) for one in stays}
    return await names_of(tx, ids)


async def names_of(tx: AsyncSession, ids: set[UUID]) -> Names:
    """People as printed, by id."""
    directory = DirectoryStore(tx)
    facilities = {one.id: one.name for one in await directory.facilities()}
    return {
        PersonId(one.id): FormPerson(one.full_name, one.title, facilities.get(one.facility_id, ""))
        for one in await directory.people(ids=ids)
    }


def _attendance(stays: Sequence[Stay], names: Names) -> tuple[Attendance, ...]:
    return tuple(
        Attendance(names[PersonId(UUID(one.identity))], one.seat, one.joined_at, one.left_at)
        for one in stays
        if PersonId(UUID(one.identity)) in names
    )


async def _shown(
    tx: AsyncSession, session: Session | None, case_id: UUID
) -> tuple[ShownStudy, ...]:
    if session is None:
        return ()
    live = LiveStore(tx)
    return tuple(
        [
            ShownStudy(study.study_uid, study.description, _dicom_day(study.study_date))
            for study, _ in await ImageStore(tx).of_case(case_id)
            if await live.is_mentioned(SessionId(session.id), _SHOWING, f'"{study.study_uid}"')
        ]
    )


def _seated(session: Session | None, seat: Seat, names: Names) -> FormPerson:
    seats = session.seats if session else ()
    found = next((one.person_id for one in seats if one.seat is seat), None)
    return names.get(PersonId(found), FormPerson("")) if found else FormPerson("")


def _patient(file: CaseFile) -> FormPatient:
    patient = file.case.content.patient_full
    return FormPatient(
        patient.full_name,
        patient.birth_date,
        str(patient.birth_date_precision),
        str(patient.sex),
        patient.local_patient_code,
        patient.address,
    )


def _encounter(file: CaseFile) -> FormEncounter:
    stay = file.case.content.encounter
    return FormEncounter(
        medical_record_no=stay.medical_record_no,
        admission_no=stay.admission_no,
        treated_from=stay.admitted_on,
        treated_to=None,
        bed=stay.bed,
        room=stay.room,
        department=stay.department,
    )


def _codes(file: CaseFile) -> tuple[str, ...]:
    diagnosis = file.case.content.diagnosis
    codes = (diagnosis.main_icd10, *(one.icd10 for one in diagnosis.other))
    return tuple(code for code in codes if code)


def _planned_start(file: CaseFile) -> datetime:
    return file.session.starts_at if file.session else file.case.saved_at


def _dicom_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)  # DA, PS3.5 6.2: YYYYMMDD
    except ValueError:
        return None
