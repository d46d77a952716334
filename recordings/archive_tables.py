"""The archive ledger: one row a step, and what each step waits for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class ArchiveStepRow(SQLModel, table=True):
    """A deliverable and how far it got; `owner` is set while a worker holds it."""

    __tablename__ = "archive_step"
    __table_args__ = (
        # One writer a lane: conditional updates at a peer are not safe against a second one.
        Index(
            "uq_archive_step_lane_held",
            "lane",
            unique=True,
            sqlite_where=text("owner IS NOT NULL"),
            postgresql_where=text("owner IS NOT NULL"),
        ),
        Index("ix_archive_step_state_due_at", "state", "due_at"),
    )

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    facility_id: UUID = Field(index=True)
    revision: int
    kind: str = Field(max_length=16)
    subject: str = Field(max_length=64)
    sink: str = Field(max_length=8)
    lane: str = Field(max_length=64)
    order_in_lane: int
    snapshot_sha256: str = Field(max_length=64)
    planned_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    patient_until: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(max_length=16)
    attempts: int
    owner: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    files: list[dict[str, Any]] = Field(sa_type=JSON)
    receipt: dict[str, Any] = Field(sa_type=JSON)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    verified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error_slug: str | None = Field(default=None, max_length=64)
    error_detail: str | None = Field(default=None, max_length=500)


class ArchiveStepNeedRow(SQLModel, table=True):
    """`step_id` may start only when `needs_id` is verified."""

    __tablename__ = "archive_step_need"

    step_id: UUID = Field(primary_key=True, foreign_key="archive_step.id")
    needs_id: UUID = Field(primary_key=True, foreign_key="archive_step.id")
