"""Files in, bytes kept, refusals named, delivery copies identical to the originals' pixels."""

import asyncio
import hashlib
import io
import os
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from sqlmodel import select

from tests.support.image_room import (
    CT_SMALL,
    PYDICOM_DATA_FILES,
    PYDICOM_FILES,
    ImageRoom,
    a_sample,
    add_case,
    image_room,
    in_one_piece,
    utc_now,
)
from viewer.arrival_store import Stored
from viewer.store import ImageStore
from viewer.study import Header
from viewer.tables import InstanceRow
from viewer.upload import LIFE, NewUpload
from viewer.upload_store import Upload

# Colour of 32 bits a sample; a codestream cut short; a number that is none.
UNREAD_REASONS = {
    "unsupported-bits: 32",
    "decode-failed: RuntimeError",
    "decode-failed: ValueError",
}
KNOWN_REASONS = {"not-dicom", "missing-uid", "bad-uid", "truncated", "empty"}


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ImageRoom]:
    async with image_room(tmp_path) as made:
        yield made


async def rows_of(room: ImageRoom, sop_uid: str) -> list[InstanceRow]:
    async with room.database.reading() as tx:
        found = await tx.exec(select(InstanceRow).where(InstanceRow.sop_uid == sop_uid))
        return list(found.all())


@pytest.mark.parametrize(
    ("folder", "stored", "indexes"), [(PYDICOM_FILES, 90, 5), (PYDICOM_DATA_FILES, 60, 0)]
)
async def test_every_sample_goes_in_and_out_byte_for_byte_or_is_refused_by_name(
    room: ImageRoom, folder: Path, stored: int, indexes: int
) -> None:
    outcomes: dict[str, int] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix in (".py", ".pyc"):
            continue
        body = path.read_bytes()
        done = await room.send(body, path.name)
        outcomes[done.state] = outcomes.get(done.state, 0) + 1
        if done.state == "refused":
            assert done.reason in KNOWN_REASONS, (path.name, done.reason)
        elif done.state == "stored":
            digest = hashlib.sha256(body).hexdigest()
            rows = await rows_of(room, str(done.sop_uid))
            assert digest in {row.sha256 for row in rows}, path.name
            assert room.blobs.read(digest) == body
    assert outcomes["stored"] > stored
    assert outcomes.get("index", 0) >= indexes
    await room.worker.settle()
    async with room.database.reading() as tx:
        rows = (await tx.exec(select(InstanceRow))).all()
    assert {row.delivery for row in rows} <= {"none", "published", "failed"}
    unread = {row.delivery_reason for row in rows if row.delivery == "failed"}
    assert unread <= UNREAD_REASONS
    assert not list((room.folder / "uploads").iterdir())
    assert not list((room.folder / "images" / "derived").iterdir())


@pytest.mark.parametrize(
    "name", ["rtdose.dcm", "rtdose_expb.dcm", "rtdose_rle.dcm", "liver_1frame.dcm"]
)
async def test_wide_and_single_bit_greys_are_delivered_exactly(room: ImageRoom, name: str) -> None:
    done = await room.send(a_sample(name).read_bytes(), name)
    await room.worker.settle()
    (row,) = await rows_of(room, str(done.sop_uid))
    images = room.delivery_folder.images(row.series_id, 1)
    pack = room.delivery_folder.pack(row.series_id).read_bytes()
    original = pydicom.dcmread(a_sample(name)).pixel_array.reshape(len(images), row.rows, -1)
    for image in images:
        codestream = pack[image["offset"] : image["offset"] + image["length"]]
        stored = imagecodecs.htj2k_decode(codestream).astype(np.int64)
        values = stored * int(image["slope"]) + int(image["intercept"])
        assert np.array_equal(values, original[image["frame"] - 1])
        assert stored.max() < 1 << image["bits_stored"]
        assert not image["signed"]


