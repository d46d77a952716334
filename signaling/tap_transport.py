"""A listener's connection to a media server: ICE by aioice, DTLS and SCTP by aiortc.

Private names used (guarded by tests/unit/signaling/test_tap_hooks.py): of `RTCDtlsTransport`
`_set_role`, `_handle_rtp_data`, `_handle_rtcp_data`, and what it asks of its transport: `_recv`,
`_send`, `role`.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from aioice import Candidate, Connection
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport

from signaling.errors import TapLost
from signaling.sdp import Credentials
from signaling.tap_sdp import LocalSide, ServerOffer

_log = logging.getLogger(__name__)
_LOOPBACK = "127.0.0.1"


class _Ice(Connection):
    """aioice leaves loopback out; a recorder often runs beside its media server."""

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109  aioice's own signature
    ) -> list[Candidate]:
        return await super().get_component_candidates(component, [*addresses, _LOOPBACK], timeout)


class _Pipe:
    """What aiortc's DTLS transport sees as its ICE transport."""

    role = "controlling"

    def __init__(self, ice: Connection) -> None:
        self._ice = ice

    async def _recv(self) -> bytes:
        return await self._ice.recv()

    async def _send(self, data: bytes) -> None:
        await self._ice.send(data)


class TapTransport:
    """One connection; hands decrypted RTP packets to `on_rtp`, asks for nothing else."""

    def __init__(self, certificate: RTCCertificate, on_rtp: Callable[[bytes], None]) -> None:
        self._on_rtp = on_rtp
        self._ice = _Ice(ice_controlling=True, components=1)
        self._dtls = RTCDtlsTransport(cast(RTCIceTransport, _Pipe(self._ice)), [certificate])
        self._dtls._set_role("client")
        self._dtls._handle_rtp_data = self._rtp  # type: ignore[method-assign]
        self._dtls._handle_rtcp_data = _ignore  # type: ignore[method-assign]
        self._dtls.on("statechange", self._watch)
        self._sctp = RTCSctpTransport(self._dtls)
        self._answers = 0
        self.lost = asyncio.Event()

    async def gather(self) -> None:
        """Open sockets; before the first answer."""
        await self._ice.gather_candidates()

    def local_side(self) -> LocalSide:
        """What the next answer says of us."""
        self._answers += 1
        print_of_ours = self._dtls.getLocalParameters().fingerprints[0]
        return LocalSide(
            Credentials(self._ice.local_username, self._ice.local_password),
            f"{print_of_ours.algorithm} {print_of_ours.value}",
            tuple(candidate.to_sdp() for candidate in self._ice.local_candidates),
            self._answers,
        )

    async def candidate(self, text: str) -> None:
        """The server can be reached here; what we cannot use is ignored."""
        try:
            candidate = Candidate.from_sdp(text)
        except (ValueError, IndexError):
            return
        if candidate.transport.lower() == "udp" and not candidate.host.endswith(".local"):
            await self._ice.add_remote_candidate(candidate)

    async def connect(self, offer: ServerOffer) -> None:
        """Reach the server of this first offer; TapLost if that fails."""
        self._ice.remote_username = offer.description.ufrag
        self._ice.remote_password = offer.password
        self._ice.remote_is_lite = offer.is_lite
        for text in offer.candidates:
            await self.candidate(text)
        try:
            await self._ice.connect()
        except ConnectionError as error:
            raise TapLost("ice") from error
        prints = [RTCDtlsFingerprint(*pair) for pair in offer.description.fingerprints]
        await self._dtls.start(RTCDtlsParameters(prints))
        if self._dtls.state != "connected":
            raise TapLost("dtls")
        await self._sctp.start(RTCSctpCapabilities(maxMessageSize=65_536), 5_000)

    async def close(self) -> None:
        """Free everything."""
        await self._sctp.stop()
        await self._dtls.stop()
        await self._ice.close()

    async def _rtp(self, data: bytes, arrival_time_ms: int) -> None:
        self._on_rtp(data)

    def _watch(self) -> None:
        if self._dtls.state in ("closed", "failed"):
            self.lost.set()


async def _ignore(data: bytes) -> None:
    """Reports of senders are of no use to a listener."""
