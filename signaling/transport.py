"""One ICE-lite + DTLS + SCTP connection with a client.

aiortc gives DTLS and SCTP; packets come from the worker's shared ports and media never
passes through aiortc. Private names used (guarded by tests/unit/signaling/test_aiortc_hooks.py):
`RTCDtlsTransport._set_role`, `._role`, `._rx_srtp`, `._tx_srtp`, `._ssl`, `._data_receiver`, and
what it asks of its transport: `_recv`, `_send`, `role`.
"""

import asyncio
import logging
import struct
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, cast

from aiortc import RTCCertificate
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport

from signaling.dtls_pipe import DtlsPipe
from signaling.limits import (
    CONSENT_SECONDS,
    DATA_BACKLOG_BYTES,
    DATA_PACKET_BYTES,
    LOSSY_BACKLOG_BYTES,
)
from signaling.mux import Mux, Path
from signaling.sctp import leads_on
from signaling.sdp import Credentials
from signaling.srtp import PacketBuffer, forget_ssrc, handle_of

_log = logging.getLogger(__name__)
RELIABLE, LOSSY = "_reliable", "_lossy"
# What aiortc's SCTP may raise on hostile bytes; it ends this connection and no other.
_SCTP_ERRORS = (AssertionError, ValueError, KeyError, IndexError, AttributeError, struct.error)


class _GuardedSctp:
    """Keeps aiortc's DTLS task alive when its SCTP chokes on what the client sent."""

    def __init__(self, sctp: RTCSctpTransport, on_broken: Callable[[], None]) -> None:
        self._sctp, self._on_broken = sctp, on_broken

    async def _handle_data(self, data: bytes) -> None:
        try:
            if not leads_on(data):
                raise ValueError("length of an SCTP chunk or parameter")
            await self._sctp._handle_data(data)
        except _SCTP_ERRORS:
            _log.warning("data channel protocol broken by the client")
            self._on_broken()
        if self._sctp._advertised_rwnd < 0:  # it sends more than it was given room for
            _log.warning("data channel window overrun by the client")
            self._on_broken()


@dataclass(frozen=True)
class Events:
    """What a transport tells its owner."""

    connected: Callable[[], None]
    closed: Callable[[], None]
    message: Callable[[str, bytes], None]  # channel label, bytes
    channel_open: Callable[[str], None]
    rtp: Callable[[PacketBuffer, int], None]  # decrypted, in the shared buffer
    rtcp: Callable[[bytes], None]


def _ignore(*_: object) -> None: ...


_NOBODY = Events(_ignore, _ignore, _ignore, _ignore, _ignore, _ignore)