async def test_packed_image_decodes_to_the_pixels_of_the_original(room: ImageRoom) -> None:
    done = await room.send(CT_SMALL.read_bytes(), "CT_small")
    await room.worker.settle()
    (row,) = await rows_of(room, str(done.sop_uid))
    (image,) = room.delivery_folder.images(row.series_id, 1)
    pack = room.delivery_folder.pack(row.series_id).read_bytes()
    codestream = pack[image["offset"] : image["offset"] + image["length"]]
    assert np.array_equal(
        imagecodecs.htj2k_decode(codestream), pydicom.dcmread(CT_SMALL).pixel_array
    )
    for level, end in enumerate(image["ends"]):
        skip = 3 - level
        whole = imagecodecs.htj2k_decode(codestream, skipres=skip)
        prefix = imagecodecs.htj2k_decode(codestream[:end], skipres=skip, resilient=True)
        assert np.array_equal(prefix, whole)


async def test_same_file_again_is_a_duplicate(room: ImageRoom) -> None:
    assert (await room.send(CT_SMALL.read_bytes(), "a")).state == "stored"
    assert (await room.send(CT_SMALL.read_bytes(), "b")).state == "duplicate"


async def test_same_uid_with_other_bytes_keeps_both_and_says_so(room: ImageRoom) -> None:
    body = CT_SMALL.read_bytes()
    other = body.replace(b"CompressedSamples^CT1", b"CompressedSamples^CT2")
    assert other != body
    first = await room.send(body, "a")
    second = await room.send(other, "b")
    assert (second.state, second.reason) == ("stored", "same-uid-other-bytes")
    rows = await rows_of(room, str(first.sop_uid))
    assert [row.variant for row in rows] == [0, 1]
    assert {room.blobs.read(row.sha256) for row in rows} == {body, other}


async def test_uid_of_another_hospitals_study_opens_nothing_there(room: ImageRoom) -> None:
    other = await add_case(room.database, "01002")
    await room.send(CT_SMALL.read_bytes(), "a")
    await room.send(CT_SMALL.read_bytes(), "a", other)
    async with room.database.reading() as tx:
        (mine, _), *_ = await ImageStore(tx).of_case(room.sender.case_id)
        (theirs, _), *_ = await ImageStore(tx).of_case(other.case_id)
    assert mine.study_uid == theirs.study_uid
    assert mine.id != theirs.id


async def test_zip_is_unpacked_and_each_file_is_answered_for(room: ImageRoom) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PACS/IM1", CT_SMALL.read_bytes())
        archive.writestr("PACS/báo cáo.txt", "không phải ảnh")
        archive.writestr("../../etc/passwd", CT_SMALL.read_bytes())
        archive.writestr("/abs", b"x")
        archive.writestr("zeros", bytes(50_000_000))
        archive.writestr("inner.zip", _zip_of(b"x"))
        archive.writestr("__MACOSX/._IM1", b"x")
        archive.writestr("DICOMDIR", a_sample("DICOMDIR").read_bytes())
    done = await room.send(packed.getvalue(), "đĩa.zip")
    assert (done.state, done.entries) == ("unpacked", 7)
    async with room.stores() as stores:
        entries = {e.name: e for e in await stores.uploads.entries_of(done.id)}
    assert entries["PACS/IM1"].state == "stored"
    assert entries["PACS/báo cáo.txt"].reason == "not-dicom"
    assert entries["../../etc/passwd"].reason == "unsafe-path"
    assert entries["/abs"].reason == "unsafe-path"
    assert entries["zeros"].reason == "ratio-suspicious"
    assert entries["inner.zip"].reason == "nested-archive"
    assert entries["DICOMDIR"].state == "index"
    assert entries["DICOMDIR"].entries == len(entries["DICOMDIR"].referenced or ())


