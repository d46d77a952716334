"""Accounts, sign-ins and the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, BigInteger, Column, Integer
from sqlalchemy_utc import UtcDateTime
from sqlmodel import Field, SQLModel


class UserRow(SQLModel, table=True):
    """An account; `id` is the person's id in scheduling's directory."""

    __tablename__ = "user_account"

    id: UUID = Field(primary_key=True)
    username: str = Field(unique=True, max_length=64)
    password_hash: str
    roles: list[str] = Field(sa_type=JSON)
    active: bool = True
    locale: str = Field(default="vi", max_length=5)
    calendar_token: str | None = Field(default=None, unique=True, max_length=64)


class LoginRow(SQLModel, table=True):
    """One sign-in: the SHA-256 of its token, never the token."""

    __tablename__ = "login"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    token_sha256: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    address: str = Field(max_length=64)


class LoginFailureRow(SQLModel, table=True):
    """A wrong password: counted per account name and address, forgotten after a while."""

    __tablename__ = "login_failure"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    username: str = Field(index=True, max_length=64)
    address: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


class AuditRow(SQLModel, table=True):
    """Who did or saw what. Append-only: no code updates or deletes a row."""

    __tablename__ = "audit_event"

    # SQLite only numbers a column whose type is exactly INTEGER.
    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    )
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    person_id: UUID | None = Field(default=None, index=True)
    facility_id: UUID | None = Field(default=None, index=True)
    action: str = Field(max_length=64)
    object_kind: str = Field(max_length=32)
    object_id: str = Field(max_length=128)
    case_id: UUID | None = Field(default=None, index=True)
    outcome: str = Field(max_length=8)
    address: str = Field(max_length=64)
    request_id: str = Field(max_length=64)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
