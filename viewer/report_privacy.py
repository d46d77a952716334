"""A report for those who may not know whose it is. Pure."""

from dataclasses import replace
from typing import Final

from viewer.free_text import without_identity
from viewer.structured_report import Report, ReportLine

# PS3.16 TID 1007: UID, name, ID and birth date of whom the report is about.
_SUBJECT: Final = frozenset({"121028", "121029", "121030", "121031"})
_TELLING_KINDS: Final = ("person", "uid")


def without_patient(report: Report, telling: frozenset[str]) -> Report:
    """The report with every value left out that names the patient; `telling` as in free text."""
    lines = tuple(_without_patient(line, telling) for line in report.lines)
    return replace(report, title=without_identity(report.title, telling), lines=lines)


def _without_patient(line: ReportLine, telling: frozenset[str]) -> ReportLine:
    tells = line.kind in _TELLING_KINDS or line.concept in _SUBJECT
    name, value = (without_identity(text, telling) for text in (line.name, line.value))
    if not tells and (name, value) == (line.name, line.value):
        return line
    return replace(line, name=name, value="" if tells else value, withheld=True)