def _zip_of(body: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x", body)
    return packed.getvalue()


async def test_damaged_zip_is_refused(room: ImageRoom) -> None:
    done = await room.send(b"PK\x03\x04" + bytes(200), "kaputt.zip")
    assert (done.state, done.reason) == ("refused", "archive-damaged")


async def test_upload_that_was_complete_when_the_process_died_is_finished_at_start(
    room: ImageRoom,
) -> None:
    body = CT_SMALL.read_bytes()
    upload = await room.intake.create(room.sender, NewUpload(len(body), "a", False))
    await room.intake.append(upload, 0, len(body), in_one_piece(body))
    await room.intake.recover()
    found, received = await room.intake.find(upload.id)
    assert (found.state, received) == ("stored", len(body))


async def test_what_broken_requests_left_behind_is_removed_when_it_is_old(room: ImageRoom) -> None:
    uploads = room.folder / "uploads"
    waiting = await room.intake.create(room.sender, NewUpload(5, "a", False))
    for name in ("old.part", "young.part", "old.entry", f"{waiting.id.hex}.part"):
        (uploads / name).write_bytes(b"x")
    (uploads / "old-request").mkdir()
    long_ago = (utc_now() - LIFE - timedelta(hours=1)).timestamp()
    for path in uploads.iterdir():
        if "young" not in path.name:
            os.utime(path, (long_ago, long_ago))
    await room.intake.recover()
    assert {p.name for p in uploads.iterdir()} == {"young.part", f"{waiting.id.hex}.part"}


async def test_broken_single_request_can_be_continued(room: ImageRoom) -> None:
    body = CT_SMALL.read_bytes()

    async def breaking() -> AsyncIterator[bytes]:
        yield body[:10_000]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await room.intake.take(room.sender, NewUpload(len(body), "a", True), breaking())
    async with room.stores() as stores:
        (upload,) = await stores.uploads.unfinished()
    found, offset = await room.intake.find(upload.id)
    assert offset == 10_000
    await room.intake.append(found, offset, len(body), in_one_piece(body[offset:]))
    assert (await room.intake.finish(found)).state == "stored"


async def test_many_files_share_a_transaction_and_each_is_answered_for(room: ImageRoom) -> None:
    before = room.transactions
    good, bad = CT_SMALL.read_bytes(), CT_SMALL.read_bytes()[:-1000]
    bodies = [good, bad, b"no image", a_sample("MR_small.dcm").read_bytes(), good]

    async def sent(number: int) -> Upload:
        new = NewUpload(len(bodies[number % 5]), str(number), True)
        upload, _ = await room.intake.take(room.sender, new, in_one_piece(bodies[number % 5]))
        return upload

    done = await asyncio.gather(*map(sent, range(40)))
    assert room.transactions - before < 20
    reasons = [(each.name, each.reason) for each in done if each.state == "refused"]
    assert sorted(reasons, key=lambda r: int(r[0])) == [
        (str(n), "truncated" if n % 5 == 1 else "not-dicom") for n in range(40) if n % 5 in (1, 2)
    ]
    assert sum(each.state == "stored" for each in done) == 2
    assert sum(each.state == "duplicate" for each in done) == 22


async def test_files_of_a_peer_are_held_in_its_archive_without_a_case(room: ImageRoom) -> None:
    bodies = [CT_SMALL.read_bytes(), a_sample("MR_small.dcm").read_bytes()] * 3

    async def held(number: int) -> Stored:
        path = room.folder / "uploads" / f"peer-{number}"
        path.write_bytes(bodies[number])
        header = await room.ingest.inspect(path)
        assert isinstance(header, Header)
        stored = await room.ingest.hold(path, header, room.sender.facility_id, utc_now())
        assert not path.exists()
        return stored.outcome

    outcomes = await asyncio.gather(*map(held, range(6)))
    assert sorted(outcomes) == [Stored.DUPLICATE] * 4 + [Stored.NEW] * 2
    async with room.database.reading() as tx:
        assert await ImageStore(tx).of_case(room.sender.case_id) == []


async def test_images_that_come_later_are_added_and_old_offsets_stay_true(room: ImageRoom) -> None:
    ds = pydicom.dcmread(CT_SMALL)
    await room.send(CT_SMALL.read_bytes(), "1")
    await room.worker.settle()
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    ds.ImagePositionPatient = [-158.135803, -179.035797, -200.0]
    buffer = io.BytesIO()
    ds.save_as(buffer)
    done = await room.send(buffer.getvalue(), "2")
    await room.worker.settle()
    (row,) = await rows_of(room, str(done.sop_uid))
    (old,) = room.delivery_folder.images(row.series_id, 1)
    first, second = room.delivery_folder.images(row.series_id, 2)
    assert first["sop_uid"] == "1.2.3.4.5"
    assert (second["sop_uid"], second["offset"]) == (old["sop_uid"], old["offset"])
    assert first["offset"] == old["length"]
