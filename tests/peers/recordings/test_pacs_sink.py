"""Delivery to a real Orthanc by STOW-RS, read back by WADO-RS (docs/archive.md, AR-50)."""

import asyncio
from asyncio.subprocess import PIPE
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from pydicom import dcmread, dcmwrite

from recordings.archive_build import build_files
from recordings.archive_snapshot import snapshot_of
from recordings.archive_step import DeliveryKind, SinkKind, StepState
from recordings.errors import DeliveryAbsent, DeliveryFailed, DeliveryRefused
from recordings.sinks.pacs import PacsSink
from recordings.sinks.sink import Parcel
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.archive import Clock, close_a_case, steps_of, worker_over


async def parcels(sqlite: Database, blobs: FolderBlobs) -> dict[DeliveryKind, Parcel]:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.PACS])
    made = {}
    for step in await steps_of(sqlite, case_id):
        snapshot = snapshot_of(blobs.read(step.snapshot_sha256))
        files = build_files(step, snapshot, blobs, {})
        made[step.kind] = Parcel(step.id, snapshot.folder, files, blobs)
    return made


async def test_ar50_a_case_arrives_in_the_pacs_once(
    sqlite: Database, blobs: FolderBlobs, pacs_client: httpx.AsyncClient, pacs_address: str
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.PACS])
    before = await instance_count(pacs_client, pacs_address)
    worker = worker_over(sqlite, blobs, {SinkKind.PACS: PacsSink(pacs_client)}, Clock())
    while await worker.work_once():
        pass
    steps = await steps_of(sqlite, case_id)
    assert {one.state for one in steps} == {StepState.VERIFIED}
    assert {one.kind for one in steps} == {
        DeliveryKind.MINUTES,
        DeliveryKind.KEY_IMAGES,
        DeliveryKind.MARKS,
    }
    for step in steps:
        [file] = step.files
        assert step.receipt["read_back"] == {file.name: file.sha256}
    assert await instance_count(pacs_client, pacs_address) == before + len(steps)


async def instance_count(client: httpx.AsyncClient, address: str) -> int:
    return int((await client.get(f"{address}statistics")).json()["CountInstances"])


async def test_ar51_sent_again_nothing_doubles(
    sqlite: Database, blobs: FolderBlobs, pacs_client: httpx.AsyncClient, pacs_address: str
) -> None:
    parcel = (await parcels(sqlite, blobs))[DeliveryKind.KEY_IMAGES]
    sink = PacsSink(pacs_client)
    await sink.send(parcel)
    once = await instance_count(pacs_client, pacs_address)
    for _ in range(3):
        await sink.send(parcel)
        await sink.verify(parcel)
    assert await instance_count(pacs_client, pacs_address) == once


async def test_ar52_a_pacs_that_says_yes_and_keeps_old_bytes_is_caught(
    sqlite: Database, blobs: FolderBlobs, pacs_client: httpx.AsyncClient
) -> None:
    parcel = (await parcels(sqlite, blobs))[DeliveryKind.MINUTES]
    old = dcmread(BytesIO(blobs.read(parcel.files[0].sha256)))
    old.DocumentTitle = "Bản khác"
    buffer = BytesIO()
    dcmwrite(buffer, old, enforce_file_format=True)
    head = b"--x\r\nContent-Type: application/dicom\r\n\r\n"
    stored = await pacs_client.post(
        "studies",
        content=head + buffer.getvalue() + b"\r\n--x--",
        headers={"Content-Type": 'multipart/related; type="application/dicom"; boundary=x'},
    )
    assert stored.status_code == 200
    sink = PacsSink(pacs_client)
    assert (await sink.send(parcel))["status"] == 200  # and keeps the old object
    with pytest.raises(DeliveryRefused) as refused:
        await sink.verify(parcel)
    assert refused.value.slug == "other-content"


async def test_ar53_what_the_pacs_does_not_have_is_sent_again(
    sqlite: Database, blobs: FolderBlobs, pacs_client: httpx.AsyncClient
) -> None:
    parcel = (await parcels(sqlite, blobs))[DeliveryKind.MARKS]
    with pytest.raises(DeliveryAbsent):
        await PacsSink(pacs_client).verify(parcel)


async def test_ar40_wrong_credentials_need_a_person_and_an_absent_pacs_patience(
    sqlite: Database, blobs: FolderBlobs, pacs_address: str
) -> None:
    parcel = (await parcels(sqlite, blobs))[DeliveryKind.MARKS]
    async with httpx.AsyncClient(base_url=f"{pacs_address}dicom-web/") as stranger:
        with pytest.raises(DeliveryRefused, match="http-401"):
            await PacsSink(stranger).send(parcel)
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9/") as nobody:
        with pytest.raises(DeliveryFailed, match="unreachable"):
            await PacsSink(nobody).send(parcel)


@pytest.mark.parametrize("kind", ["key_images", "marks", "minutes"])
async def test_ar54_objects_are_standard_and_reproducible(
    sqlite: Database, blobs: FolderBlobs, tmp_path: Path, kind: str
) -> None:
    case_id = await close_a_case(sqlite, blobs, [SinkKind.PACS], case_id=uuid4())
    [step] = [one for one in await steps_of(sqlite, case_id) if one.kind == kind]
    snapshot = snapshot_of(blobs.read(step.snapshot_sha256))
    [file] = build_files(step, snapshot, blobs, {})
    assert build_files(step, snapshot, blobs, {}) == (file,)
    path = tmp_path / "object.dcm"
    path.write_bytes(blobs.read(file.sha256))
    check = await asyncio.create_subprocess_exec("dciodvfy", "-new", path, stderr=PIPE)
    _, report = await check.communicate()
    assert b"Error" not in report
    assert b"Warning" not in report
