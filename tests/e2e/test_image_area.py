"""Two sites in Chromium: what one hand does is seen at the other, measured right, in words."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.support.browsers import FLAGS, chromium
from tests.support.viewer_server import COUNT, SERIES, ct_pixels

SIZE = {"width": 1300, "height": 900}
MIDDLE = COUNT // 2
THIN, ACROSS = f"{SERIES}.7", f"{SERIES}.8"
PATIENCE_MS = 20_000
# A picture has more greys than a window's edge.
GREYS = """() => {{
  const canvas = document.querySelector("#{site} canvas")
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
  return new Set(data.filter((_, i) => i % 4 === 0)).size > 30
}}"""
TWO_FRAMES = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(done)))"""
# The page is told of the loss when the test says so, not when the browser gets round to it.
REMEMBER_CONTEXTS = """
  window.contexts = []
  const get = HTMLCanvasElement.prototype.getContext
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    const context = get.call(this, kind, ...rest)
    if (!context || !kind.startsWith("webgl") || contexts.includes(context)) return context
    window.contexts.push(context)
    this.addEventListener("webglcontextlost", event => {
      if (event.isTrusted) event.stopImmediatePropagation()
    })
    return context
  }
"""
LOSE_CONTEXTS = """() => {
  for (const context of contexts) context.getExtension("WEBGL_lose_context")?.loseContext()
}"""
TELL_LOSS = """() => {
  for (const { canvas } of contexts) canvas.dispatchEvent(new Event("webglcontextlost"))
}"""
NO_WEBGL = [flag for flag in FLAGS if "swiftshader" not in flag] + ["--disable-3d-apis"]


@pytest.fixture
async def page(browser: Browser, viewer_pages: str) -> AsyncIterator[Page]:
    """Both sites with the lossless middle image; no error may come from the page."""
    errors: list[str] = []
    page = await (await browser.new_context(viewport=SIZE, locale="vi-VN")).new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.goto(f"{viewer_pages}/area.html")
    for site in ("holder", "follower"):
        await expect(pane(page, site)).to_have_attribute("data-quality", "lossless")
    yield page
    assert errors == []


def pane(page: Page, site: str, place: int = 0) -> Locator:
    return page.locator(f'#{site} [data-viewport="{place}"]')


async def press(page: Page, name: str) -> None:
    await page.locator("#holder").get_by_role("button", name=name, exact=True).click()


async def choose(page: Page, menu: str, name: str) -> None:
    await press(page, menu)
    await page.get_by_role("menuitem", name=name).click()
    await expect(page.get_by_role("menu")).to_have_count(0)


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Over the holder's picture, in shares of it."""
    box = await pane(page, "holder").locator("canvas").first.bounding_box()
    assert box
    (x, y), (to_x, to_y) = (
        (box["x"] + across * box["width"], box["y"] + down * box["height"])
        for across, down in (start, end)
    )
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(to_x, to_y, steps=4)
    await page.mouse.up()


