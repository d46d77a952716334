"""People at their browsers: what a doctor, a coordinator and a specialist do, in their words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from telehealth.demo.seed import PASSWORD

SIZE = {"width": 1366, "height": 768}
PATIENCE_MS = 60_000


@dataclass
class Person:
    """One signed-in person at a page of their own."""

    username: str
    page: Page
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        """Open a page of the site."""
        await self.page.goto(path)

    async def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press the button of this name."""
        place = within or self.page
        await place.get_by_role("button", name=name, exact=isinstance(name, str)).first.click()

    async def type(self, label: str, text: str) -> None:
        """Type into the field of this label."""
        await self.page.get_by_label(label, exact=True).first.fill(text)

    async def choose(self, label: str, option: str | re.Pattern[str]) -> None:
        """Choose from a list."""
        await (
            self.page.get_by_role("textbox", name=label)
            .or_(self.page.get_by_role("combobox", name=label))
            .first.click()
        )
        await self.page.get_by_role("option", name=option).first.click()

    async def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until the text can be seen."""
        await expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)

    @property
    def room(self) -> Locator:
        """The live room with its state in attributes."""
        return self.page.locator("[data-case-id]")

    @property
    def pane(self) -> Locator:
        """The first image pane."""
        return self.page.locator('[data-viewport="0"]')

    async def shown(self) -> str:
        """The SOP instance UID that this person's screen shows now."""
        return await self.pane.get_attribute("data-sop-uid") or ""

    async def enter_room(self, session_id: str) -> None:
        """Go in through the preview, with camera and microphone."""
        await self.go(f"/room/{session_id}")
        await self.press("Vào phòng")
        await expect(self.room).to_have_attribute("data-status", "live", timeout=PATIENCE_MS)


async def sign_in(browser: Browser, url: str, username: str) -> Person:
    """A new browser context, signed in by the form; keeps requests, console lines, faults."""
    context: BrowserContext = await browser.new_context(
        base_url=url, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", viewport=SIZE
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    person = Person(username, page)
    page.on("request", lambda request: person.requests.append(request.url))
    page.on("console", lambda line: person.said.append(f"{line.type}: {line.text}"))
    page.on("pageerror", lambda error: person.faults.append(str(error)))
    page.on(
        "response",
        lambda answer: (
            person.faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
        ),
    )
    await page.goto("/")
    await person.type("Tên đăng nhập", username)
    await person.type("Mật khẩu", PASSWORD)
    await person.press("Đăng nhập")
    await expect(page.get_by_role("heading", name="Tuần này")).to_be_visible(timeout=PATIENCE_MS)
    return person


MEDIA = """async () => {
  const seen = {}
  for (const element of document.querySelectorAll("video, audio")) {
    const stream = element.srcObject
    if (!stream) continue
    const quality = element.getVideoPlaybackQuality?.()
    seen[stream.id] = {
      kind: element.tagName.toLowerCase(),
      frames: quality ? quality.totalVideoFrames : 0,
      time: element.currentTime,
      playing: !element.paused,
    }
  }
  return Object.values(seen)
}"""


async def videos_playing(person: Person) -> int:
    """How many video elements have decoded at least ten frames."""
    return sum(one["kind"] == "video" and one["frames"] >= 10 for one in await media(person))


async def voices_playing(person: Person) -> int:
    """How many audio elements of other people run."""
    return sum(one["kind"] == "audio" and one["time"] > 0 for one in await media(person))


async def media(person: Person) -> list[dict[str, object]]:
    """What every media element of the page has played so far."""
    found: list[dict[str, object]] = await person.page.evaluate(MEDIA)
    return found


async def drag(person: Person, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the image from one place to another, in fractions of the pane."""
    box = await person.pane.bounding_box()
    assert box is not None
    mouse = person.page.mouse
    await mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    await mouse.down()
    for step in range(1, 6):
        x = start[0] + (end[0] - start[0]) * step / 5
        y = start[1] + (end[1] - start[1]) * step / 5
        await mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    await mouse.up()


async def scroll(person: Person, slices: int) -> None:
    """Turn the wheel over the image by so many slices; negative goes back."""
    box = await person.pane.bounding_box()
    assert box is not None
    await person.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(abs(slices)):
        await person.page.mouse.wheel(0, 100 if slices > 0 else -100)


async def all_show(people: Sequence[Person], sop_uid: str) -> None:
    """Wait until every screen shows this SOP instance."""
    for person in people:
        await expect(person.pane).to_have_attribute("data-sop-uid", sop_uid, timeout=PATIENCE_MS)


async def picture(person: Person, folder: Path, name: str) -> None:
    """Keep what this person sees, for whoever wants to look."""
    await person.page.screenshot(path=folder / f"{name}-{person.username}.png")
