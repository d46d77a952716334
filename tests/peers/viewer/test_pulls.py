"""Studies fetched from real archives: Orthanc by C-MOVE, C-GET and DICOMweb, dcmqrscp by DIMSE."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pydicom
import pytest

from telehealth.images import Images
from telehealth.pull_worker import PullWorker
from tests.integration.scheduling.steps import draft
from tests.support import dcmqrscp, orthanc
from tests.support.conference import Conference
from tests.support.dimse import OWN, a_peer, dcmtk, dimse_settings, know, stored_files
from tests.support.image_room import a_sample
from tests.support.ports import free_port
from viewer.dimse_server import DimseServer
from viewer.pacs import Peer

STUDY = ("CT_small.dcm", "MR_small_jp2klossless.dcm", "SC_rgb_jpeg_gdcm.dcm")


def samples(folder: Path) -> list[Path]:
    """Three files of one study of the case's patient, in three syntaxes."""
    made = []
    for number, name in enumerate(STUDY):
        dataset = pydicom.dcmread(a_sample(name))
        dataset.PatientID, dataset.PatientBirthDate, dataset.PatientSex = (
            "NK-240001", "19540302", "M",
        )  # fmt: skip
        dataset.StudyInstanceUID, dataset.AccessionNumber = "1.2.826.0.1.77", "ACC77"
        dataset.SOPInstanceUID = f"1.2.826.0.1.77.{number + 1}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(folder / f"{number}.dcm")
        made.append(folder / f"{number}.dcm")
    return made


def worker_of(
    meeting: Conference, images: Images, folder: Path, stall_seconds: float = 20
) -> PullWorker:
    (folder / "pulls").mkdir(exist_ok=True)
    parts = meeting.parts
    place = folder / "pulls"
    return PullWorker(
        parts.database, images, OWN, parts.sealing, place, stall_seconds, meeting.clock
    )


async def fetched(
    meeting: Conference, worker: PullWorker, peer: Peer, by: str, value: str
) -> dict[str, Any]:
    """Search as the doctor does, fetch all that was found; the pull, once it is over."""
    case = await draft(meeting)
    place = f"/api/cases/{case['id']}"
    path = f"{place}/pacs/{peer.id}/search"
    found = (await meeting.call("bacsi", "POST", path, {"by": by, "value": value}))["items"]
    (study,) = found
    assert (study["study_uid"], study["identity"]) == ("1.2.826.0.1.77", "match")
    assert not study["in_case"]
    wanted = [{"study_uid": study["study_uid"], "description": study["description"]}]
    body = {"peer_id": str(peer.id), "studies": wanted}
    await meeting.call("bacsi", "POST", f"{place}/pulls", body, 201)
    again = await meeting.call("bacsi", "POST", f"{place}/pulls", body, 409)
    assert again["type"] == "/problems/pull-running"
    assert await worker.work_once()
    (pull,) = (await meeting.call("bacsi", "GET", f"{place}/pulls"))["items"]
    (shown,) = (await meeting.call("bacsi", "GET", f"{place}/studies"))["items"]
    assert shown["identity"]["status"] == "match"
    done: dict[str, Any] = pull
    return done


@pytest.fixture
def pacs(tmp_path: Path, server: DimseServer) -> Iterator[tuple[str, int]]:
    """An Orthanc that knows us: its address and DICOM port."""
    port = free_port()
    known = {"ours": ["TELEHEALTH", "127.0.0.1", server.port]}
    (tmp_path / "orthanc").mkdir()
    settings = dimse_settings(port, known)
    with orthanc.orthanc(tmp_path / "orthanc", settings) as address:
        for path in samples(tmp_path):
            answer = httpx.post(
                f"{address}instances",
                content=path.read_bytes(),
                auth=(orthanc.NAME, orthanc.PASSWORD),
            )
            assert answer.status_code == 200, answer.text
        yield address, port


@pytest.mark.parametrize(
    ("retrieve", "by", "value"),
    [
        ("move", "patient_id", "NK-240001"),
        ("get", "accession_number", "ACC77"),
        ("web", "study_uid", "1.2.826.0.1.77"),
    ],
)
async def test_pa9_study_comes_from_orthanc(
    hospital: tuple[Conference, Images],
    pacs: tuple[str, int],
    tmp_path: Path,
    retrieve: str,
    by: str,
    value: str,
) -> None:
    meeting, images = hospital
    address, port = pacs
    web = {
        "dicomweb_url": f"{address}dicom-web/",
        "dicomweb_user": orthanc.NAME,
        "dicomweb_password": orthanc.PASSWORD,
    }
    peer = await know(meeting, replace(a_peer("ORTHANC", port), retrieve=retrieve, **web))
    pull = await fetched(meeting, worker_of(meeting, images, tmp_path), peer, by, value)
    assert (pull["state"], pull["arrived"]) == ("done", 3), pull
    kept = await stored_files(meeting)
    if retrieve == "web":
        assert sorted(kept) == sorted(path.read_bytes() for path in samples(tmp_path))
    # Orthanc encodes anew what it sends by DIMSE, never the pixels.
    sent = sorted(samples(tmp_path))
    came = sorted(
        (pydicom.dcmread(BytesIO(body)) for body in kept), key=lambda ds: ds.SOPInstanceUID
    )
    for path, dataset in zip(sent, came, strict=True):
        original = pydicom.dcmread(path)
        assert dataset.file_meta.TransferSyntaxUID == original.file_meta.TransferSyntaxUID
        assert dataset.PixelData == original.PixelData


