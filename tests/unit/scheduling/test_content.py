from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.content import (
    CaseContent,
    ConsultationReason,
    from_json,
    patched,
    to_json,
    warnings,
)
from scheduling.errors import ContentRefused
from scheduling.identifiers import has_icd10_shape, is_facility_code, patient_warnings
from scheduling.identity import BirthDatePrecision, PatientIdentity, Sex
from scheduling.questions import QuestionInput, numbered

CASE = UUID(int=5)
TODAY = date(2026, 11, 22)


def save(content: CaseContent, version: int = 2, **patch: Any) -> CaseContent:
    return patched(content, patch, CASE, version, TODAY)


def test_a_patch_merges_objects_replaces_lists_and_empties_by_null() -> None:
    first = save(
        CaseContent(),
        patient_full={"full_name": "Nguyễn Thị Mẫu", "sex": "F"},
        specialties=["Hô hấp", "Tim mạch"],
        consultation_reason="emergency",
    )
    second = save(
        first,
        patient_full={"birth_date": "1980-09-21"},
        specialties=["Hô hấp", "Hô hấp", ""],
        consultation_reason=None,
    )
    assert second.patient_full.full_name == "Nguyễn Thị Mẫu"
    assert second.patient_full.birth_date == date(1980, 9, 21)
    assert second.specialties == ("Hô hấp",)
    assert first.consultation_reason is ConsultationReason.EMERGENCY
    assert second.consultation_reason is None


def test_content_survives_its_json_form() -> None:
    content = save(
        CaseContent(),
        patient_full={"full_name": "Vàng A Mẫu", "birth_date": "2022-05-30", "sex": "M"},
        diagnosis={"main_icd10": "J18", "main_text": "Viêm phổi", "other": [{"icd10": "E43"}]},
        questions=[{"text": "Có cần dẫn lưu?"}],
        no_images=True,
    )
    assert from_json(to_json(content)) == content


