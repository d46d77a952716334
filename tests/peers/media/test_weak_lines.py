"""Two browsers at the ends of a hospital's real line."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Playwright, async_playwright

from tests.support.hospital_net import browser_on, media_on
from tests.support.line_lab import Lab
from tests.support.media import join, media_grows, sees


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    """Starts browsers."""
    async with async_playwright() as playwright:
        yield playwright


async def _audio(page: Page, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await page.evaluate("stats()"))[f"{name} audio"]
    return found


async def test_net1_voices_flow_over_a_narrow_line_that_loses_packets(
    lab: Lab, playwright: Playwright, tmp_path: Path
) -> None:
    server = media_on(lab.host("server", lab.line("cable")), tmp_path)
    weak = lab.host("spoke", lab.line("wifi", kbit=4000, loss=0.03, delay_ms=40))
    good = lab.host("hub", lab.line("cable"))
    async with (
        browser_on(weak, playwright, server.http, tmp_path) as spoke,
        browser_on(good, playwright, server.http, tmp_path) as hub,
    ):
        doctor = await join(server, spoke, "doctor")
        chair = await join(server, hub, "chair")
        await sees(doctor, "chair")
        await sees(chair, "doctor")
        for page, other in ((doctor, "chair"), (chair, "doctor")):
            await media_grows(page, f"{other} audio", "packets", 500)
            heard = await _audio(page, other)
            assert heard["lost"] > 0
            assert heard["lost"] / (heard["packets"] + heard["lost"]) < 0.08


async def test_net2_a_browser_that_changes_networks_goes_on_without_joining_anew(
    lab: Lab, playwright: Playwright, tmp_path: Path
) -> None:
    server = media_on(lab.host("server", lab.line("cable")), tmp_path)
    phone = lab.host("phone", lab.line("wifi"), lab.line("mobile", kbit=8000, delay_ms=20))
    good = lab.host("hub", lab.line("cable"))
    async with (
        browser_on(phone, playwright, server.http, tmp_path) as spoke,
        browser_on(good, playwright, server.http, tmp_path) as hub,
    ):
        doctor = await join(server, spoke, "doctor")
        chair = await join(server, hub, "chair")
        await sees(doctor, "chair")
        sid = await doctor.evaluate("room.localParticipant.sid")
        phone.move_to("mobile")
        await sees(doctor, "chair")
        await sees(chair, "doctor")
        assert await doctor.evaluate("room.localParticipant.sid") == sid
        events = [*await doctor.evaluate("seen"), *await chair.evaluate("seen")]
        assert not [e for e in events if "isconnected" in e]
