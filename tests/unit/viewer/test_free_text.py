"""What the words of a header may tell those who may not know the patient."""

import pytest

from viewer.free_text import telling_words, without_identity
from viewer.identity import CasePatient, ImagePatient

_TELLING = telling_words(
    CasePatient(numbers=frozenset({"NK-240001"}), full_name="Đỗ Thị Hạnh"),
    [ImagePatient(patient_id="BN77", name="DO^HANH^THI")],
)


@pytest.mark.parametrize(
    "text", ["T1 AX HANH", "do thi hạnh 1970", "HẠNH_T2", "BN77 sau tiêm", "ct.240001"]
)
def test_a_text_with_a_word_of_the_name_or_a_number_is_withheld(text: str) -> None:
    assert without_identity(text, _TELLING) == ""


@pytest.mark.parametrize("text", ["T1 AX", "VAN TIM 2C", "Nhu mô 1.25", "", "Hạn chế khuếch tán"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert without_identity(text, _TELLING) == text


def test_single_letters_name_nobody() -> None:
    telling = telling_words(CasePatient(full_name="Y Ê Ban"), [])
    assert without_identity("T1 Y 3", telling) == "T1 Y 3"
    assert without_identity("Ban phim", telling) == ""
