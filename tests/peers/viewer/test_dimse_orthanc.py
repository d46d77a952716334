"""Orthanc as the hospital's PACS: it sends, asks for commitment, finds and moves."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pydicom
import pytest

from telehealth.images import Images
from tests.support import orthanc
from tests.support.conference import SPOKE, Conference
from tests.support.dimse import a_peer, archive, dimse_settings, know, stored_files
from tests.support.image_room import a_sample
from tests.support.media import until
from tests.support.ports import free_port
from viewer.dimse_server import DimseServer

SAMPLES = ("CT_small.dcm", "MR_small_jp2klossless.dcm", "SC_rgb_jpeg_gdcm.dcm")


@pytest.fixture
def pacs(tmp_path: Path, server: DimseServer) -> Iterator[tuple[httpx.Client, int]]:
    """A signed-in client of an Orthanc that knows us, and its DICOM port."""
    port = free_port()
    known = {"ours": ["TELEHEALTH", "127.0.0.1", server.port]}
    (tmp_path / "orthanc").mkdir()
    settings = dimse_settings(port, known)
    with orthanc.orthanc(tmp_path / "orthanc", settings) as address:
        auth = (orthanc.NAME, orthanc.PASSWORD)
        with httpx.Client(base_url=address, auth=auth, timeout=60) as client:
            yield client, port


async def ask(client: httpx.Client, method: str, path: str, body: Any = None) -> Any:
    """One request of Orthanc's REST API; it must succeed."""
    answer = await asyncio.to_thread(client.request, method, path, json=body)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json() if answer.content else None


async def commitment(client: httpx.Client, body: Any) -> Any:
    """What we report of these instances once Orthanc has asked us to commit to them."""
    asked = await ask(client, "POST", "/modalities/ours/storage-commitment", body)
    reports: list[Any] = []

    async def reported() -> bool:
        reports.append(await ask(client, "GET", f"/storage-commitment/{asked['ID']}"))
        return bool(reports[-1]["Status"] != "Pending")

    await until(reported, "a storage commitment report")
    return reports[-1]


async def test_pa3_orthanc_sends_and_gets_its_commitment(
    hospital: tuple[Conference, Images], pacs: tuple[httpx.Client, int]
) -> None:
    meeting, _ = hospital
    client, port = pacs
    await know(meeting, a_peer("ORTHANC", port))
    sent = []
    for name in SAMPLES:
        body = a_sample(name).read_bytes()
        made = await asyncio.to_thread(client.post, "/instances", content=body)
        sent.append(made.json()["ID"])
    await ask(client, "POST", "/modalities/ours/echo", {})
    await ask(client, "POST", "/modalities/ours/store", sent)
    assert len(await stored_files(meeting)) == len(SAMPLES)
    report = await commitment(client, {"Resources": sent})
    assert report["Status"] == "Success", report
    assert len(report["Success"]) == len(SAMPLES)


async def test_pa7_orthanc_is_told_what_is_not_kept(
    hospital: tuple[Conference, Images], pacs: tuple[httpx.Client, int]
) -> None:
    meeting, _ = hospital
    client, port = pacs
    await know(meeting, a_peer("ORTHANC", port))
    missing = [{"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": "1.2.3.4"}]
    report = await commitment(client, {"DicomInstances": missing})
    assert report["Status"] == "Failure"
    assert report["Failures"][0]["SOPInstanceUID"] == "1.2.3.4"


async def test_pa6_orthanc_finds_and_moves_from_us(
    hospital: tuple[Conference, Images], pacs: tuple[httpx.Client, int]
) -> None:
    meeting, _ = hospital
    client, port = pacs
    await know(meeting, a_peer("ORTHANC", port))
    kept = await archive(meeting, SPOKE, *SAMPLES)
    query = {"Level": "Study", "Query": {"PatientID": "*", "StudyDescription": "*"}}
    found = await ask(client, "POST", "/modalities/ours/query", query)
    answers = await ask(client, "GET", f"/queries/{found['ID']}/answers")
    assert answers
    await ask(client, "POST", f"/queries/{found['ID']}/retrieve", {"TargetAet": "ORTHANC"})
    there = {}
    for instance in await ask(client, "GET", "/instances"):
        file = await asyncio.to_thread(client.get, f"/instances/{instance}/file")
        dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(file.content))
        there[str(dataset.SOPInstanceUID)] = dataset
    assert set(there) == set(kept)
    for uid, dataset in there.items():
        original = pydicom.dcmread(pydicom.filebase.DicomBytesIO(kept[uid]))
        assert dataset.PixelData == original.PixelData
