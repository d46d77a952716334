"""A PACS by DICOMweb (PS3.18): store with STOW-RS, then read every instance back and compare."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from recordings.errors import DeliveryAbsent, DeliveryFailed, DeliveryRefused
from recordings.sinks.http import judge, peer
from recordings.sinks.sink import Parcel

_PASSING_REASONS = range(0xA700, 0xA800)
"""Failure reason (0008,1197) "out of resources" (PS3.4 B.2.3): later it may work."""


@dataclass(frozen=True)
class PacsSink:
    """`client` has the DICOMweb root as base address, with the peer's credentials."""

    client: httpx.AsyncClient

    async def send(self, parcel: Parcel) -> Mapping[str, Any]:
        """Store all instances of the step in one request; 200 for a known UID proves nothing."""
        bodies = [await asyncio.to_thread(parcel.payloads.read, one.sha256) for one in parcel.files]
        boundary = uuid4().hex
        async with peer(self.client) as client:
            answer = await client.post(
                "studies",
                content=_multipart(bodies, boundary),
                headers={
                    "Content-Type": 'multipart/related; type="application/dicom"; '
                    f"boundary={boundary}",
                    "Accept": "application/dicom+json",
                },
            )
        _judge_store(answer)
        return {"status": answer.status_code, "sop_uids": [_uids(one)[2] for one in bodies]}

    async def verify(self, parcel: Parcel) -> Mapping[str, Any]:
        """Fetch each instance as stored: the same bytes, or at least an equal dataset."""
        proofs = {}
        for file in parcel.files:
            sent = await asyncio.to_thread(parcel.payloads.read, file.sha256)
            got = await self._retrieve(*_uids(sent))
            proofs[file.name] = await asyncio.to_thread(_compare, sent, got)
        return {"read_back": proofs}

    async def _retrieve(self, study_uid: str, series_uid: str, sop_uid: str) -> bytes:
        async with peer(self.client) as client:
            answer = await client.get(
                f"studies/{study_uid}/series/{series_uid}/instances/{sop_uid}",
                headers={
                    "Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'
                },
            )
        if answer.status_code in (404, 410):
            raise DeliveryAbsent("instance-absent", "the PACS does not have what it took")
        judge(answer)
        return _first_part(answer)


def _multipart(bodies: list[bytes], boundary: str) -> bytes:
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    parts = b"".join(head + body + b"\r\n" for body in bodies)
    return parts + f"--{boundary}--\r\n".encode()


def _judge_store(answer: httpx.Response) -> None:
    """PS3.18 10.5.3: failed instances are listed with a reason, also beside a 200 or 202."""
    reasons = list(_failure_reasons(answer))
    if reasons and all(one in _PASSING_REASONS for one in reasons):
        raise DeliveryFailed("pacs-busy", f"failure reason {reasons[0]:04X}H")
    if reasons:
        raise DeliveryRefused("pacs-refuses", f"failure reason {reasons[0]:04X}H")
    judge(answer)


def _failure_reasons(answer: httpx.Response) -> Iterator[int]:
    if "json" not in answer.headers.get("content-type", ""):
        return
    try:
        document = answer.json()
    except ValueError:
        return
    for one in document if isinstance(document, list) else [document]:
        failures = one.get("00081198", {}) if isinstance(one, dict) else {}
        for item in failures.get("Value", ()):
            yield int(item.get("00081197", {}).get("Value", [0x0110])[0])


def _first_part(answer: httpx.Response) -> bytes:
    """The first body of a multipart answer (RFC 2046 5.1.1), or the whole of a plain one."""
    kind = answer.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return answer.content
    boundary = kind.partition("boundary=")[2].split(";")[0].strip('" ')
    _, _, rest = answer.content.partition(f"--{boundary}".encode())
    _, found, rest = rest.partition(b"\r\n\r\n")
    body, ended, _ = rest.partition(f"\r\n--{boundary}".encode())
    if not (boundary and found and ended):
        raise DeliveryFailed("bad-answer", "not a whole multipart answer")
    return body


def _compare(sent: bytes, got: bytes) -> str:
    """How the stored instance equals the sent one; DeliveryRefused when it does not."""
    if sha256(got).digest() == sha256(sent).digest():
        return sha256(got).hexdigest()
    try:
        same = _dataset(got) == _dataset(sent)
    except InvalidDicomError:
        same = False
    if not same:
        raise DeliveryRefused("other-content", "the PACS keeps another object under this UID")
    return "same dataset, other file meta information"


def _dataset(data: bytes) -> Dataset:
    return dcmread(BytesIO(data))


def _uids(data: bytes) -> tuple[str, str, str]:
    header = dcmread(BytesIO(data), stop_before_pixels=True)
    return header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID
