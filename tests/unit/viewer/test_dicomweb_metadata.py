"""Metadata read from raw elements is what pydicom's own elements say, byte for byte."""

import copy
import gzip
import json
import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_files
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from viewer.dicom_text import declared_of, repair_dataset
from viewer.dicomweb_metadata import INLINE_BYTES_MAX, metadata_json
from viewer.header import read_header
from viewer.study import Header

ROOT = "/dicomweb/studies/1/series/2/instances/3"
SAMPLES = sorted({Path(name) for name in get_testdata_files()})
SETS = sorted((Path(pydicom.__file__).parent / "data/charset_files").glob("*.dcm"))
BINARY = {"OB", "OD", "OF", "OL", "OV", "OW", "UN", "OB or OW", "US or OW"}


def by_pydicom(dataset: Dataset, path: str = "") -> dict[str, Any]:
    """What `DataElement.to_json_dict` makes of a repaired dataset; its errors leave no value."""
    body = {}
    for tag in sorted(dataset.keys()):
        if tag.element == 0:
            continue
        element, name = dataset[tag], f"{tag:08X}"
        if element.VR == "SQ":
            items = [
                by_pydicom(item, f"{path}{name}/{n}/")
                for n, item in enumerate(element.value or (), 1)
            ]
            body[name] = {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
        elif element.VR in BINARY and len(element.value or b"") > INLINE_BYTES_MAX:
            uri = f"{ROOT}/bulkdata/{path}{name}"
            body[name] = {"vr": "OW" if "or" in element.VR else element.VR, "BulkDataURI": uri}
        else:
            try:
                body[name] = element.to_json_dict(None, 0)
            except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError):
                body[name] = {"vr": str(element.VR)[:2]}
            if element.VR in BINARY:
                body[name]["vr"] = "OW" if "or" in element.VR else element.VR
    return body


def both(dataset: Dataset) -> tuple[str, str]:
    """(ours, pydicom's) as text."""
    repaired = copy.deepcopy(dataset)
    declared = declared_of(dataset, ())
    dataset.SpecificCharacterSet = "ISO_IR 192"
    repair_dataset(repaired)
    ours = metadata_json(dataset, ROOT, declared)
    return json.dumps(ours, ensure_ascii=False), json.dumps(
        by_pydicom(repaired), ensure_ascii=False
    )


@pytest.mark.parametrize("path", [*SAMPLES, *SETS], ids=lambda path: path.name)
@pytest.mark.filterwarnings("ignore")
def test_every_sample_is_read_as_pydicom_reads_it(path: Path) -> None:
    if not isinstance(read_header(path, "/dicomweb"), Header):
        return  # refused, or a DICOMDIR
    ours, theirs = both(pydicom.dcmread(path, stop_before_pixels=True))
    assert ours == theirs


def test_a_header_carries_that_metadata(ct_small: Path) -> None:
    header = read_header(ct_small, "/dicomweb")
    assert isinstance(header, Header)
    body = json.loads(gzip.decompress(header.metadata))
    assert body["00280030"] == {"vr": "DS", "Value": [0.661468, 0.661468]}
    assert body["00083002"]["Value"] == ["1.2.840.10008.1.2.1"]


@pytest.fixture
def ct_small() -> Path:
    return next(path for path in SAMPLES if path.name == "CT_small.dcm")


