"""Is the patient in the images the patient of the case? Pure.

Patient ID, birth date and sex decide; the name is only a soft signal, since it arrives without
accents, in upper case, or cut. A mismatch blocks presenting until a named person confirms it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from viewer.person_text import accentless_key, spoken_name

_SEXES: Final = frozenset({"M", "F"})


class IdentityStatus(StrEnum):
    """What the comparison says; `missing` means the images do not say enough."""

    MATCH = "match"
    MISMATCH = "mismatch"
    MISSING = "missing"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class ImagePatient:
    """What the headers say; empty text where they say nothing. The birth date is YYYYMMDD."""

    patient_id: str = ""
    birth_date: str = ""
    sex: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class CasePatient:
    """What the case says: every number the patient goes by, and a birth date with its precision."""

    numbers: frozenset[str] = frozenset()
    birth_date: date | None = None
    birth_date_precision: str = "day"
    sex: str = "U"
    full_name: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that does not agree."""

    field: str
    in_image: str
    in_case: str


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """The verdict with its reasons; `name_agrees` never decides."""

    status: IdentityStatus
    differences: tuple[Difference, ...]
    name_agrees: bool


def check(images: tuple[ImagePatient, ...], case: CasePatient) -> IdentityCheck:
    """Compare every patient that the headers of one study name with the case."""
    differences = tuple(dict.fromkeys(d for image in images for d in _differences(image, case)))
    if differences:
        status = IdentityStatus.MISMATCH
    elif images and all(_said_enough(image, case) for image in images):
        status = IdentityStatus.MATCH
    else:
        status = IdentityStatus.MISSING
    return IdentityCheck(status, differences, all(_name_agrees(i, case) for i in images))


def with_confirmation(
    verdict: IdentityCheck, confirmed: tuple[Difference, ...] | None
) -> IdentityCheck:
    """The verdict after a person confirmed these differences; new differences need a new one."""
    needed = verdict.status is not IdentityStatus.MATCH
    if confirmed is None or not needed or not set(verdict.differences) <= set(confirmed):
        return verdict
    return IdentityCheck(IdentityStatus.CONFIRMED, verdict.differences, verdict.name_agrees)


def _differences(image: ImagePatient, case: CasePatient) -> list[Difference]:
    found = []
    numbers = {_number(number) for number in case.numbers if _number(number)}
    if image.patient_id and numbers and _number(image.patient_id) not in numbers:
        found.append(Difference("patient_id", image.patient_id, " / ".join(sorted(case.numbers))))
    if _birth_date_differs(image.birth_date, case):
        found.append(Difference("birth_date", image.birth_date, _case_birth_date(case)))
    if image.sex in _SEXES and case.sex in _SEXES and image.sex != case.sex:
        found.append(Difference("sex", image.sex, case.sex))
    return found


def _said_enough(image: ImagePatient, case: CasePatient) -> bool:
    """Number known on both sides, and one of birth date and sex beside it."""
    beside = (image.birth_date and case.birth_date) or (image.sex in _SEXES and case.sex in _SEXES)
    return bool(image.patient_id and case.numbers and beside)


def _number(text: str) -> str:
    # Spaces, dots and leading zeros are habits of the console, not parts of the number.
    return "".join(c for c in text.upper() if c.isalnum()).lstrip("0")


def _birth_date_differs(in_image: str, case: CasePatient) -> bool:
    digits = in_image.replace(".", "").replace("-", "")
    if case.birth_date is None or len(digits) < 4 or not digits.isdecimal():
        return False
    # Year-only birth dates are common; many consoles then fill in 1 January.
    length = {"year": 4, "month": 6}.get(case.birth_date_precision, 8)
    return digits[:length] != case.birth_date.strftime("%Y%m%d")[:length][: len(digits)]


def _case_birth_date(case: CasePatient) -> str:
    if case.birth_date is None:
        return ""
    length = {"year": 4, "month": 7}.get(case.birth_date_precision, 10)
    return case.birth_date.isoformat()[:length]


def _name_agrees(image: ImagePatient, case: CasePatient) -> bool:
    said = set(accentless_key(spoken_name(image.name)).split())
    known = set(accentless_key(case.full_name).split())
    return not said or not known or len(said & known) >= min(2, len(said), len(known))
