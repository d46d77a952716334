"""Atheris finds what we plant, keeps the input, and lets go of what refuses as it may."""

from pathlib import Path

import pytest

from tests.fuzz.__main__ import Limits, fuzz
from tests.fuzz.one import targets

PLANTED = ("tests.support.planted_faults",)
INPUTS = 200_000


@pytest.mark.parametrize(
    ("name", "limits", "told", "kept"),
    [
        ("raises", Limits(seconds=60), "IndexError: planted", "raises-crash-*"),
        ("hangs", Limits(), "libFuzzer: timeout", "hangs-timeout-*"),
        ("swells", Limits(seconds=60, mib=512), "out-of-memory", "swells-oom-*"),
    ],
)
def test_a_planted_fault_is_found_and_its_input_kept(
    tmp_path: Path, name: str, limits: Limits, told: str, kept: str
) -> None:
    outcome = fuzz(name, INPUTS, 1, tmp_path, PLANTED, limits)
    assert told in outcome.fault
    (found,) = tmp_path.glob(kept)
    assert outcome.inputs < INPUTS
    if name == "raises":
        with pytest.raises(IndexError, match="planted"):
            targets(PLANTED)[name](found.read_bytes())


def test_a_refusal_is_no_fault(tmp_path: Path) -> None:
    outcome = fuzz("refuses", 1000, 1, tmp_path, PLANTED)
    assert (outcome.fault, outcome.inputs) == ("", 1000)
