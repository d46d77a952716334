"""Who the patient is: the identity the asking hospital keeps, with its precision."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from pydantic import ConfigDict

from scheduling.plain_text import Line, ShortLine


class Sex(StrEnum):
    """Administrative sex as printed on the forms; U while unknown."""

    MALE = "M"
    FEMALE = "F"
    UNKNOWN = "U"


class BirthDatePrecision(StrEnum):
    """How much of the birth date is known; the elderly often know the year only."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class PatientIdentity:
    """Full identity, kept from every facility but the asking one until the consent gate opens."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    full_name: ShortLine = ""
    birth_date: date | None = None
    birth_date_precision: BirthDatePrecision = BirthDatePrecision.DAY
    sex: Sex = Sex.UNKNOWN
    personal_id_number: ShortLine = ""
    health_insurance_number: ShortLine = ""
    local_patient_code: ShortLine = ""
    address: Line = ""

    @property
    def is_known(self) -> bool:
        """True when the patient can be told from another: name, birth date, sex, one number."""
        numbers = (
            self.personal_id_number,
            self.health_insurance_number,
            self.local_patient_code,
        )
        return bool(
            self.full_name and self.birth_date and self.sex is not Sex.UNKNOWN and any(numbers)
        )
