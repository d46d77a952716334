"""Typed, bounded reading of one JSON object from outside; every refusal names its field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from viewer.errors import BodyInvalid

# PS3.5 9.1: digits and dots, at most 64. Leading zeros occur in the field and are let through.
_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_UID_MAX_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Fields:
    """A view on one JSON object at `pointer`; wrong fields raise `error` with their own pointer."""

    values: Mapping[str, object]
    error: type[BodyInvalid]
    pointer: str = ""

    @classmethod
    def of(cls, body: object, error: type[BodyInvalid], pointer: str = "") -> "Fields":
        """Wrap a parsed JSON value, which must be an object."""
        if not isinstance(body, Mapping):
            raise error(pointer or "/", "object-expected", "an object is expected")
        return cls(body, error, pointer)

    def refuse(self, name: str, slug: str, detail: str) -> BodyInvalid:
        """The error for the field `name`, for the caller to raise."""
        return self.error(f"{self.pointer}/{name}", slug, detail)

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        """A finite number between `low` and `high`."""
        value = self.values.get(name, default)
        return self._bounded(name, value, low, high)

    def _bounded(self, name: str, value: object, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(name, "number-expected", "a number is expected")
        if not low <= value <= high:  # refuses NaN too; isfinite would overflow on a huge integer
            raise self.refuse(name, "out-of-range", f"between {low:g} and {high:g}")
        return float(value)

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number between `low` and `high`."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refuse(name, "integer-expected", "a whole number is expected")
        if not low <= value <= high:
            raise self.refuse(name, "out-of-range", f"between {low} and {high}")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:
        """True or false."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise self.refuse(name, "flag-expected", "true or false is expected")
        return value

    def text(self, name: str, longest: int, default: str | None = None, shortest: int = 0) -> str:
        """Text of bounded length without control characters other than line breaks and tabs."""
        value = self.values.get(name, default)
        if not isinstance(value, str):
            raise self.refuse(name, "text-expected", "text is expected")
        if len(value) > longest:
            raise self.refuse(name, "too-long", f"at most {longest} characters")
        if len(value.strip()) < shortest:
            raise self.refuse(name, "missing", "this field is needed")
        if any(_is_control(character) for character in value):
            raise self.refuse(name, "bad-character", "control characters are not allowed")
        return value

    def uid(self, name: str) -> str:
        """A DICOM unique identifier."""
        value = self.text(name, _UID_MAX_CHARACTERS)
        if not _UID.fullmatch(value):
            raise self.refuse(name, "uid-expected", "a DICOM UID is expected")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of a closed list of words."""
        value = self.values.get(name, default)
        if not isinstance(value, str) or value not in allowed:
            raise self.refuse(name, "not-allowed", "one of: " + ", ".join(allowed))
        return value

    def items(self, name: str, most: int, least: int = 0) -> list[object]:
        """A list of bounded length; its entries are not yet checked."""
        value = self.values.get(name, [] if least == 0 else None)
        if not isinstance(value, list):
            raise self.refuse(name, "list-expected", "a list is expected")
        if not least <= len(value) <= most:
            raise self.refuse(name, "wrong-count", f"between {least} and {most} entries")
        return value

    def pair(self, name: str, low: float, high: float) -> tuple[float, float]:
        """Two finite numbers, each between `low` and `high`."""
        first, second = self.items(name, most=2, least=2)
        return self._bounded(f"{name}/0", first, low, high), self._bounded(
            f"{name}/1", second, low, high
        )

    def objects(self, name: str, most: int) -> list["Fields"]:
        """A list of objects, each ready to be read at its own pointer."""
        here = f"{self.pointer}/{name}"
        return [
            Fields.of(entry, self.error, f"{here}/{index}")
            for index, entry in enumerate(self.items(name, most))
        ]

    def inner(self, name: str) -> "Fields":
        """An object inside this one."""
        return Fields.of(self.values.get(name), self.error, f"{self.pointer}/{name}")

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self.values.get(name) is not None


def _is_control(character: str) -> bool:
    # Lone surrogates cannot be stored as UTF-8, in a database or in a log.
    return (character < " " and character not in "\n\r\t") or "\ud800" <= character <= "\udfff"
