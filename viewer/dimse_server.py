"""The DIMSE server: admits known peers, bounds what they may do at once, and asks the desk."""

import logging
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import evt
from pynetdicom.association import Association
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)
from pynetdicom.transport import (
    AssociationServer,
    AssociationSocket,
    RequestHandler,
    ThreadedAssociationServer,
)

from viewer import dimse_status
from viewer.dimse_admission import (
    PDU_BYTES_MAX,
    Asking,
    Bounds,
    Turned,
    admit,
    plain_address,
)
from viewer.dimse_desk import Desk
from viewer.dimse_query import (
    FOUND_MAX,
    IdentifierWrong,
    answer_of,
    read_query,
    read_retrieval,
    referenced,
)
from viewer.dimse_sending import Outgoing, SendingEntity, contexts_for, send_files_of
from viewer.dimse_stack import PDU_BYTES, OwnEntity, server_tls, tls_arguments
from viewer.pacs import Peer

log = logging.getLogger(__name__)

COMMITMENT_ITEMS_MAX: Final = 20_000
_UNAVAILABLE: Final = Turned("unavailable", 2, 3, 1)
_PENDING: Final = 0xFF00
_CANCELLED: Final = 0xFE00
SERVICES: Final = (
    Verification,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelGet,
    StorageCommitmentPushModel,
)


@dataclass
class Guest:
    """An open association: who it is, and what it has sent since its last whole message."""

    peer: Peer
    received_bytes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


class DimseServer:
    """Listens on one address, with or without TLS; `stop` ends every association."""

    def __init__(
        self,
        own: OwnEntity,
        address: tuple[str, int],
        desk: Desk,
        bounds: Bounds,
        tls: bool,
        services: Sequence[UID] = SERVICES,
    ) -> None:
        self._own = own
        self._desk = desk
        self._bounds = bounds
        self._guests: dict[Association, Guest] = {}
        self._lock = threading.Lock()
        entity = SendingEntity(ae_title=own.ae_title)
        entity.converter = desk.converted
        entity.maximum_pdu_size = PDU_BYTES
        entity.maximum_associations = bounds.associations + bounds.unnamed
        entity.acse_timeout = bounds.first_word_seconds
        entity.dimse_timeout = entity.network_timeout = bounds.silence_seconds
        for service in services:
            entity.add_supported_context(service)
        self._entity = entity
        self._server = _Listener(
            entity,
            address,
            own.ae_title,
            entity.supported_contexts,
            server_tls(own.tls) if tls else None,
            self._handlers(),
            _Line,
        )
        self._server.welcome(bounds, self._is_known)
        entity._servers.append(cast(ThreadedAssociationServer, self._server))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Hang up on everybody and close the port."""
        self._server.shutdown()
        for line in self._server.active_associations:
            line.abort()
        self._thread.join()

    def _handlers(self) -> list[Any]:
        return [
            (evt.EVT_REQUESTED, self._on_requested),
            (evt.EVT_DATA_RECV, self._on_bytes),
            (evt.EVT_CONN_CLOSE, self._on_closed),
            (evt.EVT_C_ECHO, lambda _event: dimse_status.STORED),
            (evt.EVT_C_STORE, self._on_store),
            (evt.EVT_C_FIND, self._on_find),
            (evt.EVT_C_MOVE, self._on_move),
            (evt.EVT_C_GET, self._on_get),
            (evt.EVT_N_ACTION, self._on_action),
        ]

    def _is_known(self, address: str) -> bool:
        """Whether any peer may call from this address: others do not get a word out of us."""
        here = plain_address(address)
        return any(here in addresses_of(peer.host) for peer in self._desk.peers())

    def _on_requested(self, event: evt.Event) -> None:
        line = event.assoc
        asked = cast(A_ASSOCIATE, line.requestor.primitive)
        asking = Asking(
            calling=str(asked.calling_ae_title),
            called=str(asked.called_ae_title),
            address=str(line.requestor.address),
            tls=self._server.ssl_context is not None,
        )
        verdict: Peer | Turned = _UNAVAILABLE
        try:
            verdict = self._verdict(line, asking)
        finally:  # pynetdicom swallows an exception here, and would let everybody in
            if isinstance(verdict, Turned):
                log.warning(
                    "dimse turned away reason=%s address=%s", verdict.reason, asking.address
                )
                line.acse.send_reject(verdict.result, verdict.source, verdict.diagnostic)
                line.kill()

    def _verdict(self, line: Association, asking: Asking) -> Peer | Turned:
        peers = self._desk.peers()
        with self._lock:
            lines = Counter(
                each.peer.id for other, each in self._guests.items() if other.is_alive()
            )
            verdict = admit(asking, self._own.ae_title, peers, addresses_of, lines, self._bounds)
            if isinstance(verdict, Peer):
                self._guests[line] = Guest(verdict)
        return verdict

    def _on_closed(self, event: evt.Event) -> None:
        with self._lock:
            guest = self._guests.pop(event.assoc, None)
        if guest is not None and guest.outcomes:
            told = " ".join(f"{reason}={count}" for reason, count in sorted(guest.outcomes.items()))
            log.info("dimse received peer_id=%s %s", guest.peer.id, told)

    def _on_bytes(self, event: evt.Event) -> None:
        """Whoever sends without end is hung up on before the disk or the memory is full."""
        guest = self._guests.get(event.assoc)
        if guest is None:
            return
        guest.received_bytes += len(event.data)
        storing = isinstance(event.assoc.dimse.message, C_STORE_RQ)
        limit = self._bounds.object_bytes if storing else self._bounds.message_bytes
        if guest.received_bytes > limit:
            log.warning("dimse sends too much peer_id=%s", guest.peer.id)
            event.assoc.abort()

    def _guest(self, event: evt.Event) -> Guest:
        """Who is asking; a whole message has come."""
        guest = self._guests[event.assoc]
        guest.received_bytes = 0
        return guest

    def _on_store(self, event: evt.Event) -> int:
        guest = self._guest(event)
        sop_uid = str(cast(C_STORE, event.request).AffectedSOPInstanceUID)
        reason = self._desk.keep(guest.peer, event.dataset_path, sop_uid)
        guest.outcomes[reason or "stored"] += 1
        if reason:
            log.warning("dimse refused peer_id=%s reason=%s", guest.peer.id, reason)
        return dimse_status.status_of(reason)

    def _on_find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        guest = self._guest(event)
        try:
            wanted = read_query(event.identifier)
            found = self._desk.find(guest.peer, wanted)
        except IdentifierWrong:
            yield dimse_status.IDENTIFIER_WRONG, None
            return
        for entry in found[:FOUND_MAX]:
            if event.is_cancelled:
                yield _CANCELLED, None
                return
            yield _PENDING, answer_of(entry, wanted, self._own.ae_title)
        if len(found) > FOUND_MAX:
            yield dimse_status.TOO_MUCH, None

    def _on_move(self, event: evt.Event) -> Iterator[Any]:
        guest = self._guest(event)
        goal = self._desk.destination(guest.peer, str(event.move_destination).strip())
        if goal is None:
            yield None, None
            return
        # What is raised here becomes the failure 0xC514, before a line is opened to anybody.
        files = self._desk.files(guest.peer, read_retrieval(event.identifier))
        more = tls_arguments(self._own, goal)
        yield goal.host, goal.port, {"contexts": contexts_for(files), "max_pdu": PDU_BYTES} | more
        yield from _sent(event, files)

    def _on_get(self, event: evt.Event) -> Iterator[Any]:
        guest = self._guest(event)
        files = self._desk.files(guest.peer, read_retrieval(event.identifier))
        send_files_of(event.assoc, self._desk.converted)
        yield from _sent(event, files)

    def _on_action(self, event: evt.Event) -> tuple[int, None]:
        """A storage commitment request (PS3.4 J.3.2); the report follows on a line of its own."""
        guest = self._guest(event)
        asked = event.action_information
        transaction_uid = str(asked.get("TransactionUID") or "")
        try:
            pairs = referenced(asked.get("ReferencedSOPSequence") or ())
        except IdentifierWrong:
            pairs = ()
        if event.action_type != 1 or not transaction_uid or not pairs:
            return 0x0115, None  # invalid argument value
        if len(pairs) > COMMITMENT_ITEMS_MAX:
            return 0x0213, None  # resource limitation
        self._desk.commit(guest.peer, transaction_uid, pairs)
        return dimse_status.STORED, None


def _sent(event: evt.Event, files: list[Any]) -> Iterator[Any]:
    """How many files, then each of them, until the peer has had enough."""
    yield len(files)
    for file in files:
        if event.is_cancelled:
            yield _CANCELLED, None
            return
        yield _PENDING, Outgoing(file)


def addresses_of(host: str) -> frozenset[str]:
    """The IP addresses of a configured host, none if it has no name now."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(plain_address(str(entry[4][0])) for entry in found)


