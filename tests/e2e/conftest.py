from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.browsers import chromium
from tests.support.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real product with the invented people and the images that packages bring."""
    with Installation(tmp_path_factory.mktemp("installation"), "demo") as running:
        running.wait_until_said("Đã nhận đủ")
        yield running


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture
async def browser(pictures: Path) -> AsyncIterator[Browser]:
    """A browser; what each page showed at the end is kept for whoever wants to know why."""
    async with chromium() as running:
        yield running
        for number, context in enumerate(running.contexts):
            for page in context.pages:
                await page.screenshot(path=pictures / f"last-{number}.png")
