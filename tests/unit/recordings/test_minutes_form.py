from datetime import date
from zoneinfo import ZoneInfo

import pytest

from recordings.minutes import MinutesContent
from recordings.minutes_form import age_text, printed
from tests.support.recordings_builders import (
    EXPERT,
    EXPERT_ID,
    some_content,
    some_form,
    some_questions,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def test_printed_values_are_vietnamese_texts_in_wall_time() -> None:
    values = printed(some_form(), some_content(), some_questions(), {EXPERT_ID: EXPERT}, HANOI)
    assert values["patient_full_name"] == "LƯỜNG VĂN MINH HOẠ"
    assert values["consulted_at"] == "14 giờ 05 phút, ngày 26/11/2026"
    assert values["diagnosis"].endswith("(I62.0, I10)")
    assert (values["age"], values["sex"], values["form_code"]) == ("72", "Nam", "27/BV2")
    assert (values["treated_from"], values["treated_to"]) == ("23/11/2026", "26/11/2026")
    assert [one["time"] for one in values["members"]] == ["14:05 – 14:25", "14:05 – …"]
    assert values["answers"][0]["by"] == "BSCKII. Lê Thị Giả Định"
    assert values["signed_on"] == "Ngày 26 tháng 11 năm 2026"


def test_unanswered_questions_print_with_room_for_the_answer() -> None:
    values = printed(some_form(), MinutesContent(), some_questions(), {}, HANOI)
    assert [(one["number"], one["answer"]) for one in values["answers"]] == [("1", ""), ("2", "")]


@pytest.mark.parametrize(
    ("born", "precision", "expected"),
    [
        (date(1954, 11, 27), "day", "71"),
        (date(1954, 11, 26), "day", "72"),
        (date(1954, 1, 1), "year", "72"),
        (date(2024, 11, 27), "day", "23 tháng"),
        (date(2024, 11, 1), "month", "24 tháng"),
        (None, "day", ""),
    ],
)
def test_age_is_in_months_for_small_children(
    born: date | None, precision: str, expected: str
) -> None:
    assert age_text(born, precision, date(2026, 11, 26)) == expected
