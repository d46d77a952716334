"""Files made to hurt: each ends in a value with a reason, and quickly."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from viewer.archive_file import (
    Archive,
    ArchiveLimits,
    Entry,
    PlannedEntry,
    open_archive,
    plan,
)
from viewer.header import HeaderLimits, read_header
from viewer.study import DirectoryIndex, Header, Refusal
from viewer.transcode import Derived, transcode

FILES = Path(pydicom.__file__).parent / "data" / "test_files"
# Pool processes, where this code runs, are deaf to pydicom's warnings.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
CT = (FILES / "CT_small.dcm").read_bytes()


def reason_of(path: Path, body: bytes, limits: HeaderLimits | None = None) -> str:
    path.write_bytes(body)
    read = read_header(path, "/dicomweb", limits or HeaderLimits())
    return read.reason if isinstance(read, Refusal) else type(read).__name__


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(end=st.integers(0, len(CT) - 1))
def test_truncated_file_is_never_taken_for_whole(tmp_path: Path, end: int) -> None:
    path = tmp_path / "cut"
    reason = reason_of(path, CT[:end])
    if reason == "Header":  # cut between the last whole elements: pixels are complete
        assert end >= CT.index(struct.pack("<HH", 0x7FE0, 0x0010)) + 12 + 128 * 128 * 2
    else:
        assert reason in {"empty", "not-dicom", "truncated", "missing-uid", "unreadable"}


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(132, len(CT) - 1), junk=st.binary(min_size=1, max_size=8))
def test_damaged_bytes_end_in_values(tmp_path: Path, at: int, junk: bytes) -> None:
    path = tmp_path / "damaged"
    path.write_bytes(CT[:at] + junk + CT[at + len(junk) :])
    read = read_header(path, "/dicomweb")
    assert isinstance(read, Header | Refusal | DirectoryIndex)
    assert isinstance(transcode(path, tmp_path / "out"), Derived | Refusal)


def test_length_that_lies_is_truncated(tmp_path: Path) -> None:
    at = CT.index(struct.pack("<HH", 0x7FE0, 0x0010))
    lying = CT[: at + 8] + struct.pack("<I", 0x7FFFFFF0) + CT[at + 12 :]
    assert reason_of(tmp_path / "x", lying) == "truncated"


def test_deep_sequences_are_refused(tmp_path: Path) -> None:
    head = CT[: CT.index(struct.pack("<HH", 0x0008, 0x0005))]
    opening = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    assert reason_of(tmp_path / "x", head + opening * 20_000) == "too-deep"


def test_deflate_bomb_is_stopped_while_inflating(tmp_path: Path) -> None:
    ds = pydicom.dcmread(io.BytesIO(CT))
    meta = io.BytesIO()
    ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    pydicom.filewriter.write_file_meta_info(meta, ds.file_meta)
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = deflater.compress(bytes(30_000_000)) + deflater.flush()
    body = bytes(128) + b"DICM" + meta.getvalue() + bomb
    limits = HeaderLimits(inflated_bytes=10_000_000)
    assert reason_of(tmp_path / "x", body, limits) == "inflates-too-much"


@pytest.mark.parametrize("uid", ["", "1.2/../3", "1." + "2" * 80, "abc"])
def test_uid_that_is_none_is_refused(tmp_path: Path, uid: str) -> None:
    ds = pydicom.dcmread(io.BytesIO(CT))
    raw = ds["StudyInstanceUID"].value.encode()
    element = struct.pack("<HH2sH", 0x0020, 0x000D, b"UI", len(raw) + len(raw) % 2)
    at = CT.index(element)
    new = uid.encode() + b"\0" * (len(uid) % 2)
    body = CT[:at] + struct.pack("<HH2sH", 0x0020, 0x000D, b"UI", len(new)) + new
    body += CT[at + 8 + len(raw) + len(raw) % 2 :]
    assert reason_of(tmp_path / "x", body) in {"bad-uid", "missing-uid"}


def test_absurd_matrix_is_refused(tmp_path: Path) -> None:
    ds = pydicom.dcmread(io.BytesIO(CT))
    ds.Rows = ds.Columns = 65_535
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = io.BytesIO()
    ds.save_as(out)
    assert reason_of(tmp_path / "x", out.getvalue()) == "too-large"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry("a/b.dcm", 100, 50), None),
        (Entry("../a", 1, 1), "unsafe-path"),
        (Entry("a/../../b", 1, 1), "unsafe-path"),
        (Entry("/etc/passwd", 1, 1), "unsafe-path"),
        (Entry("C:\\x", 1, 1), "unsafe-path"),
        (Entry("..\\x", 1, 1), "unsafe-path"),
        (Entry("", 1, 1), "unsafe-path"),
        (Entry(".", 1, 1), "unsafe-path"),
        (Entry("link", 1, 1, special=True), "not-a-file"),
        (Entry("secret", 1, 1, encrypted=True), "encrypted"),
        (Entry("zeros", 1 << 30, 1 << 20), "ratio-suspicious"),
        (Entry("huge", 5 << 30, 4 << 30), "too-large"),
    ],
)
def test_archive_entry_is_judged_by_its_directory(entry: Entry, reason: str | None) -> None:
    (planned,) = planned_of(plan([entry], ArchiveLimits()))
    assert (planned.refusal.reason if planned.refusal else None) == reason


def planned_of(planned: list[PlannedEntry] | Refusal) -> list[PlannedEntry]:
    assert isinstance(planned, list)
    return planned


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_entry_is_told_and_harms_no_other(tmp_path: Path, method: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        made.writestr("bad", bytes(range(256)) * 4)
        made.writestr("good", b"good")
    body = bytearray(out.getvalue())
    body[36:60] = bytes(24)  # within the first entry's data, behind its head of 33 bytes
    (tmp_path / "zip").write_bytes(body)
    archive = open_archive(tmp_path / "zip")
    assert isinstance(archive, Archive)
    assert archive.extract(0, tmp_path / "out") == Refusal("archive-damaged")
    assert archive.extract(1, tmp_path / "out") is None
    assert (tmp_path / "out").read_bytes() == b"good"
    archive.close()


def test_an_archive_entry_before_the_files_beginning_is_damaged(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("one", b"one")
    whole = out.getvalue()
    (tmp_path / "zip").write_bytes(whole[10:])  # its directory now points behind itself
    archive = open_archive(tmp_path / "zip")
    assert isinstance(archive, Archive)
    assert archive.extract(0, tmp_path / "out") == Refusal("archive-damaged")
    archive.close()


def test_archive_of_too_much_is_refused_whole() -> None:
    many = [Entry(str(n), 1, 1) for n in range(20_001)]
    assert plan(many, ArchiveLimits()) == Refusal("too-many-entries", "20000")
    big = [Entry(str(n), 3 << 30, 1 << 30) for n in range(10)]
    assert plan(big, ArchiveLimits()) == Refusal("too-large", "unpacked")
    litter = [Entry("x/", 0, 0), Entry("__MACOSX/a", 1, 1), Entry("d/.DS_Store", 1, 1)]
    assert plan(litter, ArchiveLimits()) == []
