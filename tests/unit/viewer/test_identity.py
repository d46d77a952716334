from datetime import date

import pytest

from viewer.identity import (
    CasePatient,
    Difference,
    IdentityStatus,
    ImagePatient,
    check,
    with_confirmation,
)

CASE = CasePatient(
    numbers=frozenset({"NK-240001", "099054000001"}),
    birth_date=date(1954, 3, 2),
    sex="M",
    full_name="Lường Văn Minh",
)
SAME = ImagePatient("NK-240001", "19540302", "M", "LUONG^VAN MINH")


def test_same_patient_matches_and_name_without_accents_agrees() -> None:
    verdict = check((SAME,), CASE)
    assert (verdict.status, verdict.differences) == (IdentityStatus.MATCH, ())
    assert verdict.name_agrees


@pytest.mark.parametrize(
    ("image", "field"),
    [
        (ImagePatient("NK-240002", "19540302", "M"), "patient_id"),
        (ImagePatient("NK-240001", "19540303", "M"), "birth_date"),
        (ImagePatient("NK-240001", "19540302", "F"), "sex"),
    ],
)
def test_each_difference_is_a_mismatch(image: ImagePatient, field: str) -> None:
    verdict = check((SAME, image), CASE)
    assert verdict.status is IdentityStatus.MISMATCH
    assert [difference.field for difference in verdict.differences] == [field]


@pytest.mark.parametrize(
    "image",
    [ImagePatient(), ImagePatient(birth_date="19540302", sex="M"), ImagePatient("NK-240001")],
)
def test_headers_that_say_too_little_need_a_person(image: ImagePatient) -> None:
    assert check((image,), CASE).status is IdentityStatus.MISSING


def test_habits_of_consoles_are_no_difference() -> None:
    loose = ImagePatient(" nk240001 ", "1954.03.02", "O")
    assert check((loose,), CASE).status is IdentityStatus.MATCH


def test_year_only_birth_date_is_compared_by_year() -> None:
    year = CasePatient(CASE.numbers, date(1954, 1, 1), "year", "M")
    assert check((SAME,), year).status is IdentityStatus.MATCH
    other = ImagePatient("NK-240001", "19550101", "M")
    assert check((other,), year).differences[0].in_case == "1954"


def test_name_alone_decides_nothing() -> None:
    verdict = check((ImagePatient("NK-240001", "19540302", "M", "TRAN THI B"),), CASE)
    assert verdict.status is IdentityStatus.MATCH
    assert not verdict.name_agrees


def test_confirmation_covers_only_the_differences_that_were_seen() -> None:
    verdict = check((ImagePatient("X", "19540302", "M"),), CASE)
    seen = verdict.differences
    assert with_confirmation(verdict, None) == verdict
    assert with_confirmation(verdict, seen).status is IdentityStatus.CONFIRMED
    assert with_confirmation(verdict, (Difference("sex", "F", "M"),)) == verdict
    worse = check((ImagePatient("X", "19540302", "F"),), CASE)
    assert with_confirmation(worse, seen).status is IdentityStatus.MISMATCH
