"""The SQL of accounts, sign-ins and the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert
from sqlmodel import SQLModel, col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.tables import AuditRow, LoginFailureRow, LoginRow, UserRow


class AccountStore:
    """Accounts and their sign-ins within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def user(self, user_id: UUID) -> UserRow | None:
        """The account of a person."""
        return await self._tx.get(UserRow, user_id)

    async def user_named(self, username: str) -> UserRow | None:
        """The account of a name; names are compared in lower case."""
        return (
            await self._tx.exec(select(UserRow).where(UserRow.username == username.lower()))
        ).first()

    async def user_with_calendar(self, token: str) -> UserRow | None:
        """The active account whose calendar feed has this secret address."""
        query = select(UserRow).where(UserRow.calendar_token == token, col(UserRow.active))
        return (await self._tx.exec(query)).first()

    async def users(self) -> list[UserRow]:
        """Every account, by name."""
        return list(await self._tx.exec(select(UserRow).order_by(UserRow.username)))

    async def save_user(self, row: UserRow) -> None:
        """Insert or change an account."""
        await self._tx.merge(row)
        await self._tx.flush()

    async def add_login(self, row: LoginRow) -> None:
        """Keep a sign-in."""
        self._tx.add(row)
        await self._tx.flush()

    async def login(self, token_sha256: str, now: datetime) -> tuple[LoginRow, UserRow] | None:
        """The live sign-in of a token with its active account."""
        query = (
            select(LoginRow, UserRow)
            .join(UserRow, col(UserRow.id) == col(LoginRow.user_id))
            .where(
                LoginRow.token_sha256 == token_sha256,
                col(LoginRow.ended_at).is_(None),
                LoginRow.expires_at > now,
                col(UserRow.active),
            )
        )
        return (await self._tx.exec(query)).first()

    async def end_login(self, login_id: UUID, now: datetime) -> None:
        """End one sign-in."""
        await self._tx.exec(
            update(LoginRow).where(col(LoginRow.id) == login_id).values(ended_at=now)
        )

    async def end_logins_of(self, user_id: UUID, now: datetime) -> None:
        """End every sign-in of an account, as after a password change."""
        await self._tx.exec(
            update(LoginRow)
            .where(col(LoginRow.user_id) == user_id, col(LoginRow.ended_at).is_(None))
            .values(ended_at=now)
        )

    async def failures(self, username: str, since: datetime) -> int:
        """Wrong passwords for this account name since a time."""
        query = select(func.count()).where(
            LoginFailureRow.username == username.lower(), LoginFailureRow.at > since
        )
        return (await self._tx.exec(query)).one()

    async def add_failure(self, username: str, address: str, now: datetime) -> None:
        """Count a wrong password; failures older than a day are forgotten."""
        await self._tx.exec(
            delete(LoginFailureRow).where(col(LoginFailureRow.at) < now - timedelta(days=1))
        )
        self._tx.add(LoginFailureRow(username=username.lower()[:64], address=address, at=now))
        await self._tx.flush()

    async def forget_failures(self, username: str) -> None:
        """A right password clears the count."""
        await self._tx.exec(
            delete(LoginFailureRow).where(col(LoginFailureRow.username) == username.lower())
        )


_ADD_EVENTS: Final = insert(SQLModel.metadata.tables[str(AuditRow.__tablename__)])


class AuditStore:
    """The trail: rows go in and are read, nothing else."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append events, by column."""
        if rows:
            await (await self._tx.connection()).execute(_ADD_EVENTS, rows)

    async def page(
        self,
        *,
        case_id: UUID | None,
        person_id: UUID | None,
        facility_id: UUID | None,
        since: datetime | None,
        until: datetime | None,
        before_id: int | None,
        limit: int,
    ) -> list[AuditRow]:
        """Newest first; `before_id` is the last id of the page before."""
        query = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
        if case_id is not None:
            query = query.where(AuditRow.case_id == case_id)
        if person_id is not None:
            query = query.where(AuditRow.person_id == person_id)
        if facility_id is not None:
            query = query.where(AuditRow.facility_id == facility_id)
        if since is not None:
            query = query.where(AuditRow.at >= since)
        if until is not None:
            query = query.where(AuditRow.at < until)
        if before_id is not None:
            query = query.where(col(AuditRow.id) < before_id)
        return list(await self._tx.exec(query))
