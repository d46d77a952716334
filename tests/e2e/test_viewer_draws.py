"""Chromium really draws CT: by WebGL and by processor, at every quality in the same place."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page

from tests.support.browsers import chromium
from tests.support.viewer_server import COUNT, SERIES

HALF_A_PIXEL = 0.5
PLACINGS = [
    {},
    {"zoom": 2.5, "pan": [0.12, -0.07]},
    {"rotation": 90, "flip_h": True, "zoom": 1.5, "pan": [0.2, 0.1]},
    {"rotation": 270, "flip_v": True, "pan": [0.1, 0]},
    {"rotation": 180, "flip_h": True, "flip_v": True},
]


@pytest.fixture(params=["", "?cpu"], ids=["webgl", "processor"])
async def page(request: pytest.FixtureRequest, viewer_pages: str) -> AsyncIterator[Page]:
    """The page, ready, drawing one way or the other; no error may come from it."""
    errors: list[str] = []
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 640, "height": 480})
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(f"{viewer_pages}/index.html{request.param}")
        await page.wait_for_function("window.viewer")
        assert await page.evaluate("viewer.byProcessor()") is (request.param == "?cpu")
        yield page
    assert errors == []


async def test_an_image_is_drawn_early_and_then_lossless(page: Page) -> None:
    await page.evaluate("uid => viewer.show(uid, 5, {})", SERIES)
    await page.wait_for_function("viewer.drawn()?.level === 3")
    assert await page.evaluate("viewer.drawn().sop") == f"{SERIES}.3.5"
    assert (await page.evaluate("viewer.levels"))[0] < 3
    await page.wait_for_function("viewer.picture().greys > 30")
    assert (await page.evaluate("viewer.picture().lit")) > 0.1


async def test_scrolling_ends_at_the_image_that_was_asked_last(page: Page) -> None:
    for index in [*range(COUNT), 3]:
        await page.evaluate("([uid, index]) => viewer.show(uid, index, {})", [SERIES, index])
    await page.wait_for_function(
        "sop => viewer.drawn()?.sop === sop && viewer.drawn().level === 3", arg=f"{SERIES}.3.3"
    )


@pytest.mark.parametrize("placing", PLACINGS, ids=str)
async def test_every_quality_lies_in_the_same_place(page: Page, placing: dict[str, Any]) -> None:
    rungs = await page.evaluate(
        "([uid, change]) => viewer.ladder(uid, 7, change)", [SERIES, placing]
    )
    assert len(rungs) == 4
    for rung in rungs:
        assert rung["ours"] == rungs[0]["ours"]
        for ours, cornerstones in zip(rung["ours"], rung["cornerstones"], strict=True):
            assert ours == pytest.approx(cornerstones, abs=HALF_A_PIXEL)
