"""The minutes of each case: one row, and one row more for every version that was saved."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class MinutesRow(SQLModel, table=True):
    """The current minutes; after closing no code changes the row."""

    __tablename__ = "minutes"

    case_id: UUID = Field(primary_key=True)
    version: int
    state: str = Field(max_length=8)
    content: dict[str, Any] = Field(sa_type=JSON)
    saved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    saved_by: UUID | None = None
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: UUID | None = None
    pdf_sha256: str | None = Field(default=None, max_length=64)
    pdf_size_bytes: int | None = None


class MinutesVersionRow(SQLModel, table=True):
    """What was saved, by whom and when: append-only, so that no wording is lost."""

    __tablename__ = "minutes_version"

    case_id: UUID = Field(primary_key=True, foreign_key="minutes.case_id")
    version: int = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    saved_by: UUID