class _Listener(AssociationServer):
    """Closes lines of strangers, and of a flood, before a thread or a byte is spent on them."""

    def welcome(self, bounds: Bounds, is_known: Any) -> None:
        self._bounds = bounds
        self._is_known = is_known
        self.request_queue_size = 128
        cast(socket.socket, self.socket).listen(128)

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """As the base class, but the TLS handshake happens with the first read, in the thread."""
        line, address = cast(socket.socket, self.socket).accept()
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.settimeout(self._bounds.silence_seconds)
        if isinstance(self.ssl_context, ssl.SSLContext):
            line = self.ssl_context.wrap_socket(
                line, server_side=True, do_handshake_on_connect=False
            )
        return line, address

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether to speak to this line at all."""
        lines = len(self.active_associations)
        if lines >= self._bounds.associations + self._bounds.unnamed:
            log.warning("dimse line closed reason=flood address=%s", client_address[0])
            return False
        if not self._is_known(str(client_address[0])):
            log.warning("dimse line closed reason=unknown-address address=%s", client_address[0])
            return False
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A line that broke while it was opened is only logged."""
        log.warning("dimse line broke address=%s", client_address[0])


class _Line(RequestHandler):
    """Lines that refuse longer PDUs than we agreed to, before reading them."""

    def _create_association(self) -> Association:
        made = super()._create_association()
        made.dul.socket.__class__ = _BoundedSocket
        return made


class _BoundedSocket(AssociationSocket):
    def recv(self, nr_bytes: int) -> bytearray:
        """As the base class. Raises OSError for a PDU that announces more than we agreed to."""
        if nr_bytes > PDU_BYTES_MAX:
            raise OSError("PDU too long")
        return super().recv(nr_bytes)
