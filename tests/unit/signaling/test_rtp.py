"""Reading RTP at fixed offsets, held against aiortc's parser."""

import struct

from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensions, RtpPacket
from aiortc.rtp import HeaderExtensionsMap as TheirMap
from hypothesis import given
from hypothesis import strategies as st

from signaling.rtp import find_two, is_newer, read_extensions, read_header, read_vp8, shift_vp8

_URIS = {
    1: "urn:ietf:params:rtp-hdrext:sdes:mid",
    2: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    3: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
}


def _map() -> TheirMap:
    extensions = TheirMap()
    listed = [RTCRtpHeaderExtensionParameters(id=i, uri=uri) for i, uri in _URIS.items()]
    extensions.configure(RTCRtpParameters(headerExtensions=listed))
    return extensions


@given(
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload_type=st.integers(0, 127),
    marker=st.booleans(),
    payload=st.binary(min_size=1, max_size=100),
    csrc=st.lists(st.integers(0, 0xFFFFFFFF), max_size=3),
    mid=st.none() | st.text("abc0123", min_size=1, max_size=16),
    level=st.none() | st.integers(0, 127),
    padding=st.integers(0, 9),
)
def test_f1_what_aiortc_writes_is_read(  # noqa: PLR0913
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload_type: int,
    marker: bool,
    payload: bytes,
    csrc: list[int],
    mid: str | None,
    level: int | None,
    padding: int,
) -> None:
    packet = RtpPacket(payload_type, int(marker), sequence, timestamp, ssrc, payload)
    packet.csrc, packet.padding_size = csrc, padding
    packet.extensions = HeaderExtensions(
        mid=mid, audio_level=None if level is None else (False, level)
    )
    data = packet.serialize(_map())
    header = read_header(data, len(data))
    assert header is not None
    assert header[:5] == (payload_type, 128 if marker else 0, sequence, timestamp, ssrc)
    assert data[header.payload_at :].startswith(payload)
    found = dict(read_extensions(data, header))
    assert found.get(1) == (mid.encode() if mid else None)
    assert found.get(3) == (bytes([level]) if level is not None else None)


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x90", b"\xbf", b"\x90\x60"]))
def test_f2_any_bytes_are_read_or_refused(noise: bytes, start: bytes) -> None:
    data = start + noise
    header = read_header(data, len(data))
    if header is not None:
        assert 12 <= header.payload_at <= len(data)
        list(read_extensions(data, header))
        read_vp8(data, header.payload_at, len(data))


@given(
    st.lists(
        st.tuples(st.integers(1, 14), st.binary(min_size=1, max_size=16)),
        max_size=6,
        unique_by=lambda item: item[0],
    ),
    st.booleans(),
    st.integers(0, 3),
)
def test_f5_two_extensions_are_found_where_all_are_read(
    items: list[tuple[int, bytes]], two_byte: bool, cut: int
) -> None:
    body = b""
    for name, value in items:
        body += bytes([name, len(value)] if two_byte else [name << 4 | len(value) - 1]) + value
    body = body[: len(body) - cut] + bytes(-(max(len(body) - cut, 0)) % 4)
    head = struct.pack("!HH", 0x1000 if two_byte else 0xBEDE, len(body) // 4)
    data = struct.pack("!BBHII", 0x90, 96, 1, 2, 3) + head + body
    header = read_header(data, len(data))
    assert header is not None
    known = dict(read_extensions(data, header))
    for first, second in ((1, 2), (14, 3)):
        places = find_two(data, header, first, second)
        for name, at in zip((first, second), places, strict=True):
            value = known.get(name)
            assert (at == 0) == (not value)
            assert not value or data[at : at + len(value)] == value


def test_f2_two_byte_extensions_are_read() -> None:
    body = bytes([1, 2]) + b"ab" + bytes([0, 200, 3]) + b"xyz" + bytes(3)
    data = struct.pack("!BBHII", 0x90, 96, 1, 2, 3) + struct.pack("!HH", 0x1000, 3) + body
    header = read_header(data, len(data))
    assert header is not None
    assert dict(read_extensions(data, header)) == {1: b"ab", 200: b"xyz"}


@given(
    picture=st.none() | st.integers(0, 0x7FFF),
    tl0=st.none() | st.integers(0, 255),
    start=st.booleans(),
    key=st.booleans(),
    picture_offset=st.integers(-0x8000, 0x8000),
    tl0_offset=st.integers(-256, 256),
)
def test_f3_vp8_descriptors_are_read_and_shifted(
    picture: int | None,
    tl0: int | None,
    start: bool,
    key: bool,
    picture_offset: int,
    tl0_offset: int,
) -> None:
    descriptor = VpxPayloadDescriptor(
        int(start), 0, picture_id=picture, tl0picidx=tl0, tid=(0, 0) if tl0 is not None else None
    )
    frame = bytes([0 if key else 1]) + b"frame"
    packet = bytearray(12) + bytes(descriptor) + frame
    vp8 = read_vp8(packet, 12, len(packet))
    assert vp8.starts_key_frame == (start and key)
    shift_vp8(packet, 12, vp8, picture_offset, tl0_offset)
    moved, rest = VpxPayloadDescriptor.parse(bytes(packet[12:]))
    assert rest == frame
    if picture is not None:
        bits = 0x7FFF if vp8.picture_id_is_long else 0x7F
        assert moved.picture_id == picture + picture_offset & bits
    if tl0 is not None:
        assert moved.tl0picidx == tl0 + tl0_offset & 0xFF


@given(st.integers(0, 0xFFFF), st.integers(1, 0x7FFF))
def test_f4_sequence_numbers_go_round(start: int, ahead: int) -> None:
    later = start + ahead & 0xFFFF
    assert is_newer(later, start)
    assert not is_newer(start, later)
    assert not is_newer(start, start)
