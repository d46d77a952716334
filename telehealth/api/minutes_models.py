"""The minutes as JSON."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from recordings.minutes import (
    Answer,
    Disposition,
    MinutesContent,
    MinutesState,
    PersonId,
    QuestionId,
    Save,
    Task,
    missing,
    warnings,
)
from recordings.minutes_form import printed
from telehealth.access import Caller, Permission, may
from telehealth.case_record import CaseRecord, prefilled

LONGEST = 20_000


def _nothing_is_undecided(value: Any) -> Any:
    return "" if value is None else value


Text = Annotated[str, Field(max_length=LONGEST)]
Chosen = Annotated[Disposition, BeforeValidator(_nothing_is_undecided)]


class AnswerModel(BaseModel):
    """The conclusion on one question."""

    model_config = ConfigDict(extra="forbid")

    question_id: UUID
    text: Text = ""
    answered_by: UUID | None = None


class TaskModel(BaseModel):
    """One thing to be done after the conference."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field("", max_length=2000)
    owner: str = Field("", max_length=200)
    due_on: date | None = None


class ContentModel(BaseModel):
    """What the secretary types."""

    course_summary: Text = ""
    discussion: Text = ""
    conclusion: Text = ""
    next_treatment: Text = ""
    diagnosis_after: Text = ""
    prognosis: Text = ""
    disposition: Chosen = Disposition.UNDECIDED
    answers: list[AnswerModel] = Field(default=[], max_length=50)
    tasks: list[TaskModel] = Field(default=[], max_length=50)


class MinutesIn(ContentModel):
    """Autosave: the whole content and the version it builds on."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0)

    def save(self, by: UUID) -> Save:
        """The change as the room takes it."""
        return Save(self.version, _content(self), PersonId(by))


class CloseIn(BaseModel):
    """Which version was read before closing; without it the current one is closed."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(None, ge=0)


class AttendanceOut(BaseModel):
    """One person's presence while the case was open."""

    full_name: str
    title: str
    facility: str
    seat: str
    joined_at: datetime | None
    left_at: datetime | None


class ShownOut(BaseModel):
    """A study that was on screen."""

    study_uid: str
    description: str
    date: date | None


class WarningOut(BaseModel):
    """A text longer than record systems are known to take."""

    field: str
    length: int
    limit: int


class MinutesOut(ContentModel):
    """The document, what prints around it, and what it lacks."""

    case_id: UUID
    version: int
    state: MinutesState
    saved_at: datetime | None
    saved_by: UUID | None
    form: dict[str, Any]
    attendance: list[AttendanceOut]
    images_shown: list[ShownOut]
    closed_at: datetime | None
    closed_by: UUID | None
    pdf_sha256: str | None
    missing: list[str]
    warnings: list[WarningOut]
    may: dict[str, bool]


# What stands in the form beside the typed fields: the rest of the printed values.
_TYPED = frozenset({*ContentModel.model_fields, "members", "images", "tasks", "answers"})


def minutes_out(record: CaseRecord, caller: Caller) -> MinutesOut:
    """The minutes as this caller sees them; identity of the patient only with the right to it."""
    minutes, content = record.minutes, prefilled(record)
    facts = record.file.facts
    writable = minutes.state is not MinutesState.CLOSED
    identity = may(caller, Permission.SEE_PATIENT_IDENTITY, facts)
    return MinutesOut(
        **asdict(content),
        case_id=minutes.case_id,
        version=minutes.version,
        state=minutes.state,
        saved_at=minutes.saved_at,
        saved_by=minutes.saved_by,
        form=_form(record, identity),
        attendance=[
            AttendanceOut(
                **asdict(one.person), seat=one.seat, joined_at=one.joined_at, left_at=one.left_at
            )
            for one in record.form.attendance
        ],
        images_shown=[
            ShownOut(
                study_uid=one.study_uid,
                description=one.description if identity else "",
                date=one.study_date,
            )
            for one in record.form.images_shown
        ],
        closed_at=minutes.closed_at,
        closed_by=minutes.closed_by,
        pdf_sha256=minutes.pdf_sha256,
        missing=list(missing(content, record.questions)),
        warnings=[WarningOut(**asdict(one)) for one in warnings(content)],
        may={
            "write": writable and may(caller, Permission.WRITE_MINUTES, facts),
            "close": writable and may(caller, Permission.CLOSE_MINUTES, facts),
        },
    )


def _form(record: CaseRecord, shows_identity: bool) -> dict[str, Any]:
    values = printed(record.form, record.minutes.content, (), {}, record.zone)
    form = {name: value for name, value in values.items() if name not in _TYPED}
    if not shows_identity:
        form |= {"patient_full_name": "", "medical_record_no": "", "admission_no": ""}
    return form


def _content(body: ContentModel) -> MinutesContent:
    return MinutesContent(
        course_summary=body.course_summary,
        discussion=body.discussion,
        conclusion=body.conclusion,
        next_treatment=body.next_treatment,
        diagnosis_after=body.diagnosis_after,
        prognosis=body.prognosis,
        disposition=body.disposition,
        answers=tuple(
            Answer(
                QuestionId(one.question_id),
                one.text,
                PersonId(one.answered_by) if one.answered_by else None,
            )
            for one in body.answers
        ),
        tasks=tuple(Task(one.text, one.owner, one.due_on) for one in body.tasks),
    )