async def marks(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.evaluate("area.marks()")
    return found


async def words(page: Page, kind: str) -> list[str]:
    """What the mark says at the other site."""
    lines = page.locator(f'#follower [data-kind="{kind}"] tspan')
    await expect(lines.first).to_be_attached()
    return await lines.all_text_contents()


async def test_region_measures_what_the_pixels_are(page: Page) -> None:
    await press(page, "Vùng chữ nhật")
    await drag(page, (0.47, 0.4), (0.53, 0.6))
    said = await words(page, "roi")
    [mark] = await marks(page)
    (left, top), (right, bottom) = mark["points"]
    inside = ct_pixels(MIDDLE)[
        int(np.ceil(top - 0.5)) : int(np.floor(bottom - 0.5)) + 1,
        int(np.ceil(left - 0.5)) : int(np.floor(right - 0.5)) + 1,
    ]
    assert inside.size > 20
    measures = mark["measures"]
    assert measures["mean"] == pytest.approx(inside.mean(), abs=0.01)
    assert measures["sd"] == pytest.approx(inside.std(), abs=0.01)
    assert (measures["min"], measures["max"]) == (inside.min(), inside.max())
    assert measures["area_mm2"] == pytest.approx((right - left) * (bottom - top) * 0.35, rel=0.01)
    assert re.fullmatch(r"[0-9]+,[0-9] mm²", said[0])
    assert re.fullmatch(r"TB −?[0-9]+,[0-9] ± [0-9]+,[0-9] HU", said[1])
    assert mark["value"] == " · ".join(said)
    await page.evaluate("area.speak('en')")
    assert re.fullmatch(r"Mean −?[0-9]+\.[0-9] ± [0-9]+\.[0-9] HU", (await words(page, "roi"))[1])


async def test_marks_are_drawn_undone_and_removed_by_key(page: Page) -> None:
    await press(page, "Đo góc")
    await drag(page, (0.5, 0.3), (0.5, 0.6))
    await drag(page, (0.5, 0.6), (0.58, 0.6))
    assert (await words(page, "angle")) == ["90,0°"]
    await press(page, "Vùng bầu dục")
    await drag(page, (0.47, 0.4), (0.53, 0.6))
    await words(page, "ellipse")
    await page.keyboard.press("Control+z")
    await expect(page.locator('#follower [data-kind="ellipse"]')).to_have_count(0)
    await page.keyboard.press("Delete")
    await expect(page.locator("#follower [data-mark]")).to_have_count(0)
    await page.keyboard.press("u")
    await expect(page.locator('#follower [data-kind="angle"]')).to_have_count(1)
    await press(page, "Mũi tên")
    await drag(page, (0.5, 0.5), (0.56, 0.6))
    await page.get_by_role("dialog").get_by_role("textbox").fill("Ổ máu tụ")
    await page.keyboard.press("Enter")
    assert (await words(page, "arrow")) == ["Ổ máu tụ"]


async def test_measuring_waits_for_the_lossless_image_and_says_so(page: Page) -> None:
    line = asyncio.Event()

    async def hold(route: Route) -> None:
        await line.wait()
        await route.continue_()

    await page.route(re.compile(f"/{re.escape(THIN)}/pack"), hold)
    await page.locator(f'#holder [data-series-uid="{THIN}"]').click()
    await expect(pane(page, "holder")).to_have_attribute("data-quality", "1/4")
    await press(page, "Đo chiều dài")
    await expect(page.get_by_text("Chờ ảnh đủ nét mới đo được")).to_be_visible()
    await drag(page, (0.47, 0.4), (0.53, 0.6))
    assert await marks(page) == []
    line.set()
    await expect(pane(page, "holder")).to_have_attribute("data-quality", "lossless")
    await expect(page.get_by_text("Chờ ảnh đủ nét mới đo được")).to_have_count(0)
    await drag(page, (0.47, 0.4), (0.53, 0.6))
    assert re.fullmatch(r"[0-9]+,[0-9] mm", (await words(page, "length"))[0])


async def test_keys_choose_windows_and_turns(page: Page) -> None:
    await page.keyboard.press("2")
    await expect(pane(page, "follower")).to_have_attribute("data-window", "40/80")
    await expect(pane(page, "follower").get_by_text("Não")).to_be_visible()
    await page.keyboard.press("6")
    await expect(pane(page, "follower")).to_have_attribute("data-window", "-600/1500")
    await choose(page, "Cửa sổ", "Xương")
    await expect(pane(page, "follower")).to_have_attribute("data-window", "600/2800")
    await page.keyboard.press("+")
    await expect(pane(page, "follower")).to_have_attribute("data-zoom", "1.25")
    await page.keyboard.press("f")
    await expect(pane(page, "follower")).to_have_attribute("data-zoom", "1")
    for key in "rhi":
        await page.keyboard.press(key)
    view = await page.evaluate("area.view().viewports[0]")
    assert (view["rotation"], view["flip_v"], view["invert"]) == (90, True, True)
    await page.keyboard.press("0")
    await expect(pane(page, "follower")).to_have_attribute("data-window", "40/800")


async def test_images_run_at_both_sites_and_stop_at_the_same_one(page: Page) -> None:
    presented = await page.evaluate("area.presented()")
    await page.keyboard.press(" ")
    for site in ("holder", "follower"):
        await expect(pane(page, site)).to_have_attribute("data-running", "10")
    seen = await page.evaluate(
        """() => new Promise(done => {
          const pane = document.querySelector('#follower [data-viewport="0"]')
          const seen = new Set()
          new MutationObserver((_, observer) => {
            seen.add(pane.dataset.image)
            if (seen.size >= 10) { observer.disconnect(); done([...seen]) }
          }).observe(pane, { attributes: true })
        })"""
    )
    assert await page.evaluate("area.presented()") - presented < len(seen)  # said, not streamed
    await page.keyboard.press(".")
    await expect(pane(page, "follower")).to_have_attribute("data-running", "12")
    for width, height in ((900, 700), (1500, 1000)):
        await page.set_viewport_size({"width": width, "height": height})
        await page.wait_for_function(
            "() => [...document.querySelectorAll('canvas')]"
            ".every(one => one.width === one.clientWidth && one.height === one.clientHeight)"
        )
        for site in ("holder", "follower"):
            await page.wait_for_function(GREYS.format(site=site))
    await press(page, "Dừng ảnh")
    await expect(pane(page, "follower")).not_to_have_attribute("data-running", "12")
    image = await page.evaluate("area.view().viewports[0].sop_uid")
    for site in ("holder", "follower"):
        await expect(pane(page, site)).to_have_attribute("data-sop-uid", image)


async def test_level_slices_seen_before_are_drawn_again(page: Page) -> None:
    await page.locator(f'#holder [data-series-uid="{THIN}"]').click()
    for site in ("holder", "follower"):
        await expect(pane(page, site)).to_have_attribute("data-sop-uid", f"{THIN}.3.{MIDDLE}")
    for key in ("ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown"):
        for site in ("holder", "follower"):
            await expect(pane(page, site)).to_have_attribute("data-quality", "lossless")
        before = await pane(page, "follower").get_attribute("data-sop-uid")
        await page.keyboard.press(key)
        await expect(pane(page, "follower")).not_to_have_attribute("data-sop-uid", before or "")
    await expect(pane(page, "holder")).to_have_attribute("data-sop-uid", f"{THIN}.3.{MIDDLE}")
    for site in ("holder", "follower"):
        await page.evaluate(TWO_FRAMES)
        assert await page.evaluate(GREYS.format(site=site))


async def test_linked_series_scroll_together_and_others_show_a_line(page: Page) -> None:
    await choose(page, "Chia khung", "Bốn khung")
    for place, uid in enumerate((SERIES, THIN, ACROSS)):
        await expect(pane(page, "follower", place)).to_have_attribute(
            "data-sop-uid", re.compile(re.escape(f"{uid}.3."))
        )
    await press(page, "Cuộn cùng nhau")
    for image in (5, 4, 3):
        await page.keyboard.press("ArrowUp")
        for site in ("holder", "follower"):
            await expect(pane(page, site)).to_have_attribute("data-sop-uid", f"{SERIES}.3.{image}")
            await expect(pane(page, site, 1)).to_have_attribute(
                "data-sop-uid", f"{THIN}.3.{2 * image}"
            )
    for site in ("holder", "follower"):
        await expect(pane(page, site)).to_have_attribute("data-active", "true")
        await expect(pane(page, site, 2).locator("[data-reference]")).to_have_count(1)
        await expect(pane(page, site, 1).locator("[data-reference]")).to_have_count(0)
        await expect(pane(page, site, 1).locator("[data-scale]")).to_be_visible()
    await pane(page, "holder", 2).click()
    await expect(pane(page, "follower", 2)).to_have_attribute("data-active", "true")
    await expect(pane(page, "follower", 0).locator("[data-reference]")).to_have_count(1)


async def test_one_key_brings_back_how_the_case_hung(page: Page) -> None:
    await choose(page, "Chia khung", "Bốn khung")
    await expect(pane(page, "follower", 2)).to_have_attribute("data-status", "drawn")
    await pane(page, "holder", 2).click()
    await page.keyboard.press("2")
    await page.keyboard.press("o")
    await expect(pane(page, "follower", 1)).to_have_count(0)
    for site in ("holder", "follower"):
        await expect(pane(page, site)).to_have_attribute("data-sop-uid", f"{SERIES}.3.{MIDDLE}")
        await expect(pane(page, site)).to_have_attribute("data-window", "40/800")
    await choose(page, "Chia khung", "Hai khung")
    await choose(page, "Chia khung", "Bố trí theo loại ảnh")
    await expect(pane(page, "follower", 1)).to_have_count(0)


async def test_finger_draws_a_length(browser: Browser, viewer_pages: str) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="vi-VN"
    )
    page = await context.new_page()
    await page.goto(f"{viewer_pages}/area.html")
    await expect(pane(page, "holder")).to_have_attribute("data-quality", "lossless")
    await page.locator("#holder").get_by_role("button", name="Đo chiều dài").tap()
    box = await pane(page, "holder").locator("canvas").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = await context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x - 40, "y": y}]),
        ("touchMove", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + 40, "y": y}]),
        ("touchEnd", []),
    ):
        await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert re.fullmatch(r"[0-9]+,[0-9] mm", (await words(page, "length"))[0])


