"""What recordings look like to clients."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from recordings.recording import Recording, Segment


class StartRecording(BaseModel):
    """Which case is to be recorded: the one that is open."""

    case_id: UUID


class StartedRecording(BaseModel):
    """The recording that runs now."""

    recording_id: UUID


class Track(BaseModel):
    """One speaker's voice from `offset_s` of the recording on."""

    number: int
    identity: str
    full_name: str
    kind: str = "audio"
    offset_s: float
    duration_s: float
    url: str


class RecordingOut(BaseModel):
    """One recording; what can be played is there for those who may, once it is ready."""

    id: UUID
    started_at: datetime
    stopped_at: datetime | None
    duration_s: float | None
    state: str
    failure: str | None
    tracks: list[Track] = []
    timeline_url: str | None = None

    def with_tracks(self, segments: Iterable[Segment], names: Mapping[str, str]) -> "RecordingOut":
        """The same, ready to be played."""
        tracks = [_track(self.id, segment, names) for segment in segments]
        address = f"/api/recordings/{self.id}/timeline"
        return self.model_copy(update={"tracks": tracks, "timeline_url": address})


class Recordings(BaseModel):
    """All recordings of a case, oldest first."""

    items: list[RecordingOut]


class SpeakerOut(BaseModel):
    """When one person spoke."""

    identity: str
    full_name: str
    spans: list[tuple[float, float]]


class TimelineOut(BaseModel):
    """`state` is what everybody saw at second 0 (LiveState); `events` is what happened after."""

    duration_s: float
    state: dict[str, Any]
    events: list[dict[str, Any]]
    speakers: list[SpeakerOut]
    peaks: list[float]


def recording_out(recording: Recording) -> RecordingOut:
    """A recording without what may be played."""
    ended = recording.stopped_at
    return RecordingOut(
        id=recording.id,
        started_at=recording.started_at,
        stopped_at=ended,
        duration_s=(ended - recording.started_at).total_seconds() if ended else None,
        state=recording.state,
        failure=recording.failure,
    )


def _track(recording_id: UUID, segment: Segment, names: Mapping[str, str]) -> Track:
    return Track(
        number=segment.number,
        identity=segment.identity,
        full_name=names[segment.identity],
        offset_s=segment.offset_s,
        duration_s=segment.duration_s,
        url=f"/api/recordings/{recording_id}/tracks/{segment.number}.ogg",
    )
