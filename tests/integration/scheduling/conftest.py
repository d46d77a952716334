from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import Conference, conference


@pytest.fixture
async def meeting(tmp_path: Path) -> AsyncIterator[Conference]:
    """People who may meet; tests/peers gives the same over PostgreSQL."""
    async with conference(tmp_path, MONDAY) as made:
        yield made


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Conference]:
    """The same for what does not touch SQL: no other database tries it again."""
    async with conference(tmp_path, MONDAY) as made:
        yield made
