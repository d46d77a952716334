"""RTCP in and out, held against aiortc's parser."""

from aiortc.rtp import (
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from signaling import rtcp

_U32 = st.integers(0, 0xFFFFFFFF)


@given(_U32, st.integers(0, 2**64 - 1), _U32)
def test_f5_sender_reports_are_read_and_written(ssrc: int, ntp: int, timestamp: int) -> None:
    info = RtcpSenderInfo(ntp, timestamp, 5, 600)
    read = list(rtcp.read(bytes(RtcpSrPacket(ssrc, info))))
    assert read == [rtcp.SenderReport(ssrc, ntp, timestamp)]
    (theirs,) = RtcpPacket.parse(rtcp.write_sender_report(ssrc, ntp, timestamp, 5, 600))
    assert isinstance(theirs, RtcpSrPacket)
    assert (theirs.ssrc, theirs.sender_info) == (ssrc, info)


@given(st.integers(0, 70), st.integers(0, 255), st.integers(-(2**23), 2**23 - 1))
def test_f6_receiver_reports_say_what_was_lost(count: int, fraction: int, lost: int) -> None:
    blocks = [rtcp.Reception(i, fraction, lost, 99, 7, 1, 2) for i in range(count)]
    theirs = RtcpPacket.parse(rtcp.write_receiver_report(blocks))
    reports = [r for packet in theirs if isinstance(packet, RtcpRrPacket) for r in packet.reports]
    assert [report.ssrc for report in reports] == list(range(count))
    assert all((r.fraction_lost, r.packets_lost) == (fraction, lost) for r in reports)


def test_f6_report_blocks_of_a_receiver_are_read() -> None:
    block = RtcpReceiverInfo(77, 64, 10, 1000, 5, 0, 0)
    packet = bytes(RtcpRrPacket(1, [block, block]))
    assert list(rtcp.read(packet)) == [rtcp.ReceptionReport(77, 64, 5)] * 2


@given(st.lists(st.integers(0, 300), min_size=1, max_size=40, unique=True), st.integers(0, 0xFFFF))
def test_f7_nacks_name_the_same_numbers_both_ways(offsets: list[int], base: int) -> None:
    wanted = [base + offset & 0xFFFF for offset in sorted(offsets)]
    packet = rtcp.write_nack(9, wanted)
    (theirs,) = RtcpPacket.parse(packet)
    assert isinstance(theirs, RtcpRtpfbPacket)
    assert [number & 0xFFFF for number in theirs.lost] == wanted  # aiortc counts on past 16 bits
    assert list(rtcp.read(packet)) == [rtcp.Nack(9, tuple(wanted))]


def test_f8_key_frame_requests_pli_and_fir() -> None:
    assert list(rtcp.read(rtcp.write_key_frame_request(5))) == [rtcp.KeyFrameRequest(5)]
    fir = RtcpPsfbPacket(4, 1, 0, fci=bytes([0, 0, 0, 8, 1, 0, 0, 0]))
    assert list(rtcp.read(bytes(fir))) == [rtcp.KeyFrameRequest(8)]


@given(st.integers(1000, 2**40), st.lists(_U32, min_size=1, max_size=20))
def test_f9_remb_is_within_its_mantissa(bits: int, ssrcs: list[int]) -> None:
    (theirs,) = RtcpPacket.parse(rtcp.write_remb(ssrcs, bits))
    assert isinstance(theirs, RtcpPsfbPacket)
    said, named = unpack_remb_fci(theirs.fci)
    assert named == ssrcs
    assert bits * (1 - 2**-17) <= said <= bits


@given(st.binary(max_size=200), st.sampled_from([200, 201, 205, 206]), st.integers(0, 31))
def test_f10_any_bytes_are_read_or_left(noise: bytes, kind: int, count: int) -> None:
    words = len(noise) // 4
    framed = bytes([0x80 | count, kind]) + words.to_bytes(2, "big") + noise
    for data in (noise, framed, framed + framed):
        list(rtcp.read(data))


@given(st.integers(1, 2**40), st.lists(st.integers(0, 0xFFFFFFFF), max_size=5))
def test_g53_a_remb_is_read_as_written(bits: int, ssrcs: list[int]) -> None:
    (item,) = rtcp.read(rtcp.write_remb(ssrcs, bits))
    assert isinstance(item, rtcp.Remb)
    assert bits * (1 - 2**-17) <= item.bits_per_second <= bits
