"""The values that print on the minutes: form 27/BV2 and what a remote conference adds; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from recordings.minutes import (
    Answer,
    Disposition,
    MinutesContent,
    PersonId,
    Question,
)

FORM_CODE = "27/BV2"

DISPOSITION_TEXT = {
    Disposition.UNDECIDED: "",
    Disposition.TREAT_LOCALLY: "Điều trị tại chỗ",
    Disposition.TRANSFER_UP: "Chuyển tuyến trên",
    Disposition.REFER_OUTPATIENT: "Chuyển khám ngoại trú",
    Disposition.REFER_INPATIENT: "Chuyển điều trị nội trú",
    Disposition.EMERGENCY_LOCAL_SURGERY: "Phẫu thuật cấp cứu tại chỗ",
}

SEAT_TEXT = {
    "chair": "Chủ tọa",
    "secretary": "Thư ký",
    "member": "Thành viên",
    "presenter": "Bác sĩ trình bệnh",
    "observer": "Người dự",
}
SEX_TEXT = {"M": "Nam", "F": "Nữ", "U": "Không rõ"}


@dataclass(frozen=True)
class FormHospital:
    """The head of the form: who keeps the record this extract goes into."""

    parent_authority: str
    facility_name: str
    department_name: str
    facility_code: str = ""


@dataclass(frozen=True)
class FormPatient:
    """The patient as the record of the treating hospital has them."""

    full_name: str
    birth_date: date | None
    birth_date_precision: str
    sex: str
    local_patient_code: str = ""
    address: str = ""


@dataclass(frozen=True)
class FormEncounter:
    """The stay in hospital the conference belongs to."""

    medical_record_no: str
    admission_no: str
    treated_from: date | None
    treated_to: date | None
    bed: str
    room: str
    department: str


@dataclass(frozen=True)
class FormPerson:
    """A person as printed."""

    full_name: str
    title: str = ""
    facility: str = ""


@dataclass(frozen=True)
class Attendance:
    """One person's presence in this case, from the live log."""

    person: FormPerson
    seat: str
    joined_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True)
class ShownStudy:
    """A study whose images were on screen in this case."""

    study_uid: str
    description: str
    study_date: date | None = None


@dataclass(frozen=True)
class MinutesForm:
    """All on the paper that nobody types: prefilled from case, session and live log."""

    hospital: FormHospital
    patient: FormPatient
    encounter: FormEncounter
    diagnosis_text: str
    diagnosis_icd10: tuple[str, ...]
    consulted_at: datetime
    session_label: str
    case_label: str
    chair: FormPerson
    secretary: FormPerson
    attendance: tuple[Attendance, ...] = ()
    images_shown: tuple[ShownStudy, ...] = ()
    consultation_reason: str = ""
    legal_basis: str = ""
    recording: str = ""


def printed(
    form: MinutesForm,
    content: MinutesContent,
    questions: Sequence[Question],
    names: Mapping[PersonId, FormPerson],
    zone: tzinfo,
) -> dict[str, Any]:
    """The paper as JSON values, each a Vietnamese text; times are wall times of `zone`."""
    consulted = form.consulted_at.astimezone(zone)
    return {
        **_head(form, consulted),
        "members": [_member(one, zone) for one in form.attendance],
        "course_summary": content.course_summary.strip(),
        "discussion": content.discussion.strip(),
        "conclusion": content.conclusion.strip(),
        "next_treatment": content.next_treatment.strip(),
        "diagnosis_after": content.diagnosis_after.strip(),
        "prognosis": content.prognosis.strip(),
        "disposition": DISPOSITION_TEXT[content.disposition],
        "answers": _answers(content.answers, questions, names),
        "tasks": [
            {"text": task.text, "owner": task.owner, "due_on": day_text(task.due_on)}
            for task in content.tasks
        ],
        "images": [
            {
                "description": shown.description,
                "date": day_text(shown.study_date),
                "uid": shown.study_uid,
            }
            for shown in form.images_shown
        ],
        "signed_on": f"Ngày {consulted:%d} tháng {consulted:%m} năm {consulted:%Y}",
    }


def _head(form: MinutesForm, consulted: datetime) -> dict[str, Any]:
    encounter, patient = form.encounter, form.patient
    icd10 = ", ".join(form.diagnosis_icd10)
    return {
        "parent_authority": form.hospital.parent_authority,
        "facility_name": form.hospital.facility_name,
        "department_name": form.hospital.department_name,
        "form_code": FORM_CODE,
        "admission_no": encounter.admission_no,
        "medical_record_no": encounter.medical_record_no,
        "patient_full_name": patient.full_name.upper(),
        "age": age_text(patient.birth_date, patient.birth_date_precision, consulted.date()),
        "sex": SEX_TEXT.get(patient.sex, SEX_TEXT["U"]),
        "treated_from": day_text(encounter.treated_from),
        "treated_to": day_text(encounter.treated_to or consulted.date()),
        "bed": encounter.bed,
        "room": encounter.room,
        "treating_department": encounter.department,
        "diagnosis": f"{form.diagnosis_text} ({icd10})" if icd10 else form.diagnosis_text,
        "consulted_at": f"{consulted:%H} giờ {consulted:%M} phút, ngày {consulted:%d/%m/%Y}",
        "chair": person_text(form.chair),
        "chair_facility": form.chair.facility,
        "secretary": person_text(form.secretary),
        "secretary_facility": form.secretary.facility,
        "session_label": form.session_label,
        "case_label": form.case_label,
        "consultation_reason": form.consultation_reason,
        "legal_basis": form.legal_basis,
        "recording": form.recording,
    }


def _member(one: Attendance, zone: tzinfo) -> dict[str, str]:
    return {
        "name": person_text(one.person),
        "seat": SEAT_TEXT.get(one.seat, one.seat),
        "facility": one.person.facility,
        "time": f"{_clock(one.joined_at, zone)} – {_clock(one.left_at, zone)}",
    }


def _answers(
    answers: Sequence[Answer], questions: Sequence[Question], names: Mapping[PersonId, FormPerson]
) -> list[dict[str, str]]:
    given = {answer.question_id: answer for answer in answers}
    lines = []
    for question in sorted(questions, key=lambda one: one.number):
        answer = given.get(question.id)
        speaker = names.get(answer.answered_by) if answer and answer.answered_by else None
        lines.append(
            {
                "number": str(question.number),
                "question": question.text,
                "answer": answer.text.strip() if answer else "",
                "by": person_text(speaker) if speaker else "",
            }
        )
    return lines


def person_text(person: FormPerson) -> str:
    """Title and name in one line, as on a Vietnamese form: "TS.BS. Hoàng Minh Hoạ"."""
    return f"{person.title} {person.full_name}".strip()


def day_text(day: date | None) -> str:
    """A date as day/month/year, or nothing."""
    return f"{day:%d/%m/%Y}" if day else ""


def age_text(birth_date: date | None, precision: str, on: date) -> str:
    """Age on a day: years, or months below six years when the month of birth is known."""
    if birth_date is None:
        return ""
    years = on.year - birth_date.year
    if precision == "year":
        return str(years)
    months = years * 12 + on.month - birth_date.month
    if precision == "day" and on.day < birth_date.day:
        months -= 1
    return f"{months} tháng" if months < 72 else str(months // 12)


def _clock(instant: datetime | None, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%H:%M}" if instant else "…"
