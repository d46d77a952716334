"""Every screen on a laptop and a phone: nothing serious for axe, nothing wider than the screen."""

import json

import pytest
from playwright.async_api import Browser, Page, expect

from telehealth.demo.story import key_id
from tests.e2e.axe import barriers
from tests.e2e.people import PATIENCE_MS, Person, sign_in
from tests.support.installation import Installation

SIZES = ((1366, 768), (390, 844))
CASE = key_id("case", "C01")
SCREENS = {
    "coord.hub": ("/", "/calendar", "/cases", f"/cases/{CASE}", "/sessions/{session}", "/archive"),
    "pr.nk": ("/", "/cases", f"/cases/{CASE}", "/line-check", "/room/{session}"),
    "sec1": (f"/cases/{CASE}/minutes",),
    "quantri": ("/audit", "/admin"),
}


async def weekly_session(person: Person) -> str:
    """The id of this week's session."""
    answer = await person.page.request.get("/api/sessions")
    items = (await answer.json())["items"]
    return next(str(each["id"]) for each in items if each["kind"] == "weekly")


async def settled(page: Page) -> None:
    """What the page asked for has come."""
    await expect(page.get_by_role("main")).to_be_visible(timeout=PATIENCE_MS)
    loading = page.locator(".mantine-Loader-root, .mantine-Skeleton-root")
    await expect(loading).to_have_count(0, timeout=PATIENCE_MS)


async def judge(page: Page, path: str) -> list[str]:
    """What is wrong with this page, at each size."""
    wrong = []
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await settled(page)
        wrong += [f"{path} {width}: {json.dumps(each)}" for each in await barriers(page)]
        wide = await page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path} {width}: {wide} px wide"] if wide > width else []
    return wrong


@pytest.mark.parametrize("username", SCREENS)
async def test_screens_keep_nobody_out(
    installation: Installation, browser: Browser, username: str
) -> None:
    person = await sign_in(browser, installation.url, username)
    session = await weekly_session(person) if "{session}" in "".join(SCREENS[username]) else ""
    wrong = []
    for path in SCREENS[username]:
        await person.go(path.format(session=session))
        wrong += await judge(person.page, path)
    assert not wrong, "\n".join(wrong)
    assert not person.faults


async def test_the_door_keeps_nobody_out(installation: Installation, browser: Browser) -> None:
    page = await browser.new_page(base_url=installation.url, locale="vi-VN")
    await page.goto("/login")
    assert not await judge(page, "/login")
    await page.evaluate("document.body.append(document.createElement('img'))")
    assert [each["rule"] for each in await barriers(page)] == ["image-alt"]  # the judge sees
