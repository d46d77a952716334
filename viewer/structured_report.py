"""A Structured Report as lines that people read (PS3.3 A.35 and C.17.3). Pure.

Read from the instance's DICOM JSON, whose text is repaired already (rule IN8): as tolerant as what
comes from the field, and bounded.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from viewer.dicom_json import Json, first, is_number, items, meaning, values, word
from viewer.dicom_json import item as item_of

LINES_MAX: Final = 4_000
VALUE_CHARACTERS_MAX: Final = 20_000
ENCAPSULATED_PDF: Final = "1.2.840.10008.5.1.4.1.1.104.1"
_REPORTS: Final = "1.2.840.10008.5.1.4.1.1.88."
KEY_OBJECTS: Final = f"{_REPORTS}59"  # a list of images, no report
_NO_UNIT: Final = ("1", "{counts}")  # UCUM's words for a bare number
_CONTENT, _NAME, _RELATION = "0040A730", "0040A043", "0040A010"
# PS3.3 C.17.3.2.1: value type -> kind of line, attribute of its value.
_PLAIN: Final = {
    "TEXT": ("text", "0040A160"),
    "PNAME": ("person", "0040A123"),
    "DATE": ("date", "0040A121"),
    "TIME": ("time", "0040A122"),
    "DATETIME": ("datetime", "0040A120"),
    "UIDREF": ("uid", "0040A124"),
    "SCOORD": ("shape", "00700023"),
    "SCOORD3D": ("shape", "00700023"),
    "TCOORD": ("shape", "0040A130"),
}
_FORMS: Final = {
    "date": re.compile(r"(?P<day>\d{8})", re.ASCII),
    "time": re.compile(r"(?P<time>\d{4}(?:\d\d)?)", re.ASCII),
    "datetime": re.compile(r"(?P<day>\d{8})(?P<time>\d{4}(?:\d\d)?)?", re.ASCII),
}
_REFERENCES: Final = ("IMAGE", "COMPOSITE", "WAVEFORM")
# PS3.3 C.17.3.2.4: what says how something is meant rather than what was found.
_BESIDE: Final = ("HAS CONCEPT MOD", "HAS OBS CONTEXT", "HAS ACQ CONTEXT")


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One content item; `depth` 0 is what the document itself contains.

    `kind`: heading, text, number, code, person, date, time, datetime, uid, shape or reference.
    Dates and times are ISO 8601 where the file's are sound. `sop_uid` is what a reference names.
    `beside`: it says how the line above is meant. `concept` is the name's code in PS3.16.
    `withheld`: something of it is not for the reader.
    """

    depth: int
    kind: str
    name: str
    value: str = ""
    unit: str = ""
    sop_uid: str = ""
    beside: bool = False
    concept: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A report; `is_cut` when it had more lines or longer values than are given."""

    title: str
    at: str
    is_complete: bool
    verified_by: tuple[str, ...]
    is_verified: bool
    lines: tuple[ReportLine, ...]
    is_cut: bool


def is_report(sop_class_uid: str) -> bool:
    """Whether instances of this class are Structured Reports for people."""
    return sop_class_uid.startswith(_REPORTS) and sop_class_uid != KEY_OBJECTS


def report_of(said: Json) -> Report:
    """The report in an instance's DICOM JSON (PS3.18 F.2); empty where that says nothing."""
    found = list(islice(_lines(said, 0), LINES_MAX + 1))
    long = any(len(line.value) > VALUE_CHARACTERS_MAX for line in found)
    observers = (_person(first(item, "0040A075")) for item in items(said, "0040A073"))
    return Report(
        title=meaning(said, _NAME),
        at=_instant(word(said, "00080023") + word(said, "00080033")),
        is_complete=word(said, "0040A491") == "COMPLETE",
        verified_by=tuple(filter(None, observers)),
        is_verified=word(said, "0040A493") == "VERIFIED",
        lines=tuple(map(_shortened, found[:LINES_MAX])),
        is_cut=long or len(found) > LINES_MAX,
    )


def _shortened(line: ReportLine) -> ReportLine:
    return replace(line, value=line.value[:VALUE_CHARACTERS_MAX])


def _lines(parent: Json, depth: int) -> Iterator[ReportLine]:
    """Items that only point at another one (PS3.3 C.17.3.2.5) add nothing to read."""
    for item in items(parent, _CONTENT):
        line = _line(item, depth)
        if line is not None:
            yield line
        # An unnamed container is but a bracket: what is in it belongs to the level above.
        yield from _lines(item, depth + (line is not None))


def _line(item: Json, depth: int) -> ReportLine | None:
    kind, name = word(item, "0040A040"), meaning(item, _NAME)
    beside = word(item, _RELATION) in _BESIDE
    line = ReportLine(depth, "heading", name, beside=beside, concept=_dicom_code(item))
    if kind == "CONTAINER":
        return line if name else None
    if kind == "CODE":
        return replace(line, kind="code", value=meaning(item, "0040A168"))
    if kind == "NUM":
        value, unit = _measured(item)
        return replace(line, kind="number", value=value, unit=unit)
    if kind in _REFERENCES:
        target = item_of(item, "00081199")
        frames = ", ".join(str(each) for each in values(target, "00081160"))
        return replace(line, kind="reference", value=frames, sop_uid=word(target, "00081155"))
    if kind in _PLAIN:
        shown, tag = _PLAIN[kind]
        return replace(line, kind=shown, value=_shown(shown, first(item, tag)))
    return None


def _dicom_code(item: Json) -> str:
    code = item_of(item, _NAME)
    return word(code, "00080100") if word(code, "00080102") == "DCM" else ""


def _measured(item: Json) -> tuple[str, str]:
    """Value and unit; without a value, why there is none (PS3.3 C.18.1)."""
    measured = item_of(item, "0040A300")
    found = [f"{each:.15g}" for each in values(measured, "0040A30A") if is_number(each)]
    if not found:
        return meaning(item, "0040A301"), ""
    unit = item_of(measured, "004008EA")
    code = word(unit, "00080100")
    return ", ".join(found), "" if code in _NO_UNIT else word(unit, "00080104") or code


def _shown(kind: str, value: Any) -> str:
    if kind == "person":
        return _person(value)
    text = "" if value is None else str(value)
    if kind in ("date", "time", "datetime"):
        return _instant(text, kind)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _instant(text: str, kind: str = "datetime") -> str:
    """DA, TM or DT (PS3.5 6.2) without fraction of a second and offset; as it is if it is none."""
    digits = re.split(r"[.+-]", text.strip())[0]
    parts = _FORMS[kind].fullmatch(digits)
    if parts is None:
        return text.strip()
    day, time = parts.groupdict().get("day"), parts.groupdict().get("time")
    said = [f"{day[:4]}-{day[4:6]}-{day[6:]}"] if day else []
    said += [":".join(time[at : at + 2] for at in range(0, len(time), 2))] if time else []
    return "T".join(said)


def _person(value: Any) -> str:
    """A person name (PS3.5 6.2.1) as it is spoken: its groups' parts without carets."""
    groups = value.values() if isinstance(value, dict) else [value or ""]
    parts = " ".join(str(next(iter(groups), "")).split("^"))
    return " ".join(parts.split())
