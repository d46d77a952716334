"""Rows of recordings and their segments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, text
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel

_LIVE = text("state IN ('requested', 'recording')")


class RecordingRow(SQLModel, table=True):
    """One recording of one case; at most one is live in a session."""

    __tablename__ = "recording"
    __table_args__ = (
        Index(
            "uq_recording_live_session_id",
            "session_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: UUID = Field(primary_key=True)
    session_id: UUID = Field(index=True)
    case_id: UUID = Field(index=True)
    requested_by: UUID
    started_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(index=True)
    announced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_announced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failure: str | None = None
    owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SegmentRow(SQLModel, table=True):
    """One kept file of a recording: one speaker, unbroken."""

    __tablename__ = "recording_segment"
    __table_args__ = (UniqueConstraint("recording_id", "number"),)

    id: UUID = Field(primary_key=True)
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    number: int
    identity: str
    track_sid: str
    offset_s: float
    duration_s: float
    sha256: str
    size: int
    levels: bytes = Field(sa_type=LargeBinary)
