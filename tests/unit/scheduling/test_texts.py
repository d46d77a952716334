import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.plain_text import clean, clean_line
from scheduling.search import matches, name_sort_key, search_key


@given(text=st.text())
def test_search_key_of_a_key_is_the_key(text: str) -> None:
    key = search_key(text)
    assert search_key(key) == key


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
def test_composed_and_decomposed_text_get_one_key(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", text)
    assert search_key(composed) == search_key(decomposed)


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("nguyen dao", "Nguyễn Thị Đào", True),
        ("ĐÀO", "nguyen thi dao", True),
        ("hoà", "Hòa", True),
        ("thuy", "Thủy Thuỷ", True),
        ("mau don", "Phạm Thị Mẫu", False),
        ("", "bất kỳ", True),
    ],
)
def test_search_ignores_accents_case_and_tone_placement(query: str, text: str, found: bool) -> None:
    assert matches(query, text) is found


def test_people_are_sorted_by_the_last_word() -> None:
    names = ["Trần Văn Bình", "Đỗ Thị An", "Lê Thị Ánh", "Bùi Công Bình"]
    assert sorted(names, key=name_sort_key) == [
        "Đỗ Thị An",
        "Lê Thị Ánh",
        "Bùi Công Bình",
        "Trần Văn Bình",
    ]


@given(text=st.text())
def test_cleaned_text_is_nfc_without_controls_or_is_refused(text: str) -> None:
    try:
        cleaned = clean(text)
    except ValueError:
        assert any("\ud800" <= c <= "\udfff" for c in text)
        return
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in cleaned)
    assert clean(cleaned) == cleaned
    assert "\n" not in clean_line(text)


def test_pasted_line_breaks_become_plain_ones() -> None:
    assert clean("một\r\nhai\vba\rbốn\x00") == "một\nhai\nba\nbốn"
