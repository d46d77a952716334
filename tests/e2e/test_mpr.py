"""Cuts through a series in Chromium: every site sees the same one, drawn where the voxels are."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.support.viewer_server import COUNT, SERIES, ct_pixels

SIZE = {"width": 1300, "height": 900}
SITES = ("holder", "follower")
THIN, ACROSS = f"{SERIES}.7", f"{SERIES}.8"
PATIENCE_MS = 20_000
MENU = "Dựng lại mặt phẳng"
TILTED = "Khung máy (gantry) nghiêng khi chụp nên không dựng lại được mặt phẳng khác"
# The greys on the canvas, coarse enough for both ways of drawing.
PICTURE = """site => {
  const canvas = document.querySelector(`#${site} canvas`)
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  return Array.from({ length: data.length / 4 }, (_, i) => data[i * 4])
}"""
TWO_FRAMES = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""


@pytest.fixture(params=["", "?cpu"], ids=["webgl", "processor"])
async def page(
    request: pytest.FixtureRequest, browser: Browser, viewer_pages: str
) -> AsyncIterator[Page]:
    """Both sites with the level series, lossless; no error may come from the page."""
    errors: list[str] = []
    page = await (await browser.new_context(viewport=SIZE, locale="vi-VN")).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.goto(f"{viewer_pages}/area.html{request.param}")
    await page.locator(f'#holder [data-series-uid="{THIN}"]').click()
    for site in SITES:
        await expect(pane(page, site)).to_have_attribute("data-sop-uid", re.compile(f"^{THIN}"))
        await expect(pane(page, site)).to_have_attribute("data-quality", "lossless")
    yield page
    assert errors == []


def pane(page: Page, site: str, place: int = 0) -> Locator:
    return page.locator(f'#{site} [data-viewport="{place}"]')


async def choose(page: Page, menu: str, name: str) -> None:
    button = page.locator("#holder").get_by_role("button", name=menu, exact=True)
    await button.click()
    await page.get_by_role("menuitem", name=name).click()
    await expect(page.get_by_role("menu")).to_have_count(0)


async def cut(page: Page, name: str, plane: str) -> None:
    """Both sites show this plane with every slice under it."""
    await choose(page, MENU, name)
    for site in SITES:
        await expect(pane(page, site)).to_have_attribute("data-plane", plane)
        await expect(pane(page, site)).to_have_attribute("data-quality", "lossless")


async def pictures(page: Page) -> list[Any]:
    await page.evaluate(TWO_FRAMES)
    return [np.array(await page.evaluate(PICTURE, site)) for site in SITES]


def voxels() -> Any:
    """(slices, rows, columns): the modality values of the level series."""
    return np.stack([ct_pixels(number) for number in range(COUNT)])


async def shown(page: Page) -> dict[str, Any]:
    viewport: dict[str, Any] = await page.evaluate("area.view().viewports[0]")
    return viewport


async def test_vs17_both_sites_draw_the_same_cut_and_scroll_together(page: Page) -> None:
    await cut(page, "Mặt cắt đứng ngang", "coronal")
    for site in SITES:
        await expect(pane(page, site)).to_have_attribute("data-slices", f"{COUNT}/{COUNT}")
        await expect(pane(page, site).get_by_text(f"Đủ nét · {COUNT} lát")).to_be_visible()
    before = await shown(page)
    first = await pictures(page)
    assert len(np.unique(first[0])) > 30
    assert np.array_equal(*first)
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    after = await shown(page)
    assert after["cut_mm"] - before["cut_mm"] == pytest.approx(3 * 0.7, abs=0.02)
    assert after["sop_uid"] == before["sop_uid"]
    image = await pane(page, "holder").get_attribute("data-image")
    await expect(pane(page, "follower")).to_have_attribute("data-image", image or "")
    second = await pictures(page)
    assert np.array_equal(*second)
    assert not np.array_equal(first[0], second[0])
    await page.keyboard.press("2")
    await page.keyboard.press("+")
    await expect(pane(page, "follower")).to_have_attribute("data-zoom", "1.25")
    await expect(pane(page, "follower")).to_have_attribute("data-window", "40/80")
    assert np.array_equal(*await pictures(page))


async def test_vs17_who_comes_late_sees_the_cut_and_back_leads_to_the_slice(page: Page) -> None:
    await cut(page, "Mặt cắt đứng dọc", "sagittal")
    await page.keyboard.press("ArrowDown")
    await page.evaluate("area.rejoin()")
    await expect(pane(page, "follower")).to_have_count(1)
    sop = await pane(page, "holder").get_attribute("data-sop-uid")
    await expect(pane(page, "follower")).to_have_attribute("data-sop-uid", sop or "")
    await expect(pane(page, "follower")).to_have_attribute("data-quality", "lossless")
    assert np.array_equal(*await pictures(page))
    await page.keyboard.press("m")
    for site in SITES:
        await expect(pane(page, site)).to_have_attribute("data-plane", "acquired")
        await expect(pane(page, site)).to_have_attribute("data-sop-uid", f"{THIN}.3.{COUNT // 2}")


async def test_cut_measures_the_voxels_under_it(page: Page) -> None:
    await cut(page, "Mặt cắt đứng ngang", "coronal")
    await page.locator("#holder").get_by_role("button", name="Vùng chữ nhật", exact=True).click()
    box = await pane(page, "holder").locator("canvas").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await page.mouse.move(x - 60, y - 40)
    await page.mouse.down()
    await page.mouse.move(x + 60, y + 40, steps=4)
    await page.mouse.up()
    await expect(page.locator('#follower [data-kind="roi"]')).to_have_count(1)
    [mark] = await page.evaluate("area.marks()")
    (left, top), (right, bottom) = mark["points"]
    row = round(((await shown(page))["cut_mm"] + 80.25) / 0.7)
    across = voxels()[::-1, row, :]  # head at the top
    # From slice to slice 2.5 mm, a column is 0.5 mm: five pixels for each slice.
    places = np.arange(5 * (COUNT - 1) + 1) / 5
    low = np.minimum(places.astype(int), COUNT - 2)
    weight = (places - low)[:, None]
    coronal = np.round(across[low] * (1 - weight) + across[low + 1] * weight)
    inside = coronal[
        int(np.ceil(top - 0.5)) : int(np.floor(bottom - 0.5)) + 1,
        int(np.ceil(left - 0.5)) : int(np.floor(right - 0.5)) + 1,
    ]
    assert inside.size > 20
    assert mark["measures"]["mean"] == pytest.approx(inside.mean(), abs=0.1)
    assert mark["measures"]["max"] == inside.max()
    area = (right - left) * (bottom - top) * 0.25
    assert mark["measures"]["area_mm2"] == pytest.approx(area, rel=0.01)
    assert re.fullmatch(r"2\.25\.[0-9]+", mark["sop_uid"])
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#follower [data-mark]")).to_have_count(0)
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#follower [data-mark]")).to_have_count(1)


async def test_vs18_measuring_waits_for_every_slice_under_the_cut(page: Page) -> None:
    line = asyncio.Event()

    async def hold(route: Route) -> None:
        await line.wait()
        await route.continue_()

    await page.route(re.compile(f"/{re.escape(ACROSS)}/pack"), hold)
    await page.locator(f'#holder [data-series-uid="{ACROSS}"]').click()
    await expect(pane(page, "holder")).to_have_attribute("data-quality", "1/4")
    await choose(page, MENU, "Mặt cắt ngang")
    await expect(pane(page, "follower")).to_have_attribute("data-plane", "axial")
    await expect(pane(page, "follower")).to_have_attribute("data-slices", f"0/{COUNT}")
    await page.locator("#holder").get_by_role("button", name="Đo chiều dài", exact=True).click()
    await expect(page.get_by_text("Chờ ảnh đủ nét mới đo được")).to_be_visible()
    line.set()
    for site in SITES:
        await expect(pane(page, site)).to_have_attribute("data-slices", f"{COUNT}/{COUNT}")
    await expect(page.get_by_text("Chờ ảnh đủ nét mới đo được")).to_have_count(0)


async def test_three_planes_side_by_side_show_where_they_cut(page: Page) -> None:
    await choose(page, "Chia khung", "Hai khung")
    await pane(page, "holder", 1).click()
    await page.locator(f'#holder [data-series-uid="{THIN}"]').click()
    await choose(page, MENU, "Mặt cắt đứng dọc")
    await expect(pane(page, "follower", 1)).to_have_attribute("data-plane", "sagittal")
    line = pane(page, "follower", 0).locator("[data-reference]")
    await expect(line).to_have_count(1)
    before = await line.get_attribute("x1")
    await page.keyboard.press("PageDown")
    await expect(line).not_to_have_attribute("x1", before or "")


async def test_tilted_series_is_refused_in_a_sentence(page: Page) -> None:
    await page.locator(f'#holder [data-series-uid="{SERIES}"]').click()
    for site in SITES:
        sop_uid = f"{SERIES}.3.{COUNT // 2}"
        await expect(pane(page, site)).to_have_attribute("data-sop-uid", sop_uid)
    await page.keyboard.press("m")
    await expect(pane(page, "holder").get_by_text(TILTED)).to_be_visible()
    await page.locator("#holder").get_by_role("button", name=MENU, exact=True).click()
    await expect(page.get_by_role("menu").get_by_text(TILTED)).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Mặt cắt ngang")).to_be_disabled()
    await expect(pane(page, "follower")).to_have_attribute("data-plane", "acquired")
