"""Two browsers at the ends of a hospital's real line."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Playwright, async_playwright

from signaling.turn import LIFE, ice_servers
from tests.support.hospital_net import browser_on, media_on, way
from tests.support.line_lab import Lab
from tests.support.media import join, media_grows, sees, told
from tests.support.turn import PLAIN_PORT, SECRET, TLS_PORT, coturn


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    """Starts browsers."""
    async with async_playwright() as playwright:
        yield playwright


async def _audio(page: Page, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await page.evaluate("stats()"))[f"{name} audio"]
    return found


async def _restart_ice(page: Page) -> None:
    """Loses the signal connection and comes back with new ICE credentials."""
    await page.evaluate("room.simulateScenario('signal-reconnect')")
    await told(page, "reconnected")


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


async def test_net3_a_hospital_that_blocks_udp_sees_and_hears_over_tcp(
    lab: Lab, playwright: Playwright, tmp_path: Path
) -> None:
    server = media_on(lab.host("server", lab.line("cable")), tmp_path)
    strict = lab.host("strict", lab.line("cable", kbit=8000, delay_ms=10))
    strict.block("meta l4proto udp")
    good = lab.host("hub", lab.line("cable"))
    async with (
        browser_on(strict, playwright, server.http, tmp_path) as spoke,
        browser_on(good, playwright, server.http, tmp_path) as hub,
    ):
        doctor = await join(server, spoke, "doctor")
        chair = await join(server, hub, "chair")
        await sees(doctor, "chair")
        await sees(chair, "doctor")
        assert (await way(doctor))[0] == "tcp"
        await _restart_ice(doctor)
        await sees(doctor, "chair")
        await sees(chair, "doctor")
        assert (await way(doctor))[0] == "tcp"
        assert (await way(chair))[0] == "udp"


async def test_net4_a_hospital_that_only_lets_tls_out_is_relayed(
    lab: Lab, playwright: Playwright, tmp_path: Path
) -> None:
    media, relay = lab.host("server", lab.line("cable")), lab.host("turn", lab.line("cable"))
    urls = [f"turns:{relay.address}:{TLS_PORT}?transport=tcp"]
    server = media_on(media, tmp_path, turn_urls=urls, turn_secret=SECRET)
    strict = lab.host("strict", lab.line("cable"))
    web = f"ip daddr {media.address} tcp dport != {server.port}"
    strict.block("meta l4proto udp", web)
    good = lab.host("hub", lab.line("cable"))
    with coturn(relay, tmp_path, media):
        async with (
            browser_on(strict, playwright, server.http, tmp_path) as spoke,
            browser_on(good, playwright, server.http, tmp_path) as hub,
        ):
            doctor = await join(server, spoke, "doctor")
            chair = await join(server, hub, "chair")
            await sees(doctor, "chair")
            await sees(chair, "doctor")
            assert (await way(doctor))[:2] == ("tls", "relay")
            assert (await way(chair))[:2] == ("udp", "host")


def test_net4_the_relay_refuses_wrong_and_expired_credentials(lab: Lab, tmp_path: Path) -> None:
    relay, site = lab.host("turn", lab.line("cable")), lab.host("site", lab.line("cable"))

    def ask(secret: str, at: datetime) -> str:
        (server,) = ice_servers(("turn:x",), secret, "doctor", at)
        client = [sys.executable, "-m", "tests.support.turn", relay.address, str(PLAIN_PORT)]
        return site.run(*client, server["username"], server["credential"])

    now = datetime.now(UTC)
    with coturn(relay, tmp_path, site):
        assert ask(SECRET, now) == "relayed"
        assert ask("a-guess", now) == "401"
        assert ask(SECRET, now - LIFE - timedelta(seconds=5)) == "401"


async def test_net5_media_goes_over_ipv6_and_over_a_mapped_address(
    lab: Lab, playwright: Playwright, tmp_path: Path
) -> None:
    media, public = lab.host("server", lab.line("cable")), "203.0.113.9"
    lab.map_address(public, media)
    own = [(media.address6, media.address6), (media.address, public)]
    told_ = [{"bind": bind, "advertise": advertise, "tcp_port": 0} for bind, advertise in own]
    server = media_on(media, tmp_path, addresses=told_)
    six, four = lab.host("six", lab.line("cable")), lab.host("four", lab.line("cable"))
    six.block("ip protocol udp")
    four.block("ip6 version 6")
    async with (
        browser_on(six, playwright, server.http, tmp_path) as spoke,
        browser_on(four, playwright, server.http, tmp_path) as hub,
    ):
        doctor = await join(server, spoke, "doctor")
        chair = await join(server, hub, "chair")
        await sees(doctor, "chair")
        await sees(chair, "doctor")
        assert await way(doctor) == ("udp", "host", media.address6)
        assert (await way(chair))[2] == public
        await _restart_ice(doctor)
        await sees(doctor, "chair")
        assert await way(doctor) == ("udp", "host", media.address6)
