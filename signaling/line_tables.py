"""Table of the connection tests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class LineCheckRow(SQLModel, table=True):
    """The last test of one person at one facility; a new one takes its place."""

    __tablename__ = "line_check"

    facility_id: UUID = Field(primary_key=True, foreign_key="facility.id")
    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    checked_at: datetime = Field(sa_type=UtcDateTime, index=True)
    mic: str = Field(max_length=8)
    speaker: str = Field(max_length=8)
    camera: str = Field(max_length=8)
    udp: str = Field(max_length=9)
    tcp: str = Field(max_length=9)
    relay: str = Field(max_length=9)
    kbit_up: int | None = None
    kbit_down: int | None = None
    loss_up: float | None = None
    loss_down: float | None = None
    rtt_ms: int | None = None
    browser: str = Field(max_length=60)
