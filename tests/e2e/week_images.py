"""The weekly conference: images are there before the meeting, and gone after signing out."""

from playwright.async_api import expect

from tests.e2e.people import PATIENCE_MS, Person
from tests.e2e.story import Conference

KEPT = """async () => {
  const names = []
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name)
  return names
}"""


async def the_images_are_fetched_ahead(story: Conference) -> dict[str, int]:
    """Every site has its cases before the room opens; how many requests each had made by then."""
    cases = {story.chair.username: 2, story.specialist.username: 2, story.doctor.username: 1}
    for person in story.seated:
        await person.go(f"/sessions/{story.session_id}")
        here = person.page.locator("[data-kept]")
        await expect(here).to_have_count(cases[person.username], timeout=PATIENCE_MS)
        await expect(person.page.locator('[data-kept="false"]')).to_have_count(
            0, timeout=PATIENCE_MS
        )
    await _board_is_complete(story)
    return {person.username: len(person.requests) for person in story.seated}


def no_image_came_by_the_line(story: Conference, before: dict[str, int]) -> None:
    """What the room drew lay on each computer's own disk."""
    for person in story.seated:
        since = person.requests[before[person.username] :]
        assert any("/manifest" in url for url in since)
        assert [url for url in since if "/pack" in url or "/stage/" in url] == []


async def signing_out_leaves_nothing(story: Conference) -> None:
    """The next person at this computer finds no image."""
    doctor = story.doctor
    await doctor.go(f"/sessions/{story.session_id}")
    assert await _kept(doctor) == ["kept-images"]
    await doctor.page.get_by_role("button", name="Tài khoản").click()
    await doctor.page.get_by_role("menuitem", name="Đăng xuất").click()
    await expect(doctor.page.get_by_label("Tên đăng nhập", exact=True)).to_be_visible()
    assert await _kept(doctor) == []


async def _kept(person: Person) -> list[str]:
    found: list[str] = await person.page.evaluate(KEPT)
    return found


async def _board_is_complete(story: Conference) -> None:
    """The coordinator sees the first case at both sites that may see it."""
    page = story.coordinator.page
    await story.coordinator.go(f"/sessions/{story.session_id}")
    sites = page.locator(f'[data-ready-case="{story.case_id}"] [data-state]')
    await expect(sites).to_have_count(2, timeout=PATIENCE_MS)
    complete = page.locator(f'[data-ready-case="{story.case_id}"] [data-state="complete"]')
    await expect(complete).to_have_count(2, timeout=PATIENCE_MS)
