"""Which series may show a name in their pixels."""

from typing import Any

import pytest

from viewer.burned_in import (
    BurnedIn,
    NameSaid,
    PixelFacts,
    facts_of,
    of_object,
    of_series,
    withholds,
)

_CT = PixelFacts("1.2.840.10008.5.1.4.1.1.2", "CT", image_type=("ORIGINAL", "PRIMARY", "AXIAL"))


@pytest.mark.parametrize(
    "facts",
    [
        PixelFacts("1.2.840.10008.5.1.4.1.1.6.1", "US"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.3.1", "US"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.7", "CT"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.7.4", "MR"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.77.1.4.1", "XC"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.12.1", "XA"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.104.1", "DOC"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.2", "ot "),
        PixelFacts("1.2.840.10008.5.1.4.1.1.2", "CT", image_type=("DERIVED", "SCREEN SAVE")),
        PixelFacts("1.2.840.10008.5.1.4.1.1.2", "CT", burned_in_annotation="yes "),
        PixelFacts("1.2.840.10008.5.1.4.1.1.6.1", "US", "PERHAPS"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.4", "MR", "NO", "YES"),
        PixelFacts(),
    ],
)
def test_what_is_written_on_or_says_nothing_of_itself_may_show_a_name(facts: PixelFacts) -> None:
    assert of_object(facts) is BurnedIn.MAY_SHOW_A_NAME


@pytest.mark.parametrize(
    "facts",
    [
        _CT,
        PixelFacts("1.2.840.10008.5.1.4.1.1.4", "MR"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.6.1", "US", "NO"),
        PixelFacts("1.2.840.10008.5.1.4.1.1.77777", "CT"),
    ],
)
def test_slices_and_what_the_sender_calls_clean_are_clear(facts: PixelFacts) -> None:
    assert of_object(facts) is BurnedIn.CLEAR


def test_one_written_object_or_none_at_all_withholds_the_series() -> None:
    capture = PixelFacts("1.2.840.10008.5.1.4.1.1.7", "CT")
    assert of_series([_CT, _CT]) is BurnedIn.CLEAR
    assert of_series([_CT, capture]) is BurnedIn.MAY_SHOW_A_NAME
    assert of_series([]) is BurnedIn.MAY_SHOW_A_NAME


def test_who_looked_is_believed_and_without_a_word_only_what_is_clear_is_open() -> None:
    suspect, clear = BurnedIn.MAY_SHOW_A_NAME, BurnedIn.CLEAR
    assert withholds(suspect, None)
    assert not withholds(clear, None)
    assert not withholds(suspect, NameSaid.NO_NAME)
    assert withholds(clear, NameSaid.NAME)
    assert withholds("", None)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"00080060": {"vr": "CS"}},
        {"00080060": {"vr": "CS", "Value": [None]}, "00080016": {"vr": "UI", "Value": []}},
    ],
)
def test_a_header_that_says_nothing_is_not_clear(header: dict[str, Any]) -> None:
    assert of_object(facts_of(header)) is BurnedIn.MAY_SHOW_A_NAME


def test_the_words_are_read_from_dicom_json() -> None:
    header = {
        "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.6.1"]},
        "00080060": {"vr": "CS", "Value": ["US"]},
        "00080008": {"vr": "CS", "Value": ["ORIGINAL", "PRIMARY"]},
        "00280301": {"vr": "CS", "Value": ["NO"]},
        "00280302": {"vr": "CS", "Value": ["YES"]},
    }
    assert facts_of(header) == PixelFacts(
        "1.2.840.10008.5.1.4.1.1.6.1", "US", "NO", "YES", ("ORIGINAL", "PRIMARY")
    )
    assert of_object(facts_of(header)) is BurnedIn.MAY_SHOW_A_NAME
