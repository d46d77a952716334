"""DICOMweb as real clients use it: dicomweb-client over a socket, and raw requests."""

import asyncio
import copy
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import imagecodecs
import numpy as np
import pydicom
import pytest
from dicomweb_client import DICOMwebClient
from dicomweb_client.session_utils import create_session
from PIL import Image

from telehealth.images import Images
from tests.integration.scheduling.steps import draft
from tests.support.conference import Conference
from tests.support.image_doors import bearer, image_conference, served, upload
from tests.support.image_room import CT_SMALL, a_sample
from viewer.dicomweb_multipart import MultipartReader, boundary_of, whole_multipart

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made:
        yield made


async def client_at(meeting: Conference, url: str, case_id: str | None = None) -> DICOMwebClient:
    headers = await bearer(meeting, "bacsi")
    if case_id:
        headers["X-Case-Id"] = case_id
    session = create_session()
    session.headers.update(headers)
    return DICOMwebClient(f"{url}/dicomweb", session=session)


async def test_dicomweb_client_stores_finds_and_retrieves(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, images = hospital
    case = await draft(meeting)
    stored = [pydicom.dcmread(a_sample(n)) for n in ("CT_small.dcm", "MR_small.dcm")]
    async with served(meeting) as url:
        client = await client_at(meeting, url, case["id"])
        for dataset in stored:
            answer = await asyncio.to_thread(client.store_instances, [dataset])
            (item,) = answer.ReferencedSOPSequence
            assert item.ReferencedSOPInstanceUID == dataset.SOPInstanceUID
        await images.worker.settle()
        found = await asyncio.to_thread(client.search_for_studies)
        assert {s["0020000D"]["Value"][0] for s in found} == {d.StudyInstanceUID for d in stored}
        await asyncio.to_thread(check_reading, client, stored[0])


def check_reading(client: DICOMwebClient, ct: pydicom.Dataset) -> None:
    study, series, sop = ct.StudyInstanceUID, ct.SeriesInstanceUID, ct.SOPInstanceUID
    by_name = client.search_for_studies(search_filters={"PatientName": "compressedsamples*"})
    assert [s["0020000D"]["Value"][0] for s in by_name if s["00100020"]["Value"] == ["1CT1"]]
    assert client.search_for_studies(search_filters={"StudyDate": "19000101-19010101"}) == []
    assert client.search_for_studies(limit=1, offset=5) == []
    (found,) = client.search_for_series(study)
    assert (found["00080060"]["Value"], found["00201209"]["Value"]) == (["CT"], [1])
    (found,) = client.search_for_instances(study, series, fields=["RescaleSlope"])
    assert found["00280010"]["Value"] == [128]
    assert "00281053" in found
    (metadata,) = client.retrieve_series_metadata(study, series)
    rebuilt = pydicom.Dataset.from_json(metadata, lambda *_: b"")
    assert rebuilt.PatientName == ct.PatientName
    assert rebuilt.ImagePositionPatient == ct.ImagePositionPatient
    whole = client.retrieve_instance(study, series, sop)
    assert np.array_equal(whole.pixel_array, ct.pixel_array)
    (plain,) = client.retrieve_instance_frames(study, series, sop, [1])
    assert plain == ct.PixelData
    picture = client.retrieve_instance_rendered(study, series, sop, media_types=("image/png",))
    assert Image.open(io.BytesIO(picture)).size == (128, 128)


PART_TYPES = ("application/dicom", "application/octet-stream", "image/jp2", "image/jphc")


class Collected:
    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def begin(self, headers: Any) -> None:
        self.parts.append(b"")

    def write(self, data: bytes) -> None:
        self.parts[-1] += data

    def end(self) -> None:
        pass


def parts_of(answer: httpx.Response) -> list[bytes]:
    kept = Collected()
    kind = answer.headers["content-type"]
    boundary = boundary_of(kind, *PART_TYPES)
    reader = MultipartReader(boundary, kept)
    reader.feed(answer.content)
    reader.finish()
    return kept.parts


async def test_whole_series_comes_back_byte_for_byte(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    body = CT_SMALL.read_bytes()
    ct = pydicom.dcmread(CT_SMALL)
    series = {body, another(ct, 1), another(ct, 2)}
    for each in series:
        await upload(client, case["id"], each)
    place = f"/dicomweb/studies/{ct.StudyInstanceUID}/series/{ct.SeriesInstanceUID}"
    answer = await client.get(place)
    assert set(parts_of(answer)) == series
    assert int(answer.headers["content-length"]) == len(answer.content)
    single = await client.get(
        f"{place}/instances/{ct.SOPInstanceUID}", headers={"Accept": "application/dicom"}
    )
    assert single.content == body
    refused = await client.get(
        place, headers={"Accept": 'multipart/related; type="application/dicom+xml"'}
    )
    assert refused.status_code == 406


def another(image: pydicom.Dataset, number: int) -> bytes:
    """The same image under a UID of its own."""
    out, made = io.BytesIO(), copy.deepcopy(image)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.{number}"
    made.save_as(out)
    return out.getvalue()


async def test_compressed_frames_are_given_as_stored_or_decoded(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, images = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    path = a_sample("MR_small_jp2klossless.dcm")
    await upload(client, case["id"], path.read_bytes())
    mr = pydicom.dcmread(path)
    place = (
        f"/dicomweb/studies/{mr.StudyInstanceUID}/series/{mr.SeriesInstanceUID}"
        f"/instances/{mr.SOPInstanceUID}/frames/1"
    )
    stored = await client.get(
        place, headers={"Accept": 'multipart/related; type="image/jp2"; transfer-syntax=*'}
    )
    assert np.array_equal(imagecodecs.jpeg2k_decode(parts_of(stored)[0]), mr.pixel_array)
    plain = await client.get(
        place, headers={"Accept": 'multipart/related; type="application/octet-stream"'}
    )
    assert parts_of(plain)[0] == mr.pixel_array.astype("<i2").tobytes()
    jphc = {"Accept": 'multipart/related; type="image/jphc"'}
    assert (await client.get(place, headers=jphc)).status_code == 406
    await images.worker.settle()
    coded = await client.get(place, headers=jphc)
    assert np.array_equal(imagecodecs.htj2k_decode(parts_of(coded)[0]), mr.pixel_array)
    assert (await client.get(place.replace("frames/1", "frames/2"))).status_code == 404
    assert (await client.get(place.replace("frames/1", "frames/x"))).status_code == 400


async def test_stow_answers_for_each_part(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    parts = [CT_SMALL.read_bytes(), b"nonsense", CT_SMALL.read_bytes()[:-3000]]
    body = whole_multipart("b", (("application/dicom", part) for part in parts))
    place = f"/dicomweb/studies?case={case['id']}"
    answer = await client.post(place, content=body, headers={"Content-Type": kind})
    assert answer.status_code == 202
    assert len(answer.json()["00081199"]["Value"]) == 1
    assert len(answer.json()["00081198"]["Value"]) == 2
    nothing = whole_multipart("b", iter([("application/dicom", b"nonsense")]))
    refused = await client.post(place, content=nothing, headers={"Content-Type": kind})
    assert refused.status_code == 409
    # A study that is already shown needs no case to be named; a stranger's does.
    again = whole_multipart("b", iter([("application/dicom", CT_SMALL.read_bytes())]))
    known = await client.post("/dicomweb/studies", content=again, headers={"Content-Type": kind})
    assert known.status_code == 200
    stranger = await meeting.client("nguoikhac")
    theirs = await stranger.post("/dicomweb/studies", content=again, headers={"Content-Type": kind})
    assert theirs.status_code == 409


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"x"),
        ("multipart/related", b"x"),
        ('multipart/related; type="application/dicom"; boundary=b', b"no delimiter"),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b\r\n\r\ncut"),
        ('multipart/related; type="application/dicom+json"; boundary=b', b"--b--"),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b--\r\n"),
    ],
)
async def test_malformed_stow_is_a_problem(
    hospital: tuple[Conference, Images], kind: str, body: bytes
) -> None:
    meeting, _ = hospital
    client = await meeting.client("bacsi")
    answer = await client.post("/dicomweb/studies", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/multipart-invalid")


async def test_a_message_that_ends_early_stores_none_of_its_parts(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, images = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    body = whole_multipart("b", iter([("application/dicom", CT_SMALL.read_bytes())]))
    place = f"/dicomweb/studies?case={case['id']}"
    answer = await client.post(place, content=body[:-3], headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert (await client.get(f"/api/cases/{case['id']}/uploads")).json()["items"] == []
    assert list(images.uploads_folder.iterdir()) == []


@pytest.mark.parametrize(
    "query", ["limit=-1", "offset=x", "NoSuchKeyword=1", "fuzzymatching=maybe", "includefield=zz"]
)
async def test_malformed_search_is_a_problem(
    hospital: tuple[Conference, Images], query: str
) -> None:
    meeting, _ = hospital
    client = await meeting.client("bacsi")
    answer = await client.get(f"/dicomweb/studies?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-parameter")


async def test_bulk_data_is_fetched_by_the_address_in_the_metadata(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    await upload(client, case["id"], CT_SMALL.read_bytes())
    ct = pydicom.dcmread(CT_SMALL)
    place = f"/dicomweb/studies/{ct.StudyInstanceUID}/metadata"
    (metadata,) = (await client.get(place)).json()
    pixels = await client.get(metadata["7FE00010"]["BulkDataURI"])
    assert pixels.content == ct.PixelData
