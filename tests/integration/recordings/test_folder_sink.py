"""Delivery to a watched folder (docs/archive.md, AR-70)."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from recordings.archive_build import CONTENTS_NAME
from recordings.archive_snapshot import snapshot_of
from recordings.archive_step import ArchivedFile, SinkKind, StepId, StepState
from recordings.errors import DeliveryAbsent, DeliveryFailed, DeliveryRefused
from recordings.sinks.folder import FolderSink
from recordings.sinks.sink import Parcel
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.archive import PDF, Clock, close_a_case, steps_of, worker_over


def parcel_of(blobs: FolderBlobs, name: str = "a.pdf", data: bytes = PDF) -> Parcel:
    stored = blobs.put(data)
    file = ArchivedFile(name, "application/pdf", stored.sha256, stored.size)
    return Parcel(StepId(UUID(int=1)), "2026/ca-1", (file,), blobs)


def below(folder: Path, pattern: str) -> list[Path]:
    return list(folder.rglob(pattern))


@pytest.fixture
def share(tmp_path: Path) -> Path:
    folder = tmp_path / "share"
    folder.mkdir()
    return folder


async def test_ar70_a_case_is_whole_in_the_folder_and_the_list_of_contents_is_true(
    sqlite: Database, blobs: FolderBlobs, share: Path
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.FOLDER])
    worker = worker_over(sqlite, blobs, {SinkKind.FOLDER: FolderSink(share)}, Clock())
    while await worker.work_once():
        pass
    steps = await steps_of(sqlite, case_id)
    assert {one.state for one in steps} == {StepState.VERIFIED}
    [contents] = below(share, CONTENTS_NAME)
    listed = {one["name"]: one["sha256"] for one in json.loads(contents.read_text())["files"]}
    there = {
        one.name: sha256(one.read_bytes()).hexdigest()
        for one in contents.parent.iterdir()
        if one != contents
    }
    assert listed == there
    assert set(there) == {
        "bien-ban-hoi-chan.pdf",
        "bien-ban-hoi-chan.json",
        "anh-then-chot-1.dcm",
        "danh-dau-1.dcm",
        "ghi-am-1-1.ogg",
    }
    snapshot = snapshot_of(blobs.read(steps[0].snapshot_sha256))
    name = snapshot.form.patient.full_name.split()[-1]
    assert not any(name in str(one) for one in below(share, "*"))


async def test_ar71_a_half_written_file_of_a_dead_worker_is_swept_away(
    blobs: FolderBlobs, share: Path
) -> None:
    folder = share / "2026" / "ca-1"
    folder.mkdir(parents=True)
    (folder / ".a.pdf.dead.part").write_bytes(b"%PDF ha")
    await FolderSink(share).send(parcel_of(blobs))
    assert [one.name for one in folder.iterdir()] == ["a.pdf"]
    assert (folder / "a.pdf").read_bytes() == PDF


async def test_ar72_a_file_with_other_content_is_never_overwritten(
    blobs: FolderBlobs, share: Path
) -> None:
    sink, parcel = FolderSink(share), parcel_of(blobs)
    await sink.send(parcel)
    await sink.verify(parcel)
    (share / "2026" / "ca-1" / "a.pdf").write_bytes(b"of somebody else")
    for act in (sink.send, sink.verify):
        with pytest.raises(DeliveryRefused, match="other-content"):
            await act(parcel)


async def test_ar73_a_share_that_is_not_mounted_is_waited_for(
    blobs: FolderBlobs, tmp_path: Path
) -> None:
    with pytest.raises(DeliveryFailed, match="folder-missing"):
        await FolderSink(tmp_path / "not-mounted").send(parcel_of(blobs))
    assert not (tmp_path / "not-mounted").exists()


async def test_ar74_a_file_that_vanished_is_said_to_be_absent(
    blobs: FolderBlobs, share: Path
) -> None:
    with pytest.raises(DeliveryAbsent, match="file-absent"):
        await FolderSink(share).verify(parcel_of(blobs))


@pytest.mark.parametrize("name", ["../a", "a/b", "..", "", "a\\b"])
async def test_ar75_no_name_leads_out_of_the_folder(
    blobs: FolderBlobs, share: Path, name: str
) -> None:
    with pytest.raises(DeliveryRefused, match="bad-name"):
        await FolderSink(share).send(parcel_of(blobs, name))
    with pytest.raises(DeliveryRefused, match="bad-name"):
        await FolderSink(share).send(replace(parcel_of(blobs), folder=f"x/{name or '..'}/../.."))


async def test_ar76_bytes_that_changed_in_our_own_store_are_not_delivered(
    blobs: FolderBlobs, share: Path
) -> None:
    parcel = parcel_of(blobs)
    blobs.path(parcel.files[0].sha256).write_bytes(b"rotten")
    with pytest.raises(DeliveryRefused, match="payload-damaged"):
        await FolderSink(share).send(parcel)
    assert not below(share, "*.pdf")
