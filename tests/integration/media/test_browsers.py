"""Unmodified livekit-client in Chromium against our server. Rules: docs/media-protocol.md."""

import pytest
from playwright.async_api import Browser

from tests.support.media import MediaServer, join, sees

SINGLE, DUAL = {"singlePeerConnection": True}, {"singlePeerConnection": False}


@pytest.mark.parametrize(("first", "second"), [(SINGLE, SINGLE), (DUAL, DUAL), (SINGLE, DUAL)])
async def test_j1_two_browsers_see_and_hear_each_other(
    server: MediaServer, browser: Browser, first: dict[str, bool], second: dict[str, bool]
) -> None:
    carol = await join(server, browser, "carol", options=first)
    dave = await join(server, browser, "dave", options=second)
    await sees(dave, "carol")
    await sees(carol, "dave")
