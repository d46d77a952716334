"""The life of one recording of one case: pure rules, no clock (docs/recording.md, R-1 to R-9)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from recordings.errors import RecordingStepRefused

RecordingId = NewType("RecordingId", UUID)

LEASE = timedelta(seconds=6)
"""A recorder that has not renewed its claim for so long is taken for dead."""
TAKEOVER = timedelta(seconds=10)
"""How long after that another recorder may still go on before people are told of the end."""
START_LIMIT = timedelta(seconds=30)
"""By then the recorder has joined and the room has been told, or the recording has failed."""


class RecordingState(StrEnum):
    """Where a recording stands."""

    REQUESTED = "requested"
    RECORDING = "recording"
    CLOSING = "closing"
    READY = "ready"
    FAILED = "failed"


class RecordingStep(StrEnum):
    """What can happen to a recording."""

    JOINED = "joined"
    STOP = "stop"
    KEPT = "kept"
    LOST = "lost"


_NEXT = {
    (RecordingState.REQUESTED, RecordingStep.JOINED): RecordingState.RECORDING,
    (RecordingState.REQUESTED, RecordingStep.STOP): RecordingState.CLOSING,
    (RecordingState.REQUESTED, RecordingStep.LOST): RecordingState.FAILED,
    (RecordingState.RECORDING, RecordingStep.JOINED): RecordingState.RECORDING,
    (RecordingState.RECORDING, RecordingStep.STOP): RecordingState.CLOSING,
    (RecordingState.RECORDING, RecordingStep.LOST): RecordingState.FAILED,
    (RecordingState.CLOSING, RecordingStep.STOP): RecordingState.CLOSING,
    (RecordingState.CLOSING, RecordingStep.KEPT): RecordingState.READY,
    (RecordingState.CLOSING, RecordingStep.LOST): RecordingState.FAILED,
}
OPEN_STATES = (RecordingState.REQUESTED, RecordingState.RECORDING, RecordingState.CLOSING)
LIVE_STATES = (RecordingState.REQUESTED, RecordingState.RECORDING)


@dataclass(frozen=True)
class Segment:
    """One kept file: a speaker's voice from `offset_s` of the recording on."""

    number: int
    identity: str
    track_sid: str
    offset_s: float
    duration_s: float
    sha256: str
    size: int
    levels: bytes = field(repr=False)


@dataclass(frozen=True)
class Recording:
    """A recording of one case in one session."""

    id: RecordingId
    session_id: UUID
    case_id: UUID
    requested_by: UUID
    started_at: datetime
    """Second 0 of the time axis: when the chair or secretary asked for it."""
    state: RecordingState = RecordingState.REQUESTED
    announced_at: datetime | None = None
    """When everybody in the room was told; a recording that nobody was told of is not kept."""
    stopped_at: datetime | None = None
    end_announced_at: datetime | None = None
    failure: str | None = None
    owner: str | None = None
    lease_until: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether voices are being written, or about to be."""
        return self.state in LIVE_STATES


def after(state: RecordingState, step: RecordingStep) -> RecordingState:
    """The state after a step; RecordingStepRefused where the table has none."""
    following = _NEXT.get((state, step))
    if following is None:
        raise RecordingStepRefused(state, step)
    return following


def is_free(recording: Recording, now: datetime) -> bool:
    """Whether a recorder process may take it: work is left and nobody alive holds it."""
    held = recording.lease_until is not None and recording.lease_until > now
    return recording.state in OPEN_STATES and not held


def has_waited_too_long(recording: Recording, now: datetime) -> bool:
    """Whether a recording that never began, or that nobody was told of, is to be given up."""
    begun = recording.state is RecordingState.RECORDING and recording.announced_at is not None
    return recording.is_live and not begun and now - recording.started_at > START_LIMIT


def has_fallen_silent(recording: Recording, now: datetime) -> bool:
    """Whether people believe that they are recorded and nobody does it."""
    told = recording.announced_at is not None and recording.end_announced_at is None
    lease_until = recording.lease_until or recording.started_at
    return told and not (recording.is_live and now < lease_until + TAKEOVER)
