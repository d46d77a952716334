"""What a gateway itself may do: enrol, say how it is, send objects of its hospital. Nothing else.

An object is named by its SHA-256 and sent in pieces: HEAD tells how much has come, PATCH continues
exactly there, the last piece is answered when the object is in the archive, or refused by slug.
"""

import asyncio
import secrets
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from starlette.responses import JSONResponse, Response

from telehealth.arrivals import Arrivals, PeerTrail
from telehealth.audit import Act, Source, record
from telehealth.doors import Call, Door, Open, read_body
from telehealth.errors import BadParameter, BodyTooLarge, NotSignedIn
from telehealth.gateway_caller import gateway_of
from telehealth.images import Images
from telehealth.parts import Parts
from viewer import errors
from viewer.gateway import OBJECT_BYTES_MAX, PIECE_BYTES_MAX, Gateway, Waiting
from viewer.gateway_store import GatewayStore
from viewer.near import PACKS_MAX, Near, is_near_address
from viewer.pacs import Peer
from viewer.partials import Partials, is_sha256
from viewer.upload import CHUNK_TYPE

_DIMSE_PORT: Final = 104  # a peer has one; a gateway is never called
_Count = Annotated[int, Field(ge=0, le=1 << 48)]


def _near_address(text: str) -> str:
    if not is_near_address(text):
        raise ValueError("not an address within a hospital")
    return text


