"""DTLS over lines that lose: what was sent last is sent again long before OpenSSL would."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcicetransport import RTCIceTransport

from signaling.dtls_pipe import DtlsPipe
from signaling.mux import Path


@dataclass
class _Way:
    """To the other end; loses the datagrams with these numbers."""

    to: DtlsPipe
    lost: frozenset[int]
    sent: list[bytes] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        if len(self.sent) not in self.lost:
            self.to.push(data)


async def _handshake(pipe: DtlsPipe, role: str, certificate: RTCCertificate) -> RTCDtlsTransport:
    dtls = RTCDtlsTransport(cast(RTCIceTransport, pipe), [certificate])
    dtls._set_role(role)
    await dtls.start(RTCDtlsParameters(certificate.getFingerprints()))
    pipe.settle(is_answered=role == "client")
    return dtls


async def _both(lost_up: set[int], lost_down: set[int]) -> tuple[_Way, _Way]:
    client, server = DtlsPipe(), DtlsPipe()
    up, down = _Way(server, frozenset(lost_up)), _Way(client, frozenset(lost_down))
    client.path, server.path = cast(Path, up), cast(Path, down)
    certificate = RTCCertificate.generateCertificate()
    ends = await asyncio.gather(
        _handshake(client, "client", certificate), _handshake(server, "server", certificate)
    )
    assert [end.state for end in ends] == ["connected", "connected"]
    for end in ends:
        await end.stop()
    client.close()
    server.close()
    return up, down


@pytest.mark.parametrize("lost", [{1}, {1, 2}])
async def test_i7_a_lost_flight_is_sent_again_as_it_was(lost: set[int]) -> None:
    up, _ = await _both(lost, set())
    first, *again = up.sent[: len(lost) + 1]
    # OpenSSL's own repetition is another record with another number.
    assert again == [first] * len(lost)


async def test_i7_a_servers_last_flight_is_sent_again_though_nothing_answers_it() -> None:
    up, down = await _both(set(), {2})
    assert down.sent[1] == down.sent[2]
    assert len(down.sent[0]) > len(down.sent[1])
    assert up.sent[1] == up.sent[-2]  # the client could not know whose flight was lost


async def test_i7_after_the_handshake_nothing_is_repeated() -> None:
    client, way = DtlsPipe(), _Way(DtlsPipe(), frozenset())
    client.path = cast(Path, way)
    await client._send(b"flight")
    repeats = client._repeats
    assert repeats is not None
    client.settle(is_answered=True)
    await client._send(b"data")
    assert way.sent == [b"flight", b"data"]
    assert client._repeats is None
    assert repeats.cancelled()
