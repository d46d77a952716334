"""Structured Reports as lines: the standard's own kinds of content, and whatever comes. SR1-SR4."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.image_room import a_sample
from viewer.header import read_header
from viewer.structured_report import (
    LINES_MAX,
    VALUE_CHARACTERS_MAX,
    Report,
    ReportLine,
    is_report,
    report_of,
)
from viewer.study import Header


def _read(path: Path) -> Report:
    header = read_header(path, "/dicomweb")
    assert isinstance(header, Header)
    return report_of(json.loads(gzip.decompress(header.metadata)))


def _code(meaning: str, code: str = "1") -> dict[str, Any]:
    return {
        "vr": "SQ",
        "Value": [{"00080104": {"Value": [meaning]}, "00080100": {"Value": [code]}}],
    }


def _item(kind: str, name: str, relation: str = "CONTAINS", **more: Any) -> dict[str, Any]:
    said = {"0040A040": {"Value": [kind]}, "0040A010": {"Value": [relation]}}
    return {**said, "0040A043": _code(name), **more}


def _report(*items: dict[str, Any], **more: Any) -> Report:
    return report_of({"0040A730": {"vr": "SQ", "Value": list(items)}, **more})


def test_sr1_a_document_with_every_kind_of_content_is_read() -> None:
    report = _read(a_sample("test-SR.dcm"))
    assert (report.title, report.at) == ("Diagnosis", "2001-02-13T18:47:46")
    assert report.is_complete
    assert report.is_verified
    assert report.verified_by == ("Riesmeier Jörg", "Observer Verifying")
    assert not report.is_cut
    assert report.lines[1:6] == (
        ReportLine(0, "text", "Text Code", "A mass of"),
        ReportLine(1, "code", "Code", "Sample Code 1", beside=True),
        ReportLine(1, "code", "Code", "Sample Code 2", beside=True),
        ReportLine(0, "number", "Diameter", "3", "Length Unit"),
        ReportLine(1, "code", "Code", "Sample Code", beside=True),
    )
    kinds = {line.kind for line in report.lines}
    assert kinds == {
        "text",
        "code",
        "number",
        "uid",
        "shape",
        "reference",
        "date",
        "time",
        "datetime",
    }
    said = {line.name: line.value for line in report.lines}
    assert said["Date"] == "2000-12-06"
    assert said["Time"] == "12:00:00"
    assert said["DateTime"] == "2000-12-06T12:00:00"


def test_sr1_a_draft_is_told_from_a_finished_report() -> None:
    report = _read(a_sample("reportsi.dcm"))
    assert (report.title, report.is_complete, report.is_verified) == (
        "Document Title",
        False,
        False,
    )
    assert [(line.depth, line.kind, line.name) for line in report.lines[4:7]] == [
        (0, "heading", "Section Heading"),
        (1, "text", "Report Text"),
        (2, "reference", "Image Reference"),
    ]


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [
        ([4.5], _code("milligray", "mGy"), ("4.5", "milligray")),
        ([3.0], _code("no units", "1"), ("3", "")),
        ([0.1], _code("", "mm"), ("0.1", "mm")),
        ([], _code("milligray", "mGy"), ("", "")),
    ],
)
def test_sr2_numbers_keep_their_unit(
    number: list[float], unit: Any, shown: tuple[str, str]
) -> None:
    measured = {"0040A30A": {"Value": number}, "004008EA": unit}
    (line,) = _report(_item("NUM", "CTDIvol", **{"0040A300": {"Value": [measured]}})).lines
    assert (line.value, line.unit) == shown


def test_sr2_what_could_not_be_measured_says_why() -> None:
    why = {"0040A301": _code("Không đo được")}
    (line,) = _report(_item("NUM", "CTDIvol", **why)).lines
    assert line.value == "Không đo được"


def test_sr3_containers_without_a_name_add_no_level() -> None:
    inner = _item("TEXT", "Kết luận", **{"0040A160": {"Value": ["Không thấy máu tụ\r\nmới"]}})
    bracket = {"0040A040": {"Value": ["CONTAINER"]}, "0040A730": {"Value": [inner]}}
    (line,) = _report(bracket).lines
    assert line == ReportLine(0, "text", "Kết luận", "Không thấy máu tụ\nmới")


def test_sr4_long_reports_are_cut_and_say_so() -> None:
    text = _item("TEXT", "a", **{"0040A160": {"Value": ["ă" * (VALUE_CHARACTERS_MAX + 1)]}})
    assert _report(text).is_cut
    assert len(_report(text).lines[0].value) == VALUE_CHARACTERS_MAX
    many = _report(*[_item("UIDREF", "b")] * (LINES_MAX + 1))
    assert (len(many.lines), many.is_cut) == (LINES_MAX, True)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Value", "vr", "0040A730", "0040A040", "0040A043", "0040A300", "Alphabetic"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    _ANYTHING, st.sampled_from(["NUM", "PNAME", "IMAGE", "CODE", "DATE", "SCOORD", "CONTAINER", ""])
)
def test_sr4_whatever_a_header_holds_is_read_or_left_out(anything: Any, kind: str) -> None:
    tags = ("0040A160", "0040A123", "0040A121", "0040A168", "0040A300", "00081199", "00700023")
    item = {tag: {"Value": [anything]} for tag in tags} | {"0040A040": {"Value": [kind]}}
    report = _report(item, anything if isinstance(anything, dict) else {}, **{"0040A073": item})
    assert len(report.lines) <= LINES_MAX


def test_sr4_key_objects_are_no_report() -> None:
    assert is_report("1.2.840.10008.5.1.4.1.1.88.67")
    assert not is_report("1.2.840.10008.5.1.4.1.1.88.59")
    assert not is_report("1.2.840.10008.5.1.4.1.1.2")
