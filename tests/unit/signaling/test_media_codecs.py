"""Which payload type is which for whom."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import MalformedMessage
from signaling.media_codecs import (
    OFFERED,
    Codec,
    mapped,
    numbers_of,
    preferring,
    read_codecs,
    write_codec,
)

_LINES = {
    "rtpmap": ["96 VP8/90000", "97 rtx/90000", "102 H264/90000", "103 rtx/90000", "98 AV1/90000"],
    "fmtp": [
        "97 apt=96",
        "102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f",
        "103 apt=102",
    ],
}


def _h264(profile: str, mode: int | None = 1, number: int = 100) -> Codec:
    text = f"profile-level-id={profile}" + (
        f";packetization-mode={mode}" if mode is not None else ""
    )
    return Codec(number, "h264", "H264/90000", text)


def test_f83_codecs_are_read_with_their_retransmissions() -> None:
    vp8, h264 = read_codecs("video", _LINES)
    assert (vp8.payload_type, vp8.rtx, vp8.meaning) == (96, 97, ("vp8",))
    assert (h264.payload_type, h264.rtx) == (102, 103)
    assert h264.meaning == ("h264", "baseline", "1")
    assert numbers_of((vp8, h264)) == [96, 97, 102, 103]
    assert read_codecs("audio", _LINES) == ()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (_h264("42e01f"), _h264("42e034"), True),  # levels may differ
        (_h264("42e01f"), _h264("4d801f"), True),  # constrained baseline either way
        (_h264("42e01f"), _h264("42001f"), False),
        (_h264("640c1f"), _h264("64001f"), False),
        (_h264("42e01f", 1), _h264("42e01f", 0), False),
        (_h264("42e01f", 0), _h264("42e01f", None), True),
        (_h264("zzz"), _h264("zzz"), True),
        (_h264("ffff1f"), _h264("ffff28"), True),
    ],
)
def test_f84_h264_matches_by_profile_and_packetization_mode(
    one: Codec, other: Codec, same: bool
) -> None:
    assert (one.meaning == other.meaning) is same


def test_f85_payload_types_are_mapped_to_the_receivers_own() -> None:
    sent = (Codec(96, "vp8", "", ""), _h264("42e01f", 1, 102), _h264("640c1f", 1, 104))
    received = (_h264("42e01f", 1, 39), Codec(45, "vp8", "", ""), _h264("42e02a", 1, 41))
    numbers = {number: codec.payload_type for number, codec in mapped(sent, received)}
    assert numbers == {96: 45, 102: 39}


def test_f86_a_preferred_codec_leads_and_the_rest_keep_their_order() -> None:
    codecs = OFFERED["audio"]
    assert [codec.name for codec in preferring(codecs, ("red", "opus"))] == ["red", "opus"]
    assert preferring(codecs, ()) == codecs


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_f87_what_we_offer_is_read_back(kind: str) -> None:
    lines = [line for codec in OFFERED[kind] for line in write_codec(kind, codec, True)]
    values: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line[2:].partition(":")
        values.setdefault(name, []).append(value)
    assert read_codecs(kind, values) == OFFERED[kind]
    numbers = numbers_of(OFFERED[kind])
    assert len(set(numbers)) == len(numbers)


def test_f87_no_number_of_ours_means_two_things() -> None:
    numbers = [number for kind in OFFERED for number in numbers_of(OFFERED[kind])]
    assert len(set(numbers)) == len(numbers)


@given(st.lists(st.text(max_size=30), max_size=6), st.lists(st.text(max_size=40), max_size=6))
def test_f88_any_lines_are_read_or_refused(rtpmaps: list[str], fmtps: list[str]) -> None:
    starts = [f"{number} H264/90000" for number in (1, 2)] + ["3 rtx/90000"]
    values = {"rtpmap": [*starts, *rtpmaps], "fmtp": [f"1 {fmtps}", *fmtps]}
    with contextlib.suppress(MalformedMessage):
        for codec in read_codecs("video", values):
            assert codec.meaning
