"""A media server on loopback and real Chromium."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.support.media import CHROMIUM_FLAGS, MediaServer, media_server
from tests.support.recording_room import Room, recording_room


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MediaServer]:
    """A server for one test."""
    async with media_server(tmp_path) as server:
        yield server


@asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", headless=True, args=CHROMIUM_FLAGS
        )
        yield browser
        await browser.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium with a fake camera and microphone, shared by all its pages."""
    async with _chromium() as browser:
        yield browser


@pytest.fixture
async def other_browser() -> AsyncIterator[Browser]:
    """A second one: two pages that open one fake camera anew at once get no picture from it."""
    async with _chromium() as browser:
        yield browser


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """A session that has begun, with a case open."""
    async with recording_room(tmp_path) as room:
        yield room