NAME = "Lò Văn Thử".encode()
VALUES: list[tuple[int, str | None, bytes]] = [
    *(
        (0x00080060, "CS", value)
        for value in (b"CT", b"CT ", b" CT", b"A\\B ", b"\\", b" \0", b"\0A")
    ),
    *((0x00080054, "AE", value) for value in (b" A ", b"A\\ B", b"  ", b"\0")),
    *((0x00080018, "UI", value) for value in (b"1.2\0", b"1.2\\1.3\0", b"\0", b" 1.2 ", b"x")),
    *((0x00080120, "UR", value) for value in (b"http://a/b ", b"a\\b", b" ")),
    *((0x00080020, "DA", value) for value in (b"20261126", b"2026.11.26", b"2026-", b"\\20261126")),
    *((0x00080030, "TM", value) for value in (b"1200", b"120000.123456", b"1\\2 ", b"x")),
    *((0x0008002A, "DT", value) for value in (b"20261126120000+0700", b" ")),
    *((0x00101010, "AS", value) for value in (b"042Y", b"42")),
    *(
        (0x00280030, vr, value)
        for vr in ("DS", None)
        for value in (
            *(b"1", b"1.50 ", b" 1\\-2.5e-3", b"1e400", b"-inf", b"nan", b"inf\\nan", b"1_0"),
            *(b"", b" ", b"\\", b"1\\\\2", b"1,5", b"0x10", b"1\0", b"\xb2", b"1\\ "),
        )
    ),
    *(
        (0x00200013, vr, value)
        for vr in ("IS", None)
        for value in (
            *(b"1", b" 12 ", b"+3", b"-4\\5", b"1.0", b"1.5", b"1e3", b"", b" ", b"\\", b"1\\"),
            *(b"9007199254740993", b"99999999999999999999", b"1_0", b"abc", b"nan", b"1\0"),
        )
    ),
    *((0x00280010, "US", value) for value in (b"\1\0", b"\1\0\2\0", b"")),
    *((0x00280010, None, value) for value in (b"\1\0", b"\xff\xff\2\0")),
    *((0x00281101, "US", value) for value in (b"\1\0\xff\xff\x10\0",)),
    *((0x00281101, "SS", value) for value in (b"\xff\xff\xff\xff\x10\0",)),
    *((0x00280106, vr, b"\xff\xff") for vr in ("SS", "US", None)),
    *((0x00189219, "SS", value) for value in (b"\xff\xff", b"\xff\xff\1\0")),
    *((0x00080301, "UL", value) for value in (b"\1\0\0\x80", b"\1\0\0\0\2\0\0\0")),
    *((0x00186020, "SL", value) for value in (b"\xff\xff\xff\xff",)),
    *((0x7FE00003, vr, b"\xff" * 8) for vr in ("UV", "SV")),
    *(
        (0x00181323, "FL", value)
        for value in (b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\0\0\x80\xff", b"\xcd\xcc\xcc\x3d" * 2)
    ),
    *((0x00189073, "FD", value) for value in (b"\0" * 6 + b"\xf0\x7f", b"\x9a" * 16, b"")),
    *((0x00280009, "AT", value) for value in (b"\x18\0\x63\x10", b"\x18\0\x63\x10" * 3, b"")),
    *(
        (0x00100010, vr, value)
        for vr in ("PN", None, "UN")
        for value in (
            NAME,
            b"A^B=C=D",
            b"A\\B",
            b"A\\",
            b"=",
            b"A=B=C=D\\E",
            b"\xb5\xd6 ",
            b"",
            b" ",
        )
    ),
    *(
        (tag, vr, value)
        for tag, vr in ((0x00081030, "LO"), (0x00080050, "SH"), (0x00209158, "LT"))
        for value in (b"a", b"a\\b ", b"a\\\\", b" ", b"", b"\xc4\x90\xe1\xba\xa7u", b"\xab\\\xac")
    ),
    *((0x00080119, vr, b"a\\b") for vr in ("UC", "UT", "ST")),
    *((0x00091001, vr, b"private ") for vr in ("LO", "UN", "CS", None)),
    *((0x00090010, vr, b"GEMS_IDEN_01") for vr in ("LO", None)),
    *((0x00091030, vr, b"x\\y") for vr in ("UN", None)),
    *((0x00281201, vr, b"\1\2" * n) for vr in ("OW", "OB", "UN", None) for n in (1, 600)),
    *((0x00660016, "OF", b"\0" * n) for n in (0, 4, 2048)),
]


def raw(tag: int, vr: str | None, value: bytes, little: bool = True) -> RawDataElement:
    return RawDataElement(BaseTag(tag), vr, len(value), value, 0, vr is None, little)


@pytest.mark.parametrize("charset", [None, b"ISO_IR 100", b"ISO_IR 192", b"\\ISO 2022 IR 87"])
@pytest.mark.parametrize("little", [True, False])
def test_every_kind_of_value_is_read_as_pydicom_reads_it(
    charset: bytes | None, little: bool
) -> None:
    for tag, vr, value in VALUES:
        elements = {BaseTag(tag): raw(tag, vr, value, little)}
        if tag >> 16 == 9 and tag != 0x00090010:
            elements[BaseTag(0x00090010)] = raw(0x00090010, "LO", b"GEMS_IDEN_01", little)
        if charset is not None:
            elements[BaseTag(0x00080005)] = raw(0x00080005, "CS", charset, little)
        inner, outer = Dataset(elements), Dataset(dict(elements))
        outer.ReferencedImageSequence = [inner]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours, theirs = both(outer)
        assert ours == theirs, (f"{tag:08X}", vr, value)
