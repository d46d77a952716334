"""Tables of the live log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Text, UniqueConstraint
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class LiveEventRow(SQLModel, table=True):
    """One event; `body` is JSON text exactly as it was fanned out."""

    __tablename__ = "live_event"
    __table_args__ = (
        UniqueConstraint("session_id", "author", "client_id", name="uq_live_event_client_id"),
    )

    session_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    author: str = Field(max_length=64)
    client_id: str = Field(max_length=64)
    kind: str = Field(max_length=40)
    body: str = Field(sa_column=Column(Text, nullable=False))


class LiveSnapshotRow(SQLModel, table=True):
    """The state of a session after event `seq`, so that opening reads only what follows."""

    __tablename__ = "live_snapshot"

    session_id: UUID = Field(primary_key=True)
    seq: int
    state: str = Field(sa_column=Column(Text, nullable=False))


class LiveAttendanceRow(SQLModel, table=True):
    """One stay of a person in a session; without `left_at` it goes on, or the server died."""

    __tablename__ = "live_attendance"

    id: UUID = Field(primary_key=True)
    session_id: UUID = Field(index=True)
    identity: str = Field(max_length=64)
    seat: str = Field(max_length=20)
    joined_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
