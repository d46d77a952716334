"""The private names of aiortc and pylibsrtp that we use are still what we think."""

import inspect

from aiortc import RTCCertificate
from aiortc.rtcdatachannel import RTCDataChannel
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcsctptransport import RTCSctpTransport
from pylibsrtp import Policy, Session
from pylibsrtp._binding import lib

from signaling.srtp import PacketBuffer, handle_of


class _Pipe:
    role = "controlled"


async def test_x1_dtls_has_the_names_and_steps_we_rely_on() -> None:
    dtls = RTCDtlsTransport(_Pipe(), [RTCCertificate.generateCertificate()])  # type: ignore[arg-type]
    dtls._set_role("server")
    assert dtls._role == "server"
    assert dtls._rx_srtp is None
    assert dtls._tx_srtp is None
    assert dtls._data_receiver is None
    source = inspect.getsource(RTCDtlsTransport)
    for asked in ("self.transport._recv()", "self.transport._send(data)", "self.transport.role"):
        assert asked in source
    assert "self._data_receiver._handle_data(data)" in source


async def test_x2_sctp_takes_its_role_from_dtls_and_registers_itself() -> None:
    dtls = RTCDtlsTransport(_Pipe(), [RTCCertificate.generateCertificate()])  # type: ignore[arg-type]
    dtls._set_role("server")
    sctp = RTCSctpTransport(dtls)
    assert sctp.is_server
    assert inspect.iscoroutinefunction(sctp._handle_data)
    assert sctp._advertised_rwnd == 1024 * 1024
    assert "self._advertised_rwnd -= len(chunk.user_data)" in inspect.getsource(RTCSctpTransport)
    assert "_register_data_receiver(self)" in inspect.getsource(RTCSctpTransport.start)
    assert isinstance(RTCDataChannel.bufferedAmount, property)


def test_x3_srtp_works_in_place_and_knows_forgeries() -> None:
    policy = {"key": bytes(44), "srtp_profile": Policy.SRTP_PROFILE_AEAD_AES_256_GCM}
    sender = Session(Policy(ssrc_type=Policy.SSRC_ANY_OUTBOUND, **policy))
    receiver = Session(Policy(ssrc_type=Policy.SSRC_ANY_INBOUND, **policy))
    packet = PacketBuffer()
    plain = bytes([0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]) + b"payload"
    packet.bytes[: len(plain)] = plain
    size = packet.protect(handle_of(sender), len(plain))
    assert size == len(plain) + 16
    sealed = bytes(packet.view[:size])
    assert packet.unprotect(handle_of(receiver), size) == len(plain)
    assert bytes(packet.view[: len(plain)]) == plain
    packet.bytes[:size] = sealed[:-1] + bytes([sealed[-1] ^ 1])
    assert packet.unprotect(handle_of(receiver), size) == 0
    assert lib.srtp_err_status_ok == 0