def test_questions_are_numbered_and_keep_their_ids_through_reordering() -> None:
    content = save(CaseContent(), questions=[{"text": "Một?"}, {"text": "Hai?"}, {"text": "  "}])
    one, two = content.questions
    again = save(
        content,
        version=3,
        questions=[
            {"id": str(two.id), "text": "Hai?"},
            {"text": "Ba?"},
            {"id": str(one.id), "text": "Một?"},
        ],
    )
    assert [q.number for q in again.questions] == [1, 2, 3]
    assert (again.questions[0].id, again.questions[2].id) == (two.id, one.id)


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8", categories=["L", "Zs"])), max_size=20),
    version=st.integers(1, 99),
)
def test_question_ids_are_unique_and_numbers_run_from_one(texts: list[str], version: int) -> None:
    foreign = UUID(int=999)
    found = numbered([QuestionInput(text, foreign) for text in texts], CASE, version)
    assert [q.number for q in found] == list(range(1, len(found) + 1))
    assert len({q.id for q in found}) == len(found)
    assert foreign not in {q.id for q in found}


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"unknown": 1}, "/unknown"),
        ({"patient_full": {"sex": "X"}}, "/patient_full/sex"),
        ({"patient_full": {"birth_date": "hôm qua"}}, "/patient_full/birth_date"),
        ({"patient_full": {"birth_date": "2026-11-23"}}, "/patient_full/birth_date"),
        ({"patient_full": {"birth_date": "1899-12-31"}}, "/patient_full/birth_date"),
        ({"patient_full": {"full_name": "a" * 121}}, "/patient_full/full_name"),
        ({"patient_full": 3}, "/patient_full"),
        ({"clinical_summary": "x" * 20_001}, "/clinical_summary"),
        ({"clinical_summary": "\ud800"}, "/clinical_summary"),
        ({"questions": [{"text": 5}]}, "/questions/0/text"),
        ({"questions": "một"}, "/questions"),
        ({"questions": [{"text": "q"}] * 21}, "/questions"),
        ({"diagnosis": {"other": [{"icd10": "x" * 11}]}}, "/diagnosis/other/0/icd10"),
        ({"specialties": ["s"] * 13}, "/specialties"),
        ({"encounter": {"admitted_on": "2026-12-01"}}, "/encounter/admitted_on"),
        ({"patient_full": {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}}, "/patient_full/a"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_saved(patch: dict[str, Any], pointer: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        patched(CaseContent(), patch, CASE, 2, TODAY)
    assert pointer in [problem.pointer for problem in refused.value.problems]


def test_nobody_is_admitted_before_birth() -> None:
    with pytest.raises(ContentRefused) as refused:
        save(
            CaseContent(),
            patient_full={"birth_date": "2026-11-20"},
            encounter={"admitted_on": "2026-11-19"},
        )
    assert refused.value.problems[0].slug == "admitted-before-birth"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
fields = st.sampled_from([*CaseContent.__dataclass_fields__, "nonsense"])


@given(patch=st.dictionaries(fields, json_values, max_size=4))
def test_any_json_is_taken_or_refused_with_pointers(patch: dict[str, Any]) -> None:
    pointers: tuple[str, ...] | None = None
    content = CaseContent()
    try:
        content = patched(content, patch, CASE, 2, TODAY)
    except ContentRefused as refused:
        pointers = tuple(problem.pointer for problem in refused.problems)
    assert pointers is None or (pointers and all(p.startswith("/") for p in pointers))
    assert from_json(to_json(content)) == content


def identity(**changes: Any) -> PatientIdentity:
    known = PatientIdentity(
        full_name="Lường Văn Minh Hoạ",
        birth_date=date(1954, 3, 2),
        sex=Sex.MALE,
        personal_id_number="099054000001",
        health_insurance_number="DT2009900000001",
    )
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("changes", "slugs"),
    [
        ({}, []),
        ({"sex": Sex.FEMALE}, ["personal-id-sex"]),
        ({"birth_date": date(1955, 3, 2)}, ["personal-id-birth-year"]),
        ({"personal_id_number": "09905400"}, ["personal-id-shape"]),
        ({"personal_id_number": "123456789"}, []),
        ({"personal_id_number": "099954000001"}, ["personal-id-century"]),
        ({"health_insurance_number": "9900000001"}, []),
        ({"health_insurance_number": "DT2009900000001;9900000001"}, []),
        ({"health_insurance_number": "DT9"}, ["health-insurance-shape"]),
        ({"birth_date_precision": BirthDatePrecision.YEAR}, ["birth-date-not-exact"]),
    ],
)
def test_odd_identifiers_warn(changes: dict[str, Any], slugs: list[str]) -> None:
    assert [w.slug for w in patient_warnings(identity(**changes))] == slugs


def test_long_texts_and_odd_codes_warn_with_their_field() -> None:
    content = save(
        CaseContent(),
        clinical_summary="x" * 4001,
        diagnosis={"main_icd10": "I62.0", "other": [{"icd10": "viêm"}]},
    )
    assert {(w.pointer, w.slug) for w in warnings(content)} == {
        ("/clinical_summary", "longer-than-emr-takes"),
        ("/diagnosis/other/0/icd10", "icd10-shape"),
    }


@pytest.mark.parametrize("code", ["A00", "I62.0", "Z99.9", "A17.0†", "G01*", "S06.50"])
def test_icd10_shapes(code: str) -> None:
    assert has_icd10_shape(code)


@pytest.mark.parametrize("code", ["", "A0", "a00", "A00.", "I62,0"])
def test_other_shapes_are_not_icd10(code: str) -> None:
    assert not has_icd10_shape(code)


def test_facility_code_has_five_digits() -> None:
    assert is_facility_code("00101")
    assert not is_facility_code("1")


def test_a_patient_is_known_by_name_birth_sex_and_one_number() -> None:
    assert identity().is_known
    assert not identity(personal_id_number="", health_insurance_number="").is_known
    assert not identity(sex=Sex.UNKNOWN).is_known