@pytest.mark.parametrize("frames_meanwhile", [False, True])
async def test_lost_graphics_go_on_by_processor(
    browser: Browser, viewer_pages: str, frames_meanwhile: bool
) -> None:
    """A frame drawn on the lost card breaks inside Cornerstone; the next ones come all the same."""
    page = await browser.new_page(viewport=SIZE, locale="vi-VN")
    await page.add_init_script(REMEMBER_CONTEXTS)
    await page.goto(f"{viewer_pages}/area.html")
    await expect(pane(page, "holder")).to_have_attribute("data-quality", "lossless")
    await page.evaluate(LOSE_CONTEXTS)
    if not frames_meanwhile:
        await page.evaluate(TELL_LOSS)
    await page.keyboard.press("ArrowDown")
    await expect(pane(page, "follower")).to_have_attribute(
        "data-sop-uid", f"{SERIES}.3.{MIDDLE + 1}"
    )
    if frames_meanwhile:
        await page.evaluate(TWO_FRAMES)
        await page.evaluate(TELL_LOSS)
    await page.set_viewport_size({"width": 1000, "height": 800})
    await page.wait_for_function(GREYS.format(site="holder"))
    said = page.locator("#holder").get_by_text("Máy này không có WebGL")
    await expect(said).to_be_visible()


