"""Readers of outside bytes let nothing out but their refusals: a short run of what fuzzing does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.one import targets
from tests.fuzz.target import Target, framed, frames

TARGETS = targets()
# Pool processes, where images are read, are deaf to pydicom's warnings.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
_EDITS = 6


@st.composite
def edited(draw: st.DrawFn, target: Target) -> bytes:
    """A real input with a few bytes changed, cut, doubled or put in."""
    data = bytearray(draw(st.sampled_from(target.seeds)))
    for _ in range(draw(st.integers(0, _EDITS))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                data[at:] = b""
            case 2:
                data[at:at] = data[at : at + draw(st.integers(1, 64))]
            case 3:
                data[at:at] = draw(st.sampled_from((b"\0\0", b"\xff\xff", b"\x7f", b"\r\n", b"{")))
    return bytes(data[: target.max_bytes])


@pytest.mark.parametrize("name", TARGETS)
def test_b1_a_real_input_is_taken(name: str) -> None:
    target = TARGETS[name]
    for seed in target.seeds:
        assert len(seed) <= target.max_bytes
        target.run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_b1_an_edited_input_is_taken_or_refused(name: str) -> None:
    target = TARGETS[name]

    @settings(
        max_examples=150,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(edited(target))
    def holds(data: bytes) -> None:
        target(data)

    holds()


def test_an_input_of_several_messages_is_cut_anywhere() -> None:
    whole = framed(b"one", b"", b"three")
    assert list(frames(whole)) == [b"one", b"", b"three"]
    assert list(frames(whole[:-2])) == [b"one", b"", b"thr"]
    assert list(frames(b"\xff")) == [b""]
