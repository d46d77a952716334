"""Minutes of one case: a draft saved again and again, then closed and never edited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from recordings.errors import (
    AnswerWithoutQuestion,
    MinutesAreClosed,
    MinutesIncomplete,
    MinutesTextTooLong,
    MinutesVersionConflict,
)

CaseId = NewType("CaseId", UUID)
QuestionId = NewType("QuestionId", UUID)
PersonId = NewType("PersonId", UUID)

TEXT_LIMIT_CHARACTERS = 20_000
"""No field of the form may be longer: about eight printed pages."""

TASK_LIMIT = 50

WARN_ABOVE_CHARACTERS = {
    "course_summary": 4000,
    "discussion": 2000,
    "conclusion": 2000,
    "next_treatment": 2000,
    "diagnosis_after": 2000,
    "prognosis": 4000,
}
"""What hospital record systems seen in the field accept; longer text is warned about, never cut."""


class MinutesState(StrEnum):
    """Life of the document. `NONE` is what is answered before the first save."""

    NONE = "none"
    DRAFT = "draft"
    CLOSED = "closed"


class Disposition(StrEnum):
    """What happens to the patient next; empty until decided."""

    UNDECIDED = ""
    TREAT_LOCALLY = "treat_locally"
    TRANSFER_UP = "transfer_up"
    REFER_OUTPATIENT = "refer_outpatient"
    REFER_INPATIENT = "refer_inpatient"
    EMERGENCY_LOCAL_SURGERY = "emergency_local_surgery"


@dataclass(frozen=True)
class Question:
    """One numbered question of the hospital that asked."""

    id: QuestionId
    number: int
    text: str


@dataclass(frozen=True)
class Answer:
    """The conclusion on one question, and who gave it."""

    question_id: QuestionId
    text: str
    answered_by: PersonId | None = None


@dataclass(frozen=True)
class Task:
    """One thing to be done after the conference."""

    text: str
    owner: str = ""
    due_on: date | None = None


@dataclass(frozen=True)
class MinutesContent:
    """What the secretary writes: the body of form 27/BV2 and what a remote conference adds."""

    course_summary: str = ""
    discussion: str = ""
    conclusion: str = ""
    next_treatment: str = ""
    diagnosis_after: str = ""
    prognosis: str = ""
    disposition: Disposition = Disposition.UNDECIDED
    answers: tuple[Answer, ...] = ()
    tasks: tuple[Task, ...] = ()


TEXT_FIELDS = tuple(WARN_ABOVE_CHARACTERS)


@dataclass(frozen=True)
class LengthWarning:
    """A text that the record system of the hospital may not take whole."""

    field: str
    length: int
    limit: int


@dataclass(frozen=True)
class Minutes:
    """The document and where it stands; `version` grows by one with every save."""

    case_id: CaseId
    version: int = 0
    state: MinutesState = MinutesState.NONE
    content: MinutesContent = MinutesContent()
    saved_at: datetime | None = None
    saved_by: PersonId | None = None
    closed_at: datetime | None = None
    closed_by: PersonId | None = None
    pdf_sha256: str | None = None
    pdf_size_bytes: int | None = None


@dataclass(frozen=True)
class Save:
    """One autosave: the whole content, made on top of `version`."""

    version: int
    content: MinutesContent
    by: PersonId


def save(minutes: Minutes, change: Save, questions: Sequence[Question], now: datetime) -> Minutes:
    """The minutes after an autosave.

    Raises MinutesAreClosed, MinutesVersionConflict (with the current minutes),
    AnswerWithoutQuestion, MinutesTextTooLong.
    """
    _must_be_open(minutes, change.version)
    _must_fit(change.content)
    _answers_must_belong(change.content, questions)
    return replace(
        minutes,
        version=minutes.version + 1,
        state=MinutesState.DRAFT,
        content=change.content,
        saved_at=now,
        saved_by=change.by,
    )


def missing(content: MinutesContent, questions: Sequence[Question]) -> tuple[str, ...]:
    """What must still be written before closing, as slugs in the order of the form."""
    required = ("course_summary", "conclusion", "next_treatment")
    blank = [name for name in required if not getattr(content, name).strip()]
    answered = {answer.question_id for answer in content.answers if answer.text.strip()}
    if any(question.id not in answered for question in questions):
        blank.append("answers")
    return tuple(blank)


def warnings(content: MinutesContent) -> tuple[LengthWarning, ...]:
    """The texts longer than record systems are known to take."""
    lengths = {name: len(getattr(content, name)) for name in TEXT_FIELDS}
    return tuple(
        LengthWarning(name, length, WARN_ABOVE_CHARACTERS[name])
        for name, length in lengths.items()
        if length > WARN_ABOVE_CHARACTERS[name]
    )


@dataclass(frozen=True)
class PrintedPdf:
    """The document as bytes somewhere safe: its SHA-256 and size."""

    sha256: str
    size_bytes: int


def check_closable(minutes: Minutes, version: int, questions: Sequence[Question]) -> None:
    """Raise MinutesAreClosed, MinutesVersionConflict or MinutesIncomplete."""
    _must_be_open(minutes, version)
    if lacking := missing(minutes.content, questions):
        raise MinutesIncomplete(lacking)


def close(minutes: Minutes, pdf: PrintedPdf, by: PersonId, now: datetime) -> Minutes:
    """The frozen minutes; the caller has asked `check_closable` in the same transaction."""
    _must_be_open(minutes, minutes.version)
    return replace(
        minutes,
        state=MinutesState.CLOSED,
        closed_at=now,
        closed_by=by,
        pdf_sha256=pdf.sha256,
        pdf_size_bytes=pdf.size_bytes,
    )


def _must_be_open(minutes: Minutes, version: int) -> None:
    if minutes.state is MinutesState.CLOSED:
        raise MinutesAreClosed(minutes.case_id)
    if minutes.version != version:
        raise MinutesVersionConflict(minutes)


def _must_fit(content: MinutesContent) -> None:
    for name in TEXT_FIELDS:
        if len(getattr(content, name)) > TEXT_LIMIT_CHARACTERS:
            raise MinutesTextTooLong(name, TEXT_LIMIT_CHARACTERS)
    if any(len(answer.text) > TEXT_LIMIT_CHARACTERS for answer in content.answers):
        raise MinutesTextTooLong("answers", TEXT_LIMIT_CHARACTERS)
    if len(content.tasks) > TASK_LIMIT or any(len(task.text) > 2000 for task in content.tasks):
        raise MinutesTextTooLong("tasks", TASK_LIMIT)


def _answers_must_belong(content: MinutesContent, questions: Sequence[Question]) -> None:
    known = {question.id for question in questions}
    given = [answer.question_id for answer in content.answers]
    if strange := set(given) - known:
        raise AnswerWithoutQuestion(min(strange))
    if len(given) != len(set(given)):
        raise AnswerWithoutQuestion(next(one for one in given if given.count(one) > 1))
