"""What the live rules must know from outside the log. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from signaling.live_log import Refusal


@dataclass(frozen=True)
class CaseFacts:
    """A case of this session's agenda. `refusal` says why it may not be opened now."""

    presenter: str
    refusal: Refusal | None = None
    may_record: bool = False
    studies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LiveFacts:
    """The session around the log.

    `seats` are the seats of invited persons by identity; `images` are those SOP instances, of the
    ones the judged events name alone, that belong to the open case; `start_refusal` says why the
    session may not start now.
    """

    cases: Mapping[str, CaseFacts] = field(default_factory=dict)
    seats: Mapping[str, str] = field(default_factory=dict)
    images: frozenset[str] = frozenset()
    start_refusal: Refusal | None = None
