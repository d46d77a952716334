"""The line keeps the meeting's time whatever the network did (docs/recording.md R-10 to R-14)."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.audio_line import AudioLine, VoicePacket
from recordings.opus_packet import packet_samples

TOC = 0x78  # hybrid, fullband, 20 ms
FRAME_S = 0.020


def spoken(number: int, *, sequence: int | None = None, late_s: float = 0.0) -> VoicePacket:
    """Frame `number` of a speaker who began at second 100 near both wrap-arounds."""
    return VoicePacket(
        ssrc=1,
        sequence=(65_500 + (number if sequence is None else sequence)) & 0xFFFF,
        timestamp=(2**32 - 5_000 + number * 960) & 0xFFFFFFFF,
        arrived_s=100 + number * FRAME_S + late_s,
        payload=bytes((TOC,)) + number.to_bytes(4, "big"),
    )


def lay(packets: list[VoicePacket]) -> list[bytes]:
    line = AudioLine()
    grown = [out for packet in packets for out in line.push(packet)]
    return grown + line.settle()


def samples(line: list[bytes]) -> int:
    return sum(map(packet_samples, line))


def voices(line: list[bytes]) -> list[bytes]:
    return [packet for packet in line if len(packet) > 2]


def places(line: list[bytes]) -> dict[int, int]:
    """Frame number -> where it starts on the line, in samples."""
    found, at = {}, 0
    for packet in line:
        if len(packet) > 2:
            found[int.from_bytes(packet[1:], "big")] = at
        at += packet_samples(packet)
    return found


def test_r10_unbroken_packets_pass_unchanged() -> None:
    packets = [spoken(number) for number in range(200)]
    assert lay(packets) == [packet.payload for packet in packets]


@given(
    lost=st.sets(st.integers(1, 298)),
    silent=st.lists(st.tuples(st.integers(1, 290), st.integers(1, 200)), max_size=4),
    delays=st.lists(st.floats(0, 0.055), min_size=300, max_size=300),
)
@settings(deadline=None)
def test_r11_every_frame_stands_at_its_own_time_after_loss_dtx_and_reordering(
    lost: set[int], silent: list[tuple[int, int]], delays: list[float]
) -> None:
    quiet = {n for start, length in silent for n in range(start, start + length)} - {299}
    sequence, sent = 0, []
    for number in range(300):
        if number in quiet:
            continue  # DTX: not sent, so no sequence number is used up
        sent.append(spoken(number, sequence=sequence, late_s=delays[number]))
        sequence += 1
    kept = {p.payload: p for p in sent if int.from_bytes(p.payload[1:], "big") not in lost}
    line = lay(sorted(kept.values(), key=lambda packet: packet.arrived_s))
    first = min(places(line))
    assert set(voices(line)) <= set(kept)
    assert all(at == (number - first) * 960 for number, at in places(line).items())
    last = max(int.from_bytes(payload[1:], "big") for payload in kept)
    assert abs(samples(line) - (last - first + 1) * 960) <= 960


@given(st.permutations(range(6)))
def test_r12_reordered_packets_come_out_in_order(order: list[int]) -> None:
    head = [spoken(0)]
    mixed = [replace(spoken(1 + n), arrived_s=100.02 + i / 1000) for i, n in enumerate(order)]
    assert voices(lay(head + mixed)) == [spoken(number).payload for number in range(7)]


@given(st.lists(st.integers(0, 50), max_size=30))
def test_r12_duplicates_are_dropped(again: list[int]) -> None:
    packets = [spoken(number) for number in range(51)]
    for number in again:
        packets.insert(number + 1, packets[number])
    assert voices(lay(packets)) == [spoken(number).payload for number in range(51)]


def test_r12_a_straggler_is_given_up_after_the_wait() -> None:
    line = AudioLine()
    grown = line.push(spoken(0)) + line.push(spoken(2)) + line.push(spoken(3))
    assert voices(grown) == [spoken(0).payload]
    assert line.settle(100.10) == []
    grown = line.settle(100.17)
    assert grown == [bytes((TOC,)), spoken(2).payload, spoken(3).payload]
    assert line.push(spoken(1, late_s=0.2)) == []


def test_r13_a_new_sender_clock_is_placed_by_arrival() -> None:
    packets = [spoken(number) for number in range(50)]
    other = [
        replace(spoken(number, sequence=3_000 + number), ssrc=2, timestamp=number * 960)
        for number in range(100, 150)
    ]
    line = lay(packets + other)
    assert len(voices(line)) == 100
    assert samples(line) == 150 * 960
    assert places(line)[100] == 100 * 960


def test_r13_a_jump_of_the_clock_makes_no_hour_of_silence() -> None:
    packets = [spoken(number) for number in range(50)]
    jumped = [
        replace(spoken(number), timestamp=(spoken(number).timestamp + 48_000 * 3_600) % 2**32)
        for number in range(50, 100)
    ]
    assert samples(lay(packets + jumped)) == 100 * 960


def test_r13_a_clock_that_stood_still_is_caught_up_within_half_a_second() -> None:
    packets = [spoken(number) for number in range(50)]
    paused = [
        replace(spoken(number), timestamp=spoken(number).timestamp, arrived_s=110 + number * 0.02)
        for number in range(50, 150)
    ]
    line = lay(packets + paused)
    assert abs(samples(line) - (150 * 960 + 10 * 48_000)) <= 960
    assert places(line)[80] == 80 * 960 + 10 * 48_000


def test_r13_a_stalled_network_moves_nothing() -> None:
    packets = [spoken(number) for number in range(50)]
    burst = [replace(spoken(number), arrived_s=103 + number / 10_000) for number in range(50, 150)]
    after = [spoken(number) for number in range(150, 250)]
    assert samples(lay(packets + burst + after)) == 250 * 960


def test_r12_a_sender_that_counts_anew_is_believed() -> None:
    packets = [spoken(number) for number in range(50)]
    anew = [spoken(number, sequence=number - 20_000) for number in range(50, 250)]
    line = lay(packets + anew)
    assert places(line)[249] == 249 * 960
    assert len(voices(line)) >= 180


def test_r14_what_is_no_opus_packet_leaves_a_hole_of_its_length() -> None:
    packets = [spoken(number) for number in range(10)]
    packets[4] = replace(packets[4], payload=b"")
    packets[5] = replace(packets[5], payload=b"\x7b\x00")
    line = lay(packets)
    assert samples(line) == 10 * 960
    assert len(voices(line)) == 8
