"""Reading DICOM JSON (PS3.18 F.2) that may hold anything. Pure: absent and odd values are empty."""

from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]


def values(body: Json, tag: str) -> list[Any]:
    """Every value of an attribute."""
    entry = body.get(tag)
    found = entry.get("Value") if isinstance(entry, dict) else None
    return found if isinstance(found, list) else []


def first(body: Json, tag: str) -> Any:
    """The first value of an attribute, or None."""
    return next(iter(values(body, tag)), None)


def word(body: Json, tag: str) -> str:
    """The first value as text."""
    value = first(body, tag)
    return "" if value is None or isinstance(value, dict) else str(value).strip()


def items(body: Json, tag: str) -> list[Json]:
    """The items of a sequence."""
    return [item for item in values(body, tag) if isinstance(item, dict)]


def item(body: Json, tag: str) -> Json:
    """The first item of a sequence, empty where there is none."""
    return next(iter(items(body, tag)), {})


def meaning(body: Json, tag: str) -> str:
    """The meaning of a coded entry (PS3.3 8), or its code."""
    code = item(body, tag)
    return word(code, "00080104") or word(code, "00080100")


def is_number(value: Any) -> bool:
    """Whether a value is a number; JSON's true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def numbers(body: Json, tag: str) -> list[float]:
    """The values of an attribute, empty unless each is a number."""
    found = values(body, tag)
    return [float(value) for value in found] if all(map(is_number, found)) else []
