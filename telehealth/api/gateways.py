"""The gateways of hospitals, for the system's administrator: made, given a code, revoked."""

import secrets
from typing import Annotated, Final
from uuid import UUID, uuid4

from pydantic import AwareDatetime, BaseModel, StringConstraints

from scheduling.directory_store import DirectoryStore
from scheduling.errors import NotFound as NoSuchFacility
from telehealth.access import Facts, Permission
from telehealth.audit import Act, record
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.parts import Parts
from viewer.errors import GatewayUnknown
from viewer.gateway import Gateway
from viewer.gateway_store import GatewayStore

# No letters that are mistaken for another when read aloud or copied from paper.
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LETTERS: Final = 20  # 100 bits


class GatewayIn(BaseModel):
    """A gateway to be."""

    facility_id: UUID
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class GatewayOut(BaseModel):
    """A gateway and what it last told."""

    id: UUID
    facility_id: UUID
    name: str
    enrolled_at: AwareDatetime | None
    code_until: AwareDatetime | None
    seen_at: AwareDatetime | None
    waiting_files: int
    waiting_bytes: int
    refused_files: int
    trouble: str
    # Whole packs kept for browsers of its hospital; None where that is not set up.
    near_packs: int | None
    near_bytes: int


class GatewayCode(BaseModel):
    """Shown once: what is typed at the hospital."""

    gateway: GatewayOut
    code: str


class Gateways(BaseModel):
    """Every gateway by name."""

    items: list[GatewayOut]


class GatewaysApi:
    """Gateways are the operator's: no other role sees or changes them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        every, one = "/api/gateways", "/api/gateways/{gateway_id}"
        needs, wrong = Permission.MANAGE_PACS, (NotAllowed, GatewayUnknown)
        return [
            Door("GET", every, self.list, needs, "Every gateway", gives=Gateways, raises=wrong),
            Door(
                "POST",
                every,
                self.add,
                needs,
                "A new gateway and the code that enrols it",
                takes=GatewayIn,
                gives=GatewayCode,
                status=201,
                raises=(NotAllowed, NoSuchFacility),
            ),
            Door(
                "POST",
                one + "/code",
                self.renew,
                needs,
                "Another code; the computer that uses it takes the place of the old one",
                gives=GatewayCode,
                raises=wrong,
            ),
            Door("DELETE", one, self.revoke, needs, "Revoke a gateway", status=204, raises=wrong),
        ]

    async def list(self, call: Call) -> Gateways:
        """By name."""
        call.require(Permission.MANAGE_PACS, Facts())
        async with self._parts.database.reading() as tx:
            found = await GatewayStore(tx).all()
        return Gateways(items=[_out(gateway) for gateway in found])

    async def add(self, call: Call) -> GatewayCode:
        """The code opens nothing but one enrolment."""
        call.require(Permission.MANAGE_PACS, Facts())
        body, code = call.parsed(GatewayIn), _fresh_code()
        async with self._parts.database.transaction() as tx:
            await DirectoryStore(tx).facility(body.facility_id)
            wanted = Gateway(uuid4(), body.facility_id, body.name, call.at)
            made = await GatewayStore(tx).add(wanted, code)
            await record(tx, call.source, _act("gateway_add", made.id))
        return GatewayCode(gateway=_out(made), code=code)

    async def renew(self, call: Call) -> GatewayCode:
        """The old computer works on until the new one is enrolled."""
        call.require(Permission.MANAGE_PACS, Facts())
        code = _fresh_code()
        async with self._parts.database.transaction() as tx:
            changed = await GatewayStore(tx).renew(call.uuid("gateway_id"), code, call.at)
            await record(tx, call.source, _act("gateway_code", changed.id))
        return GatewayCode(gateway=_out(changed), code=code)

    async def revoke(self, call: Call) -> None:
        """At its very next request it is nobody."""
        call.require(Permission.MANAGE_PACS, Facts())
        async with self._parts.database.transaction() as tx:
            await GatewayStore(tx).revoke(call.uuid("gateway_id"), call.at)
            await record(tx, call.source, _act("gateway_revoke", call.uuid("gateway_id")))


def _fresh_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LETTERS))
    return "-".join(letters[at : at + 5] for at in range(0, _CODE_LETTERS, 5))


def _act(action: str, gateway_id: UUID) -> Act:
    return Act(action, "gateway", str(gateway_id))


def _out(gateway: Gateway) -> GatewayOut:
    waiting = gateway.waiting
    return GatewayOut(
        id=gateway.id,
        facility_id=gateway.facility_id,
        name=gateway.name,
        enrolled_at=gateway.enrolled_at,
        code_until=gateway.code_until,
        seen_at=gateway.seen_at,
        waiting_files=waiting.files if waiting else 0,
        waiting_bytes=waiting.bytes if waiting else 0,
        refused_files=waiting.refused if waiting else 0,
        trouble=waiting.trouble if waiting else "",
        near_packs=len(gateway.near.packs) if gateway.near else None,
        near_bytes=sum(gateway.near.packs.values()) if gateway.near else 0,
    )
