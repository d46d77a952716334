"""Values of raw elements as DICOM JSON (PS3.18 F.2), without pydicom's objects in between.

What pydicom would make of the bytes, for the value representations of every day; whatever is
unusual about a value is left to pydicom (None), so that there is one opinion on it.
"""

import struct
from collections.abc import Callable
from typing import Any, Final

from pydicom.dataelem import RawDataElement

# First and third value of these are unsigned whatever the representation says (PS3.3 C.11.1.1.1).
_LUT_DESCRIPTORS: Final = frozenset({0x00281101, 0x00281102, 0x00281103, 0x00283002})
# Longer integers are not exact as a double: pydicom then keeps something else.
_EXACT_DIGITS: Final = 15
_PADDING: Final = " \0"
ONE_TEXT: Final = frozenset({"LT", "ST", "UT"})  # a backslash in them is a backslash (PS3.5 6.2)


def plain_values(vr: str, raw: RawDataElement) -> list[Any] | None:
    """The values of an element of no character set; [] if it is empty, None: ask pydicom."""
    read = _READERS.get(vr)
    if read is None or raw.value is None or raw.tag in _LUT_DESCRIPTORS:
        return None
    return read(raw.value, raw.is_little_endian) if raw.value else []


def text_values(vr: str, text: str) -> list[Any] | None:
    """The values of an element of text; None: ask pydicom."""
    if not text:
        return []
    if vr == "PN":
        return None if "=" in text or "\\" in text else [{"Alphabetic": text}]
    return [text] if vr in ONE_TEXT else text.split("\\")


def _codes(value: bytes, _little: bool) -> list[Any]:
    return _unless_empty(value.decode("latin-1").rstrip(_PADDING).split("\\"))


def _titles(value: bytes, _little: bool) -> list[Any]:
    return _unless_empty([each.strip() for each in value.decode("latin-1").split("\\")])


def _uids(value: bytes, _little: bool) -> list[Any]:
    items = value.decode("latin-1").rstrip(_PADDING).split("\\")
    return _unless_empty([each.strip() for each in items])


def _address(value: bytes, _little: bool) -> list[Any]:
    return _unless_empty([value.decode("latin-1").rstrip()])


def _unless_empty(items: list[Any]) -> list[Any]:
    return items if items != [""] else []


def _decimals(value: bytes, _little: bool) -> list[Any] | None:
    items = value.decode("latin-1").strip().rstrip(_PADDING).split("\\")
    try:
        return [float(each) for each in items] if items != [""] else []
    except ValueError:
        return None


def _integers(value: bytes, _little: bool) -> list[Any] | None:
    items = value.decode("latin-1").rstrip(_PADDING).split("\\")
    if max(map(len, items)) > _EXACT_DIGITS:
        return None
    try:
        return [int(each) for each in items] if items != [""] else []
    except ValueError:
        return None


def _tags(value: bytes, little: bool) -> list[Any] | None:
    if len(value) % 4:
        return None
    halves = struct.unpack(f"{'<' if little else '>'}{len(value) // 2}H", value)
    return [f"{halves[at]:04X}{halves[at + 1]:04X}" for at in range(0, len(halves), 2)]


def _numbers(code: str) -> Callable[[bytes, bool], list[Any] | None]:
    size = struct.calcsize(f"={code}")

    def read(value: bytes, little: bool) -> list[Any] | None:
        if len(value) % size:
            return None
        return list(struct.unpack(f"{'<' if little else '>'}{len(value) // size}{code}", value))

    return read


_READERS: Final[dict[str, Callable[[bytes, bool], list[Any] | None]]] = {
    **dict.fromkeys(("AS", "CS", "DA", "DT", "TM"), _codes),
    "AE": _titles,
    "UI": _uids,
    "UR": _address,
    "DS": _decimals,
    "IS": _integers,
    "AT": _tags,
    **{
        vr: _numbers(code)
        for vr, code in {
            **{"US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q"},
            **{"FL": "f", "FD": "d"},
        }.items()
    },
}
