"""Retransmissions, both ways, and codecs. No network."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from signaling import rtcp
from signaling.outbound import Delivery
from signaling.sdp import (
    REPAIRED_RID_EXTENSION,
    RID_EXTENSION,
)
from signaling.streams import InboundStream
from tests.support.forwarding import CODECS, ForwardingBench, rtx_bench


def test_f62_a_nack_is_answered_by_a_retransmission_where_agreed() -> None:
    bench = rtx_bench()
    bench.packet(65535, 3000, key=True, picture=5)
    bench.packet(0, 3000, picture=5)
    first = {h.sequence: p for h, p in bench.receiver.packets()}
    bench.listener.on_rtcp(rtcp.write_nack(55, [65535, 0, 1]))
    bench.listener.on_rtcp(rtcp.write_nack(55, [0]))
    again = bench.receiver.packets()
    assert [(h.ssrc, h.payload_type, h.sequence) for h, _ in again] == [
        (56, 112, 1),
        (56, 112, 2),
        (56, 112, 3),
    ]
    assert [p[:2] for _, p in again] == [b"\xff\xff", b"\x00\x00", b"\x00\x00"]
    assert [p[2:] for _, p in again] == [first[65535], first[0], first[0]]


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_f63_retransmissions_repeat_what_was_sent_across_switches(layers: list[bool]) -> None:
    bench = ForwardingBench(rids=("q", "h"), delivery=Delivery(55, CODECS["video"], rtx_ssrc=56))
    sequence, first = 0, dict[int, bytes]()
    for is_high in layers:
        bench.out.wanted = int(is_high)
        bench.forwarder.retarget(bench.track)
        for _ in range(3):
            sequence += 1
            for ssrc, rid in ((7, "q"), (8, "h")):
                bench.packet(sequence, ssrc=ssrc, rid=rid, key=True, picture=sequence + ssrc)
        first |= {h.sequence: p for h, p in bench.receiver.packets()}
    bench.listener.on_rtcp(rtcp.write_nack(55, sorted(first)[-20:]))
    again = {int.from_bytes(p[:2], "big"): p[2:] for _, p in bench.receiver.packets()}
    assert again == {number: first[number] for number in sorted(first)[-20:]}


def test_f66_a_flood_of_nacks_makes_no_flood_of_packets() -> None:
    bench = rtx_bench()
    for number in range(1, 200):
        bench.packet(number, key=True)
    for _ in range(50):
        bench.listener.on_rtcp(rtcp.write_nack(55, range(1, 200)))
    assert bench.forwarder.counters.resent <= 60
    bench.now += 0.1
    bench.listener.on_rtcp(rtcp.write_nack(55, [150]))
    assert bench.forwarder.counters.resent <= 61
    assert len(bench.receiver.packets()) > 199


def test_f67_resends_work_however_long_a_stream_has_been_flowing() -> None:
    bench = rtx_bench()
    bench.packet(0, key=True)
    for number in range(0, 200_000, 700):
        bench.packet(number)
        bench.packet(number + 2)
        bench.packet(number + 1)  # late
        bench.receiver.packets()
        bench.now += 1
        bench.listener.on_rtcp(rtcp.write_nack(55, [number + 1 & 0xFFFF]))
        assert [p[:2] for _, p in bench.receiver.packets()] == [
            (number + 1 & 0xFFFF).to_bytes(2, "big")
        ]


def test_f64_a_publishers_retransmission_fills_the_hole_once() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    bench.packet(3)
    repeats = struct.pack("!H", 2) + b"\x90\x80\x80\x01\x01late"
    for number in (50, 51):
        bench.packet(number, ssrc=17, payload_type=97, payload=repeats)
    bench.packet(53, ssrc=17, payload_type=97, payload=b"", padding=20)
    sent = bench.receiver.packets()
    assert [h.sequence for h, _ in sent] == [1, 3, 2]
    assert sent[2][1].endswith(b"late")
    bench.now += 1
    bench.publisher.rtcp.clear()
    bench.forwarder.tick(bench.now)
    assert not [item for item in bench.publisher.rtcp if isinstance(item, rtcp.Nack)]


def test_f65_repairs_of_simulcast_layers_are_known_by_repaired_rid() -> None:
    bench = ForwardingBench(rids=("q", "h"))
    bench.sender._extensions[REPAIRED_RID_EXTENSION] = 2
    bench.sender._extensions[RID_EXTENSION] = 6
    stream = InboundStream(bench.track, 8, 1)
    bench.track.streams[8] = bench.sender._by_ssrc[8] = stream
    bench.packet(1, ssrc=18, rid="h", payload_type=97, payload=b"\x00\x01")
    assert bench.sender._repairs == {18: stream}


def test_f89_h264_starts_at_its_parameter_sets() -> None:
    bench = ForwardingBench(delivery=Delivery(55, CODECS["video"]))
    bench.packet(1, payload_type=98, payload=b"\x41slice")
    bench.packet(2, payload_type=98, payload=b"\x67sps")
    bench.packet(3, payload_type=98, payload=b"\x65idr")
    assert [(h.sequence, h.payload_type) for h, _ in bench.receiver.packets()] == [
        (2, 113),
        (3, 113),
    ]


def test_f90_a_change_of_codec_waits_for_a_key_frame_of_the_new_one() -> None:
    bench = ForwardingBench(delivery=Delivery(55, CODECS["video"]))
    bench.packet(1, key=True)
    bench.packet(2, payload_type=98, payload=b"\x41slice")
    bench.packet(3, payload_type=98, payload=b"\x67sps")
    assert [(h.sequence, h.payload_type) for h, _ in bench.receiver.packets()] == [
        (1, 111),
        (2, 113),
    ]


def test_f91_who_does_not_know_the_codec_gets_nothing_and_nobody_is_harmed() -> None:
    bench = ForwardingBench()  # knows VP8 only
    _, other, _ = bench.joins(Delivery(56, CODECS["video"]))
    bench.packet(1, payload_type=98, payload=b"\x67sps")
    assert bench.receiver.packets() == []
    assert len(other.packets()) == 1


def test_f92_red_passes_to_those_who_know_it_and_comes_plain_to_the_others() -> None:
    bench = ForwardingBench("audio")  # knows Opus only
    _, other, _ = bench.joins(Delivery(56, CODECS["audio"]))
    red = struct.pack("!BHB", 0xEF, 960 << 2, 3) + b"\x6f" + b"old" + b"new"
    bench.packet(1, 960, payload_type=63, payload=red)
    bench.packet(2, 1920, payload_type=96, payload=b"plain")
    bench.packet(3, 2880, payload_type=63, payload=b"\xef")  # broken
    bench.packet(4, 3840, payload_type=63, payload=red)
    plain = [(h.payload_type, p) for h, p in bench.receiver.packets()]
    assert plain == [(111, b"new"), (111, b"plain"), (111, b"new")]
    assert [(h.sequence, h.payload_type, p) for h, p in other.packets()] == [
        (1, 64, red),
        (2, 111, b"plain"),
        (3, 64, b"\xef"),
        (4, 64, red),
    ]
