"""Tables of the PACS next door: who it is, and what is fetched from it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class PacsPeerRow(SQLModel, table=True):
    """A known peer. One that was removed stays for the pulls that name it, and may not call."""

    __tablename__ = "pacs_peer"
    __table_args__ = (
        # A calling AE title and an address name one peer, so one facility.
        Index(
            "uq_pacs_peer_known",
            "ae_title",
            "host",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    name: str = Field(max_length=120)
    ae_title: str = Field(max_length=16)
    host: str = Field(max_length=253)
    port: int
    tls: bool = False
    retrieve: str = Field(max_length=8)
    dicomweb_url: str = Field(default="", max_length=500)
    dicomweb_user: str = Field(default="", max_length=120)
    dicomweb_password: str = Field(default="", max_length=1200)  # closed
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PacsPullRow(SQLModel, table=True):
    """One study fetched from a peer into a case; `owner` is set while a worker holds it."""

    __tablename__ = "pacs_pull"
    __table_args__ = (Index("ix_pacs_pull_state_requested_at", "state", "requested_at"),)

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(foreign_key="conference_case.id", index=True)
    peer_id: UUID = Field(foreign_key="pacs_peer.id")
    facility_id: UUID = Field(foreign_key="facility.id")
    study_uid: str = Field(max_length=64)
    description: str = Field(default="", max_length=200)
    requested_by: UUID = Field(foreign_key="person.id")
    requested_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(max_length=16)
    reason: str = Field(default="", max_length=60)
    expected: int | None = None
    arrived: int = 0
    failed: int = 0
    attempts: int = 0
    changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    owner: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
