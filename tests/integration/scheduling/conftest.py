from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support import postgres_cluster
from tests.support.conference import Conference, conference

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam
ENGINES = ["sqlite", "postgresql"] if postgres_cluster.installed() else ["sqlite"]


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres_cluster.cluster() as url:
        yield url


@pytest.fixture(params=ENGINES)
async def meeting(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Conference]:
    """People who may meet, over each database engine."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    async with conference(tmp_path, MONDAY, url) as made:
        yield made


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Conference]:
    """The same over SQLite only, for what does not touch SQL."""
    async with conference(tmp_path, MONDAY) as made:
        yield made
