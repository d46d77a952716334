from collections.abc import AsyncIterator

import pytest

from telehealth.database import Database
from tests.support.databases import made_database


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    async with made_database(postgres_url) as made:
        yield made