@pytest.mark.parametrize("retrieve", ["move", "get"])
async def test_pa9_study_comes_from_dcmqrscp(
    hospital: tuple[Conference, Images], server: DimseServer, tmp_path: Path, retrieve: str
) -> None:
    meeting, images = hospital
    port = free_port()
    with dcmqrscp.dcmqrscp(tmp_path / "qr", port, server.port):
        peer = await know(meeting, replace(a_peer(dcmqrscp.AE_TITLE, port), retrieve=retrieve))
        for path in samples(tmp_path)[:1]:
            sent = await dcmtk("storescu", "-aec", dcmqrscp.AE_TITLE, "127.0.0.1", port, path)
            assert sent.code == 0, sent.output
        pull = await fetched(
            meeting, worker_of(meeting, images, tmp_path), peer, "patient_id", "NK-240001"
        )
    assert (pull["state"], pull["arrived"], pull["reason_slug"]) == ("done", 1, None)


def many(folder: Path, count: int) -> Path:
    """A folder with a long series of the case's patient."""
    made = folder / "many"
    made.mkdir()
    dataset = pydicom.dcmread(samples(folder)[0])
    for number in range(count):
        dataset.SOPInstanceUID = f"1.2.826.0.1.77.9.{number + 1}"
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(made / f"{number}.dcm")
    return made


async def test_pa11_archive_that_stalls_is_told_and_tried_again(
    hospital: tuple[Conference, Images], server: DimseServer, tmp_path: Path
) -> None:
    meeting, images = hospital
    port = free_port()
    worker = worker_of(meeting, images, tmp_path, stall_seconds=2)
    with dcmqrscp.dcmqrscp(tmp_path / "qr", port, server.port) as process:
        peer = await know(meeting, a_peer(dcmqrscp.AE_TITLE, port))
        sent = await dcmtk(
            "storescu", "-aec", dcmqrscp.AE_TITLE, "+sd", "127.0.0.1", port, many(tmp_path, 120)
        )
        assert sent.code == 0, sent.output
        case = await draft(meeting)
        place = f"/api/cases/{case['id']}/pulls"
        wanted = {"peer_id": str(peer.id), "studies": [{"study_uid": "1.2.826.0.1.77"}]}
        await meeting.call("bacsi", "POST", place, wanted, 201)
        working = asyncio.create_task(worker.work_once())
        while not await stored_files(meeting):
            assert not working.done(), str(await pull_of(meeting, place))
            await asyncio.sleep(0.02)
        dcmqrscp.signal_all(process, signal.SIGSTOP)
        try:
            await working
        finally:
            dcmqrscp.signal_all(process, signal.SIGCONT)
        stalled = await pull_of(meeting, place)
        assert (stalled["state"], stalled["reason_slug"]) == ("stalled", "stalled")
        assert 0 < stalled["arrived"] < 120
        # dcmqrscp tells how many there are with its first response, which may come too late.
        assert stalled["expected"] in (None, 120)
        (shown,) = (await meeting.call("bacsi", "GET", f"/api/cases/{case['id']}/studies"))["items"]
        assert shown["study_uid"] == "1.2.826.0.1.77"
        await meeting.call("bacsi", "POST", f"{place}/{stalled['id']}/retry")
        assert await worker.work_once()
        done = await pull_of(meeting, place)
    assert (done["state"], done["arrived"], done["reason_slug"]) == ("done", 120, None)


async def pull_of(meeting: Conference, place: str) -> dict[str, Any]:
    (pull,) = (await meeting.call("bacsi", "GET", place))["items"]
    found: dict[str, Any] = pull
    return found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ae_title": "NOBODY"}, "ae-unknown"),
        ({"port": 1}, "unreachable"),
        ({"retrieve": "web", "dicomweb_password": "wrong"}, "not-allowed"),
    ],
)
async def test_pa8_archive_that_cannot_be_asked_is_a_plain_reason(
    hospital: tuple[Conference, Images],
    pacs: tuple[str, int],
    tmp_path: Path,
    change: dict[str, Any],
    reason: str,
) -> None:
    meeting, images = hospital
    address, port = pacs
    web = {"dicomweb_url": f"{address}dicom-web/", "dicomweb_user": orthanc.NAME}
    peer = await know(meeting, replace(a_peer("ORTHANC", port, **web), **change))
    case = await draft(meeting)
    path = f"/api/cases/{case['id']}/pacs/{peer.id}/search"
    asked = {"by": "patient_id", "value": "NK-240001"}
    problem = await meeting.call("bacsi", "POST", path, asked, 424)
    assert (problem["type"], problem["reason"]) == ("/problems/pacs-failed", reason)
    body = {"peer_id": str(peer.id), "studies": [{"study_uid": "1.2.826.0.1.77"}]}
    await meeting.call("bacsi", "POST", f"/api/cases/{case['id']}/pulls", body, 201)
    assert await worker_of(meeting, images, tmp_path).work_once()
    pull = await pull_of(meeting, f"/api/cases/{case['id']}/pulls")
    assert (pull["state"], pull["reason_slug"]) == ("failed", reason)
    checked = await meeting.call("quantri", "POST", f"/api/pacs-peers/{peer.id}/check")
    assert checked == {"answered": False, "reason_slug": reason}
