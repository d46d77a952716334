from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telehealth.images import Images
from tests.support.conference import Conference
from tests.support.dimse import dimse_server
from tests.support.image_doors import image_conference
from viewer.dimse_server import DimseServer

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made:
        yield made


@pytest.fixture
async def server(hospital: tuple[Conference, Images], tmp_path: Path) -> AsyncIterator[DimseServer]:
    async with dimse_server(*hospital, tmp_path) as made:
        yield made
