"""Who stops checking is sent nothing more, wherever the packets went (RFC 7675)."""

import asyncio

import pytest
from aiortc import RTCCertificate

from signaling.limits import CONSENT_SECONDS
from signaling.mux import Mux
from signaling.sdp import Credentials
from signaling.transport import Events, PeerTransport


class _Way:
    """A path that goes nowhere."""

    def __init__(self, address: tuple[str, int], via: object) -> None:
        self.address, self.via = address, via

    def send(self, data: bytes | memoryview) -> bool:
        return True


_WIFI, _MOBILE = _Way(("10.0.0.2", 5000), "udp"), _Way(("203.0.113.2", 5000), "udp")
_TCP = _Way(("10.0.0.2", 5000), "tcp")


@pytest.fixture
async def transport() -> PeerTransport:
    def nothing(*_: object) -> None: ...

    events = Events(nothing, nothing, nothing, nothing, nothing, nothing)
    certificate = RTCCertificate.generateCertificate()
    return PeerTransport(Mux(), certificate, Credentials("u", "p"), "client", events)


async def test_i5_only_a_nominated_check_moves_the_media(transport: PeerTransport) -> None:
    transport.on_check(_WIFI, nominated=False)
    assert transport.path is None
    for way in (_WIFI, _MOBILE, _WIFI, _TCP):
        transport.on_check(way, nominated=True)
        assert transport.path is way


async def test_i5_an_unchanged_way_is_kept(transport: PeerTransport) -> None:
    transport.on_check(_WIFI, nominated=True)
    transport.on_check(_Way(("10.0.0.2", 5000), "udp"), nominated=True)
    assert transport.path is _WIFI


async def test_i6_without_checks_nothing_is_sent_until_the_next_one(
    transport: PeerTransport,
) -> None:
    transport.on_check(_WIFI, nominated=True)
    now = asyncio.get_running_loop().time()
    assert transport.has_consent(now + CONSENT_SECONDS - 1)
    assert transport.path is _WIFI
    assert not transport.has_consent(now + CONSENT_SECONDS + 1)
    assert transport.path is None
    transport.on_check(_MOBILE, nominated=True)
    assert transport.path is _MOBILE
