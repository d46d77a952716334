"""Forwarding: continuous numbers across switches, key frames, reports. No network."""

import gc
import itertools
import struct

from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from signaling import rtcp
from signaling.media_codecs import Codec
from signaling.outbound import Delivery, OutboundTrack
from signaling.rtp import read_vp8
from signaling.srtp import PacketBuffer
from signaling.streams import InboundStream, InboundTrack, Stored
from signaling.voices import Voice, Voices
from tests.support.forwarding import CODECS, KEY, PROFILE, ForwardingBench


def test_f11_video_starts_with_a_key_frame_and_one_is_asked_for() -> None:
    bench = ForwardingBench()
    bench.packet(10)
    assert bench.receiver.packets() == []
    assert bench.pliers() == [7]
    bench.packet(11)
    assert bench.pliers() == []  # asked just now
    bench.packet(12, key=True)
    bench.packet(13)
    sent = bench.receiver.packets()
    assert [(h.sequence, h.ssrc, h.payload_type) for h, _ in sent] == [
        (12, 55, 111),
        (13, 55, 111),
    ]
    assert all(h.extensions_at == 0 and p.endswith(b"picture") for h, p in sent)


@given(st.lists(st.sampled_from("qh"), min_size=1, max_size=12), st.integers(0, 0xFFFF))
def test_f12_numbers_are_continuous_whatever_layers_are_chosen(
    choices: list[str], start: int
) -> None:
    bench = ForwardingBench(rids=("q", "h"))
    sequences, sent = {"q": start, "h": start + 31_000}, []
    for turn, choice in enumerate(choices):
        bench.out.wanted = "qh".index(choice)
        bench.forwarder.retarget(bench.track)
        for index in range(3):
            for layer, ssrc in (("q", 7), ("h", 8)):
                sequences[layer] += 1
                bench.packet(
                    sequences[layer],
                    turn * 9000 + index * 3000,
                    key=index == 1,
                    ssrc=ssrc,
                    rid=layer,
                    picture=sequences[layer] & 0x7FFF,
                )
            bench.now += 0.03
        sent += bench.receiver.packets()
    numbers = [header.sequence for header, _ in sent]
    assert numbers
    assert all(b == a + 1 & 0xFFFF for a, b in itertools.pairwise(numbers))
    pictures = [read_vp8(payload, 0, len(payload)).picture_id for _, payload in sent]
    assert all(b == a + 1 & 0x7FFF for a, b in itertools.pairwise(pictures))
    times = [header.timestamp for header, _ in sent]
    assert all((b - a & 0xFFFFFFFF) < 90_000 for a, b in itertools.pairwise(times))


def test_f13_a_nack_is_answered_as_it_was_sent() -> None:
    bench = ForwardingBench()
    bench.packet(65534, key=True, picture=5)
    for number in range(65535, 65540):
        bench.packet(number, picture=number & 0x7FFF)
    first = {h.sequence: (h.timestamp, p) for h, p in bench.receiver.packets()}
    bench.receiver._receiver = Session(Policy(KEY, Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILE))
    bench.listener.on_rtcp(rtcp.write_nack(55, [65535, 0, 1, 900]))
    again = {h.sequence: (h.timestamp, p) for h, p in bench.receiver.packets()}
    assert again == {number: first[number] for number in (65535, 0, 1)}
    assert bench.forwarder.counters.resent == 3


def test_f29_who_leaves_takes_all_packets_along_at_once() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    other = InboundTrack("OT", "video", {96: "vp8"}, ())
    heard = OutboundTrack(other, bench.publisher, Delivery(77), bench.sender.line.log)
    bench.forwarder.connect(bench.sender, heard)
    gc.collect()
    gc.disable()
    try:
        bench.forwarder.remove(bench.track)
        bench.forwarder.disconnect(bench.listener, bench.out)
        bench.sender.close()
        del bench.track, bench.out
        kept = [x for x in gc.get_objects() if isinstance(x, InboundStream | Stored)]
    finally:
        gc.enable()
    assert kept == []
    assert bench.sender.outbound == {}
    assert bench.sender.streams() == []


