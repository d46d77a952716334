"""Tables of this room. Clinical content is only ever added, never overwritten."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class FacilityRow(SQLModel, table=True):
    """A hospital or health centre."""

    __tablename__ = "facility"

    id: UUID = Field(primary_key=True)
    code: str = Field(max_length=16, unique=True)
    name: str = Field(max_length=500)
    search_key: str = Field(max_length=500)
    site_role: str = Field(max_length=8)
    care_level: str = Field(max_length=16)
    uplink_kbps: int | None = None
    active: bool = True


class PersonRow(SQLModel, table=True):
    """A member of staff."""

    __tablename__ = "person"

    id: UUID = Field(primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    full_name: str = Field(max_length=120)
    search_key: str = Field(max_length=300)
    sort_key: str = Field(max_length=300)
    title: str = Field(max_length=60)
    specialty: str = Field(max_length=120)
    active: bool = True


class ContractRow(SQLModel, table=True):
    """A support contract between a hub and a spoke."""

    __tablename__ = "support_contract"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_from <= valid_until", name="days_in_order"),
    )

    id: UUID = Field(primary_key=True)
    hub_id: UUID = Field(foreign_key="facility.id", index=True)
    spoke_id: UUID = Field(foreign_key="facility.id", index=True)
    number: str = Field(max_length=120)
    valid_from: date
    valid_until: date | None = None


class SeriesRow(SQLModel, table=True):
    """A weekly series."""

    __tablename__ = "session_series"
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)

    id: UUID = Field(primary_key=True)
    title: str = Field(max_length=500)
    hub_id: UUID = Field(foreign_key="facility.id", index=True)
    chair_id: UUID | None = Field(default=None, foreign_key="person.id")
    secretary_id: UUID | None = Field(default=None, foreign_key="person.id")
    starts_on: date
    weekday: int
    start_time: time
    duration_minutes: int
    time_zone: str = Field(max_length=64)
    active: bool = True


class SeriesExceptionRow(SQLModel, table=True):
    """A decision about one date of a series."""

    __tablename__ = "series_exception"

    series_id: UUID = Field(foreign_key="session_series.id", primary_key=True)
    on: date = Field(primary_key=True)
    kind: str = Field(max_length=8, primary_key=True)
    to_date: date | None = None
    start_time: time | None = None
    reason: str = Field(default="", max_length=500)
    decided_by: UUID = Field(foreign_key="person.id")
    decided_at: datetime = Field(sa_type=UtcDateTime)


class HolidayRow(SQLModel, table=True):
    """A day off; seeded from a library, then edited as decrees come."""

    __tablename__ = "holiday"

    on: date = Field(primary_key=True)
    name_vi: str = Field(max_length=200)
    name_en: str = Field(max_length=200)
    decreed: bool = False


class HolidayYearRow(SQLModel, table=True):
    """Years already seeded, so that a day taken out by hand does not come back."""

    __tablename__ = "holiday_year"

    year: int = Field(primary_key=True)


class SessionRow(SQLModel, table=True):
    """One dated meeting."""

    __tablename__ = "conference_session"
    __table_args__ = (CheckConstraint("starts_at < ends_at", name="times_in_order"),)

    id: UUID = Field(primary_key=True)
    series_id: UUID | None = Field(default=None, foreign_key="session_series.id", index=True)
    nominal: date | None = None
    hub_id: UUID = Field(foreign_key="facility.id", index=True)
    kind: str = Field(max_length=8)
    title: str = Field(max_length=500)
    starts_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    time_zone: str = Field(max_length=64)
    state: str = Field(max_length=16)
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class SeatRow(SQLModel, table=True):
    """One person's seat in one session."""

    __tablename__ = "seat"

    session_id: UUID = Field(foreign_key="conference_session.id", primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", primary_key=True, index=True)
    seat: str = Field(max_length=12)
    place: int
    answer: bool | None = None
    comment: str = Field(default="", max_length=1000)


class SessionEventRow(SQLModel, table=True):
    """Who moved a session from state to state, and why."""

    __tablename__ = "session_event"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    session_id: UUID = Field(foreign_key="conference_session.id", index=True)
    event: str = Field(max_length=20)
    state_before: str = Field(max_length=16)
    state_after: str = Field(max_length=16)
    by: UUID = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(default="", max_length=1000)


class CaseRow(SQLModel, table=True):
    """A case as lists need it; what is written about it stands in `case_content`."""

    __tablename__ = "conference_case"
    __table_args__ = (UniqueConstraint("session_id", "position"),)

    id: UUID = Field(primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    presenter_id: UUID = Field(foreign_key="person.id", index=True)
    session_id: UUID | None = Field(default=None, foreign_key="conference_session.id", index=True)
    state: str = Field(max_length=20, index=True)
    version: int
    saved_at: datetime = Field(sa_type=UtcDateTime)
    saved_by: UUID = Field(foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    position: int | None = None
    planned_minutes: int | None = None
    consent_id: UUID | None = None
    # Shown for teaching: only its hospital, the chair and the secretary may know who it is.
    identity_hidden: bool = False
    search_key: str = ""


class CaseContentRow(SQLModel, table=True):
    """One saved version of what was written; rows are only added."""

    __tablename__ = "case_content"

    case_id: UUID = Field(foreign_key="conference_case.id", primary_key=True)
    version: int = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_type=JSON)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    saved_by: UUID = Field(foreign_key="person.id")


class ConsentRow(SQLModel, table=True):
    """A filed consent or emergency basis; a later one replaces it but never erases it."""

    __tablename__ = "consent"

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="conference_case.id", index=True)
    basis: str = Field(max_length=12)
    given_by: str = Field(max_length=12)
    method: str = Field(max_length=20)
    given_at: datetime = Field(sa_type=UtcDateTime)
    share: bool
    record: bool
    teaching: bool
    giver_name: str = Field(default="", max_length=120)
    relation: str = Field(default="", max_length=120)
    emergency_reason: str = Field(default="", max_length=2000)
    confirmed_by: UUID | None = Field(default=None, foreign_key="person.id")
    filed_by: UUID = Field(foreign_key="person.id")
    filed_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: UUID | None = Field(default=None, foreign_key="person.id")
    withdrawal_reason: str = Field(default="", max_length=2000)


class CaseEventRow(SQLModel, table=True):
    """Who moved a case from state to state, and why."""

    __tablename__ = "case_event"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_id: UUID = Field(foreign_key="conference_case.id", index=True)
    event: str = Field(max_length=20)
    state_before: str = Field(max_length=20)
    state_after: str = Field(max_length=20)
    by: UUID = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(default="", max_length=2000)
