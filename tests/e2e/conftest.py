import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.browsers import chromium
from tests.support.installation import Installation
from tests.support.viewer_server import LEVEL, SAGITTAL, SERIES, ct_series, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real product with the invented people and the images that packages bring."""
    with Installation(tmp_path_factory.mktemp("installation"), "demo") as running:
        running.wait_until_said("Đã nhận đủ")
        yield running


@pytest.fixture(scope="session")
def viewer_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the viewer pages beside three series: tilted, thin and level, sagittal."""
    built = tmp_path_factory.mktemp("viewer-pages")
    vite = [ROOT / "node_modules/.bin/vite", "build", "--outDir", built, "--logLevel", "error"]
    subprocess.run([*vite, "-c", "tests/e2e/viewer_page/vite.config.ts"], cwd=ROOT, check=True)
    thin, across = ct_series(f"{SERIES}.7", 2.5, LEVEL), ct_series(f"{SERIES}.8", 5.0, SAGITTAL)
    with serving(built, ct_series(), thin, across) as url:
        yield url


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    return folder


@pytest.fixture
async def browsers(pictures: Path) -> AsyncIterator[Callable[[], Awaitable[Browser]]]:
    """Browsers of their own, as each person has: one browser has one camera to lend at a time.

    What each page showed at the end is kept for whoever wants to know why.
    """
    opened: list[Browser] = []
    async with AsyncExitStack() as stack:

        async def another() -> Browser:
            opened.append(await stack.enter_async_context(chromium()))
            return opened[-1]

        yield another
        contexts = [context for running in opened for context in running.contexts]
        for number, context in enumerate(contexts):
            for page in context.pages:
                await page.screenshot(path=pictures / f"last-{number}.png")


@pytest.fixture
async def browser(browsers: Callable[[], Awaitable[Browser]]) -> Browser:
    """The one browser of a test that needs no more."""
    return await browsers()
