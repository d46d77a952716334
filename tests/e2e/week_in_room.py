"""Chapters in the room: voices, images, control, marks, recording, minutes, the end."""

import re
from pathlib import Path

from playwright.async_api import expect

from tests.e2e.people import (
    PATIENCE_MS,
    Person,
    all_show,
    drag,
    media,
    picture,
    scroll,
    videos_playing,
    voices_playing,
)
from tests.e2e.story import ANSWERS, CONCLUSION, QUESTIONS, TREATMENT, Conference, api, until

TWO_ROWS_PX = 60  # tools of the images stay in one row on a laptop


async def all_join_and_hear_each_other(story: Conference) -> None:
    for person in story.seated:
        await person.enter_room(story.session_id)
    await story.chair.press("Bắt đầu")
    for person in story.seated:

        async def hears(person: Person = person) -> bool:
            return await videos_playing(person) >= 2 and await voices_playing(person) >= 2

        await until(hears, lambda: who_gets_what(story))


async def who_gets_what(story: Conference) -> object:
    """What each page plays and what the server says of each line, for whoever asks why not."""
    return {
        "lines": await api(story.chair, f"/api/sessions/{story.session_id}/live-lines"),
        **{one.username: (await media(one), one.faults, one.said) for one in story.seated},
    }


async def the_chair_opens_the_case_and_control_goes_round(
    story: Conference, pictures: Path
) -> None:
    chair, doctor, specialist = story.seated
    for person in story.seated:
        await expect(person.room).to_have_attribute(
            "data-case-id", story.case_id, timeout=PATIENCE_MS
        )
        await person.sees("VÀNG T. H. C.")
        await person.sees(QUESTIONS[0])
        await expect(person.pane).to_have_attribute("data-quality", "lossless", timeout=PATIENCE_MS)
    first = await chair.shown()
    await all_show(story.seated, first)
    await doctor.press("Lấy điều khiển")
    await expect(chair.page.locator("[data-control]")).not_to_have_attribute("data-control", "")
    seen = {first}
    for slices in (3, 2, -1, 4):
        await scroll(doctor, slices)
        await until(lambda: differs(doctor, seen))
        sop_uid = await settled(doctor)
        await all_show(story.seated, sop_uid)
        seen.add(sop_uid)
    assert len(seen) >= 4
    await specialist.press("Xin điều khiển")
    await doctor.press("Giao điều khiển")
    await expect(specialist.page.get_by_role("button", name="Trả điều khiển")).to_be_visible()
    await scroll(specialist, -2)
    await until(lambda: differs(specialist, {sop_uid}))
    await all_show(story.seated, await settled(specialist))
    assert await tools_height_px(chair) < TWO_ROWS_PX
    for person in story.seated:
        await picture(person, pictures, "room")


async def tools_height_px(person: Person) -> float:
    box = await person.page.get_by_role("toolbar").first.bounding_box()
    assert box
    return box["height"]


async def differs(person: Person, known: set[str]) -> bool:
    return await person.shown() not in known


async def settled(person: Person) -> str:
    """What is shown once the wheel has come to rest: the same in three looks."""
    looks = [await person.shown()]
    while len(looks) < 3 or len(set(looks[-3:])) > 1:
        await person.page.evaluate("() => new Promise(done => setTimeout(done, 120))")
        looks.append(await person.shown())
    return looks[-1]


async def a_length_is_marked_and_the_case_recorded(story: Conference) -> list[str]:
    """Returns the SOP instance UIDs on which three moves came to rest while recording."""
    chair, _, specialist = story.seated
    await chair.press("Ghi ca này")
    for person in story.seated:
        await expect(person.page.locator("[data-recording]")).to_be_visible(timeout=PATIENCE_MS)
    await expect(specialist.pane).to_have_attribute("data-quality", "lossless", timeout=PATIENCE_MS)
    await specialist.press("Đo chiều dài")
    await drag(specialist, (0.4, 0.4), (0.6, 0.55))
    for person in story.seated:
        await expect(person.page.locator('[data-kind="length"]').first).to_be_attached(
            timeout=PATIENCE_MS
        )
    await specialist.press("Chọn ảnh vào hồ sơ")
    await specialist.press("Lướt ảnh")
    moves = []
    for slices in (2, 3, -4):
        before = {await specialist.shown()}
        await scroll(specialist, slices)
        await until(lambda before=before: differs(specialist, before))
        sop_uid = await settled(specialist)
        await all_show(story.seated, sop_uid)
        moves.append(sop_uid)
        await specialist.page.evaluate("() => new Promise(done => setTimeout(done, 1500))")
    return moves


async def a_reload_lands_in_the_same_state(story: Conference) -> None:
    chair = story.chair
    sop_uid = await chair.shown()
    window = await chair.pane.get_attribute("data-window")
    await chair.page.reload()
    await expect(chair.room).to_have_attribute("data-status", "live", timeout=PATIENCE_MS)
    await expect(chair.room).to_have_attribute("data-case-id", story.case_id, timeout=PATIENCE_MS)
    await all_show([chair], sop_uid)
    await expect(chair.pane).to_have_attribute("data-window", window or "", timeout=PATIENCE_MS)
    await expect(chair.page.locator('[data-kind="length"]')).to_have_count(
        await story.specialist.page.locator('[data-kind="length"]').count()
    )


async def the_chair_writes_and_moves_on(story: Conference, pictures: Path) -> None:
    chair = story.chair
    await chair.page.get_by_role("tab", name="Người dự").click()
    here = chair.page.locator("li[data-online]")
    await expect(here).to_have_count(len(story.seated))
    await expect(here.filter(has_text="Mbit/s")).to_have_count(len(story.seated))
    await picture(chair, pictures, "lines")
    await chair.page.get_by_role("tab", name="Biên bản").click()
    await chair.type("Kết luận câu 1", ANSWERS[0])
    await chair.type("Kết luận câu 2", ANSWERS[1])
    await chair.type("Kết luận chung", CONCLUSION)
    await chair.type("Hướng điều trị tiếp", TREATMENT)
    await chair.sees(re.compile(r"Đã lưu \d\d:\d\d"))
    await chair.press("Dừng ghi")
    await expect(chair.page.locator("[data-recording]")).to_have_count(0, timeout=PATIENCE_MS)
    await chair.press("Ca tiếp theo")
    for person in story.seated:
        await expect(person.room).to_have_attribute(
            "data-case-id", story.next_case_id, timeout=PATIENCE_MS
        )
    for person in (story.chair, story.specialist):
        await expect(person.pane).to_have_attribute(
            "data-sop-uid", re.compile("."), timeout=PATIENCE_MS
        )
    # The next patient is another hospital's: its images are not the first doctor's to see.
    await expect(story.doctor.pane).to_have_count(0)


async def the_session_ends(story: Conference) -> None:
    chair = story.chair
    await chair.press("Chọn ca")
    await chair.page.get_by_role("menuitem", name="Kết thúc buổi").click()
    await chair.press("Kết thúc buổi", within=chair.page.get_by_role("dialog"))
    for person in story.seated:
        await person.sees(re.compile("Buổi hội chẩn (đã )?kết thúc"))
