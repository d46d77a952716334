"""Who is asking: passwords (argon2id), sign-ins as opaque tokens, callers with roles."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import HTTPConnection

from telehealth.access import Caller, Role
from telehealth.beliefs import Beliefs
from telehealth.database import Database
from telehealth.errors import ForeignOrigin, NotSignedIn, TooManyAttempts, WrongCredentials
from telehealth.store import AccountStore
from telehealth.tables import LoginRow, UserRow

COOKIE: Final = "telehealth_login"
CSRF_HEADER: Final = "X-Telehealth"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FAILURE_WINDOW: Final = timedelta(minutes=15)
FAILURES_ALLOWED: Final = 10

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class PersonCard:
    """What the directory says of a person."""

    id: UUID
    full_name: str
    title: str
    specialty: str
    facility_id: UUID
    facility_code: str
    facility_name: str
    site_role: str


class Directory(Protocol):
    """Where people are looked up: scheduling's store, or a fixed one in tests."""

    def __call__(self, tx: AsyncSession, person_id: UUID) -> Awaitable[PersonCard | None]:
        """The card of a person, or None."""


class Identity:
    """Signs people in and tells who sent a request."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clock: Clock,
        login_life: timedelta,
        origins: frozenset[str],
        passwords: PasswordHasher | None = None,
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._life = login_life
        self._origins = origins
        self._passwords = passwords or PasswordHasher()
        self._decoy = self._passwords.hash(secrets.token_hex(16))
        # argon2 takes 64 MiB and a core for some 50 ms: a flood of sign-ins must not take more.
        self._hashing = asyncio.Semaphore(2)
        self._believed: Beliefs[str, Caller] = Beliefs()

    def knows(self, origin: str) -> bool:
        """Whether a browser origin is ours."""
        return origin in self._origins

    async def card(self, tx: AsyncSession, person_id: UUID) -> PersonCard | None:
        """The directory card of a person."""
        return await self._directory(tx, person_id)

    def hash_password(self, password: str) -> str:
        """The argon2id hash to store; blocks for some 50 ms."""
        return self._passwords.hash(password)

    async def sign_in(self, username: str, password: str, address: str) -> tuple[UserRow, str]:
        """Check a password and make a sign-in; returns the account and the token.

        Raises WrongCredentials or TooManyAttempts.
        """
        now = self._clock()
        async with self._database.reading() as tx:
            accounts = AccountStore(tx)
            if await accounts.failures(username, now - FAILURE_WINDOW) >= FAILURES_ALLOWED:
                raise TooManyAttempts(int(FAILURE_WINDOW.total_seconds()))
            user = await accounts.user_named(username)
        # An unknown name costs the same time as a wrong password.
        right = await self._verify(user.password_hash if user else self._decoy, password)
        async with self._database.transaction() as tx:
            accounts = AccountStore(tx)
            if user is not None and right and user.active:
                await accounts.forget_failures(username)
                return user, await self._add_login(accounts, user, address, now)
            await accounts.add_failure(username, address, now)
        raise WrongCredentials

    async def sign_out(self, caller: Caller) -> None:
        """End the caller's sign-in."""
        async with self._database.transaction() as tx:
            await AccountStore(tx).end_login(caller.login_id, self._clock())
        self._believed.forget(lambda known: known.login_id == caller.login_id)

    async def caller(self, connection: HTTPConnection, believing: bool = False) -> Caller:
        """Who sent this; raises NotSignedIn, or ForeignOrigin for a forged browser request.

        `believing` takes an answer that is a few seconds old (telehealth/beliefs.py).
        """
        token, from_cookie = _token(connection)
        if not token:
            raise NotSignedIn
        if from_cookie:
            self._require_own_page(connection)
        known = self._believed.get(_digest(token), self._clock()) if believing else None
        return known or await self.caller_of_token(token)

    async def caller_of_token(self, token: str) -> Caller:
        """Who holds this token; raises NotSignedIn."""
        async with self._database.reading() as tx:
            found = await AccountStore(tx).login(_digest(token), self._clock())
            if found is None:
                raise NotSignedIn
            login, user = found
            card = await self._directory(tx, user.id)
        if card is None:
            raise NotSignedIn
        roles = frozenset(Role(role) for role in user.roles)
        caller = Caller(user.id, user.username, card.full_name, card.facility_id, roles, login.id)
        return self._believed.keep(_digest(token), caller, self._clock())

    def _require_own_page(self, connection: HTTPConnection) -> None:
        """A cookie alone proves nothing: unsafe requests and sockets must come from our page."""
        origin = connection.headers.get("origin")
        if origin is not None and origin not in self._origins:
            raise ForeignOrigin
        unsafe = connection.scope.get("method", "GET") not in SAFE_METHODS
        if connection.scope["type"] == "websocket" and origin is None:
            raise ForeignOrigin
        if unsafe and CSRF_HEADER not in connection.headers:
            raise ForeignOrigin

    async def _add_login(
        self, accounts: AccountStore, user: UserRow, address: str, now: datetime
    ) -> str:
        token = secrets.token_urlsafe(32)
        await accounts.add_login(
            LoginRow(
                user_id=user.id,
                token_sha256=_digest(token),
                created_at=now,
                expires_at=now + self._life,
                address=address,
            )
        )
        return token

    async def _verify(self, password_hash: str, password: str) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(self._matches, password_hash, password)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._passwords.verify(password_hash, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _token(connection: HTTPConnection) -> tuple[str | None, bool]:
    """(token, whether it came by cookie); a header wins over a cookie."""
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip(), False
    return connection.cookies.get(COOKIE), True
