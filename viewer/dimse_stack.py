"""pynetdicom as this product uses it: quiet, to files, bounded; and lines to a peer.

Importing this module sets pynetdicom up for the whole process. It logs nothing: its lines quote
identifiers, which name patients.
"""

import logging
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pynetdicom import AE, _config
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext

from viewer.errors import PeerFailed
from viewer.pacs import Peer

_config.LOG_HANDLER_LEVEL = "none"
_config.LOG_REQUEST_IDENTIFIERS = False
_config.LOG_RESPONSE_IDENTIFIERS = False
_config.UNRESTRICTED_STORAGE_SERVICE = True  # an object of any class and syntax is kept as it came
_config.STORE_RECV_CHUNKED_DATASET = True  # to a file, never to memory
_config.STORE_SEND_CHUNKED_DATASET = True  # from a file, bytes unchanged
for _name in ("pynetdicom", "pydicom"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

CONNECT_SECONDS: Final = 10
ANSWER_SECONDS: Final = 30
PDU_BYTES: Final = 256 << 10
IMPLEMENTATION_NAME: Final = "HOICHAN_1"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files; with `authorities`, both sides must show a certificate that these signed."""

    certificate: Path | None = None
    key: Path | None = None
    authorities: Path | None = None


@dataclass(frozen=True, slots=True)
class OwnEntity:
    """Who we are to a peer."""

    ae_title: str
    tls: TlsFiles = TlsFiles()


def client_tls(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer towards a peer, whose certificate must name its host.

    Raises OSError, of which ssl.SSLError is one.
    """
    context = ssl.create_default_context(cafile=files.authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.certificate is not None:
        context.load_cert_chain(files.certificate, files.key)
    return context


def server_tls(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer for those who call. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.certificate is not None:
        context.load_cert_chain(files.certificate, files.key)
    if files.authorities is not None:
        context.load_verify_locations(files.authorities)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def entity(own: OwnEntity, answer_seconds: float = ANSWER_SECONDS) -> AE:
    """An application entity with our bounds."""
    made = AE(ae_title=own.ae_title)
    made.implementation_version_name = IMPLEMENTATION_NAME
    made.maximum_pdu_size = PDU_BYTES
    made.connection_timeout = CONNECT_SECONDS
    made.acse_timeout = answer_seconds
    made.dimse_timeout = answer_seconds
    made.network_timeout = answer_seconds
    return made


def tls_arguments(own: OwnEntity, peer: Peer) -> dict[str, Any]:
    """What `associate` needs for a peer that speaks TLS. Raises PeerFailed."""
    if not peer.tls:
        return {}
    try:
        return {"tls_args": (client_tls(own.tls), peer.host)}
    except OSError:
        raise PeerFailed("tls-files") from None


@contextmanager
def line_to(
    made: AE,
    own: OwnEntity,
    peer: Peer,
    contexts: Sequence[PresentationContext],
    **more: Any,
) -> Iterator[Association]:
    """An association with a peer, released afterwards. Raises PeerFailed."""
    line = made.associate(
        peer.host,
        peer.port,
        contexts=list(contexts),
        ae_title=peer.ae_title,
        max_pdu=PDU_BYTES,
        **tls_arguments(own, peer),
        **more,
    )
    if not line.is_established:
        if line.dul.socket is not None:
            line.dul.socket.close()  # pynetdicom leaves it open
        raise PeerFailed(_why_not(line))
    try:
        yield line
    finally:
        if line.is_established:
            line.release()


def _why_not(line: Association) -> str:
    if line.is_rejected:
        answer = line.acceptor.primitive
        # PS3.8 9.3.4: what a technician can mend is told apart from the rest.
        known = {(1, 3): "our-ae-unknown", (1, 7): "ae-unknown", (3, 2): "peer-busy"}
        asked = (getattr(answer, "result_source", 0), getattr(answer, "diagnostic", 0))
        return known.get(asked, "rejected")
    # An association without any common context is aborted by pynetdicom itself.
    return "no-common-service" if line.rejected_contexts else "unreachable"
