"""kill -9 of the worker in mid-archive: nothing missing, nothing twice (docs/archive.md, AR-30)."""

import asyncio
import signal
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from recordings.archive_step import SinkKind, StepState
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.archive import close_a_case, steps_of, wall_clock

ROOT = Path(__file__).parents[3]
KILL_AT = (1, 2, 3, 4, 5, 9)
SHIFT_SECONDS = 3600  # past any lease and any delay


async def run_worker(database: Database, folder: Path, point: int, shift_seconds: int) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.archive_worker_process",
        database.url,
        str(folder / "blobs"),
        str(folder / "share"),
        str(point),
        str(shift_seconds),
        cwd=ROOT,
    )
    return await process.wait()


@pytest.mark.timeout(600)  # seven interpreters start one after the other
async def test_ar30_killed_at_every_kind_of_moment_everything_arrives_once(
    sqlite: Database, blobs: FolderBlobs, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    case_ids = [
        await close_a_case(sqlite, blobs, [SinkKind.FOLDER], closed_at=wall_clock())
        for _ in range(2)
    ]
    for number, point in enumerate(KILL_AT, 1):
        ended = await run_worker(sqlite, tmp_path, point, number * SHIFT_SECONDS)
        assert ended == -signal.SIGKILL
    assert await run_worker(sqlite, tmp_path, 0, 100 * SHIFT_SECONDS) == 0
    expected = {}
    for case_id in case_ids:
        steps = await steps_of(sqlite, case_id)
        assert {one.state for one in steps} == {StepState.VERIFIED}
        for file in (file for one in steps for file in one.files):
            expected[f"ca-{case_id.hex[:8]}/{file.name}"] = file.sha256
    assert held_by(share) == expected


def held_by(share: Path) -> dict[str, str]:
    """Every file below, drafts and leftovers too, with the hash of its bytes."""
    return {
        f"{one.parent.name}/{one.name}": sha256(one.read_bytes()).hexdigest()
        for one in share.rglob("*")
        if one.is_file()
    }