def test_f29_nothing_is_kept_of_the_numbers_a_track_was_sent_under() -> None:
    codec = Codec(111, "vp8", "", "", rtx=112)
    bench = ForwardingBench(delivery=Delivery(55, {96: codec}, rtx_ssrc=56))
    bench.packet(1, key=True)
    bench.packet(2)
    first = bench.receiver.packets()[0][0].sequence
    bench.listener.on_rtcp(rtcp.write_nack(55, [first]))
    bench.forwarder.disconnect(bench.listener, bench.out)
    assert bench.receiver.retired == [(55, True), (56, True)]
    bench.packet(3)
    bench.listener.on_rtcp(rtcp.write_nack(55, [first]))
    assert [header.ssrc for header, _ in bench.receiver.packets()] == [56]  # the resend before


def test_f14_missing_packets_are_asked_for_until_they_come_or_are_given_up() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    bench.publisher.rtcp.clear()
    bench.packet(4)
    assert bench.publisher.rtcp == [rtcp.Nack(7, (2, 3))]
    bench.packet(3)
    asked = 1
    for _ in range(30):
        bench.publisher.rtcp.clear()
        bench.now += 0.1
        bench.forwarder.tick(bench.now)
        asked += rtcp.Nack(7, (2,)) in bench.publisher.rtcp
    assert asked == 6


def test_f15_a_long_gap_asks_for_a_key_frame_instead() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    bench.now += 1
    bench.pliers()
    bench.packet(1000)
    assert bench.pliers() == [7]


def test_f16_receivers_asking_at_once_cost_one_request() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    bench.now += 1
    bench.pliers()
    for _ in range(5):
        bench.listener.on_rtcp(rtcp.write_key_frame_request(55))
    assert bench.pliers() == [7]


def test_f17_a_stopped_layer_is_left_and_taken_again() -> None:
    bench = ForwardingBench(rids=("q", "h"))
    for ssrc, rid in ((7, "q"), (8, "h")):
        bench.packet(1, key=True, ssrc=ssrc, rid=rid)
    bench.packet(2, key=True, ssrc=8, rid="h")
    assert bench.out.current is bench.track.streams[8]
    bench.now += 2
    bench.packet(2, ssrc=7, rid="q")
    bench.forwarder.tick(bench.now)
    assert bench.out.target is bench.track.streams[7]
    bench.packet(3, ssrc=7, rid="q", key=True)
    assert bench.out.current is bench.track.streams[7]
    bench.packet(3, ssrc=8, rid="h", key=True)
    assert bench.out.current is bench.track.streams[8]


def test_f17_a_still_picture_goes_on_after_a_while_without_a_key_frame() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    bench.now += 5
    bench.forwarder.tick(bench.now)
    bench.packet(2)
    assert [h.sequence for h, _ in bench.receiver.packets()] == [1, 2]


def test_f18_paused_means_nothing_and_resuming_waits_for_a_key_frame() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    bench.out.wanted = None
    bench.forwarder.retarget(bench.track)
    bench.packet(2)
    assert len(bench.receiver.packets()) == 1
    bench.out.wanted = 2
    bench.forwarder.retarget(bench.track)
    bench.packet(3)
    bench.packet(4, key=True)
    assert [h.sequence for h, _ in bench.receiver.packets()] == [2]


def test_f19_audio_flows_at_once_and_its_level_is_noted() -> None:
    bench = ForwardingBench("audio")
    bench.packet(1)
    assert len(bench.receiver.packets()) == 1
    assert bench.track.level == 5


def test_f20_sender_reports_reach_receivers_in_their_own_numbers() -> None:
    bench = ForwardingBench()
    bench.packet(1, 3000, key=True)
    bench.out.timestamp_offset = 500
    report = rtcp.write_sender_report(7, 2**40, 3000, 1, 100)
    bench.sender.on_rtcp(report)
    assert bench.receiver.rtcp == [rtcp.SenderReport(55, 2**40, 3500)]