class Enrolment(BaseModel):
    """The code that the administrator was shown."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=60)]


class Enrolled(BaseModel):
    """Who the gateway is from now on; the secret is told once."""

    gateway_id: UUID
    facility_id: UUID
    name: str
    secret: str


class NearPackTold(BaseModel):
    """A whole pack that lies at the gateway."""

    pack_id: UUID
    bytes: _Count


class NearTold(BaseModel):
    """What browsers of the hospital may fetch from the gateway, and where."""

    address: Annotated[str, StringConstraints(max_length=200), AfterValidator(_near_address)]
    packs: Annotated[list[NearPackTold], Field(max_length=PACKS_MAX)]

    def near(self) -> Near:
        """As it is kept."""
        return Near(self.address, {pack.pack_id: pack.bytes for pack in self.packs})


class SignOfLife(BaseModel):
    """What waits at the gateway; `trouble` is a slug, empty when all is well."""

    files: _Count
    bytes: _Count
    refused: _Count
    trouble: Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9-]*$")] = ""
    near: NearTold | None = None


class ObjectOutcome(BaseModel):
    """What became of an object that came whole."""

    state: Literal["stored", "refused"]
    reason_slug: str | None = None


class GatewayDoor:
    """The doors of gateways; each but the enrolment asks for the gateway's own secret."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._arrivals = Arrivals(images, PeerTrail(parts.database, parts.clock))
        self._partials = Partials(parts.settings.data_dir / "gateway")
        self._busy: set[tuple[UUID, str]] = set()

    def doors(self) -> list[Door]:
        """The doors of this class."""
        one = "/api/gateway/objects/{sha256}"
        wrong = (NotSignedIn, BadParameter)
        return [
            Door(
                "POST",
                "/api/gateway/enrol",
                self.enrol,
                Open.PUBLIC,
                "Exchange a one-time code for the gateway's own secret",
                takes=Enrolment,
                gives=Enrolled,
                raises=(errors.GatewayCodeWrong,),
            ),
            Door(
                "PUT",
                "/api/gateway/status",
                self.tell,
                Open.PUBLIC,
                "How a gateway is (its secret as bearer)",
                takes=SignOfLife,
                status=204,
                raises=(NotSignedIn,),
            ),
            Door(
                "HEAD",
                one,
                self.head,
                Open.PUBLIC,
                "How much of an object has come (the gateway's secret as bearer)",
                raises=wrong,
            ),
            Door(
                "PATCH",
                one,
                self.patch,
                Open.PUBLIC,
                "Continue an object; after its last piece it is in the archive or refused",
                takes_raw=(CHUNK_TYPE,),
                gives=ObjectOutcome,
                raises=(
                    *wrong,
                    BodyTooLarge,
                    errors.UploadOffsetConflict,
                    errors.UploadTooLarge,
                    errors.DigestWrong,
                    errors.ArchiveUnable,
                ),
            ),
        ]

    async def enrol(self, call: Call) -> Enrolled:
        """A code has 100 bits, works once and for a day: guessing is hopeless."""
        body, secret = call.parsed(Enrolment), f"gw_{secrets.token_urlsafe(32)}"
        async with self._parts.database.transaction() as tx:
            gateway = await GatewayStore(tx).enrol(body.code, secret, call.at)
            source = Source(None, call.address, call.id, call.at, gateway.facility_id)
            await record(tx, source, Act("gateway_enrol", "gateway", str(gateway.id)))
        return Enrolled(
            gateway_id=gateway.id,
            facility_id=gateway.facility_id,
            name=gateway.name,
            secret=secret,
        )

    async def tell(self, call: Call) -> None:
        """Kept for the administrator's page."""
        gateway, body = await gateway_of(self._parts, call), call.parsed(SignOfLife)
        waiting = Waiting(body.files, body.bytes, body.refused, body.trouble)
        async with self._parts.database.transaction() as tx:
            near = body.near.near() if body.near else None
            await GatewayStore(tx).told(gateway.id, waiting, near, call.at)

    async def head(self, call: Call) -> Response:
        """0 for an object that never began."""
        gateway, sha256 = await gateway_of(self._parts, call), _sha256(call)
        received = await asyncio.to_thread(self._partials.received, gateway.id, sha256)
        return Response(headers={"Upload-Offset": str(received)})

    async def patch(self, call: Call) -> Response:
        """One piece at a time; a broken line loses that piece and nothing before it."""
        gateway, sha256 = await gateway_of(self._parts, call), _sha256(call)
        length = _header(call, "upload-length", OBJECT_BYTES_MAX)
        key = (gateway.id, sha256)
        received = await asyncio.to_thread(self._partials.received, *key)
        if key in self._busy or _header(call, "upload-offset", OBJECT_BYTES_MAX) != received:
            raise errors.UploadOffsetConflict(received)
        self._busy.add(key)
        try:
            body = await read_body(call.request, min(PIECE_BYTES_MAX, length - received))
            received = await asyncio.to_thread(self._partials.append, *key, body)
            if received < length:
                return Response(status_code=204, headers={"Upload-Offset": str(received)})
            return await self._finish(gateway, sha256)
        finally:
            self._busy.discard(key)

    async def _finish(self, gateway: Gateway, sha256: str) -> Response:
        key = (gateway.id, sha256)
        if not await asyncio.to_thread(self._partials.is_whole, *key):
            await asyncio.to_thread(self._partials.forget, *key)
            raise errors.DigestWrong
        path = self._partials.path(*key)
        reason = await self._arrivals.keep(_as_peer(gateway), path)
        if reason in _PASSING:
            raise errors.ArchiveUnable(reason)
        await asyncio.to_thread(self._partials.forget, *key)
        outcome = ObjectOutcome(state="refused" if reason else "stored", reason_slug=reason or None)
        return JSONResponse(outcome.model_dump())


# The server's own trouble, not the object's: the gateway keeps it and tries again.
_PASSING: Final = frozenset({"no-room", "no-database"})


def _as_peer(gateway: Gateway) -> Peer:
    return Peer(
        id=gateway.id,
        facility_id=gateway.facility_id,
        name=gateway.name,
        ae_title="GATEWAY",
        host="gateway",
        port=_DIMSE_PORT,
    )


def _sha256(call: Call) -> str:
    text = call.text("sha256")
    if not is_sha256(text):
        raise BadParameter("sha256", "not a SHA-256")
    return text


def _header(call: Call, name: str, most: int) -> int:
    value = call.request.headers.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise BadParameter(name, "not a number of bytes")
    if int(value) > most:
        raise errors.UploadTooLarge(most)
    return int(value)
