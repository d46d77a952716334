"""Refusals of this room, each named by the fact; telehealth gives them their HTTP shape."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from recordings.minutes import Minutes


class RecordingsError(Exception):
    """Base of everything this room refuses."""


class MinutesAreClosed(RecordingsError):
    """The minutes of this case are frozen; a correction is a new document."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"minutes of case {case_id} are closed")
        self.case_id = case_id


class MinutesVersionConflict(RecordingsError):
    """The save was made on an older version; `current` is what stands now."""

    def __init__(self, current: Minutes) -> None:
        super().__init__(f"minutes of case {current.case_id} are at version {current.version}")
        self.current = current


class MinutesIncomplete(RecordingsError):
    """The minutes lack parts the form requires; `missing` names them as slugs."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"minutes lack {', '.join(missing)}")
        self.missing = missing


class MinutesTextTooLong(RecordingsError):
    """One field is beyond what the form takes."""

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(f"{field} is longer than {limit}")
        self.field = field
        self.limit = limit


class AnswerWithoutQuestion(RecordingsError):
    """An answer names a question this case does not have, or one question twice."""

    def __init__(self, question_id: UUID) -> None:
        super().__init__(f"no single question {question_id}")
        self.question_id = question_id


class StepTransitionRefused(RecordingsError):
    """An archive step was asked for a move its state does not allow."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"a step that is {state} cannot be {event}")
        self.state = state
        self.event = event


class StepNotFound(RecordingsError):
    """No archive step has this id."""

    def __init__(self, step_id: UUID) -> None:
        super().__init__(f"no archive step {step_id}")
        self.step_id = step_id


class DeliveryFailed(RecordingsError):
    """The peer could not be asked or could not answer now: trying again may help."""

    def __init__(self, slug: str, detail: str, retry_after_seconds: float = 0.0) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class DeliveryRefused(RecordingsError):
    """Trying the same again cannot help: a person must look."""

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail
