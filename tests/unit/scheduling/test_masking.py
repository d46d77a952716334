from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.identity import BirthDatePrecision
from scheduling.masking import age_months, age_years, display_name, masked_id

DAY, MONTH, YEAR = BirthDatePrecision.DAY, BirthDatePrecision.MONTH, BirthDatePrecision.YEAR
words = st.text(st.sampled_from("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạ"), min_size=2, max_size=8)


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("Nguyễn Thị Mẫu", "NGUYỄN T. M."),
        ("Lường Văn Minh Hoạ", "LƯỜNG V. M. H."),
        ("  đặng   văn ví dụ ", "ĐẶNG V. V. D."),
        ("Sùng", "S."),
        ("", ""),
        ("Nguyễn Thị Đào", "NGUYỄN T. Đ."),
    ],
)
def test_family_name_and_initials(full: str, shown: str) -> None:
    assert display_name(full) == shown


@given(names=st.lists(words, min_size=1, max_size=6))
def test_no_given_or_middle_name_ever_shows_in_full(names: list[str]) -> None:
    shown = display_name(" ".join(names)).split()
    hidden = shown[1:] if len(names) > 1 else shown
    assert all(len(initial) == 2 and initial.endswith(".") for initial in hidden)
    assert len(shown) == len(names)


@given(text=st.text(max_size=40))
def test_any_text_is_masked_without_an_error(text: str) -> None:
    shown = display_name(text)
    if len(text.split()) == 1 and len(text.strip()) > 3:
        assert text.strip() not in shown


@given(number=st.text(st.sampled_from("0123456789ABC"), max_size=15))
def test_at_most_three_characters_of_a_number_show(number: str) -> None:
    shown = masked_id("", number)
    assert len(shown) == len(number)
    assert len(shown.replace("•", "")) <= 3
    assert number == "" or shown != number


def test_the_first_known_number_is_masked() -> None:
    assert masked_id("", "", "NK-240001") == "••••••001"
    assert masked_id("099054000001", "DT2") == "•••••••••001"
    assert masked_id("", "1234") == "••••"


@pytest.mark.parametrize(
    ("born", "precision", "on", "years", "months"),
    [
        (date(1954, 3, 2), DAY, date(2026, 11, 26), 72, None),
        (date(1954, 11, 27), DAY, date(2026, 11, 26), 71, None),
        (date(1971, 1, 1), YEAR, date(2026, 11, 26), 55, None),
        (date(1971, 11, 30), MONTH, date(2026, 11, 26), 55, None),
        (date(2022, 5, 30), DAY, date(2026, 11, 26), 4, 53),
        (date(2024, 2, 29), DAY, date(2025, 2, 28), 0, 11),
        (date(2023, 1, 1), YEAR, date(2026, 11, 26), 3, None),
        (None, DAY, date(2026, 11, 26), None, None),
        (date(2027, 1, 1), DAY, date(2026, 11, 26), None, None),
    ],
)
def test_age_follows_the_precision_of_the_birth_date(
    born: date | None,
    precision: BirthDatePrecision,
    on: date,
    years: int | None,
    months: int | None,
) -> None:
    assert age_years(born, precision, on) == years
    assert age_months(born, precision, on) == months
