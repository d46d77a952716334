"""What a connection holds is free when it ends, before any garbage collection."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport

from signaling.dtls_pipe import DtlsPipe
from signaling.mux import Mux, Path
from signaling.sdp import Credentials
from signaling.transport import Events, PeerTransport


class _Way:
    """To whoever takes DTLS records at the other end."""

    address, via = ("127.0.0.1", 1), None

    def __init__(self, push: Any) -> None:
        self._push = push

    def send(self, data: bytes | memoryview) -> bool:
        self._push(bytes(data))
        return True


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _connected(role: str, certificate: RTCCertificate) -> tuple[PeerTransport, Any, DtlsPipe]:
    """A transport whose client has shaken hands with it; the client's two ends as well."""
    connected, ignore = asyncio.Event(), lambda *_: None
    events = Events(connected.set, ignore, ignore, ignore, ignore, ignore)
    ours = PeerTransport(Mux(), certificate, Credentials("ufrag", "password"), role, events)
    pipe = DtlsPipe()
    pipe.path = cast(Path, _Way(ours.on_dtls))
    theirs = RTCDtlsTransport(cast(RTCIceTransport, pipe), [RTCCertificate.generateCertificate()])
    theirs._set_role("client" if role == "server" else "server")
    local = theirs.getLocalParameters()
    ours.trust(tuple((print_.algorithm, print_.value) for print_ in local.fingerprints))
    ours.on_check(cast(Path, _Way(pipe.push)), nominated=True)
    await theirs.start(RTCDtlsParameters(certificate.getFingerprints()))
    await connected.wait()
    return ours, theirs, pipe


@pytest.mark.parametrize("role", ["server", "client"])
async def test_i8_what_a_connection_held_is_free_when_it_ends(role: str) -> None:
    certificate = RTCCertificate.generateCertificate()
    with uncollected():
        ours, theirs, pipe = await _connected(role, certificate)
        session = weakref.ref(ours._dtls._ssl)
        transport = weakref.ref(ours)
        await ours.close()
        del ours
        pipe.path = None  # who sends to it
        await theirs.stop()
        pipe.close()
        assert session() is None
        assert transport() is None
