"""What a peer, a stranger or a fault may do to the DIMSE server: bounded, refused, survived."""

import asyncio
import gc
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.sop_class import Verification

from telehealth.images import Images
from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import Conference
from tests.support.dimse import a_peer, dimse_server, know, stored_files
from tests.support.image_doors import image_conference
from tests.support.image_room import CT_SMALL, a_sample
from tests.support.media import until
from viewer.dimse_admission import Bounds
from viewer.dimse_server import DimseServer

CALLING, CALLED = "DCMTK", "TELEHEALTH"
SMALL = Bounds(associations=4, per_peer=3, unnamed=2, first_word_seconds=2, silence_seconds=5)


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made:
        await know(made[0], a_peer(CALLING))
        yield made


@pytest.fixture
async def server(hospital: tuple[Conference, Images], tmp_path: Path) -> AsyncIterator[DimseServer]:
    async with dimse_server(*hospital, tmp_path, SMALL) as made:
        yield made


def opened(port: int) -> Association:
    """An association as our known peer, or what became of it."""
    entity = AE(ae_title=CALLING)
    entity.add_requested_context(Verification)
    return entity.associate("127.0.0.1", port, ae_title=CALLED)


def is_answered(port: int) -> bool:
    line = opened(port)
    good = line.is_established and line.send_c_echo().get("Status") == 0
    ended(line)
    return bool(good)


def ended(line: Association) -> None:
    """Release it; pynetdicom leaves the socket of a refused one open."""
    line.release()
    if line.dul.socket is not None:
        line.dul.socket.close()


def answer_to(port: int, message: bytes) -> bytes:
    """What comes back on a bare line until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(message)
        line.shutdown(socket.SHUT_WR)
        told = b""
        try:
            while chunk := line.recv(4096):
                told += chunk
        except ConnectionError:
            return told
    return told


def pdu(kind: int, body: bytes, length: int | None = None) -> bytes:
    return struct.pack(">BBL", kind, 0, len(body) if length is None else length) + body


HOSTILE = {
    "nothing": b"",
    "words": b"GET / HTTP/1.1\r\n\r\n",
    "unknown type": pdu(0x99, b"x" * 10),
    "four gigabytes announced": pdu(0x01, b"x" * 100, 0xFFFFFFFF),
    "two megabytes announced": pdu(0x04, b"x" * 100, 2 << 20),
    "data before any association": pdu(0x04, b"\0\0\0\6\1\3abcd"),
    "an association of zeros": pdu(0x01, bytes(68)),
    "an association of nonsense": pdu(0x01, b"\0\1\0\0" + b"A" * 64 + b"\x10\xff\xff\xff" * 50),
    "an abort": pdu(0x07, bytes(4)),
    "a release": pdu(0x05, bytes(4)),
    "cut in the header": b"\1\0\0",
}


async def test_pa4_hostile_lines_are_closed_and_others_go_on(
    hospital: tuple[Conference, Images], tmp_path: Path
) -> None:
    async with dimse_server(*hospital, tmp_path) as server:
        for name, message in HOSTILE.items():
            told = await asyncio.to_thread(answer_to, server.port, message)
            assert told[:1] != b"\2", name  # never an A-ASSOCIATE-AC
            assert await asyncio.to_thread(is_answered, server.port), name


async def test_pa4_associations_of_a_peer_are_bounded(server: DimseServer) -> None:
    lines = [await asyncio.to_thread(opened, server.port) for _ in range(5)]
    assert [line.is_established for line in lines] == [True, True, True, False, False]
    assert [line.is_rejected for line in lines[3:]] == [True, True]
    for line in lines:
        await asyncio.to_thread(ended, line)
    assert await asyncio.to_thread(is_answered, server.port)


# A client that is cut off while it connects: pynetdicom forgets its socket.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_pa4_a_flood_of_silent_lines_is_closed(server: DimseServer) -> None:
    def flood() -> list[socket.socket]:
        return [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]

    lines = await asyncio.to_thread(flood)
    try:
        await until(
            lambda: asyncio.to_thread(is_answered, server.port), "an answer in the flood", 30
        )
    finally:
        for line in lines:
            line.close()
    gc.collect()


def sent(port: int, path: Path) -> int:
    """The status of a C-STORE of this file."""
    entity = AE(ae_title=CALLING)
    dataset = dcmread(path, force=True)
    syntax = dataset.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2")
    entity.add_requested_context(dataset.get("SOPClassUID", "1.2.840.10008.5.1.4.1.1.2"), syntax)
    line = entity.associate("127.0.0.1", port, ae_title=CALLED)
    status = line.send_c_store(path)
    ended(line)
    return int(status.Status)


async def test_pa3_refusals_have_a_status_and_neighbours_go_on(
    hospital: tuple[Conference, Images],
    server: DimseServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = CT_SMALL.read_bytes()
    (tmp_path / "cut.dcm").write_bytes(whole[:20_000])
    assert await asyncio.to_thread(sent, server.port, tmp_path / "cut.dcm") == 0xC000
    assert await asyncio.to_thread(sent, server.port, CT_SMALL) == 0x0000
    assert await asyncio.to_thread(sent, server.port, CT_SMALL) == 0x0000
    assert await asyncio.to_thread(sent, server.port, a_sample("MR_small.dcm")) == 0x0000
    assert len(await stored_files(hospital[0])) == 2
    assert "reason=truncated" in caplog.text
    assert "CompressedSamples" not in caplog.text
    assert not list((tmp_path / "dimse").glob("*.dcm"))
