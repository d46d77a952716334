"""What a screen or list shows of a patient: never the full name, never the whole number."""

import unicodedata
from datetime import date

from scheduling.identity import BirthDatePrecision

_SHOWN_DIGITS = 3
_MASKABLE_LENGTH = 8
_MONTHS_SHOWN_BELOW = 72  # children under six are told in months on Vietnamese forms


def _initial(word: str) -> str:
    letter = unicodedata.normalize("NFC", word)[0]
    return unicodedata.normalize("NFC", letter.upper())[0] + "."


def display_name(full_name: str) -> str:
    """Family name in capitals, initials for the rest: "Nguyễn Thị Mẫu" -> "NGUYỄN T. M.".

    A name of one word shows its initial only, since that word is the whole name.
    """
    words = unicodedata.normalize("NFC", full_name).split()
    if len(words) < 2:
        return " ".join(_initial(word) for word in words)
    return " ".join([words[0].upper(), *(_initial(word) for word in words[1:])])


def masked_id(*numbers: str) -> str:
    """Mask the first non-empty identifier but its last three characters."""
    number = next((n for n in numbers if n), "")
    if len(number) < _MASKABLE_LENGTH:
        return "•" * len(number)
    return "•" * (len(number) - _SHOWN_DIGITS) + number[-_SHOWN_DIGITS:]


def _whole_months(born: date, on: date) -> int:
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


def age_years(born: date | None, precision: BirthDatePrecision, on: date) -> int | None:
    """Completed years, or the difference of years when only the year is known."""
    if born is None or born > on:
        return None
    if precision is BirthDatePrecision.YEAR:
        return on.year - born.year
    if precision is BirthDatePrecision.MONTH:
        born = born.replace(day=1)
    return _whole_months(born, on) // 12


def age_months(born: date | None, precision: BirthDatePrecision, on: date) -> int | None:
    """Completed months of a child under six whose birth month is known, else None."""
    if born is None or born > on or precision is BirthDatePrecision.YEAR:
        return None
    months = _whole_months(born, on)
    return months if months < _MONTHS_SHOWN_BELOW else None
