"""A peer's DICOMweb: QIDO-RS to search (PS3.18 10.6), WADO-RS to fetch (10.4)."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import httpx

from viewer.dicomweb_multipart import MultipartReader, boundary_of
from viewer.errors import MultipartInvalid
from viewer.pacs import Ending, FoundStudy, Peer, Terms

FOUND_MAX: Final = 200
ANSWER_SECONDS: Final = 30.0
_ANSWER_BYTES_MAX: Final = 8 << 20
_PART_BYTES_MAX: Final = 4 << 30
_PARTS_MAX: Final = 65_535
_INCLUDED: Final = ("StudyDescription", "ModalitiesInStudy", "NumberOfStudyRelatedInstances")
_WANTS: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'

Keep = Callable[[Path], Awaitable[str]]


def client_of(peer: Peer, silence_seconds: float = ANSWER_SECONDS) -> httpx.AsyncClient:
    """A client for the peer's DICOMweb; it follows no redirect, which could lead anywhere."""
    user, password = peer.dicomweb_user, peer.dicomweb_password
    return httpx.AsyncClient(
        base_url=peer.dicomweb_url,
        auth=httpx.BasicAuth(user, password) if user else None,
        timeout=httpx.Timeout(silence_seconds, connect=10.0),
    )


async def probe(peer: Peer) -> str:
    """Whether QIDO-RS answers: empty, else a slug."""
    found = await search(peer, Terms(), limit=1)
    return found if isinstance(found, str) else ""


async def search(peer: Peer, terms: Terms, limit: int = FOUND_MAX) -> list[FoundStudy] | str:
    """Studies that match, or a slug."""
    wanted: dict[str, Any] = {
        "PatientID": terms.patient_id,
        "AccessionNumber": terms.accession_number,
        "StudyInstanceUID": terms.study_uid,
    }
    query = {name: value for name, value in wanted.items() if value}
    query |= {"limit": str(limit), "includefield": list(_INCLUDED)}
    headers = {"Accept": "application/dicom+json"}
    try:
        async with (
            client_of(peer) as client,
            client.stream("GET", "studies", params=query, headers=headers) as answer,
        ):
            if answer.status_code == 204:
                return []
            if answer.status_code != 200:
                return _refusal(answer.status_code)
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _ANSWER_BYTES_MAX:
                    return "not-understood"
    except httpx.TimeoutException:
        return "silent"
    except httpx.HTTPError:
        return "unreachable"
    return found_studies(bytes(body))[:limit] if _is_list(bytes(body)) else "not-understood"


def _refusal(status: int) -> str:
    return "not-allowed" if status in (401, 403) else "refused"


def _is_list(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), list)
    except (ValueError, RecursionError):
        return False


def found_studies(body: bytes) -> list[FoundStudy]:
    """The studies of a QIDO-RS answer; entries that are none are left out."""
    found = []
    for entry in json.loads(body):
        study_uid = _text(entry, "0020000D", 64)
        if study_uid:
            found.append(_found(entry, study_uid))
    return found


def _found(entry: Mapping[str, Any], study_uid: str) -> FoundStudy:
    counted = _text(entry, "00201208", 12)
    modality = _text(entry, "00080061", 64) or _text(entry, "00080060", 16)
    return FoundStudy(
        study_uid=study_uid,
        date=_text(entry, "00080020", 16),
        description=_text(entry, "00081030", 200),
        modality=tuple(part for part in modality.split("\\") if part),
        accession_number=_text(entry, "00080050", 64),
        patient_id=_text(entry, "00100020", 64),
        patient_name=_text(entry, "00100010", 324),
        patient_birth_date=_text(entry, "00100030", 16),
        patient_sex=_text(entry, "00100040", 16),
        instances=int(counted) if counted.isascii() and counted.isdigit() else None,
    )


def _text(entry: Any, tag: str, longest: int) -> str:
    attribute = entry.get(tag) if isinstance(entry, dict) else None
    values = attribute.get("Value") if isinstance(attribute, dict) else None
    if not isinstance(values, list):
        return ""
    told = [value.get("Alphabetic", "") if isinstance(value, dict) else value for value in values]
    text = "\\".join(str(value) for value in told if value is not None)
    return "".join(c for c in text if c >= " ").strip()[:longest]


async def fetch(
    peer: Peer, study_uid: str, folder: Path, silence_seconds: float, keep: Keep
) -> Ending:
    """WADO-RS of a whole study; each part is kept as soon as it is whole."""
    sink = PartFiles(folder)
    failed = 0
    try:
        async with (
            client_of(peer, silence_seconds) as client,
            client.stream("GET", f"studies/{study_uid}", headers={"Accept": _WANTS}) as answer,
        ):
            if answer.status_code != 200:
                gone = answer.status_code in (404, 410)
                return Ending("study-not-there" if gone else _refusal(answer.status_code))
            boundary = boundary_of(answer.headers.get("content-type", ""), "application/dicom")
            reader = MultipartReader(boundary, sink)
            async for chunk in answer.aiter_bytes():  # as it comes: what came stays
                await asyncio.to_thread(reader.feed, chunk)
                failed += await _keep_all(sink, keep)
            failed += await _keep_all(sink, keep)
            reader.finish()
    except httpx.TimeoutException:
        return Ending("stalled", failed)
    except httpx.HTTPError:
        return Ending("line-broke", failed)
    except MultipartInvalid:
        return Ending("not-understood", failed)
    except OSError:
        return Ending("no-room", failed)
    finally:
        sink.drop()
    return Ending("", failed)


async def _keep_all(sink: "PartFiles", keep: Keep) -> int:
    """Keep the whole parts; how many were refused."""
    refused = 0
    for path in sink.whole():
        refused += bool(await keep(path))
        path.unlink(missing_ok=True)
    return refused


class PartFiles:
    """Parts as files of their own in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._whole: list[Path] = []
        self._parts = self._size = 0

    def begin(self, headers: Mapping[str, str]) -> None:
        """A new file. Raises MultipartInvalid."""
        self._parts, self._size = self._parts + 1, 0
        if self._parts > _PARTS_MAX:
            raise MultipartInvalid("too-many-parts")
        self._path = self._folder / secrets.token_hex(16)
        self._file = self._path.open("xb")

    def write(self, data: bytes) -> None:
        """More of it. Raises MultipartInvalid."""
        self._size += len(data)
        if self._size > _PART_BYTES_MAX:
            raise MultipartInvalid("part-too-long")
        if self._file is not None:
            self._file.write(data)

    def end(self) -> None:
        """It is whole."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._whole.append(self._path)
        self._file = self._path = None

    def whole(self) -> list[Path]:
        """The files that became whole since the last call."""
        done, self._whole = self._whole, []
        return done

    def drop(self) -> None:
        """Forget what is not whole."""
        if self._file is not None:
            self._file.close()
        for path in (*self._whole, *([self._path] if self._path else [])):
            path.unlink(missing_ok=True)
