"""What a gateway fetches to keep near the browsers of its hospital: packs, closed (GA6)."""

import asyncio
from uuid import UUID

from pydantic import BaseModel
from starlette.responses import Response

from telehealth.audit import Act, Source, record
from telehealth.beliefs import Beliefs
from telehealth.doors import Call, Door, Open
from telehealth.errors import NotFound, NotSignedIn
from telehealth.gateway_caller import gateway_of
from telehealth.images import Images
from telehealth.near_packs import Wanted, wanted_at
from telehealth.parts import Parts
from viewer.gateway import Gateway
from viewer.near import PIECE_BYTES, piece_length, sealed_piece
from viewer.publication import read_part

_RAW = "application/octet-stream"


class NearPack(BaseModel):
    """A pack by its bytes; nothing says whose images they are."""

    pack_id: UUID
    bytes: int


class NearPacks(BaseModel):
    """What to keep, in the order in which it will be needed; all else may go."""

    items: list[NearPack]


class GatewayPacksApi:
    """Doors of gateways, each by the gateway's own secret."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._folder = images.folder
        self._believed: Beliefs[UUID, Wanted] = Beliefs()

    def doors(self) -> list[Door]:
        """The doors of this class."""
        every = "/api/gateway/packs"
        return [
            Door(
                "GET",
                every,
                self.list,
                Open.PUBLIC,
                "Packs that people of the gateway's hospital will need (its secret as bearer)",
                gives=NearPacks,
                raises=(NotSignedIn,),
            ),
            Door(
                "GET",
                every + "/{pack_id}/pieces/{number}",
                self.piece,
                Open.PUBLIC,
                "A piece of a pack, closed under a key that the gateway has not",
                gives_raw=(_RAW,),
                raises=(NotSignedIn, NotFound),
            ),
        ]

    async def list(self, call: Call) -> NearPacks:
        """By the time of the session."""
        gateway = await gateway_of(self._parts, call)
        wanted = await self._ask(gateway, call)
        rows = [row for row, _ in wanted.values()]
        return NearPacks(items=[NearPack(pack_id=r.id, bytes=r.published_bytes) for r in rows])

    async def piece(self, call: Call) -> Response:
        """The first one of a pack is a line of the trail."""
        gateway = await gateway_of(self._parts, call)
        wanted = self._believed.get(gateway.id, call.at) or await self._ask(gateway, call)
        pack_id, text = call.uuid("pack_id"), call.text("number")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
        row, case_id = wanted.get(pack_id, (None, None))
        length = piece_length(row.published_bytes, number) if row and number >= 0 else 0
        if not length:
            raise NotFound("pack")
        path = self._folder.pack(pack_id)
        body = await asyncio.to_thread(read_part, path, number * PIECE_BYTES, length)
        key = self._parts.sealing.pack_key(pack_id)
        closed = await asyncio.to_thread(sealed_piece, key, pack_id, number, body)
        if number == 0:
            await self._note(call, gateway, pack_id, case_id)
        return Response(closed, headers={"Cache-Control": "no-store"}, media_type=_RAW)

    async def _ask(self, gateway: Gateway, call: Call) -> Wanted:
        async with self._parts.database.reading() as tx:
            wanted = await wanted_at(tx, gateway.facility_id, call.at)
        return self._believed.keep(gateway.id, wanted, call.at)

    async def _note(
        self, call: Call, gateway: Gateway, pack_id: UUID, case_id: UUID | None
    ) -> None:
        source = Source(None, call.address, call.id, call.at, gateway.facility_id)
        detail = {"gateway_id": str(gateway.id)}
        act = Act("images_near", "image_series", str(pack_id), case_id, detail=detail)
        async with self._parts.database.transaction() as tx:
            await record(tx, source, act)
