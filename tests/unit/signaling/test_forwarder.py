"""Forwarding: continuous numbers across switches, resends, key frames, reports. No network."""

import itertools
import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from signaling import rtcp
from signaling.forwarder import Forwarder, MediaPeer
from signaling.rtp import read_header, read_vp8
from signaling.sdp import LEVEL_EXTENSION, MID_EXTENSION, RID_EXTENSION
from signaling.srtp import PacketBuffer, handle_of
from signaling.streams import InboundStream, InboundTrack, OutboundTrack

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
        self.rtcp: list[Any] = []
        self._receiver = Session(Policy(_KEY, Policy.SSRC_ANY_INBOUND, srtp_profile=_PROFILE))

    def send(self, data: bytes | memoryview) -> bool:
        self.sent.append(bytes(data))
        return True

    def send_rtcp(self, data: bytes) -> None:
        self.rtcp += rtcp.read(data)

    def packets(self) -> list[tuple[Any, bytes]]:
        """(header, payload) of what was sent since the last call."""
        plain = [self._receiver.unprotect(data) for data in self.sent]
        self.sent.clear()
        headers = [read_header(data, len(data)) for data in plain]
        return [(h, d[h.payload_at :]) for h, d in zip(headers, plain, strict=True) if h]


class _Bench:
    """One publisher, one receiver, a clock that is turned by hand."""

    def __init__(self, kind: str = "video", rids: tuple[str, ...] = ()) -> None:
        self.now = 100.0
        self.forwarder = Forwarder(PacketBuffer(), lambda: self.now)
        self.publisher, self.receiver = _Wire(), _Wire()
        self.sender = MediaPeer(self.publisher, self.forwarder)
        self.track = InboundTrack("TR", kind, frozenset({96}), rids)
        ids = {MID_EXTENSION: 1, RID_EXTENSION: 2, LEVEL_EXTENSION: 3}
        self.sender.publish(self.track, "0", () if rids else (7,), ids)
        self.forwarder.add(self.track, self.sender)
        self.listener = MediaPeer(self.receiver, self.forwarder)
        self.out = OutboundTrack(self.track, self.receiver, 55, 111)
        self.listener.outbound[55] = self.out
        self.track.receivers.append(self.out)

    def packet(
        self,
        sequence: int,
        timestamp: int = 0,
        *,
        key: bool = False,
        ssrc: int = 7,
        rid: str = "",
        picture: int = 1,
        payload_type: int = 96,
    ) -> None:
        """A packet arrives."""
        items = bytes([0x10, ord("0")]) + (bytes([0x20, ord(rid)]) if rid else b"") + b"\x30\x85"
        items += bytes(-len(items) % 4)
        extensions = struct.pack("!HH", 0xBEDE, len(items) // 4) + items
        descriptor = bytes([0x90, 0x80, 0x80 | picture >> 8, picture & 255])
        payload = descriptor + bytes([0 if key else 1]) + b"picture"
        head = struct.pack("!BBHII", 0x90, payload_type, sequence & 0xFFFF, timestamp, ssrc)
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
        bench.forwarder.retarget(bench.track, bench.now)
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


def test_f18_paused_means_nothing_and_resuming_waits_for_a_key_frame() -> None:
    bench = _Bench()
    bench.packet(1, key=True)
    bench.out.wanted = None
    bench.forwarder.retarget(bench.track, bench.now)
    bench.packet(2)
    assert len(bench.receiver.packets()) == 1
    bench.out.wanted = 2
    bench.forwarder.retarget(bench.track, bench.now)
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


def test_f21_strangers_are_not_forwarded() -> None:
    bench = _Bench()
    bench.packet(1, key=True, payload_type=97)
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


def test_f23_reports_count_what_was_lost() -> None:
    stream = InboundStream(InboundTrack("TR", "video", frozenset({96}), ()), 7, 0)
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