def test_q3_the_round_trip_is_read_off_the_answer_to_a_passed_on_report() -> None:
    bench = ForwardingBench()
    bench.packet(1, 3000, key=True)
    bench.sender.on_rtcp(rtcp.write_sender_report(7, 0x12345678 << 16, 3000, 1, 100))
    bench.now += 0.5
    stale = rtcp.Reception(55, 0, 0, 1, 9, 0x999, 65536 // 4)
    bench.listener.on_rtcp(rtcp.write_receiver_report([stale]))
    assert (bench.listener.line.rtt, bench.out.jitter) == (None, 9)
    answer = rtcp.Reception(55, 0, 0, 1, 9, 0x12345678, 65536 // 4)
    bench.listener.on_rtcp(rtcp.write_receiver_report([answer]))
    assert bench.listener.line.rtt == 0.25


def test_f21_strangers_are_not_forwarded() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True, payload_type=99)
    bench.packet(1, key=True, ssrc=7, payload_type=100)
    assert bench.receiver.packets() == []
    assert bench.forwarder.counters.unknown == 2


@given(st.binary(max_size=100))
def test_f22_any_decrypted_bytes_do_no_harm(noise: bytes) -> None:
    bench = ForwardingBench()
    buffer = PacketBuffer()
    buffer.bytes[: len(noise)] = noise
    bench.sender.on_rtp(buffer, len(noise))
    bench.sender.on_rtcp(noise)
    bench.listener.on_rtcp(noise)


def test_f27_packets_that_come_together_leave_together_as_they_would_alone() -> None:
    sizes = [40, 40, 40, 41, 41, 7, 41]
    delivery = Delivery(55, CODECS["video"], rtx_ssrc=56, transport_id=5)
    together, alone = ForwardingBench(delivery=delivery), ForwardingBench(delivery=delivery)
    sent = []
    for bench in (together, alone):
        bench.packet(1, key=True)
        bench.out.picture_offset, bench.out.shifts = 9, True
        if bench is together:
            bench.forwarder.hold()
        for number, size in enumerate(sizes):
            body = b"\x90\x80\x80" + bytes([number + 2, 1]) + bytes(size)
            bench.packet(number + 2, 3000, payload=body)
        bench.forwarder.release()
        sent.append((bench.receiver.packets(), bench.receiver.numbers))
    assert sent[0] == sent[1]
    assert [h.sequence for h, _ in sent[0][0]] == list(range(1, 9))
    assert together.receiver.trains == [3, 3, 1]
    assert together.forwarder.counters.packets_out == 8


@given(st.lists(st.sampled_from(["next", "lost", "late", "key", "pause", "away"]), max_size=60))
def test_f27_whatever_interrupts_them_numbers_are_used_once_and_in_turn(steps: list[str]) -> None:
    bench = ForwardingBench()
    bench.packet(100, key=True)
    bench.forwarder.hold()
    sequence, lost = 100, list[int]()
    for step in steps:
        bench.now += 0.01
        if step == "late":
            if lost:
                bench.packet(lost.pop())
            continue
        if step in ("pause", "away"):
            bench.out.wanted = None if step == "away" else 2
            bench.forwarder.retarget(bench.track)
            continue
        sequence += 1
        if step == "lost":
            lost.append(sequence)
        else:
            bench.packet(sequence, key=step == "key")
    bench.forwarder.release()
    numbers = [header.sequence for header, _ in bench.receiver.packets()]
    assert len(numbers) == len(set(numbers))


_STRANGE = st.tuples(
    st.sampled_from([96, 97, 98, 63]),
    st.sampled_from([7, 17]),
    st.integers(0, 0xFFFF) | st.integers(0, 5),
    st.binary(max_size=30),
    st.integers(0, 3),
)


@given(
    st.sampled_from(["audio", "video"]),
    st.lists(st.tuples(_STRANGE, st.floats(0, 2), st.binary(max_size=40)), max_size=30),
)
def test_f22_strange_packets_of_a_known_client_do_no_harm(
    kind: str, steps: list[tuple[tuple[int, int, int, bytes, int], float, bytes]]
) -> None:
    delivery = Delivery(55, CODECS[kind], rtx_ssrc=56, transport_id=5)
    bench = ForwardingBench(
        kind, delivery=delivery, voice=Voice(Voices(1)) if kind == "audio" else None
    )
    came = set[tuple[int, int]]()
    for (payload_type, ssrc, sequence, payload, padding), later, report in steps:
        if (ssrc, sequence) in came:
            continue  # SRTP lets no packet through twice
        came.add((ssrc, sequence))
        bench.now += later
        bench.packet(
            sequence,
            payload_type=payload_type,
            ssrc=ssrc,
            payload=payload,
            padding=padding,
            number=sequence,
            level=sequence & 127,
        )
        head = struct.pack("!BBHII", 0x8F, 205, len(report) // 4 + 2, 1, 55)
        bench.listener.on_rtcp(head + report + bytes(-len(report) % 4))
        bench.listener.on_rtcp(rtcp.write_nack(55, [sequence]))
        bench.forwarder.tick(bench.now)
        bench.sender.tick(bench.now)
        bench.listener.tick(bench.now)
    numbers = [header.sequence for header, _ in bench.receiver.packets() if header.ssrc == 55]
    assert len(numbers) == len(set(numbers))  # no number is ever used for two packets


def test_f23_reports_count_what_was_lost() -> None:
    stream = InboundStream(InboundTrack("TR", "video", {96: "vp8"}, ()), 7, 0)
    for sequence in (65533, 65534, 65535, 1, 2):
        stream.note(sequence, 0, 100, 1.0)
    report = stream.report(1.0)
    assert (report.highest_sequence, report.lost) == (65536 + 2, 1)
    assert report.fraction_lost == 256 // 6
    assert stream.report(1.0).fraction_lost == 0


def test_g10_a_receiver_that_loses_much_gets_a_lower_layer() -> None:
    bench = ForwardingBench(rids=("q", "h", "f"))
    for ssrc, rid in ((7, "q"), (8, "h"), (9, "f")):
        bench.packet(1, ssrc=ssrc, rid=rid)
    assert bench.out.target is bench.track.streams[9]
    report = rtcp.write_receiver_report([rtcp.Reception(55, 60, 0, 0, 0, 0, 0)])
    for _ in range(2):
        bench.now += 1
        bench.listener.on_rtcp(report)
    assert bench.out.target is bench.track.streams[8]
    for _ in range(3):  # reports that follow at once count once
        bench.listener.on_rtcp(report)
    assert bench.out.target is bench.track.streams[8]


def test_f24_a_packet_that_comes_late_goes_out_under_its_own_number() -> None:
    bench = ForwardingBench()
    bench.packet(65534, key=True)
    bench.packet(1, picture=4)
    bench.packet(65535, picture=2)
    bench.packet(0, picture=3)
    bench.packet(0, picture=3)  # again
    assert [h.sequence for h, _ in bench.receiver.packets()] == [65534, 1, 65535, 0]


def test_f25_a_packet_older_than_a_pause_is_not_sent_under_a_number_already_used() -> None:
    bench = ForwardingBench()
    bench.packet(1, key=True)
    bench.out.wanted = None
    bench.forwarder.retarget(bench.track)
    for number in (2, 4, 5):
        bench.packet(number)
    bench.out.wanted = 2
    bench.forwarder.retarget(bench.track)
    bench.packet(6, key=True)
    bench.packet(3)
    bench.packet(7)
    assert [h.sequence for h, _ in bench.receiver.packets()] == [1, 2, 3]


@given(st.lists(st.sampled_from(["sound", "padding", "late", "pause"]), max_size=60))
def test_f26_padding_goes_to_nobody_and_leaves_no_hole(steps: list[str]) -> None:
    bench = ForwardingBench()
    sequence, payloads = 100, []
    bench.packet(sequence, key=True, payload=b"\x10\x00start")
    payloads.append(b"\x10\x00start")
    for turn, step in enumerate(steps):
        bench.now += 0.02
        if step == "padding":
            sequence += 1
            bench.packet(sequence, payload=b"", padding=9)
            continue
        if step == "pause":
            for wanted in (None, 2):
                bench.out.wanted = wanted
                bench.forwarder.retarget(bench.track)
        text = b"\x10\x00" + bytes([turn])
        if step == "late":
            sequence += 2
            bench.packet(sequence, payload=text + b"second", padding=3)
            bench.packet(sequence - 1, payload=text + b"first")
            payloads += [text + b"second", text + b"first"]
        else:
            sequence += 1
            bench.packet(sequence, payload=text)
            payloads.append(text)
    sent = bench.receiver.packets()
    assert [payload for _, payload in sent] == payloads
    numbers = sorted(header.sequence for header, _ in sent)
    assert numbers == list(range(100, 100 + len(payloads)))
