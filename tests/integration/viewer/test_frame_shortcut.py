"""The short way to frames: the same bytes as the long way, and no right it denies."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pydicom
import pytest
from prometheus_client import REGISTRY
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from telehealth.api.dicomweb_retrieve import FRAMES
from telehealth.images import Images
from tests.integration.scheduling.steps import draft
from tests.integration.viewer.test_dicomweb import parts_of
from tests.support.conference import Conference
from tests.support.image_doors import image_conference, upload
from tests.support.image_room import CT_SMALL

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
STUDY = "1.2.826.0.1.77"
NATIVE = {"Accept": 'multipart/related; type="application/octet-stream"'}
SINGLE = {"Accept": "application/octet-stream"}


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made:
        yield made


def stack(syntax: str, frames: int = 3) -> tuple[bytes, np.ndarray]:
    """A file whose frames are above every reader's threshold for small values."""
    ds = pydicom.dcmread(CT_SMALL)
    pixels = np.random.default_rng(7).integers(0, 4000, (frames, 300, 310), np.int16)
    ds.file_meta.TransferSyntaxUID = syntax
    ds.Rows, ds.Columns, ds.NumberOfFrames = 300, 310, frames
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    ds.PixelData = pixels.astype(f"{order}i2").tobytes()
    ds["PixelData"].VR = "OW"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, f"{STUDY}.1"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{STUDY}.1.1"
    out = io.BytesIO()
    ds.remove_private_tags()
    pydicom.dcmwrite(
        out,
        ds,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        force_encoding=True,
    )
    return out.getvalue(), pixels


def frame(number: int) -> str:
    return f"/dicomweb/studies/{STUDY}/series/{STUDY}.1/instances/{STUDY}.1.1/frames/{number}"


def counted() -> float:
    """How many frames `/metrics` tells of."""
    labels = {"method": "GET", "route": FRAMES, "status": "2xx"}
    return REGISTRY.get_sample_value("telehealth_http_requests_total", labels) or 0.0


async def learnt(meeting: Conference, client: httpx.AsyncClient) -> None:
    """Return when the short way knows the frames."""
    async with asyncio.timeout(20):
        while not short(meeting, client):
            await asyncio.sleep(0.01)
            await client.get(frame(1), headers=SINGLE)


def short(meeting: Conference, client: httpx.AsyncClient) -> bool:
    """Whether this client's next request for a single part goes the short way."""
    headers = [
        (b"authorization", client.headers["Authorization"].encode()),
        (b"accept", SINGLE["Accept"].encode()),
    ]
    return meeting.parts.frames.find({"path": frame(1), "headers": headers}) is not None


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
)
async def test_large_plain_frames_are_the_samples_by_either_way(
    hospital: tuple[Conference, Images], syntax: str
) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    body, pixels = stack(syntax)
    assert (await upload(client, case["id"], body)).status_code == 201
    await client.get(frame(1), headers=NATIVE)
    if syntax != ExplicitVRBigEndian:
        await learnt(meeting, client)
    for number in (1, 2, 3):
        before = counted()
        wanted = pixels[number - 1].astype("<i2").tobytes()
        answer = await client.get(frame(number), headers=NATIVE)
        assert parts_of(answer) == [wanted]
        single = await client.get(frame(number), headers=SINGLE)
        assert single.content == wanted
        assert single.headers["x-content-type-options"] == "nosniff"
        assert "x-request-id" in single.headers
        assert counted() == before + 2
    assert (await client.get(frame(4), headers=NATIVE)).status_code == 404


async def test_short_way_is_the_readers_own_and_ends_with_right_and_sign_in(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    await upload(client, case["id"], stack(ExplicitVRLittleEndian)[0])
    assert (await client.get(frame(1), headers=SINGLE)).status_code == 200
    await learnt(meeting, client)
    for username in ("nguoikhac", "quantri", "hocvien", "chuyengia"):
        other = await meeting.client(username)
        assert (await other.get(frame(1), headers=SINGLE)).status_code in (403, 404)
    foreign = SINGLE | {"Authorization": "Bearer nobody"}
    assert (await client.get(frame(1), headers=foreign)).status_code == 401
    link = f"/api/cases/{case['id']}/studies/{STUDY}"
    gone = await client.request("DELETE", link, json={"reason": "nhầm người"})
    assert gone.status_code == 204
    meeting.clock.now += timedelta(seconds=6)
    assert (await client.get(frame(1), headers=SINGLE)).status_code == 404
    await upload(client, case["id"], stack(ExplicitVRLittleEndian)[0])
    assert (await client.get(frame(1), headers=SINGLE)).status_code == 200
    assert (await client.post("/api/logout")).status_code == 204
    assert (await client.get(frame(1), headers=SINGLE)).status_code == 401


async def test_bytes_that_are_gone_are_missed_by_the_short_way_too(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, images = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    body, pixels = stack(ExplicitVRLittleEndian, 1)
    await upload(client, case["id"], body)
    assert (await client.get(frame(1), headers=SINGLE)).content == pixels[0].tobytes()
    await learnt(meeting, client)
    for path in images.uploads_folder.parent.joinpath("blobs").glob("??/*"):
        path.rename(path.with_suffix(".away"))
    assert (await client.get(frame(1), headers=SINGLE)).status_code >= 400


async def test_kept_metadata_of_a_series_grows_with_it(hospital: tuple[Conference, Images]) -> None:
    meeting, _ = hospital
    case = await draft(meeting)
    client = await meeting.client("bacsi")
    place = f"/dicomweb/studies/{STUDY}/series/{STUDY}.1/metadata"
    body = stack(ExplicitVRLittleEndian, 1)[0]
    for count in (1, 2, 3):
        number = f"{STUDY}.1.{count}".encode()
        await upload(client, case["id"], body.replace(f"{STUDY}.1.1".encode(), number))
        for _ in range(2):
            found = (await client.get(place)).json()
            uids = [each["00080018"]["Value"][0] for each in found]
            assert uids == [f"{STUDY}.1.{n + 1}" for n in range(count)]
    plain = await client.get(place, headers={"Accept-Encoding": "identity"})
    assert plain.json() == found
    assert "content-encoding" not in plain.headers
