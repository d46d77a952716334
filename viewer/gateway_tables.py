"""Table of the hospitals' gateways."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class GatewayRow(SQLModel, table=True):
    """A gateway; codes and secrets are stored as SHA-256 only, a revoked one keeps its row."""

    __tablename__ = "gateway"

    id: UUID = Field(primary_key=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    name: str = Field(max_length=120)
    made_at: datetime = Field(sa_type=UtcDateTime)
    code_sha256: str | None = Field(default=None, max_length=64, unique=True)
    code_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    secret_sha256: str | None = Field(default=None, max_length=64, unique=True)
    enrolled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    waiting_files: int = 0
    waiting_bytes: int = Field(default=0, sa_type=BigInteger)
    refused_files: int = 0
    trouble: str = Field(default="", max_length=60)
    # What it keeps for browsers of its hospital: their way to it, whole packs by their bytes.
    near_address: str = Field(default="", max_length=200)
    near_packs: dict[str, int] | None = Field(default=None, sa_type=JSON)
