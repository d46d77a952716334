"""Reading and writing RTCP: SR, RR (RFC 3550), NACK, PLI, FIR (RFC 4585, 5104), REMB, TWCC."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from signaling.twcc import Feedback, read_feedback

OUR_SSRC = 1  # sender ssrc of feedback; no track of ours ever carries it
_REPORT = struct.Struct("!II")
_TIMES = struct.Struct("!III")
_U32 = struct.Struct("!I")
_U16 = struct.Struct("!H")
_NACK_PAIR = struct.Struct("!HH")
_MAX_NACK_PAIRS = 64  # more in one packet is noise or an attack


@dataclass(frozen=True)
class SenderReport:
    """SR: NTP time (64 bits) and RTP time of the same instant, for lip-sync."""

    ssrc: int
    ntp: int
    rtp_timestamp: int


@dataclass(frozen=True)
class ReceptionReport:
    """One report block: what the receiver of `ssrc` lost; the fraction is of 256.

    `last_sr` is the middle of the last SR's NTP time, 0 for none yet; delay in 1/65536 s.
    """

    ssrc: int
    fraction_lost: int
    jitter: int
    last_sr: int = 0
    delay_since_sr: int = 0


@dataclass(frozen=True)
class Nack:
    """A receiver of `ssrc` misses these sequence numbers."""

    ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True)
class KeyFrameRequest:
    """PLI or FIR: a receiver of `ssrc` cannot decode until a key frame comes."""

    ssrc: int


@dataclass(frozen=True)
class Remb:
    """What a receiver believes its line bears, bits per second (draft-alvestrand-rmcat-remb-03)."""

    bits_per_second: int


Rtcp = SenderReport | ReceptionReport | Nack | KeyFrameRequest | Remb | Feedback


def read(data: bytes) -> Iterator[Rtcp]:
    """What a compound packet says, as far as a forwarder cares; stops where it is broken."""
    at = 0
    while at + 8 <= len(data):
        first, kind, words = data[at], data[at + 1], _U16.unpack_from(data, at + 2)[0]
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data) or words < 1:
            return
        yield from _read_one(kind, first & 31, data[at:end])
        at = end


def _read_one(kind: int, count: int, packet: bytes) -> Iterator[Rtcp]:
    ssrc = _U32.unpack_from(packet, 4)[0]
    if kind == 200 and len(packet) >= 28:
        seconds, fraction, rtp_timestamp = struct.unpack_from("!III", packet, 8)
        yield SenderReport(ssrc, seconds << 32 | fraction, rtp_timestamp)
        yield from _reports(packet, 28, count)
    elif kind == 201:
        yield from _reports(packet, 8, count)
    elif kind == 205 and count == 1 and len(packet) >= 16:
        yield Nack(_U32.unpack_from(packet, 8)[0], tuple(_nacked(packet)))
    elif kind == 205 and count == 15:
        feedback = read_feedback(packet)
        if feedback is not None:
            yield feedback
    elif kind == 206 and count == 15 and len(packet) >= 20 and packet[12:16] == b"REMB":
        yield Remb(((packet[17] & 3) << 16 | packet[18] << 8 | packet[19]) << (packet[17] >> 2))
    elif kind == 206 and count == 1 and len(packet) >= 12:
        yield KeyFrameRequest(_U32.unpack_from(packet, 8)[0])
    elif kind == 206 and count == 4:
        for at in range(12, len(packet) - 7, 8):
            yield KeyFrameRequest(_U32.unpack_from(packet, at)[0])


def _reports(packet: bytes, at: int, count: int) -> Iterator[ReceptionReport]:
    for block in range(at, min(at + 24 * count, len(packet) - 23), 24):
        ssrc, lost = _REPORT.unpack_from(packet, block)
        yield ReceptionReport(ssrc, lost >> 24, *_TIMES.unpack_from(packet, block + 12))


def _nacked(packet: bytes) -> Iterator[int]:
    for at in range(12, min(len(packet) - 3, 12 + 4 * _MAX_NACK_PAIRS), 4):
        first, following = _NACK_PAIR.unpack_from(packet, at)
        yield first
        for bit in range(16):
            if following >> bit & 1:
                yield first + bit + 1 & 0xFFFF


def write_sender_report(
    ssrc: int, ntp: int, rtp_timestamp: int, packets: int, octets: int
) -> bytes:
    """An SR without report blocks."""
    return struct.pack(
        "!BBHIQIII",
        0x80,
        200,
        6,
        ssrc,
        ntp,
        rtp_timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        octets & 0xFFFFFFFF,
    )


@dataclass(frozen=True)
class Reception:
    """What we received of one stream, in RFC 3550's terms; delay in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_sr: int
    delay_since_sr: int


def write_receiver_report(receptions: Sequence[Reception]) -> bytes:
    """RRs for any number of streams, 31 blocks in each."""
    packets = []
    for start in range(0, max(len(receptions), 1), 31):
        blocks = receptions[start : start + 31]
        head = struct.pack("!BBHI", 0x80 | len(blocks), 201, 1 + 6 * len(blocks), OUR_SSRC)
        packets.append(head + b"".join(map(_block, blocks)))
    return b"".join(packets)


def _block(reception: Reception) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, reception.lost)) & 0xFFFFFF
    return struct.pack(
        "!IIIIII",
        reception.ssrc,
        reception.fraction_lost << 24 | lost,
        reception.highest_sequence & 0xFFFFFFFF,
        min(reception.jitter, 0xFFFFFFFF),
        reception.last_sr,
        min(reception.delay_since_sr, 0xFFFFFFFF),
    )


def write_key_frame_request(ssrc: int) -> bytes:
    """A PLI for the stream `ssrc`."""
    return struct.pack("!BBHII", 0x81, 206, 2, OUR_SSRC, ssrc)


def write_nack(ssrc: int, sequences: Iterable[int]) -> bytes:
    """A generic NACK; sequence numbers are given in ascending circular order."""
    pairs: list[tuple[int, int]] = []
    for sequence in sequences:
        distance = sequence - pairs[-1][0] & 0xFFFF if pairs else 0
        if pairs and 1 <= distance <= 16:
            pairs[-1] = (pairs[-1][0], pairs[-1][1] | 1 << distance - 1)
        else:
            pairs.append((sequence, 0))
    head = struct.pack("!BBHII", 0x81, 205, 2 + len(pairs), OUR_SSRC, ssrc)
    return head + b"".join(_NACK_PAIR.pack(*pair) for pair in pairs)


def write_remb(ssrcs: Sequence[int], bits_per_second: int) -> bytes:
    """REMB (draft-alvestrand-rmcat-remb-03): what the sender of `ssrcs` may use in all."""
    exponent = max(0, bits_per_second.bit_length() - 18)
    mantissa = bits_per_second >> exponent
    listed = ssrcs[:255]
    head = struct.pack("!BBHII4s", 0x8F, 206, 4 + len(listed), OUR_SSRC, 0, b"REMB")
    size = struct.pack("!BBH", len(listed), exponent << 2 | mantissa >> 16, mantissa & 0xFFFF)
    return head + size + b"".join(map(_U32.pack, listed))
