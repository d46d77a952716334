"""What happens when processes die: nothing acknowledged is lost, nothing is tried for ever."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from tests.support.image_room import CT_SMALL, a_sample, image_room, in_one_piece
from viewer.delivery import ATTEMPTS_MAX, DeliveryWorker
from viewer.header_reading import HeaderReaders
from viewer.pool import MEMORY_BYTES_MAX, ProcessCrashed, ProcessPool
from viewer.study import Header, Refusal
from viewer.tables import InstanceRow
from viewer.upload import NewUpload

SLOW_SENDER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from viewer.intake import Intake
from viewer.upload import UploadLimits
from viewer.upload_store import Upload

folder, upload_id, body = Path(sys.argv[1]), UUID(sys.argv[2]), Path(sys.argv[3]).read_bytes()
now = datetime.now(UTC)
upload = Upload(upload_id, upload_id, upload_id, "a", len(body), upload_id, now, now)
intake = Intake(folder, None, None, lambda: now, UploadLimits(), None)

async def first():
    yield body[:10_000]

async def endless():
    yield body[10_000:20_000]
    print("sending", flush=True)
    await asyncio.Event().wait()
    yield b""

async def main():
    offset = await intake.append(upload, 0, len(body), first())
    print("acknowledged", offset, flush=True)
    await intake.append(upload, offset, len(body) - offset, endless())

asyncio.run(main())
"""


POOL_OWNER = """
import asyncio, os
from viewer.header_reading import HeaderReaders
from viewer.pool import ProcessPool

async def main():
    print(await ProcessPool(1, 0).run(30, os.getpid), flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


class PoisonedPool(ProcessPool):
    """A real pool in which one file kills the process that reads it."""

    poison = ""

    async def run(
        self, seconds: int, function: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Any:
        if self.poison in str(args[0]).replace("/", ""):
            return await super().run(seconds, os._exit, 9)
        return await super().run(seconds, function, *args, **kwargs)


async def test_a_task_that_asks_for_too_much_memory_fails_alone() -> None:
    pool = ProcessPool(1, 0)
    try:
        process = await pool.run(30, os.getpid)
        with pytest.raises(MemoryError):
            await pool.run(30, bytearray, MEMORY_BYTES_MAX)
        assert await pool.run(30, os.getpid) == process
    finally:
        pool.close()


async def test_file_that_kills_its_process_is_given_up_and_its_neighbours_are_not(
    tmp_path: Path,
) -> None:
    async with image_room(tmp_path) as room:
        pool = PoisonedPool(2, 0)
        worker = DeliveryWorker(
            room.worker._stores, room.blobs, room.delivery_folder, pool, lambda: datetime.now(UTC)
        )
        bad = await room.send(CT_SMALL.read_bytes(), "bad")
        for name in ("MR_small.dcm", "examples_palette.dcm", "693_J2KI.dcm"):
            assert (await room.send(a_sample(name).read_bytes(), name)).state == "stored"
        async with room.database.reading() as tx:
            rows = (await tx.exec(select(InstanceRow))).all()
        (poisoned,) = [row for row in rows if row.sop_uid == bad.sop_uid]
        pool.poison = poisoned.sha256
        await worker.settle()
        await asyncio.to_thread(pool.close)
        async with room.database.reading() as tx:
            after = {row.sop_uid: row for row in (await tx.exec(select(InstanceRow))).all()}
    gone = after.pop(str(bad.sop_uid))
    assert (gone.delivery, gone.delivery_reason) == ("failed", "decoder-crashed")
    assert gone.attempts == ATTEMPTS_MAX + 1
    assert {row.delivery for row in after.values()} == {"published"}


async def test_file_that_kills_its_reader_is_refused_and_what_came_with_it_is_not(
    tmp_path: Path,
) -> None:
    pools = [PoisonedPool(1, 0), PoisonedPool(1, 0)]
    for pool in pools:
        pool.poison = "file-5"
    paths = [tmp_path / f"file-{number}" for number in range(10, 30)]
    paths.insert(9, tmp_path / "file-5")
    for path in paths:
        path.write_bytes(CT_SMALL.read_bytes())
    readers = HeaderReaders(pools, "/dicomweb")
    read = await asyncio.gather(*(readers.read(path) for path in paths))
    await readers.close()
    assert read.pop(9) == Refusal("unreadable", "reader crashed")
    assert all(isinstance(each, Header) for each in read)


@pytest.mark.parametrize("damage", ["torn codestream", "no codestream", "torn index", "no index"])
async def test_derived_file_that_a_power_loss_took_is_derived_again(
    tmp_path: Path, damage: str
) -> None:
    async with image_room(tmp_path) as room:
        await room.send(CT_SMALL.read_bytes(), "a")
        await room.worker._start_jobs()
        await asyncio.gather(*room.worker._running.values())
        suffix = ".j2c" if "codestream" in damage else ".json"
        (file,) = (tmp_path / "images" / "derived").glob(f"*{suffix}")
        if damage.startswith("torn"):
            file.write_bytes(bytes(file.stat().st_size))
        else:
            file.unlink()
        await room.worker.settle()
        async with room.database.reading() as tx:
            (row,) = (await tx.exec(select(InstanceRow))).all()
        assert (row.delivery, row.attempts) == ("published", 2)
        assert len(room.delivery_folder.images(row.series_id, 1)) == 1


async def test_pool_ends_a_task_that_takes_too_long() -> None:
    pool = ProcessPool(1, 0)
    with pytest.raises(ProcessCrashed):
        await pool.run(1, signal.pause)
    assert await pool.run(30, abs, -3) == 3
    await asyncio.to_thread(pool.close)


async def test_pool_closes_at_once_while_a_task_runs() -> None:
    pool = ProcessPool(1, 0)
    pid = await pool.run(30, os.getpid)
    running = asyncio.create_task(pool.run(600, signal.pause))
    await asyncio.sleep(0)
    await asyncio.to_thread(pool.close)
    with pytest.raises((ProcessCrashed, asyncio.CancelledError)):
        await running
    assert not Path(f"/proc/{pid}").exists()


async def test_pool_process_ends_with_its_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(POOL_OWNER)
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
    )
    assert owner.stdout is not None
    assert int(await owner.stdout.readline()) != owner.pid
    owner.send_signal(signal.SIGKILL)
    await owner.wait()
    # The child holds the other end of its parent's output: end of file means that it is gone.
    async with asyncio.timeout(20):
        assert await owner.stdout.read() == b""


async def test_killed_server_keeps_every_acknowledged_byte_of_an_upload(tmp_path: Path) -> None:
    body = CT_SMALL.read_bytes()
    async with image_room(tmp_path) as room:
        upload = await room.intake.create(room.sender, NewUpload(len(body), "a", False))
        sender = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            SLOW_SENDER,
            str(tmp_path / "uploads"),
            str(upload.id),
            str(CT_SMALL),
            stdout=asyncio.subprocess.PIPE,
        )
        assert sender.stdout is not None
        assert await sender.stdout.readline() == b"acknowledged 10000\n"
        assert await sender.stdout.readline() == b"sending\n"
        sender.send_signal(signal.SIGKILL)
        await sender.wait()
        found, offset = await room.intake.find(UUID(str(upload.id)))
        assert offset >= 10_000
        await room.intake.append(found, offset, len(body), in_one_piece(body[offset:]))
        done = await room.intake.finish(found)
        assert done.state == "stored"
        async with room.database.reading() as tx:
            (row,) = (await tx.exec(select(InstanceRow))).all()
        assert room.blobs.read(row.sha256) == body
