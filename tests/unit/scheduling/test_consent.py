from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from scheduling.completeness import MaterialFacts, Missing, missing
from scheduling.consent import (
    Basis,
    ConsentForm,
    ConsentId,
    ConsentMethod,
    Gate,
    GivenBy,
    filed,
    gate,
    may_record,
    require_open,
    withdrawn,
)
from scheduling.content import CaseContent, ConsultationReason
from scheduling.contract import ContractId, SupportContract, contract_stands, hubs_of
from scheduling.errors import ConsentMissing, ContentRefused
from scheduling.facility import FacilityId
from scheduling.identity import PatientIdentity, Sex
from scheduling.person import PersonId
from scheduling.questions import Question

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DOCTOR = PersonId(UUID(int=3))
CONSENT = ConsentForm(
    basis=Basis.CONSENT,
    given_by=GivenBy.PATIENT,
    method=ConsentMethod.SIGNED_PAPER,
    given_at=NOW - timedelta(hours=1),
    share=True,
)
EMERGENCY = replace(
    CONSENT,
    basis=Basis.EMERGENCY,
    share=False,
    emergency_reason="Hôn mê, chưa liên lạc được gia đình",
    confirmed_by=DOCTOR,
)


def file(form: ConsentForm, doctor: bool = True) -> Any:
    return filed(ConsentId(UUID(int=9)), form, DOCTOR, doctor, NOW)


def test_nothing_is_ticked_beforehand() -> None:
    blank = ConsentForm(Basis.CONSENT, GivenBy.PATIENT, ConsentMethod.SIGNED_PAPER, NOW)
    assert (blank.share, blank.record, blank.teaching) == (False, False, False)
    assert gate(file(blank)) is Gate.NONE


def test_the_gate_is_shut_before_anything_is_filed() -> None:
    assert gate(None) is Gate.NONE
    assert not may_record(None)
    with pytest.raises(ConsentMissing):
        require_open(None, UUID(int=1))


@pytest.mark.parametrize(
    ("form", "opens", "records"),
    [
        (CONSENT, Gate.CONSENT, False),
        (replace(CONSENT, record=True), Gate.CONSENT, True),
        (replace(CONSENT, share=False, record=True), Gate.NONE, False),
        (replace(CONSENT, share=False, teaching=True), Gate.NONE, False),
        (EMERGENCY, Gate.EMERGENCY, False),
        (replace(EMERGENCY, record=True), Gate.EMERGENCY, False),
    ],
)
def test_each_purpose_has_a_box_of_its_own(form: ConsentForm, opens: Gate, records: bool) -> None:
    consent = file(form)
    assert gate(consent) is opens
    assert may_record(consent) is records


@pytest.mark.parametrize("form", [replace(CONSENT, record=True), EMERGENCY])
def test_withdrawal_shuts_the_gate_and_keeps_the_record(form: ConsentForm) -> None:
    back = withdrawn(file(form), DOCTOR, "Gia đình đổi ý", NOW)
    assert gate(back) is Gate.NONE
    assert not may_record(back)
    assert back.form == form
    assert withdrawn(back, DOCTOR, "lần nữa", NOW + timedelta(days=1)) == back


@pytest.mark.parametrize(
    ("form", "doctor", "pointers"),
    [
        (replace(CONSENT, given_at=NOW + timedelta(minutes=1)), True, ["/given_at"]),
        (replace(EMERGENCY, emergency_reason=" "), True, ["/emergency_reason"]),
        (replace(EMERGENCY, confirmed_by=None), True, ["/confirmed_by"]),
        (EMERGENCY, False, ["/confirmed_by"]),
        (replace(CONSENT, given_by=GivenBy.GUARDIAN), True, ["/giver_name", "/relation"]),
    ],
)
def test_an_incomplete_form_is_not_filed(
    form: ConsentForm, doctor: bool, pointers: list[str]
) -> None:
    with pytest.raises(ContentRefused) as refused:
        file(form, doctor)
    assert [problem.pointer for problem in refused.value.problems] == pointers


HUB, SPOKE = FacilityId(UUID(int=100)), FacilityId(UUID(int=101))
CONTRACT = SupportContract(
    ContractId(UUID(int=1)), HUB, SPOKE, "12/HĐ", date(2026, 1, 1), date(2026, 12, 31)
)


@pytest.mark.parametrize(
    ("on", "stands"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_contract_covers_its_first_and_last_day(on: date, stands: bool) -> None:
    assert contract_stands([CONTRACT], HUB, SPOKE, on) is stands
    assert (HUB in hubs_of([CONTRACT], SPOKE, on)) is stands
    assert not contract_stands([CONTRACT], SPOKE, HUB, on)


def test_a_contract_without_end_and_the_hubs_own_cases() -> None:
    assert contract_stands([replace(CONTRACT, valid_until=None)], HUB, SPOKE, date(2050, 1, 1))
    assert contract_stands([], HUB, HUB, date(2026, 1, 1))


FULL = CaseContent(
    patient_full=PatientIdentity(
        full_name="Ngô Thị Ước Lệ",
        birth_date=date(1979, 10, 3),
        sex=Sex.FEMALE,
        local_patient_code="AL-1",
    ),
    consultation_reason=ConsultationReason.UNCERTAIN_DIAGNOSIS,
    clinical_summary="Nữ 47 tuổi…",
    specialties=("Ung bướu",),
    questions=(Question(UUID(int=1), 1, "Sinh thiết?"),),
)
MATERIAL = MaterialFacts(study_count=1, image_count=12, has_excerpt=True)


def test_a_full_case_lacks_nothing() -> None:
    assert missing(FULL, Gate.CONSENT, True, MATERIAL) == ()


def test_an_empty_case_lacks_everything_in_the_order_of_the_form() -> None:
    lacking = missing(CaseContent(), Gate.NONE, False, MaterialFacts(identity_settled=False))
    assert lacking == tuple(Missing)


@pytest.mark.parametrize(
    ("content", "gate_state", "contract", "material", "slug"),
    [
        (replace(FULL, patient_full=PatientIdentity()), Gate.CONSENT, True, MATERIAL, "patient"),
        (replace(FULL, consultation_reason=None), Gate.CONSENT, True, MATERIAL, "reason"),
        (replace(FULL, questions=()), Gate.CONSENT, True, MATERIAL, "questions"),
        (replace(FULL, clinical_summary=" "), Gate.CONSENT, True, MATERIAL, "summary"),
        (replace(FULL, specialties=()), Gate.CONSENT, True, MATERIAL, "specialties"),
        (FULL, Gate.NONE, True, MATERIAL, "consent"),
        (FULL, Gate.EMERGENCY, False, MATERIAL, "contract"),
        (FULL, Gate.CONSENT, True, replace(MATERIAL, image_count=0), "images"),
        (FULL, Gate.CONSENT, True, replace(MATERIAL, has_excerpt=False), "excerpt"),
        (FULL, Gate.CONSENT, True, replace(MATERIAL, identity_settled=False), "identity"),
    ],
)
def test_each_gap_is_named(
    content: CaseContent, gate_state: Gate, contract: bool, material: MaterialFacts, slug: str
) -> None:
    assert missing(content, gate_state, contract, material) == (slug,)


def test_no_images_is_an_answer() -> None:
    without = replace(MATERIAL, image_count=0)
    assert missing(replace(FULL, no_images=True), Gate.CONSENT, True, without) == ()


def test_a_written_reason_is_a_reason() -> None:
    written = replace(FULL, consultation_reason=None, reason_text="Vượt khả năng")
    assert missing(written, Gate.CONSENT, True, MATERIAL) == ()
