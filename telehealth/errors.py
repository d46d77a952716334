"""Errors of the composition itself; rooms have their own.

TelehealthError
├── NotSignedIn
├── WrongCredentials
├── TooManyAttempts
├── NotAllowed
├── NotFound
├── ForeignOrigin
├── BodyTooLarge
├── BadBody
├── BadParameter
├── SessionNotJoinable
└── VersionConflict
"""

from dataclasses import dataclass, field
from typing import Any


class TelehealthError(Exception):
    """Base of what this package raises on purpose."""


class NotSignedIn(TelehealthError):
    """No valid sign-in came with the request."""


class WrongCredentials(TelehealthError):
    """Unknown account or wrong password: which one is never said."""


@dataclass
class TooManyAttempts(TelehealthError):
    """Too many wrong passwords; wait `retry_after_seconds`."""

    retry_after_seconds: int


class NotAllowed(TelehealthError):
    """Signed in, but without the right."""


@dataclass
class NotFound(TelehealthError):
    """No such thing, or none that this caller may know of."""

    kind: str = "resource"


class ForeignOrigin(TelehealthError):
    """A browser sent this from a page that is not ours."""


@dataclass
class BodyTooLarge(TelehealthError):
    """The request body is larger than this door takes."""

    limit_bytes: int


@dataclass(frozen=True)
class FieldFault:
    """One wrong field: JSON pointer (RFC 6901), slug of the fault, English detail."""

    pointer: str
    slug: str
    detail: str


@dataclass
class BadBody(TelehealthError):
    """The body is not what the door takes; every wrong field is named."""

    faults: list[FieldFault]


@dataclass
class BadParameter(TelehealthError):
    """A path or query parameter is malformed."""

    name: str
    detail: str = ""


@dataclass
class VersionConflict(TelehealthError):
    """Somebody saved in between; `current` is what is stored now."""

    current: dict[str, Any] = field(default_factory=dict)


@dataclass
class SessionNotJoinable(TelehealthError):
    """The session is put off, called off or filed away; nobody can enter it."""

    state: str
