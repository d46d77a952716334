import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.errors import NotOurOgg
from recordings.ogg_opus import PRE_SKIP_SAMPLES, OpusPages, read_opus_file
from recordings.ogg_pages import page_bytes
from tests.unit.recordings.ogg_reader import audio, read

TAGS = {"SPEAKER": "p1", "TRACK": "TR_a", "OFFSET": "1.500", "RECORDING": "r"}
PACKETS = st.lists(st.binary(max_size=1_275).map(lambda body: b"\x78" + body), max_size=60)


def stream(packets: list[bytes]) -> OpusPages:
    pages = OpusPages(7, 1, TAGS)
    for packet in packets:
        pages.add(packet)
    return pages


@given(PACKETS)
def test_packets_come_back_unchanged_and_in_order(packets: list[bytes]) -> None:
    assert audio(stream(packets).end()) == packets


@given(PACKETS)
def test_pages_count_up_with_true_checksums_and_granules(packets: list[bytes]) -> None:
    pages = read(stream(packets).end())
    assert [page.number for page in pages] == list(range(len(pages)))
    assert all(page.crc_holds and page.serial == 7 for page in pages)
    heard = 0
    for page in pages:
        heard += sum(960 for packet in page.packets if packet[:1] == b"\x78")
        assert page.granule == heard


def test_headers_are_those_of_rfc_7845() -> None:
    first, second, last = read(OpusPages(1, 2, {"A": "é"}).end())
    assert (first.flags, second.flags, last.flags) == (2, 0, 4)
    head = struct.unpack("<8sBBHIhB", first.packets[0])
    assert head == (b"OpusHead", 1, 2, PRE_SKIP_SAMPLES, 48_000, 0, 0)
    assert second.packets[0].startswith(b"OpusTags\x0a\x00\x00\x00telehealth\x01\x00\x00\x00")
    assert read_opus_file(OpusPages(1, 2, {"A": "é"}).end()).tags == {"A": "é"}


def test_taking_by_and_by_gives_the_same_packets() -> None:
    pages = OpusPages(7, 1, TAGS)
    written = b""
    for number in range(120):
        pages.add(bytes((0x78, number)))
        if number % 50 == 49:
            written += pages.take()
    written += pages.end()
    assert len(audio(written)) == 120
    assert read_opus_file(written).samples == 120 * 960 - PRE_SKIP_SAMPLES


@given(packets=PACKETS, cut=st.floats(0, 1))
def test_a_file_cut_anywhere_ends_properly_after_repair(packets: list[bytes], cut: float) -> None:
    pages = OpusPages(7, 1, TAGS)
    headers = pages.take()
    whole = headers
    for packet in packets:
        pages.add(packet)
        whole += pages.take()
    torn = whole[: len(headers) + int(cut * (len(whole) - len(headers)))]
    found = read_opus_file(torn)
    repaired = read(torn[: found.whole_bytes] + found.closing)
    assert repaired[-1].flags & 4
    kept = audio(torn[: found.whole_bytes] + found.closing)
    assert kept == packets[: len(kept)]
    assert len(b"".join(packets[len(kept) :])) >= len(whole) - len(torn) - 60 * len(packets)
    assert found.tags == TAGS


def test_a_damaged_byte_ends_the_whole_part() -> None:
    pages = stream([b"\x78abc"])
    written = pages.take()
    pages.add(b"\x78def")
    more = written + pages.take()
    damaged = bytearray(more)
    damaged[-1] ^= 1
    assert read_opus_file(bytes(damaged)).whole_bytes == len(written)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"OggS",
        OpusPages(1, 1, TAGS).end()[:60],
        page_bytes([b"x"], flags=2, granule=0, serial=1, number=0) * 2,
        stream([]).end()[:47] + page_bytes([b"x"], flags=0, granule=0, serial=7, number=1),
    ],
)
def test_what_has_no_headers_is_not_ours(data: bytes) -> None:
    with pytest.raises(NotOurOgg):
        read_opus_file(data)


def test_a_page_refuses_more_than_255_laces() -> None:
    with pytest.raises(ValueError, match="one page"):
        page_bytes([b""] * 256, flags=0, granule=0, serial=1, number=0)
