"""Shapes of Vietnamese identifiers. They warn, they never block: old cards and mergers are real."""

import re
from collections.abc import Iterator

from scheduling.errors import FieldProblem
from scheduling.identity import BirthDatePrecision, PatientIdentity, Sex

_PERSONAL_ID = re.compile(r"\d{12}")
_OLD_IDENTITY_CARD = re.compile(r"\d{9}")
_INSURANCE_CARD = re.compile(r"[A-Z]{2}[1-5]\d{12}")
_SOCIAL_INSURANCE = re.compile(r"\d{10}|\d{12}")
_ICD10 = re.compile(r"[A-Z]\d{2}(\.\d{1,2})?[†*]?")
_FACILITY_CODE = re.compile(r"\d{5}")
# Fourth digit of the number: century and sex of birth (Decree 70/2024, art. 7).
_CENTURY_SEX = {
    "0": (1900, Sex.MALE),
    "1": (1900, Sex.FEMALE),
    "2": (2000, Sex.MALE),
    "3": (2000, Sex.FEMALE),
}


def personal_id_warnings(patient: PatientIdentity) -> Iterator[str]:
    """Slugs of what looks wrong with the personal identification number."""
    number = patient.personal_id_number
    if not number or _OLD_IDENTITY_CARD.fullmatch(number):
        return
    if not _PERSONAL_ID.fullmatch(number):
        yield "personal-id-shape"
        return
    century, sex = _CENTURY_SEX.get(number[3], (None, Sex.UNKNOWN))
    if century is None:
        yield "personal-id-century"
        return
    if patient.sex is not Sex.UNKNOWN and sex is not patient.sex:
        yield "personal-id-sex"
    if patient.birth_date and century + int(number[4:6]) != patient.birth_date.year:
        yield "personal-id-birth-year"


def insurance_warnings(numbers: str) -> Iterator[str]:
    """Slugs of what looks wrong with BHYT numbers; several cards are joined with ";"."""
    cards = [card.strip().upper() for card in numbers.split(";") if card.strip()]
    if any(
        not _INSURANCE_CARD.fullmatch(card) and not _SOCIAL_INSURANCE.fullmatch(card)
        for card in cards
    ):
        yield "health-insurance-shape"


def patient_warnings(patient: PatientIdentity) -> tuple[FieldProblem, ...]:
    """Everything worth a second look in an identity, as pointers into the case."""
    found = [
        FieldProblem("/patient_full/personal_id_number", slug)
        for slug in personal_id_warnings(patient)
    ]
    found += [
        FieldProblem("/patient_full/health_insurance_number", slug)
        for slug in insurance_warnings(patient.health_insurance_number)
    ]
    if patient.birth_date_precision is not BirthDatePrecision.DAY:
        found.append(FieldProblem("/patient_full/birth_date", "birth-date-not-exact"))
    return tuple(found)


def has_icd10_shape(code: str) -> bool:
    """True for a code shaped like "I62.0"; whether the catalogue has it is another question."""
    return bool(_ICD10.fullmatch(code))


def is_facility_code(code: str) -> bool:
    """True for MA_CSKCB, five digits."""
    return bool(_FACILITY_CODE.fullmatch(code))
