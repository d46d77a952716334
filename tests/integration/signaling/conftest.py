from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telehealth.database import Database
from tests.support.databases import made_database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with made_database(f"sqlite+aiosqlite:///{tmp_path / 'live.sqlite3'}") as made:
        yield made
