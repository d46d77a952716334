"""A PACS that answers with anything: a plain reason, nothing kept that is not whole."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.image_room import CT_SMALL
from viewer import pacs_web
from viewer.dicomweb_multipart import whole_multipart
from viewer.dimse_client import echo, find
from viewer.dimse_retrieve import Retrieval
from viewer.dimse_stack import OwnEntity
from viewer.pacs import Ending, Peer, Retrieve, Terms

OWN = OwnEntity("TELEHEALTH")
TERMS = Terms(patient_id="1")
UID = {"0020000D": {"vr": "UI", "Value": ["1.2"]}}


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[Peer]:
    """A host that reads something, answers with these bytes, and hangs up."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(act, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    peer = Peer(uuid4(), uuid4(), "PACS", "PACS", "127.0.0.1", port)
    try:
        yield replace(peer, retrieve=Retrieve.WEB, dicomweb_url=f"http://127.0.0.1:{port}/dw/")
    finally:
        server.close()
        await server.wait_closed()


def http(body: bytes, head: str = "200 OK", kind: str = "application/dicom+json") -> bytes:
    length = f"Content-Length: {len(body)}\r\nConnection: close\r\n"
    return f"HTTP/1.1 {head}\r\nContent-Type: {kind}\r\n{length}\r\n".encode() + body


# pynetdicom leaves the socket of a line that breaks while it is opened to the collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0\r\n",
        b"\x02" + bytes(200),
        b"\x02\0\xff\xff\xff\xff" + bytes(50),
        b"\x99" * 50,
    ],
    ids=["nothing", "words", "zeros", "long", "unknown"],
)
async def test_pa8_dimse_nonsense_is_unreachable(answer: bytes) -> None:
    async with answering(answer) as peer:
        assert await asyncio.to_thread(echo, OWN, peer) == "unreachable"
        assert await asyncio.to_thread(find, OWN, peer, TERMS) == "unreachable"
        retrieval = Retrieval(OWN, peer, "1.2", lambda path, uid: "")
        assert await asyncio.to_thread(retrieval.get) == Ending("unreachable")
    gc.collect()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "unreachable"),
        (b"SSH-2.0\r\n", "unreachable"),
        (http(b"<html>"), "not-understood"),
        (http(b"{}"), "not-understood"),
        (http(b"[" * 100_000), "not-understood"),
        (http(b"\xff\xfe"), "not-understood"),
        (http(b" " * (9 << 20)), "not-understood"),
        (http(b"", "302 Found\r\nLocation: http://127.0.0.1:1/"), "refused"),
        (http(b"", "401 Unauthorized"), "not-allowed"),
        (http(b"", "500 Broken"), "refused"),
    ],
)
async def test_pa8_web_nonsense_is_a_reason(answer: bytes, reason: str) -> None:
    async with answering(answer) as peer:
        assert await pacs_web.search(peer, TERMS) == reason


async def test_pa8_odd_entries_are_left_out() -> None:
    entries = [1, None, {}, {"0020000D": 5}, {"0020000D": {"Value": "x"}}, {**UID, "00100010": []}]
    async with answering(http(json.dumps(entries).encode())) as peer:
        found = await pacs_web.search(peer, TERMS)
    assert isinstance(found, list)
    assert [study.study_uid for study in found] == ["1.2"]


MULTIPART = 'multipart/related; type="application/dicom"; boundary=b'
PART = whole_multipart("b", iter([("application/dicom", CT_SMALL.read_bytes())] * 2))


@pytest.mark.parametrize(
    ("answer", "ending", "kept"),
    [
        (http(PART, kind=MULTIPART), Ending(), 2),
        (http(PART[:-30_000], kind=MULTIPART), Ending("not-understood"), 1),
        (http(PART, kind=MULTIPART)[:-30_000], Ending("line-broke"), 1),
        (http(PART, kind="text/html"), Ending("not-understood"), 0),
        (http(b"", "404 Not Found"), Ending("study-not-there"), 0),
        (http(b"", "403 Forbidden"), Ending("not-allowed"), 0),
    ],
)
async def test_pa11_what_came_whole_is_kept_and_the_rest_is_not(
    tmp_path: Path, answer: bytes, ending: Ending, kept: int
) -> None:
    bodies = []

    async def keep(path: Path) -> str:
        bodies.append(path.read_bytes())
        return ""

    async with answering(answer) as peer:
        assert await pacs_web.fetch(peer, "1.2", tmp_path, 5, keep) == ending
    assert bodies == [CT_SMALL.read_bytes()] * kept
    assert not list(tmp_path.iterdir())
