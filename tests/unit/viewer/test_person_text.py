import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.person_text import (
    accentless_key,
    from_tcvn3,
    is_vietnamese_syllable,
    normalised_label,
    repair,
    spoken_name,
    to_tcvn3,
)

NAMES = ["Nguyễn Thị Mậu Đơn", "Đào Lý Quỳnh", "Lường Văn Hoạ", "Vừ A Phừ", "Huỳnh Thuỷ"]
LOWER = "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("label", [(), ("ISO_IR 100",), ("ISO_IR 192",), ("ISO IR 192",)])
def test_utf8_is_read_whatever_the_label_says(name: str, label: tuple[str, ...]) -> None:
    assert repair(name.encode(), label).text == name
    decomposed = unicodedata.normalize("NFD", name)
    assert repair(decomposed.encode(), label).text == name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("label", [(), ("ISO_IR 100",), ("ISO_IR 6",)])
def test_tcvn3_is_guessed_and_said_to_be_a_guess(name: str, label: tuple[str, ...]) -> None:
    read = repair(to_tcvn3(name), label)
    assert (read.text, read.how) == (name, "tcvn3")


def test_tcvn3_table_is_the_one_of_the_vietnamese_standard() -> None:
    # Verified byte by byte against the system's TCVN5712-1 converter (domain notes, section 6).
    assert from_tcvn3("NguyÔn ThÞ MÉu §¬n".encode("latin-1")) == "Nguyễn Thị Mẫu Đơn"
    assert {from_tcvn3(bytes([byte])) for byte in to_tcvn3(LOWER)} == set(LOWER)


def test_tcvn3_capitals_of_capital_fonts_are_raised() -> None:
    assert from_tcvn3(b"TH\xde H\xadNG") == "THỊ HƯNG"


@pytest.mark.parametrize(
    "name", ["Müller^Jürgen", "José", "René", "Peña", "Noël", "Bjørn Ångström", "Françoise"]
)
def test_western_names_under_latin_1_stay(name: str) -> None:
    assert repair(name.encode("latin-1"), ("ISO_IR 100",)).text == name


def test_declared_multibyte_sets_are_trusted() -> None:
    assert repair("王^小东".encode("gb18030"), ("GB18030",)).text == "王^小东"
    assert repair("Люкceмбypг".encode("iso8859-5"), ("ISO_IR 144",)).text == "Люкceмбypг"


@given(st.text(st.sampled_from("abcdeghiklmnopqrstuvxy " + LOWER), max_size=30))
def test_vietnamese_text_survives_the_table_both_ways(text: str) -> None:
    assert from_tcvn3(to_tcvn3(text)) == unicodedata.normalize("NFC", text)


@given(st.binary(max_size=60), st.sampled_from(["", "ISO_IR 100", "ISO_IR 192", "GBK", "rubbish"]))
def test_any_bytes_are_read_as_nfc(raw: bytes, label: str) -> None:
    text = repair(raw, (label,)).text
    assert unicodedata.is_normalized("NFC", text)


def test_syllables_tell_vietnamese_from_other_words() -> None:
    assert all(is_vietnamese_syllable(word) for word in ["Nguyễn", "Khuya", "thuở", "giếng", "Quý"])
    assert not any(is_vietnamese_syllable(word) for word in ["Mỹller", "Josộ", "Peủa", "Noởl"])


def test_names_are_compared_without_accents_and_carets() -> None:
    assert accentless_key("Đào^Thị  HOA") == "dao thi hoa"
    assert spoken_name("Nguyễn^An^Văn=") == "Nguyễn Văn An"
    assert spoken_name("NGUYEN THI MAU DON") == "NGUYEN THI MAU DON"
    assert normalised_label("iso-ir 192") == "ISO_IR 192"
