from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.databases import made_database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with made_database(f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite3'}") as made:
        yield made


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    async with made_database(f"sqlite+aiosqlite:///{tmp_path / 'one.sqlite3'}") as made:
        yield made


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")
