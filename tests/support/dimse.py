"""A DIMSE server over the conference's database, and the tools of DCMTK that judge it."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from telehealth.dimse_desk import DimseDesk
from telehealth.images import Images
from tests.support.conference import SPOKE, Conference
from tests.support.core import facility_id
from tests.support.image_room import a_sample
from viewer.dimse_admission import Bounds
from viewer.dimse_server import DimseServer
from viewer.dimse_stack import OwnEntity
from viewer.pacs import Peer
from viewer.pacs_store import PacsStore
from viewer.study import Header

# PyPI's pynetdicom brings commands of the same names: only Debian's are asked.
DCMTK = Path("/usr/bin")
OWN = OwnEntity("TELEHEALTH")
SECONDS = 60


@dataclass(frozen=True)
class Outcome:
    """How a command ended, with everything it printed."""

    code: int
    output: str


async def dcmtk(tool: str, *arguments: object, cwd: Path | None = None) -> Outcome:
    """Run one of DCMTK's tools to its end."""
    process = await asyncio.create_subprocess_exec(
        DCMTK / tool,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=cwd,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return Outcome(process.returncode or 0, output.decode(errors="replace"))


def a_peer(name: str = "PACS1", port: int = 1, **more: object) -> Peer:
    """A peer of the spoke hospital on this machine."""
    known = Peer(uuid4(), facility_id(SPOKE), f"Máy {name}", name, "127.0.0.1", port)
    return replace(known, **more)  # type: ignore[arg-type]


async def know(meeting: Conference, peer: Peer) -> Peer:
    """Put the peer into the table, its password closed as the admin page does."""
    closed = meeting.parts.sealing.close(peer.dicomweb_password)
    async with meeting.parts.database.transaction() as tx:
        await PacsStore(tx).save_peer(replace(peer, dicomweb_password=closed))
    return peer


@asynccontextmanager
async def dimse_server(
    meeting: Conference,
    images: Images,
    folder: Path,
    bounds: Bounds | None = None,
    own: OwnEntity = OWN,
    tls: bool = False,
) -> AsyncIterator[DimseServer]:
    """The real server on a free port, over the conference's parts."""
    receiving = folder / "dimse"
    receiving.mkdir(exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(receiving)
    loop = asyncio.get_running_loop()
    desk = DimseDesk(meeting.parts.database, images, own, receiving, meeting.clock, loop)
    server = DimseServer(own, ("127.0.0.1", 0), desk, bounds or Bounds(), tls)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)
        tempfile.tempdir = before


async def stored_files(meeting: Conference, code: str = SPOKE) -> list[bytes]:
    """Every stored file of a facility, as it lies in the blobs."""
    async with meeting.parts.database.reading() as tx:
        store = PacsStore(tx)
        studies = await store.studies(facility_id(code), (), {}, 1000)
        rows = await store.instances_in([study.id for study in studies])
    return [meeting.parts.blobs.read(row.sha256) for row in rows]


def dataset_bytes(part10: bytes) -> bytes:
    """What follows the file meta information (PS3.10 7.1)."""
    length = int.from_bytes(part10[140:144], "little")
    return part10[144 + length :]


def listening(port: int) -> Callable[[], bool]:
    """Whether somebody takes connections on a port of this machine by now."""

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    return answers


async def archive(meeting: Conference, code: str, *names: str) -> dict[str, bytes]:
    """Put samples into a facility's archive, for no case; bytes by SOP UID."""
    images = meeting.parts.images
    assert images is not None
    kept = {}
    for name in names:
        path = images.uploads_folder / f"{code}-{name}"
        path.write_bytes(a_sample(name).read_bytes())
        header = await images.ingest.inspect(path)
        assert isinstance(header, Header)
        await images.ingest.hold(path, header, facility_id(code), meeting.clock())
        kept[header.instance.sop_uid] = a_sample(name).read_bytes()
    return kept


def dimse_settings(port: int, modalities: Mapping[str, Sequence[object]]) -> dict[str, object]:
    """Settings of an Orthanc that listens here and knows these: name to [AE title, host, port]."""
    return {
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomModalities": modalities,
        "DicomCheckCalledAet": True,
    }
