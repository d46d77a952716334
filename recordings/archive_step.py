"""One archive step and its life: pure rules of sending, proving, waiting and asking a person.

Numbered rules: docs/archive.md (AR-…).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, NewType
from uuid import UUID

from recordings.errors import DeliveryFailed, DeliveryRefused, StepTransitionRefused

StepId = NewType("StepId", UUID)

LEASE: Final = timedelta(seconds=30)
"""A worker that has not renewed its claim for so long is taken for dead."""
FIRST_DELAY_SECONDS: Final = 2.0
LONGEST_DELAY_SECONDS: Final = 15 * 60.0
PATIENCE: Final = timedelta(days=14)
"""A peer may be down for days; only after so long is a person asked."""
DETAIL_LIMIT_CHARACTERS: Final = 500


class SinkKind(StrEnum):
    """Where a step delivers to."""

    FOLDER = "folder"
    PACS = "pacs"
    FHIR = "fhir"


class DeliveryKind(StrEnum):
    """What a step delivers."""

    MINUTES = "minutes"
    KEY_IMAGES = "key_images"
    MARKS = "marks"
    RECORDING = "recording"
    BUNDLE = "bundle"


class StepState(StrEnum):
    """Where a step stands."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    VERIFIED = "verified"
    NEEDS_PERSON = "needs_person"


class StepEvent(StrEnum):
    """What can happen to a step."""

    CLAIMED = "claimed"
    SENT = "sent"
    VERIFIED = "verified"
    FAILED = "failed"
    ABSENT = "absent"
    REFUSED = "refused"
    RELEASED = "released"
    RETRIED = "retried"
    SETTLED = "settled"


_S, _E = StepState, StepEvent
NEXT: Final[Mapping[tuple[StepState, StepEvent], StepState]] = MappingProxyType(
    {
        (_S.PLANNED, _E.CLAIMED): _S.SENDING,
        (_S.SENDING, _E.CLAIMED): _S.SENDING,  # its worker died: lease ran out
        (_S.SENT, _E.CLAIMED): _S.SENT,  # only the proof is still to be had
        (_S.SENDING, _E.SENT): _S.SENT,
        (_S.SENT, _E.VERIFIED): _S.VERIFIED,
        (_S.SENDING, _E.FAILED): _S.PLANNED,
        (_S.SENT, _E.FAILED): _S.SENT,
        (_S.SENT, _E.ABSENT): _S.PLANNED,  # acknowledged, yet not there: send again
        (_S.SENDING, _E.REFUSED): _S.NEEDS_PERSON,
        (_S.SENT, _E.REFUSED): _S.NEEDS_PERSON,
        (_S.SENDING, _E.RELEASED): _S.PLANNED,
        (_S.SENT, _E.RELEASED): _S.SENT,
        (_S.PLANNED, _E.RETRIED): _S.PLANNED,
        (_S.SENT, _E.RETRIED): _S.PLANNED,
        (_S.NEEDS_PERSON, _E.RETRIED): _S.PLANNED,
        (_S.PLANNED, _E.SETTLED): _S.VERIFIED,
        (_S.SENT, _E.SETTLED): _S.VERIFIED,
        (_S.NEEDS_PERSON, _E.SETTLED): _S.VERIFIED,
    }
)


