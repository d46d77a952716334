"""What can go wrong in this room, named by the fact."""

from dataclasses import dataclass
from uuid import UUID


class SchedulingError(Exception):
    """Base of every refusal of this room."""


@dataclass(frozen=True)
class FieldProblem:
    """One field that cannot be taken: JSON pointer, slug of the reason, detail for developers."""

    pointer: str
    slug: str
    detail: str = ""


@dataclass
class NotFound(SchedulingError):
    """There is no such thing (or the caller may not know that there is)."""

    kind: str
    key: str


@dataclass
class TransitionRefused(SchedulingError):
    """This event is not in the transition table for this state."""

    kind: str
    state: str
    event: str


@dataclass
class VersionConflict(SchedulingError):
    """Somebody saved in between; `current` is the version to start again from."""

    kind: str
    key: UUID
    current: int


@dataclass
class ContentRefused(SchedulingError):
    """Some fields cannot be taken; nothing was saved."""

    problems: tuple[FieldProblem, ...]


@dataclass
class CaseIncomplete(SchedulingError):
    """The case lacks what this step needs; `missing` holds slugs of `completeness.Missing`."""

    missing: tuple[str, ...]


@dataclass
class ConsentMissing(SchedulingError):
    """Neither consent to share nor an emergency basis stands (Law 91/2025, art. 19)."""

    case_id: UUID


@dataclass
class CaseLocked(SchedulingError):
    """The case file can no longer be edited in this state."""

    state: str


@dataclass
class AgendaRefused(SchedulingError):
    """The proposed agenda breaks a rule; `reason` is a slug."""

    reason: str
    case_id: UUID | None = None


@dataclass
class SeatsRefused(SchedulingError):
    """The proposed seats break a rule; `reason` is a slug."""

    reason: str
    person_id: UUID | None = None
