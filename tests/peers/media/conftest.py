"""A media server on loopback and real Chromium."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.support.line_lab import Lab, line_lab
from tests.support.media import CHROMIUM_FLAGS, MediaServer, media_server
from tests.support.recording_room import Room, recording_room


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Lines between hosts, for one test."""
    with line_lab() as lab:
        yield lab


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MediaServer]:
    """A server for one test."""
    async with media_server(tmp_path) as server:
        yield server


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium with a fake camera and microphone."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=CHROMIUM_FLAGS
        )
        yield browser
        await browser.close()


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """A session that has begun, with a case open."""
    async with recording_room(tmp_path) as room:
        yield room
