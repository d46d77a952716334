"""What a receiver's line bears and gets. No network."""

import struct
from dataclasses import replace

from signaling import rtcp
from signaling.outbound import Delivery
from signaling.twcc import Feedback, write_feedback
from tests.support.forwarding import CODECS, ForwardingBench, rtx_bench


def test_g26_publishers_are_told_what_arrived() -> None:
    bench = ForwardingBench()
    for number in (10, 11, 13):
        bench.packet(number, number=number + 500)
    bench.publisher.rtcp.clear()
    bench.sender.tick(bench.now)
    (told,) = bench.publisher.rtcp
    assert isinstance(told, Feedback)
    assert told.base == 510
    assert [at is not None for at in told.arrivals] == [True, True, False, True]


def test_g27_receivers_who_agreed_get_transport_wide_numbers_on_all_packets() -> None:
    bench = rtx_bench(transport_id=5)
    for number in range(1, 4):
        bench.packet(number, key=True)
    bench.packet(6)
    bench.packet(5)  # late
    bench.listener.on_rtcp(rtcp.write_nack(55, [2]))
    sent = bench.receiver.packets()
    assert bench.receiver.numbers == [0, 1, 2, 3, 4, 5]
    assert all(payload.endswith(b"picture") for _, payload in sent)


def _line_bench() -> ForwardingBench:
    delivery = Delivery(55, CODECS["video"], rtx_ssrc=56, transport_id=5)
    bench = ForwardingBench(rids=("q", "h", "f"), delivery=delivery)
    for ssrc, rid in ((7, "q"), (8, "h"), (9, "f")):
        bench.packet(1, ssrc=ssrc, rid=rid, key=True)
        bench.track.streams[ssrc].rate_bps = (150e3, 500e3, 1500e3)[ssrc - 7]
    return bench


def test_g50_a_line_that_queues_gets_a_smaller_picture_then_none() -> None:
    bench = _line_bench()
    line, sequence = bench.listener.line, 1
    layers: list[int | None] = []
    for beat in range(40):
        base = line.log.next
        for _ in range(10):
            sequence += 1
            for ssrc, rid in ((7, "q"), (8, "h"), (9, "f")):
                bench.packet(sequence, ssrc=ssrc, rid=rid, key=True)
        sent = line.log.next - base & 0xFFFF
        bench.now += 0.1
        # What is sent queues ever longer, until nothing is.
        arrivals = tuple(bench.now + beat * 0.1 + index / 1e4 for index in range(sent))
        if arrivals:
            bench.listener.on_rtcp(write_feedback(1, 55, beat, Feedback(base, arrivals)))
        bench.listener.tick(bench.now)
        layers.append(bench.out.allowed)
    assert layers[-1] is None
    assert bench.out.is_paused
    assert bench.out.current is None


def test_g55_a_line_begins_with_what_most_lines_bear_until_it_is_measured() -> None:
    bench = _line_bench()
    bench.listener.tick(bench.now)
    assert bench.out.allowed == 1
    bench.now += 3  # this client sends no feedback: its loss reports must do
    bench.listener.tick(bench.now)
    assert bench.out.allowed == 2


def test_g51_a_receivers_own_estimate_counts_where_it_measures() -> None:
    bench = _line_bench()
    for bits, layer in ((400_000, 0), (900_000, 1), (4_000_000, 2), (50_000, None)):
        bench.listener.on_rtcp(rtcp.write_remb([55], bits))
        bench.listener.tick(bench.now)
        assert bench.out.allowed == layer
    bench.out.delivery = replace(bench.out.delivery, may_pause=False)
    bench.listener.tick(bench.now)
    assert bench.out.allowed == 0


def test_g54_on_a_narrow_line_voices_come_without_redundancy() -> None:
    bench = ForwardingBench("audio", delivery=Delivery(55, CODECS["audio"]))
    red = struct.pack("!BHB", 0xEF, 960 << 2, 3) + b"\x6f" + b"old" + b"new"
    for turn, bits in enumerate((1_000_000, 200_000, 400_000, 500_000)):
        bench.listener.on_rtcp(rtcp.write_remb([55], bits))
        bench.listener.tick(bench.now)
        bench.packet(turn, turn * 960, payload_type=63, payload=red)
    sent = [(h.sequence, h.timestamp, p) for h, p in bench.receiver.packets()]
    assert sent == [(0, 0, red), (1, 960, b"new"), (2, 1920, b"new"), (3, 2880, red)]


def test_g52_an_unmeasured_line_is_judged_by_loss_a_measured_one_is_not() -> None:
    bench = _line_bench()
    bench.listener.line.is_measured = True
    report = rtcp.write_receiver_report([rtcp.Reception(55, 60, 0, 0, 0, 0, 0)])
    for _ in range(4):
        bench.now += 1
        bench.listener.on_rtcp(report)
    assert bench.out.ladder.ceiling == 2
