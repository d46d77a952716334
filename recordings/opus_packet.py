"""What an Opus packet says of itself, and packets asking to bridge a hole (RFC 6716)."""

from recordings.errors import MalformedOpus

SAMPLES_PER_SECOND = 48_000  # the only clock of Opus over RTP and in Ogg (RFC 7587 4.1)
LONGEST_PACKET_SAMPLES = 5_760  # 120 ms, RFC 6716 3.2
SHORTEST_FRAME_SAMPLES = 120  # 2.5 ms: the grain of any hole that can be bridged, RFC 7845 4.1

_SILK_FRAMES = (480, 960, 1_920, 2_880)
_HYBRID_FRAMES = (480, 960)
_CELT_FRAMES = (120, 240, 480, 960)
_CELT_ONLY_CONFIG = 16


def frame_samples(toc: int) -> int:
    """Samples of one frame at 48 kHz, from the configuration number (RFC 6716 table 2)."""
    config = toc >> 3
    if config < 12:
        return _SILK_FRAMES[config & 3]
    if config < _CELT_ONLY_CONFIG:
        return _HYBRID_FRAMES[config & 1]
    return _CELT_FRAMES[config & 3]


def packet_samples(packet: bytes) -> int:
    """Samples of a whole packet at 48 kHz; MalformedOpus where RFC 6716 3.4 calls it invalid."""
    if not packet:
        raise MalformedOpus("empty packet")
    code = packet[0] & 3
    if code == 3 and len(packet) < 2:
        raise MalformedOpus("frame count missing")
    frames = (1, 2, 2, packet[1] & 63 if code == 3 else 0)[code]
    samples = frames * frame_samples(packet[0])
    if not 0 < samples <= LONGEST_PACKET_SAMPLES:
        raise MalformedOpus("duration out of range")
    return samples


def is_stereo(packet: bytes) -> bool:
    """Whether the packet carries two channels (RFC 6716 3.1, bit s)."""
    return bool(packet[0] & 4)


def bridge(toc: int, samples: int) -> list[bytes]:
    """Packets of empty frames lasting `samples`, a multiple of 2.5 ms.

    The decoder conceals them as lost or not transmitted. They keep the configuration of the packet
    before the hole for as long as it fits and end with shorter CELT frames (RFC 7845 4.1).
    """
    packets: list[bytes] = []
    steady = frame_samples(toc)
    per_packet = LONGEST_PACKET_SAMPLES // steady
    whole, rest = divmod(samples, steady)
    while whole:
        count = min(whole, per_packet)
        packets.append(_empty_frames(toc, count))
        whole -= count
    if rest:
        packets.append(_empty_frames(_celt_2_5_ms(toc), rest // SHORTEST_FRAME_SAMPLES))
    return packets


def _empty_frames(toc: int, count: int) -> bytes:
    if count == 1:
        return bytes((toc & 0xFC,))
    return bytes((toc & 0xFC | 3, count))  # code 3, constant rate, every frame zero bytes long


def _celt_2_5_ms(toc: int) -> int:
    # Narrowband, wideband, super-wideband, fullband start at 16, 20, 24, 28 (RFC 6716 table 2);
    # SILK medium band has no CELT twin and takes wideband.
    config = toc >> 3
    if config >= _CELT_ONLY_CONFIG:
        start = config & ~3
    elif config >= 12:
        start = 24 if config < 14 else 28
    else:
        start = 16 if config < 4 else 20
    return start << 3 | toc & 4
