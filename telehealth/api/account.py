"""Sign in, sign out, who am I."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field
from starlette.responses import Response

from telehealth.access import Role
from telehealth.audit import Act, Source, record
from telehealth.doors import Call, Door, Open
from telehealth.errors import ForeignOrigin, NotSignedIn, TooManyAttempts, WrongCredentials
from telehealth.identity import COOKIE, PersonCard
from telehealth.parts import Parts
from telehealth.store import AccountStore
from telehealth.tables import UserRow


class SignIn(BaseModel):
    """Account name and password."""

    username: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class FacilityCard(BaseModel):
    """A person's hospital."""

    id: UUID
    code: str
    name: str
    site_role: str


class PersonOut(BaseModel):
    """A person as others see them."""

    id: UUID
    username: str
    full_name: str
    title: str
    facility: FacilityCard
    specialty: str
    roles: list[Role]
    locale: Literal["vi", "en"] = "vi"


class SignedIn(BaseModel):
    """Who signed in, and the token for programs (browsers use the cookie)."""

    person: PersonOut
    token: str


def person_out(user: UserRow, card: PersonCard) -> PersonOut:
    """Account and directory card as one person."""
    facility = FacilityCard(
        id=card.facility_id,
        code=card.facility_code,
        name=card.facility_name,
        site_role=card.site_role,
    )
    return PersonOut(
        id=user.id,
        username=user.username,
        full_name=card.full_name,
        title=card.title,
        facility=facility,
        specialty=card.specialty,
        roles=[Role(role) for role in user.roles],
        locale="en" if user.locale == "en" else "vi",
    )


class AccountApi:
    """The account of whoever asks."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        secure = parts.settings.origin().startswith("https://")
        self._cookie_flags = f"; Path=/; HttpOnly; SameSite=Strict{'; Secure' if secure else ''}"

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "POST",
                "/api/login",
                self.sign_in,
                Open.PUBLIC,
                "Sign in with account name and password",
                takes=SignIn,
                gives=SignedIn,
                raises=(WrongCredentials, TooManyAttempts, ForeignOrigin),
                limit_bytes=4096,
            ),
            Door("POST", "/api/logout", self.sign_out, Open.SIGNED_IN, "End this sign-in"),
            Door("GET", "/api/me", self.me, Open.SIGNED_IN, "Who am I", gives=PersonOut),
        ]

    async def sign_in(self, call: Call) -> Response:
        """Check the password; the cookie is for browsers, the token for programs."""
        origin = call.request.headers.get("origin")
        if origin is not None and not self._parts.identity.knows(origin):
            raise ForeignOrigin  # or another site could sign a visitor in as somebody else
        body = call.parsed(SignIn)
        user, token = await self._parts.identity.sign_in(body.username, body.password, call.address)
        caller = await self._parts.identity.caller_of_token(token)
        async with self._parts.database.transaction() as tx:
            source = Source(caller, call.address, call.id, call.at)
            await record(tx, source, Act("sign_in", "account", str(user.id)))
        signed_in = SignedIn(person=await self._person(user.id), token=token)
        response = Response(signed_in.model_dump_json(), media_type="application/json")
        life = self._parts.settings.login_hours * 3600
        response.headers["Set-Cookie"] = f"{COOKIE}={token}; Max-Age={life}{self._cookie_flags}"
        return response

    async def sign_out(self, call: Call) -> Response:
        """End the sign-in with its live connections, and clear the cookie."""
        await self._parts.identity.sign_out(call.caller)
        self._parts.live_sign_ins.end(call.caller.login_id)
        self._parts.frames.forget(call.caller.login_id)
        response = Response(status_code=204)
        response.headers["Set-Cookie"] = f"{COOKIE}=; Max-Age=0{self._cookie_flags}"
        return response

    async def me(self, call: Call) -> PersonOut:
        """The signed-in person."""
        return await self._person(call.caller.person_id)

    async def _person(self, person_id: UUID) -> PersonOut:
        async with self._parts.database.reading() as tx:
            user = await AccountStore(tx).user(person_id)
            card = await self._parts.identity.card(tx, person_id)
        if user is None or card is None:
            raise NotSignedIn
        return person_out(user, card)
