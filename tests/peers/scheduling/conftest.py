from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import Conference, conference


@pytest.fixture
async def meeting(postgres_url: str, tmp_path: Path) -> AsyncIterator[Conference]:
    """People who may meet, over PostgreSQL."""
    async with conference(tmp_path, MONDAY, postgres_url) as made:
        yield made