async def test_machine_without_webgl_draws_and_says_so(viewer_pages: str) -> None:
    async with chromium(NO_WEBGL) as browser:
        page = await browser.new_page(viewport=SIZE, locale="vi-VN")
        await page.goto(f"{viewer_pages}/area.html")
        await expect(pane(page, "holder")).to_have_attribute("data-quality", "lossless")
        said = page.locator("#holder").get_by_text("Máy này không có WebGL")
        await expect(said).to_be_visible()
        await expect(page.locator("#holder").get_by_text("Chỉ để thảo luận")).to_be_visible()
        await page.wait_for_function(GREYS.format(site="holder"))
        await page.keyboard.press("ArrowDown")
        await expect(pane(page, "follower")).to_have_attribute(
            "data-sop-uid", f"{SERIES}.3.{MIDDLE + 1}"
        )


async def test_a_series_pressed_before_anything_is_shown_is_shown(
    browser: Browser, viewer_pages: str
) -> None:
    """The case would hang another one, whose description is still on its way."""
    page = await browser.new_page(viewport=SIZE, locale="vi-VN")
    held = asyncio.Event()

    async def late(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route(f"**/{SERIES}/manifest", late)
    await page.goto(f"{viewer_pages}/area.html")
    await page.locator(f'#holder [data-series-uid="{THIN}"]').click()
    for site in ("holder", "follower"):
        await expect(pane(page, site)).to_have_attribute("data-sop-uid", re.compile(f"^{THIN}"))
    held.set()
    await expect(pane(page, "holder")).to_have_attribute("data-quality", "lossless")
    await expect(pane(page, "holder")).to_have_attribute("data-sop-uid", re.compile(f"^{THIN}"))
