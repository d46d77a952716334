"""Forwarding: continuous numbers across switches, resends, key frames, reports. No network."""

import itertools
import struct
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from signaling import rtcp
from signaling.forwarder import Forwarder
from signaling.media_codecs import Codec
from signaling.media_peer import Announced, MediaPeer
from signaling.mux import send_each
from signaling.outbound import Delivery, OutboundTrack
from signaling.rtp import read_extensions, read_header, read_vp8
from signaling.sdp import (
    LEVEL_EXTENSION,
    MID_EXTENSION,
    REPAIRED_RID_EXTENSION,
    RID_EXTENSION,
    TRANSPORT_EXTENSION,
)
from signaling.srtp import PacketBuffer, handle_of
from signaling.streams import InboundStream, InboundTrack
from signaling.twcc import Feedback, write_feedback
from signaling.voices import Voice, Voices

_KEY = bytes(range(44))
_PROFILE = Policy.SRTP_PROFILE_AEAD_AES_256_GCM


class _Wire:
    """A transport whose datagrams are kept, and decrypted to look at."""

    def __init__(self) -> None:
        policy = Policy(_KEY, Policy.SSRC_ANY_OUTBOUND, srtp_profile=_PROFILE)
        policy.allow_repeat_tx = True
        self._session = Session(policy)
        self.tx: Any = handle_of(self._session)
        self.path: Any = self
        self.sent: list[bytes] = []
        self.trains: list[int] = []  # packets of each
        self.rtcp: list[Any] = []
        self._receiver = Session(Policy(_KEY, Policy.SSRC_ANY_INBOUND, srtp_profile=_PROFILE))

    def send(self, data: bytes | memoryview) -> bool:
        self.sent.append(bytes(data))
        return True

    def send_train(self, data: memoryview, size: int) -> int:
        self.trains.append(-(-len(data) // size))
        return send_each(self, data, size)

    def send_rtcp(self, data: bytes) -> None:
        self.rtcp += rtcp.read(data)

    def packets(self) -> list[tuple[Any, bytes]]:
        """(header, payload) of what was sent since the last call."""
        plain = [self._receiver.unprotect(data) for data in self.sent]
        self.sent.clear()
        headers = [read_header(data, len(data)) for data in plain]
        self.numbers = [
            int.from_bytes(dict(read_extensions(data, header)).get(5, b""), "big")
            for header, data in zip(headers, plain, strict=True)
            if header
        ]
        return [(h, d[h.payload_at :]) for h, d in zip(headers, plain, strict=True) if h]


_IDS = {MID_EXTENSION: 1, RID_EXTENSION: 2, LEVEL_EXTENSION: 3, TRANSPORT_EXTENSION: 4}
_CODECS = {
    "video": {96: Codec(111, "vp8", "", "", rtx=112), 98: Codec(113, "h264", "", "", rtx=114)},
    "audio": {96: Codec(111, "opus", "", ""), 63: Codec(64, "red", "", "")},
}


class _Bench:
    """One publisher, one receiver, a clock that is turned by hand."""

    def __init__(
        self,
        kind: str = "video",
        rids: tuple[str, ...] = (),
        *,
        delivery: Delivery | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.now = 100.0
        self.forwarder = Forwarder(PacketBuffer(), lambda: self.now)
        self.publisher = _Wire()
        self.sender = MediaPeer(self.publisher, self.forwarder)
        types = {number: codec.name for number, codec in _CODECS[kind].items()}
        self.track = InboundTrack("TR", kind, types, rids, repairs={97: 96}, voice=voice)
        declared = () if rids else (7,)
        self.sender.publish(self.track, Announced("0", declared, _IDS, {17: 7}))
        self.forwarder.add(self.track, self.sender)
        self.listener, self.receiver, self.out = self.joins(
            delivery or Delivery(55, {96: Codec(111, types[96], "", "")})
        )

    def joins(self, delivery: Delivery) -> tuple[MediaPeer, _Wire, OutboundTrack]:
        """One more receiver."""
        wire = _Wire()
        listener = MediaPeer(wire, self.forwarder)
        out = OutboundTrack(self.track, wire, delivery, listener.line.log)
        self.forwarder.connect(listener, out)
        return listener, wire, out

    def packet(  # noqa: PLR0913
        self,
        sequence: int,
        timestamp: int = 0,
        *,
        key: bool = False,
        ssrc: int = 7,
        rid: str = "",
        picture: int = 1,
        payload_type: int = 96,
        level: int = 5,
        payload: bytes | None = None,
        padding: int = 0,
        number: int | None = None,
    ) -> None:
        """A packet arrives."""
        items = bytes([0x10, ord("0")]) + (bytes([0x20, ord(rid)]) if rid else b"")
        items += bytes([0x30, 0x80 | level])
        if number is not None:
            items += struct.pack("!BH", 0x41, number)
        items += bytes(-len(items) % 4)
        extensions = struct.pack("!HH", 0xBEDE, len(items) // 4) + items
        if payload is None:
            descriptor = bytes([0x90, 0x80, 0x80 | picture >> 8, picture & 255])
            payload = descriptor + bytes([0 if key else 1]) + b"picture"
        if padding:
            payload += bytes(padding - 1) + bytes([padding])
        first = 0xB0 if padding else 0x90
        head = struct.pack("!BBHII", first, payload_type, sequence & 0xFFFF, timestamp, ssrc)
        data = head + extensions + payload
        buffer = PacketBuffer()
        buffer.bytes[: len(data)] = data
        self.sender.on_rtp(buffer, len(data))

    def pliers(self) -> list[int]:
        """ssrcs for which a key frame was asked since the last call."""
        asked = [i.ssrc for i in self.publisher.rtcp if isinstance(i, rtcp.KeyFrameRequest)]
        self.publisher.rtcp.clear()
        return asked


def test_f11_video_starts_with_a_key_frame_and_one_is_asked_for() -> None:
    bench = _Bench()
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
    bench = _Bench(rids=("q", "h"))
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
    bench = _Bench()
    bench.packet(65534, key=True, picture=5)
    for number in range(65535, 65540):
        bench.packet(number, picture=number & 0x7FFF)
    first = {h.sequence: (h.timestamp, p) for h, p in bench.receiver.packets()}
    bench.receiver._receiver = Session(Policy(_KEY, Policy.SSRC_ANY_INBOUND, srtp_profile=_PROFILE))
    bench.listener.on_rtcp(rtcp.write_nack(55, [65535, 0, 1, 900]))
    again = {h.sequence: (h.timestamp, p) for h, p in bench.receiver.packets()}
    assert again == {number: first[number] for number in (65535, 0, 1)}
    assert bench.forwarder.counters.resent == 3


def test_f14_missing_packets_are_asked_for_until_they_come_or_are_given_up() -> None:
    bench = _Bench()
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
    bench = _Bench()
    bench.packet(1, key=True)
    bench.now += 1
    bench.pliers()
    bench.packet(1000)
    assert bench.pliers() == [7]


def test_f16_receivers_asking_at_once_cost_one_request() -> None:
    bench = _Bench()
    bench.packet(1, key=True)
    bench.now += 1
    bench.pliers()
    for _ in range(5):
        bench.listener.on_rtcp(rtcp.write_key_frame_request(55))
    assert bench.pliers() == [7]


def test_f17_a_stopped_layer_is_left_and_taken_again() -> None:
    bench = _Bench(rids=("q", "h"))
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
    bench = _Bench()
    bench.packet(1, key=True)
    bench.now += 5
    bench.forwarder.tick(bench.now)
    bench.packet(2)
    assert [h.sequence for h, _ in bench.receiver.packets()] == [1, 2]


def test_f18_paused_means_nothing_and_resuming_waits_for_a_key_frame() -> None:
    bench = _Bench()
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
    bench = _Bench("audio")
    bench.packet(1)
    assert len(bench.receiver.packets()) == 1
    assert bench.track.level == 5


def test_f20_sender_reports_reach_receivers_in_their_own_numbers() -> None:
    bench = _Bench()
    bench.packet(1, 3000, key=True)
    bench.out.timestamp_offset = 500
    report = rtcp.write_sender_report(7, 2**40, 3000, 1, 100)
    bench.sender.on_rtcp(report)
    assert bench.receiver.rtcp == [rtcp.SenderReport(55, 2**40, 3500)]


def test_q3_the_round_trip_is_read_off_the_answer_to_a_passed_on_report() -> None:
    bench = _Bench()
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
    bench = _Bench()
    bench.packet(1, key=True, payload_type=99)
    bench.packet(1, key=True, ssrc=7, payload_type=100)
    assert bench.receiver.packets() == []
    assert bench.forwarder.counters.unknown == 2


@given(st.binary(max_size=100))
def test_f22_any_decrypted_bytes_do_no_harm(noise: bytes) -> None:
    bench = _Bench()
    buffer = PacketBuffer()
    buffer.bytes[: len(noise)] = noise
    bench.sender.on_rtp(buffer, len(noise))
    bench.sender.on_rtcp(noise)
    bench.listener.on_rtcp(noise)


def test_f27_packets_that_come_together_leave_together_as_they_would_alone() -> None:
    sizes = [40, 40, 40, 41, 41, 7, 41]
    delivery = Delivery(55, _CODECS["video"], rtx_ssrc=56, transport_id=5)
    together, alone = _Bench(delivery=delivery), _Bench(delivery=delivery)
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
    bench = _Bench()
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
    delivery = Delivery(55, _CODECS[kind], rtx_ssrc=56, transport_id=5)
    bench = _Bench(kind, delivery=delivery, voice=Voice(Voices(1)) if kind == "audio" else None)
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
    bench = _Bench(rids=("q", "h", "f"))
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
    bench = _Bench()
    bench.packet(65534, key=True)
    bench.packet(1, picture=4)
    bench.packet(65535, picture=2)
    bench.packet(0, picture=3)
    bench.packet(0, picture=3)  # again
    assert [h.sequence for h, _ in bench.receiver.packets()] == [65534, 1, 65535, 0]


def test_f25_a_packet_older_than_a_pause_is_not_sent_under_a_number_already_used() -> None:
    bench = _Bench()
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
    bench = _Bench()
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


def test_f56_beside_three_who_speak_a_fourth_is_heard_by_the_recorder_only() -> None:
    room = Voices(3)
    for _ in range(3):
        Voice(room).hear(20, 100.0)
    bench = _Bench("audio", voice=Voice(room))
    _, tap, _ = bench.joins(Delivery(56, _CODECS["audio"], every_voice=True))
    for number in range(1, 6):
        bench.packet(number, number * 960, level=40)
    assert bench.receiver.packets() == []
    assert [h.sequence for h, _ in tap.packets()] == [1, 2, 3, 4, 5]
    bench.now += 3  # the others have fallen silent
    for number in range(6, 9):
        bench.packet(number, number * 960, level=40)
    assert [(h.sequence, h.timestamp) for h, _ in bench.receiver.packets()] == [
        (number, number * 960) for number in (6, 7, 8)
    ]
    assert [h.sequence for h, _ in tap.packets()] == [6, 7, 8]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=20))
def test_f57_a_voice_that_pauses_and_returns_has_continuous_numbers_and_true_time(
    runs: list[tuple[bool, int]],
) -> None:
    room = Voices(1)
    bench = _Bench("audio", voice=Voice(room))
    rival = Voice(room)
    sequence, sent, due = 65530, [], []
    for is_heard, count in runs:
        bench.now += 10
        if not is_heard:
            rival.hear(0, bench.now)
        else:
            rival.leave()
        for _ in range(count):
            sequence += 1
            bench.packet(sequence, sequence * 960 & 0xFFFFFFFF, level=60)
            due += [sequence * 960 & 0xFFFFFFFF] if is_heard else []
        sent += bench.receiver.packets()
    numbers = [header.sequence for header, _ in sent]
    assert all(b == a + 1 & 0xFFFF for a, b in itertools.pairwise(numbers))
    assert [header.timestamp for header, _ in sent] == due


def test_f58_a_voice_that_is_not_heard_costs_no_copy_and_is_counted() -> None:
    room = Voices(1)
    Voice(room).hear(20, 100.0)
    bench = _Bench("audio", voice=Voice(room))
    for number in range(10):
        bench.packet(number, level=90)
    assert (bench.forwarder.counters.unheard, bench.forwarder.counters.packets_out) == (10, 0)
    assert bench.track.streams[7].received == 10
    assert bench.track.level == 90  # speakers are told from all


def _rtx_bench(**more: Any) -> _Bench:
    return _Bench(delivery=Delivery(55, _CODECS["video"], rtx_ssrc=56, **more))


def test_f62_a_nack_is_answered_by_a_retransmission_where_agreed() -> None:
    bench = _rtx_bench()
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
    bench = _Bench(rids=("q", "h"), delivery=Delivery(55, _CODECS["video"], rtx_ssrc=56))
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
    bench = _rtx_bench()
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
    bench = _rtx_bench()
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
    bench = _Bench()
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
    bench = _Bench(rids=("q", "h"))
    bench.sender._extensions[REPAIRED_RID_EXTENSION] = 2
    bench.sender._extensions[RID_EXTENSION] = 6
    stream = InboundStream(bench.track, 8, 1)
    bench.track.streams[8] = bench.sender._by_ssrc[8] = stream
    bench.packet(1, ssrc=18, rid="h", payload_type=97, payload=b"\x00\x01")
    assert bench.sender._repairs == {18: stream}


def test_f89_h264_starts_at_its_parameter_sets() -> None:
    bench = _Bench(delivery=Delivery(55, _CODECS["video"]))
    bench.packet(1, payload_type=98, payload=b"\x41slice")
    bench.packet(2, payload_type=98, payload=b"\x67sps")
    bench.packet(3, payload_type=98, payload=b"\x65idr")
    assert [(h.sequence, h.payload_type) for h, _ in bench.receiver.packets()] == [
        (2, 113),
        (3, 113),
    ]


def test_f90_a_change_of_codec_waits_for_a_key_frame_of_the_new_one() -> None:
    bench = _Bench(delivery=Delivery(55, _CODECS["video"]))
    bench.packet(1, key=True)
    bench.packet(2, payload_type=98, payload=b"\x41slice")
    bench.packet(3, payload_type=98, payload=b"\x67sps")
    assert [(h.sequence, h.payload_type) for h, _ in bench.receiver.packets()] == [
        (1, 111),
        (2, 113),
    ]


def test_f91_who_does_not_know_the_codec_gets_nothing_and_nobody_is_harmed() -> None:
    bench = _Bench()  # knows VP8 only
    _, other, _ = bench.joins(Delivery(56, _CODECS["video"]))
    bench.packet(1, payload_type=98, payload=b"\x67sps")
    assert bench.receiver.packets() == []
    assert len(other.packets()) == 1


def test_f92_red_passes_to_those_who_know_it_and_comes_plain_to_the_others() -> None:
    bench = _Bench("audio")  # knows Opus only
    _, other, _ = bench.joins(Delivery(56, _CODECS["audio"]))
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


def test_g26_publishers_are_told_what_arrived() -> None:
    bench = _Bench()
    for number in (10, 11, 13):
        bench.packet(number, number=number + 500)
    bench.publisher.rtcp.clear()
    bench.sender.tick(bench.now)
    (told,) = bench.publisher.rtcp
    assert isinstance(told, Feedback)
    assert told.base == 510
    assert [at is not None for at in told.arrivals] == [True, True, False, True]


def test_g27_receivers_who_agreed_get_transport_wide_numbers_on_all_packets() -> None:
    bench = _rtx_bench(transport_id=5)
    for number in range(1, 4):
        bench.packet(number, key=True)
    bench.packet(6)
    bench.packet(5)  # late
    bench.listener.on_rtcp(rtcp.write_nack(55, [2]))
    sent = bench.receiver.packets()
    assert bench.receiver.numbers == [0, 1, 2, 3, 4, 5]
    assert all(payload.endswith(b"picture") for _, payload in sent)


def _line_bench() -> _Bench:
    delivery = Delivery(55, _CODECS["video"], rtx_ssrc=56, transport_id=5)
    bench = _Bench(rids=("q", "h", "f"), delivery=delivery)
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
    bench = _Bench("audio", delivery=Delivery(55, _CODECS["audio"]))
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
