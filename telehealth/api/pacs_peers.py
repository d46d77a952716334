"""The known PACS peers: who may call, and whom we call. For the system's administrator."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import BaseModel, Field, StringConstraints

from scheduling.directory_store import DirectoryStore
from scheduling.errors import NotFound as NoSuchFacility
from telehealth.access import Facts, Permission
from telehealth.audit import Act, record
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.images import Images
from telehealth.parts import Parts
from telehealth.peer_asking import PeerAsking
from viewer import errors
from viewer.pacs import Peer, Retrieve, checked
from viewer.pacs_store import PacsStore

_Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=253)]


class PeerIn(BaseModel):
    """A peer as it shall be; without `dicomweb_password` the stored one stays."""

    facility_id: UUID
    name: _Short
    ae_title: _Short
    host: _Short
    port: int = Field(ge=1, le=65535)
    tls: bool = False
    retrieve: Retrieve = Retrieve.MOVE
    dicomweb_url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    dicomweb_user: Annotated[str, StringConstraints(max_length=120)] = ""
    dicomweb_password: Annotated[str, StringConstraints(max_length=200)] | None = None


class PeerOut(BaseModel):
    """A peer; the password is never told."""

    id: UUID
    facility_id: UUID
    name: str
    ae_title: str
    host: str
    port: int
    tls: bool
    retrieve: Retrieve
    dicomweb_url: str
    dicomweb_user: str
    has_password: bool


class OwnDimse(BaseModel):
    """What to enter at the PACS; a port of 0 is closed."""

    ae_title: str
    port: int
    tls_port: int


class Peers(BaseModel):
    """Every known peer by name, and how they reach us."""

    items: list[PeerOut]
    own: OwnDimse


class PeerCheck(BaseModel):
    """Whether the peer answered just now."""

    answered: bool
    reason_slug: str | None = None


class PacsPeersApi:
    """Peers are the operator's: no other role sees or changes them."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._asking = PeerAsking(images.askers, parts.settings, parts.sealing)

    def doors(self) -> list[Door]:
        """The doors of this class."""
        every, one = "/api/pacs-peers", "/api/pacs-peers/{peer_id}"
        needs = Permission.MANAGE_PACS
        wrong = (NotAllowed, NoSuchFacility, errors.PeerInvalid, errors.PeerTaken)
        return [
            Door("GET", every, self.list, needs, "Every peer", gives=Peers, raises=(NotAllowed,)),
            Door(
                "POST",
                every,
                self.add,
                needs,
                "Get to know a peer",
                takes=PeerIn,
                gives=PeerOut,
                status=201,
                raises=wrong,
            ),
            Door(
                "PUT",
                one,
                self.change,
                needs,
                "Change a peer",
                takes=PeerIn,
                gives=PeerOut,
                raises=(*wrong, errors.PeerUnknown),
            ),
            Door(
                "DELETE",
                one,
                self.remove,
                needs,
                "Know a peer no more",
                status=204,
                raises=(NotAllowed, errors.PeerUnknown),
            ),
            Door(
                "POST",
                one + "/check",
                self.check,
                needs,
                "Whether a peer answers now (C-ECHO or QIDO-RS)",
                gives=PeerCheck,
                raises=(NotAllowed, errors.PeerUnknown),
            ),
        ]

    async def list(self, call: Call) -> Peers:
        """By name."""
        call.require(Permission.MANAGE_PACS, Facts())
        async with self._parts.database.reading() as tx:
            found = await PacsStore(tx).peers()
        settings = self._parts.settings
        own = OwnDimse(
            ae_title=settings.dimse_ae_title,
            port=settings.dimse_port,
            tls_port=settings.dimse_tls_port,
        )
        return Peers(items=[_out(peer) for peer in found], own=own)

    async def add(self, call: Call) -> PeerOut:
        """A new peer may call at once."""
        return await self._save(call, "pacs_peer_add", None)

    async def change(self, call: Call) -> PeerOut:
        """From the next association on."""
        return await self._save(call, "pacs_peer_change", call.uuid("peer_id"))

    async def remove(self, call: Call) -> None:
        """It is turned away from now on; its images stay."""
        call.require(Permission.MANAGE_PACS, Facts())
        async with self._parts.database.transaction() as tx:
            await PacsStore(tx).remove_peer(call.uuid("peer_id"), call.at)
            await record(tx, call.source, Act("pacs_peer_remove", "peer", call.text("peer_id")))

    async def check(self, call: Call) -> PeerCheck:
        """Ask it now."""
        call.require(Permission.MANAGE_PACS, Facts())
        async with self._parts.database.reading() as tx:
            peer = await PacsStore(tx).peer(call.uuid("peer_id"))
        reason = await self._asking.check(peer)
        return PeerCheck(answered=not reason, reason_slug=reason or None)

    async def _save(self, call: Call, action: str, peer_id: UUID | None) -> PeerOut:
        call.require(Permission.MANAGE_PACS, Facts())
        body = call.parsed(PeerIn)
        values = body.model_dump(exclude={"dicomweb_password"})
        async with self._parts.database.transaction() as tx:
            store = PacsStore(tx)
            if body.dicomweb_password is not None:
                password = self._parts.sealing.close(body.dicomweb_password)
            else:
                password = (await store.peer(peer_id)).dicomweb_password if peer_id else ""
            peer = checked(Peer(id=peer_id or uuid4(), **values))
            await DirectoryStore(tx).facility(peer.facility_id)
            await store.save_peer(replace(peer, dicomweb_password=password))
            detail = {"facility_id": str(peer.facility_id), "ae_title": peer.ae_title}
            await record(tx, call.source, Act(action, "peer", str(peer.id), detail=detail))
        return _out(replace(peer, dicomweb_password=password))


def _out(peer: Peer) -> PeerOut:
    names = PeerOut.model_fields.keys() - {"has_password"}
    told = {name: getattr(peer, name) for name in names}
    return PeerOut(**told, has_password=bool(peer.dicomweb_password))
