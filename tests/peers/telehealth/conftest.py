from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telehealth.images import Images
from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import Conference
from tests.support.image_doors import image_conference


@pytest.fixture
async def hospital(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    """People, cases and images over PostgreSQL."""
    async with image_conference(tmp_path, MONDAY, postgres_url) as made:
        yield made