@dataclass(frozen=True)
class ArchivedFile:
    """One file as it is delivered; its bytes lie in the blob store under `sha256`."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Claim:
    """Who is working on a step, and until when that counts."""

    owner: str
    until: datetime


@dataclass(frozen=True)
class Trouble:
    """Why the last attempt did not succeed; `detail` never carries words of a patient."""

    slug: str
    detail: str


@dataclass(frozen=True)
class ArchiveStep:
    """One deliverable for one sink, and how far it got."""

    id: StepId
    case_id: UUID
    facility_id: UUID
    revision: int
    kind: DeliveryKind
    subject: str
    sink: SinkKind
    lane: str
    order: int
    depends_on: tuple[StepId, ...]
    snapshot_sha256: str
    planned_at: datetime
    due_at: datetime
    patient_until: datetime
    state: StepState = StepState.PLANNED
    attempts: int = 0
    claim: Claim | None = None
    files: tuple[ArchivedFile, ...] = ()
    receipt: Mapping[str, Any] = field(default_factory=dict)
    sent_at: datetime | None = None
    verified_at: datetime | None = None
    trouble: Trouble | None = None

    @property
    def size(self) -> int:
        """Bytes of all files; 0 until they are built."""
        return sum(one.size for one in self.files)

    @property
    def sha256(self) -> str | None:
        """Hash of the one file, or of the list of names and hashes when there are several."""
        if len(self.files) <= 1:
            return self.files[0].sha256 if self.files else None
        lines = "".join(f"{one.sha256}  {one.name}\n" for one in self.files)
        return sha256(lines.encode()).hexdigest()


def may_claim(step: ArchiveStep, now: datetime) -> bool:
    """Whether a worker may take it now: due and free, or held by a worker taken for dead."""
    if (step.state, StepEvent.CLAIMED) not in NEXT:
        return False
    return step.due_at <= now if step.claim is None else step.claim.until < now


def claim(step: ArchiveStep, owner: str, now: datetime) -> ArchiveStep:
    """The step in the hands of a worker; one attempt more."""
    if not may_claim(step, now):
        raise StepTransitionRefused(step.state, StepEvent.CLAIMED)
    return replace(
        _moved(step, StepEvent.CLAIMED),
        attempts=step.attempts + 1,
        claim=Claim(owner, now + LEASE),
    )


def sent(step: ArchiveStep, receipt: Mapping[str, Any], now: datetime) -> ArchiveStep:
    """The peer said yes; what that is worth is shown by reading back."""
    return replace(_moved(step, StepEvent.SENT), receipt=receipt, sent_at=now)


def verified(step: ArchiveStep, proof: Mapping[str, Any], now: datetime) -> ArchiveStep:
    """Read back and equal: done."""
    return replace(
        _moved(step, StepEvent.VERIFIED),
        receipt={**step.receipt, **proof},
        verified_at=now,
        claim=None,
        trouble=None,
    )


def failed(
    step: ArchiveStep, failure: DeliveryFailed, now: datetime, jitter: float, absent: bool = False
) -> ArchiveStep:
    """Try again later, or ask a person once patience has run out; `jitter` lies in 0..1."""
    trouble = _trouble(failure.slug, failure.detail)
    if now >= step.patient_until:
        return replace(_moved(step, StepEvent.REFUSED), claim=None, trouble=trouble)
    event = StepEvent.ABSENT if absent and step.state is StepState.SENT else StepEvent.FAILED
    wait = max(delay_seconds(step.attempts, jitter), failure.retry_after_seconds)
    due_at = now + timedelta(seconds=min(wait, LONGEST_DELAY_SECONDS))
    return replace(_moved(step, event), claim=None, trouble=trouble, due_at=due_at)


def refused(step: ArchiveStep, refusal: DeliveryRefused) -> ArchiveStep:
    """The same again cannot help: visible to a person, never dropped."""
    trouble = _trouble(refusal.slug, refusal.detail)
    return replace(_moved(step, StepEvent.REFUSED), claim=None, trouble=trouble)


def released(step: ArchiveStep, now: datetime) -> ArchiveStep:
    """The worker stops in good order and lets go at once."""
    return replace(_moved(step, StepEvent.RELEASED), claim=None, due_at=now)


def retried(step: ArchiveStep, now: datetime) -> ArchiveStep:
    """A person asks for another try, with fresh patience."""
    _must_be_free(step, StepEvent.RETRIED)
    return replace(
        _moved(step, StepEvent.RETRIED),
        due_at=now,
        attempts=0,
        patient_until=now + PATIENCE,
    )


def settled(step: ArchiveStep, by: UUID, note: str, now: datetime) -> ArchiveStep:
    """A person brought it there by hand and says how."""
    _must_be_free(step, StepEvent.SETTLED)
    receipt = {**step.receipt, "settled_by": str(by), "note": note}
    return replace(_moved(step, StepEvent.SETTLED), receipt=receipt, verified_at=now, trouble=None)


def delay_seconds(attempts: int, jitter: float) -> float:
    """Doubling from two seconds to a quarter of an hour, spread over its upper half."""
    doubled = FIRST_DELAY_SECONDS * 2.0 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_DELAY_SECONDS) * (0.5 + jitter / 2)


def _moved(step: ArchiveStep, event: StepEvent) -> ArchiveStep:
    after = NEXT.get((step.state, event))
    if after is None:
        raise StepTransitionRefused(step.state, event)
    return replace(step, state=after)


def _must_be_free(step: ArchiveStep, event: StepEvent) -> None:
    if step.claim is not None:
        raise StepTransitionRefused(step.state, event)


def _trouble(slug: str, detail: str) -> Trouble:
    return Trouble(slug, detail[:DETAIL_LIMIT_CHARACTERS])