class PeerTransport:
    """One connection; created waiting, connected once the client's checks and DTLS succeed."""

    def __init__(
        self,
        port: Mux,
        certificate: RTCCertificate,
        credentials: Credentials,
        role: str,
        events: Events,
    ) -> None:
        self._port, self._events = port, events
        self._pipe = DtlsPipe()
        self._dtls = RTCDtlsTransport(cast(RTCIceTransport, self._pipe), [certificate])
        self._dtls._set_role(role)
        self._sctp = RTCSctpTransport(self._dtls)
        self._sctp.on("datachannel", self._adopt)
        self._opens_channels = role == "server"
        self._channels: dict[str, RTCDataChannel] = {}
        self._ufrags: tuple[str, ...] = ()
        self._fingerprints: tuple[tuple[str, str], ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._rx: Any = None
        self._starting = self.is_closed = False
        self.tx: Any = None  # libsrtp handle, None until connected
        self.path: Path | None = None
        self.last_check = asyncio.get_running_loop().time()
        self.use(credentials)

    def use(self, credentials: Credentials) -> None:
        """Answers checks for these credentials too: at first, and at an ICE restart."""
        self._ufrags = (*self._ufrags, credentials.ufrag)
        self._port.register(credentials, self)
        self._port.forget(self._ufrags[:-2])
        self._ufrags = self._ufrags[-2:]

    def trust(self, fingerprints: tuple[tuple[str, str], ...]) -> None:
        """The client's certificate; the handshake begins when a path is there as well."""
        self._fingerprints = self._fingerprints or fingerprints
        self._start_when_ready()

    def on_check(self, path: Path, nominated: bool) -> None:
        """See mux.Receiver."""
        self.last_check = asyncio.get_running_loop().time()
        now = self.path
        if nominated and (now is None or (now.address, now.via) != (path.address, path.via)):
            self.path = self._pipe.path = path
            self._start_when_ready()

    def has_consent(self, now: float) -> bool:
        """Whether the client checked lately; if not, nothing is sent until it does (RFC 7675)."""
        fresh = now - self.last_check < CONSENT_SECONDS
        if not fresh:
            self.path = self._pipe.path = None
        return fresh

    def on_dtls(self, data: bytes) -> None:
        """See mux.Receiver."""
        self._pipe.push(data)

    def on_media(self, packet: PacketBuffer, length: int) -> None:
        """See mux.Receiver."""
        if self._rx is None or length < 12:
            return
        if 191 < packet.bytes[1] < 224:  # RTCP types (RFC 5761)
            length = packet.unprotect_rtcp(self._rx, length)
            if length:
                self._events.rtcp(bytes(packet.view[:length]))
            return
        length = packet.unprotect(self._rx, length)
        if length:
            self._events.rtp(packet, length)

    def send_rtcp(self, data: bytes) -> None:
        """Encrypts and sends an RTCP packet; silently nothing before the connection stands."""
        if self.path is None or self.tx is None:
            return
        packet = self._port.packet_out
        packet.bytes[: len(data)] = data
        length = packet.protect_rtcp(self.tx, len(data))
        if length:
            self.path.send(packet.view[:length])

    def retire(self, ssrc: int) -> None:
        """Nothing is sent under this ssrc any more: frees what the encryption keeps of it."""
        if self.tx is not None:
            forget_ssrc(self.tx, ssrc)

    def send_data(self, label: str, message: bytes) -> bool:
        """Sends on a data channel; False when it is not open or the client stopped reading."""
        channel = self._channels.get(label)
        if channel is None or channel.readyState != "open":
            return False
        backlog = channel.bufferedAmount
        if label == LOSSY and backlog > LOSSY_BACKLOG_BYTES:
            return False
        if backlog > DATA_BACKLOG_BYTES:
            self._lost()
            return False
        channel.send(message)
        return True

    async def close(self) -> None:
        """Ends the connection and frees all it holds."""
        if self.is_closed:
            return
        self.is_closed = True
        self._port.forget(self._ufrags, self)
        for task in self._tasks:
            task.cancel()
        await self._sctp.stop()  # its timers would hold all this for as long as data is unanswered
        await self._dtls.stop()
        self._pipe.close()
        self._let_go()

    def _let_go(self) -> None:
        """Breaks the cycles of who knows whom: the collector comes late, and would find OpenSSL's
        100 KB of each connection that ended since.
        """
        self.tx = self._rx = self.path = self._pipe.path = None
        self._events = _NOBODY
        for channel in self._channels.values():
            channel.remove_all_listeners()
        self._channels.clear()
        self._dtls.remove_all_listeners()
        self._dtls._data_receiver = self._dtls._ssl = None

    def _start_when_ready(self) -> None:
        if self.path is not None and self._fingerprints and not self._starting:
            self._starting = True
            self._spawn(self._handshake())

    async def _handshake(self) -> None:
        dtls = self._dtls
        await dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(*f) for f in self._fingerprints]))
        self._pipe.settle(is_answered=dtls._role == "client")
        if dtls.state != "connected":
            _log.warning("DTLS handshake failed")
            self._lost()
            return
        self._rx, self.tx = handle_of(dtls._rx_srtp), handle_of(dtls._tx_srtp)
        dtls.on("statechange", self._watch_dtls)
        await self._sctp.start(RTCSctpCapabilities(maxMessageSize=DATA_PACKET_BYTES), 5000)
        dtls._data_receiver = _GuardedSctp(self._sctp, self._lost)
        if self._opens_channels:
            self._open(RELIABLE, RTCDataChannelParameters(label=RELIABLE))
            lossy = RTCDataChannelParameters(label=LOSSY, ordered=False, maxRetransmits=0)
            self._open(LOSSY, lossy)
        self._events.connected()

    def _open(self, label: str, parameters: RTCDataChannelParameters) -> None:
        channel = RTCDataChannel(self._sctp, parameters)
        self._channels[label] = channel
        channel.on("open", lambda: self._events.channel_open(label))

    def _adopt(self, channel: RTCDataChannel) -> None:
        label = channel.label
        if label not in (RELIABLE, LOSSY):  # data tracks are answered as not supported
            return
        if not self._opens_channels:
            self._channels[label] = channel
            self._events.channel_open(label)
        channel.on("message", lambda message: self._on_message(label, message))

    def _on_message(self, label: str, message: object) -> None:
        if isinstance(message, bytes) and len(message) <= DATA_PACKET_BYTES:
            self._events.message(label, message)

    def _watch_dtls(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self._lost()

    def _lost(self) -> None:
        if not self.is_closed:
            self.tx = None
            self._events.closed()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
