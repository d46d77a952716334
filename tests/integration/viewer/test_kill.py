"""A whole installation that receives by two doors at once, and all its processes killed."""

import asyncio
import io
import os
import signal
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pydicom

from tests.support.image_room import CT_SMALL
from tests.support.installation import Installation
from tests.support.one_hospital import DOCTOR, make_hospital

STUDY, SERIES = "1.2.826.0.1.3680043.10.1511.9", "1.2.826.0.1.3680043.10.1511.9.1"
SENT, PER_REQUEST, KILLED_AFTER = 240, 3, 30
PUBLISH_SECONDS = 120


def _files() -> dict[str, bytes]:
    """SOP Instance UID -> Part 10 file."""
    image = pydicom.dcmread(CT_SMALL)
    image.StudyInstanceUID, image.SeriesInstanceUID = STUDY, SERIES
    files = {}
    for number in range(SENT):
        image.SOPInstanceUID = f"{SERIES}.{number + 1}"
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.InstanceNumber = number + 1
        out = io.BytesIO()
        image.save_as(out)
        files[image.SOPInstanceUID] = out.getvalue()
    return files


@dataclass
class _Sender:
    """Sends files, and remembers what was acknowledged."""

    url: str
    headers: Mapping[str, str]
    case_id: str
    acknowledged: set[str] = field(default_factory=set)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, files: Mapping[str, bytes]) -> list[BaseException]:
        """Two lanes by STOW-RS, two as a page does; what ended lanes too early."""
        some = iter(list(files.items()))  # the lanes take from one pile
        lanes = (self._stow, self._stow, self._tus, self._tus)
        async with httpx.AsyncClient(base_url=self.url, headers=self.headers) as client:
            ends = await asyncio.gather(
                *(lane(client, some) for lane in lanes), return_exceptions=True
            )
        return [end for end in ends if end is not None]

    async def _stow(self, client: httpx.AsyncClient, pile: Iterator[tuple[str, bytes]]) -> None:
        while batch := list(islice(pile, PER_REQUEST)):
            body = b"".join(
                b"--B\r\nContent-Type: application/dicom\r\n\r\n" + file + b"\r\n"
                for _, file in batch
            )
            kind = 'multipart/related; type="application/dicom"; boundary=B'
            place = f"/dicomweb/studies?case={self.case_id}"
            whole = {"content": body + b"--B--\r\n", "headers": {"Content-Type": kind}}
            await self._posted(client, place, whole, 200, [uid for uid, _ in batch])

    async def _tus(self, client: httpx.AsyncClient, pile: Iterator[tuple[str, bytes]]) -> None:
        for uid, file in pile:
            headers = {
                "Tus-Resumable": "1.0.0",
                "Upload-Length": str(len(file)),
                "Upload-Metadata": f"filename {b64encode(b'IM').decode()}",
                "Content-Type": "application/offset+octet-stream",
            }
            place = f"/api/cases/{self.case_id}/uploads"
            whole = {"content": file, "headers": headers}
            await self._posted(client, place, whole, 201, [uid])

    async def _posted(
        self,
        client: httpx.AsyncClient,
        place: str,
        whole: Mapping[str, Any],
        good: int,
        uids: list[str],
    ) -> None:
        answer = await client.post(place, **whole)
        assert answer.status_code == good, answer.text
        self.acknowledged.update(uids)
        if len(self.acknowledged) >= KILLED_AFTER:
            self.enough.set()


async def _signed_in(url: str, password: str) -> dict[str, str]:
    async with httpx.AsyncClient(base_url=url) as client:
        login = {"username": DOCTOR, "password": password}
        token = (await client.post("/api/login", json=login)).json()["token"]
    return {"Authorization": f"Bearer {token}"}


async def _killed(server: Installation, sender: _Sender) -> None:
    await sender.enough.wait()
    for pid in server.processes():
        os.kill(pid, signal.SIGKILL)


async def test_up5_killed_while_it_receives_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    password, files = await asyncio.to_thread(make_hospital, tmp_path), _files()
    with Installation(tmp_path, "serve") as server:
        headers = await _signed_in(server.url, password)
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
            case_id = (await client.post("/api/cases", json={})).json()["id"]
        sender = _Sender(server.url, headers, case_id)
        ends, _ = await asyncio.gather(sender.send(files), _killed(server, sender))
    assert [isinstance(end, httpx.TransportError) for end in ends] == [True] * 4
    assert KILLED_AFTER <= len(sender.acknowledged) < SENT
    with Installation(tmp_path, "serve") as server:
        headers = await _signed_in(server.url, password)
        async with httpx.AsyncClient(base_url=server.url, headers=headers) as client:
            for uid in sender.acknowledged:
                place = f"/dicomweb/studies/{STUDY}/series/{SERIES}/instances/{uid}"
                kept = await client.get(
                    place, headers={"Accept": 'multipart/related; type="application/dicom"'}
                )
                assert files[uid] in kept.content
            again = _Sender(server.url, headers, case_id)
            assert await again.send(files) == []
            assert again.acknowledged == set(files)
            await _all_published(client, case_id)
            found = await client.get(f"/dicomweb/studies/{STUDY}/instances?limit=1000")
            uids = [each["00080018"]["Value"][0] for each in found.json()]
    assert sorted(uids) == sorted(files)


async def _all_published(client: httpx.AsyncClient, case_id: str) -> None:
    """The copies for delivery too, of files stored before and after."""
    async with asyncio.timeout(PUBLISH_SECONDS):
        while True:
            (study,) = (await client.get(f"/api/cases/{case_id}/studies")).json()["items"]
            if study["series"][0]["published_count"] == SENT:
                return
            await asyncio.sleep(0.1)  # another process works
