"""Refusals of this room, each named by the fact; telehealth gives them their HTTP shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from recordings.minutes import Minutes


class RecordingsError(Exception):
    """Base of everything this room refuses."""


@dataclass
class MinutesAreClosed(RecordingsError):
    """The minutes of this case are frozen; a correction is a new document."""

    case_id: UUID


@dataclass
class MinutesVersionConflict(RecordingsError):
    """The save was made on an older version; `current` is what stands now."""

    current: Minutes


@dataclass
class MinutesIncomplete(RecordingsError):
    """The minutes lack parts the form requires; `missing` names them as slugs."""

    missing: tuple[str, ...]


@dataclass
class MinutesTextTooLong(RecordingsError):
    """One field is beyond what the form takes."""

    field: str
    limit: int


@dataclass
class AnswerWithoutQuestion(RecordingsError):
    """An answer names a question this case does not have, or one question twice."""

    question_id: UUID


@dataclass
class RecordingStillOpen(RecordingsError):
    """A recording of the case is not finished yet, so the record cannot be closed with it."""

    recording_id: UUID


@dataclass
class StepTransitionRefused(RecordingsError):
    """An archive step was asked for a move its state does not allow."""

    state: str
    event: str


@dataclass
class StepNotFound(RecordingsError):
    """No archive step has this id."""

    step_id: UUID


@dataclass
class DeliveryFailed(RecordingsError):
    """The peer could not be asked or could not answer now: trying again may help."""

    slug: str
    detail: str
    retry_after_seconds: float = 0.0


@dataclass
class DeliveryRefused(RecordingsError):
    """Trying the same again cannot help: a person must look."""

    slug: str
    detail: str


class MalformedOpus(RecordingsError):
    """A payload that RFC 6716 3.4 calls an invalid Opus packet."""


class NotOurOgg(RecordingsError):
    """A segment file so short or damaged that not even its headers can be read."""


@dataclass
class RecordingStepRefused(RecordingsError):
    """A step that a recording in this state does not allow."""

    state: str
    step: str


class RecordingUnknown(RecordingsError):
    """No such recording, or no such track of it."""


class AlreadyRecording(RecordingsError):
    """The session has a live recording already: one at a time."""


class DeliveryAbsent(DeliveryFailed):
    """The peer acknowledged what it does not have: it must be sent again."""


@dataclass
class RecordingNotConsented(RecordingsError):
    """Nobody agreed to a recording of this case."""

    case_id: UUID


class CaseNotOpen(RecordingsError):
    """Only the case that is open in the room can be recorded."""


class NotRecording(RecordingsError):
    """The session has no live recording to stop."""


@dataclass
class RecorderUnavailable(RecordingsError):
    """No recorder came into the room; `reason` is a slug."""

    reason: str
