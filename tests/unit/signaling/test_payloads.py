"""H264 key frames, RED's newest block, what RTX repeats."""

import struct

import pytest
from aiortc.rtp import RtpPacket, wrap_rtx
from hypothesis import given
from hypothesis import strategies as st

from signaling.payloads import primary_of_red, read_h264, restore
from signaling.rtp import read_header
from signaling.srtp import PacketBuffer


def _stap(*units: bytes) -> bytes:
    return bytes([0x78]) + b"".join(struct.pack("!H", len(unit)) + unit for unit in units)


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (b"\x67\x42\xe0\x1f", True),  # SPS alone
        (b"\x65\x88", True),  # IDR alone
        (b"\x68\xce", False),  # PPS
        (b"\x41\x9a", False),  # another slice
        (_stap(b"\x67\x42", b"\x68\xce", b"\x65\x88"), True),
        (_stap(b"\x06\x05", b"\x67\x42"), True),
        (_stap(b"\x68\xce", b"\x41\x9a"), False),
        (_stap(b"", b"\x67\x42"), True),  # an empty unit is passed over
        (b"\x7c\x85\x88", True),  # FU-A, first part of an IDR
        (b"\x7c\x05\x88", False),  # FU-A, a later part
        (b"\x7c\x81\x9a", False),  # FU-A, first part of another slice
        (b"\x7c", False),
    ],
)
def test_f80_an_h264_key_frame_is_seen_in_every_packing(payload: bytes, starts: bool) -> None:
    assert read_h264(payload, 0, len(payload)).starts_key_frame is starts


@given(st.binary(min_size=1, max_size=80), st.sampled_from([b"", b"\x78", b"\x7c"]))
def test_f81_any_payload_is_read(noise: bytes, start: bytes) -> None:
    data = start + noise
    read_h264(data, 0, len(data))
    primary = primary_of_red(data, 0, len(data))
    assert 0 <= primary <= len(data)


@given(st.lists(st.binary(max_size=60), max_size=4), st.binary(max_size=60))
def test_f82_the_newest_block_of_red_is_found(older: list[bytes], newest: bytes) -> None:
    heads = b"".join(struct.pack("!BHB", 0xEF, 960 << 2, len(block)) for block in older)
    payload = heads + b"\x6f" + b"".join(older) + newest
    assert payload[primary_of_red(payload, 0, len(payload)) :] == newest


@given(st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=200), st.booleans())
def test_f60_what_a_retransmission_repeats_is_restored(
    sequence: int, payload: bytes, marker: bool
) -> None:
    original = RtpPacket(96, int(marker), sequence, 1234, 7, payload)
    data = wrap_rtx(original, 97, 5, 8).serialize()
    buffer = PacketBuffer()
    buffer.bytes[: len(data)] = data
    header = read_header(buffer.bytes, len(data))
    assert header is not None
    length = restore(buffer, header, len(data), 7, 96)
    assert bytes(buffer.view[:length]) == original.serialize()


@given(st.binary(max_size=60))
def test_f61_any_retransmission_is_restored_or_dropped(noise: bytes) -> None:
    data = b"\xb0" + noise
    buffer = PacketBuffer()
    buffer.bytes[: len(data)] = data
    header = read_header(buffer.bytes, len(data))
    if header is not None:
        length = restore(buffer, header, len(data), 7, 96)
        assert length == 0 or read_header(buffer.bytes, length) is not None
