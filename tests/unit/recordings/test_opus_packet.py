import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.errors import MalformedOpus
from recordings.opus_packet import bridge, frame_samples, is_stereo, packet_samples


@pytest.mark.parametrize(
    ("config", "milliseconds"),
    [(0, 10), (3, 60), (8, 10), (11, 60), (12, 10), (13, 20), (15, 20), (16, 2.5), (31, 20)],
)
def test_frame_samples_follow_table_2_of_rfc_6716(config: int, milliseconds: float) -> None:
    assert frame_samples(config << 3) == milliseconds * 48


@pytest.mark.parametrize(
    ("packet", "milliseconds"),
    [(b"\x78", 20), (b"\x79abab", 40), (b"\x7a\x01abc", 40), (b"\x7b\x03abc", 60), (b"\xe0a", 2.5)],
)
def test_packet_samples_count_the_frames(packet: bytes, milliseconds: float) -> None:
    assert packet_samples(packet) == milliseconds * 48


@pytest.mark.parametrize("packet", [b"", b"\x7b", b"\x7b\x00", b"\x7b\x07", b"\x1b\x03"])
def test_packet_samples_refuse_what_the_rfc_refuses(packet: bytes) -> None:
    with pytest.raises(MalformedOpus):
        packet_samples(packet)


def test_stereo_is_bit_s() -> None:
    assert is_stereo(b"\xfc")
    assert not is_stereo(b"\xf8")


@given(toc=st.integers(0, 255), grains=st.integers(0, 5_000))
def test_bridge_lasts_exactly_as_asked_and_keeps_channels(toc: int, grains: int) -> None:
    packets = bridge(toc, grains * 120)
    assert sum(map(packet_samples, packets)) == grains * 120
    assert all(is_stereo(packet) == bool(toc & 4) for packet in packets)
    assert all(len(packet) <= 2 for packet in packets)


@given(toc=st.integers(0, 255), frames=st.integers(1, 500))
def test_bridge_keeps_the_configuration_over_whole_frames(toc: int, frames: int) -> None:
    packets = bridge(toc, frames * frame_samples(toc))
    assert {packet[0] >> 3 for packet in packets} == {toc >> 3}
