"""The weekly conference from submission to the filed record, in three browsers.

One story, told once: each chapter stands on the one before, as on a real Thursday.
"""

import asyncio
import hashlib
import io
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect
from pypdf import PdfReader

from tests.e2e import material
from tests.e2e.people import (
    PATIENCE_MS,
    Person,
    all_show,
    drag,
    picture,
    scroll,
    sign_in,
    videos_playing,
    voices_playing,
)
from tests.support.installation import Installation

QUESTIONS = ("Có chỉ định phẫu thuật không?", "Có cần chuyển tuyến trên ngay không?")
ANSWERS = (
    "Có chỉ định phẫu thuật có chuẩn bị.",
    "Không cần chuyển ngay, theo dõi tri giác 2 giờ một lần.",
)
CONCLUSION = "Tổn thương choán chỗ bán cầu phải, đề nghị mổ theo kế hoạch."
LAB = {"Xét nghiệm": "Hemoglobin", "Kết quả": "128", "Đơn vị": "g/L"}
TREATMENT = "Chống phù não, chụp lại sau 48 giờ."


@dataclass
class Conference:
    """Who takes part, and what they work on."""

    coordinator: Person
    chair: Person
    doctor: Person
    specialist: Person
    session_id: str = ""
    case_id: str = ""
    next_case_id: str = ""

    @property
    def seated(self) -> tuple[Person, Person, Person]:
        """The three in the room."""
        return self.chair, self.doctor, self.specialist

    @property
    def everybody(self) -> tuple[Person, ...]:
        """All browsers."""
        return self.coordinator, *self.seated


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; the browsers set the pace."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while not await what():
            await asyncio.sleep(0.05)


@pytest.mark.timeout(1200)
async def test_weekly_conference_from_submission_to_the_filed_record(
    installation: Installation, browser: Browser, tmp_path: Path, pictures: Path
) -> None:
    names = ("coord.hub", "chair1", "pr.nk", "sp.neuro")
    signed_in = [await sign_in(browser, installation.url, name) for name in names]
    story = Conference(*signed_in)
    await the_coordinator_sees_the_week(story)
    await the_doctor_submits_a_case(story, material.folder(tmp_path / "phim", "19640305"))
    await the_coordinator_orders_the_agenda(story)
    await all_join_and_hear_each_other(story)
    await the_chair_opens_the_case_and_control_goes_round(story, pictures)
    recorded = await a_length_is_marked_and_the_case_recorded(story)
    await a_reload_lands_in_the_same_state(story)
    await the_chair_writes_and_moves_on(story)
    await the_session_ends(story)
    await the_minutes_are_closed_and_hold_what_was_said(story)
    await the_record_has_arrived(story, installation.folder / "var")
    await the_replay_shows_the_same_slices(story, recorded)
    await the_trail_says_who_opened_what(browser, installation, story)
    nothing_left_the_house(story, installation)


async def the_coordinator_sees_the_week(story: Conference) -> None:
    coordinator = story.coordinator
    await coordinator.go("/calendar")
    await coordinator.sees("Thứ Năm hằng tuần, 14:00")
    sessions = await api(coordinator, "/api/sessions")
    weekly = next(one for one in sessions["items"] if one["kind"] == "weekly")
    story.session_id = weekly["id"]
    await coordinator.go(f"/sessions/{story.session_id}")
    await coordinator.sees(re.compile(r"Chờ nhận \(\d+\)"))
    await coordinator.sees(re.compile("Còn thiếu"))


async def the_doctor_submits_a_case(story: Conference, films: Path) -> None:
    doctor = story.doctor
    await doctor.press("Trình ca mới")
    await doctor.page.wait_for_url(re.compile("/cases/"))
    story.case_id = doctor.page.url.rsplit("/", 1)[1]
    await write_the_case(doctor)
    await doctor.page.get_by_test_id("upload-folder").set_input_files(films)
    await doctor.sees("broken.dcm")
    await doctor.sees("doc-truoc.txt")
    await settle_identity(doctor)
    await add_excerpt(doctor)
    await doctor.page.get_by_label(re.compile("^Chia sẻ hồ sơ và hình ảnh")).check()
    await doctor.page.get_by_label(re.compile("^Ghi âm, ghi hình phần hội chẩn")).check()
    await doctor.press("Ghi nhận sự đồng ý")
    await doctor.sees("Được chia sẻ")
    await doctor.press("Gửi ca")
    await doctor.sees("Đã gửi ca. Điều phối viên sẽ xem và trả lời.")
    case = await api(doctor, f"/api/cases/{story.case_id}")
    assert case["state"] == "submitted"
    assert case["missing"] == []
    assert (case["study_count"], case["image_count"]) == (1, material.SLICES)
    assert case["session_id"] == story.session_id
    uploads = await api(doctor, f"/api/cases/{story.case_id}/uploads")
    assert uploads["totals"] == {"stored": 20, "duplicate": 1, "refused": 2, "receiving": 0}


async def write_the_case(doctor: Person) -> None:
    await doctor.type("Họ và tên", material.PATIENT["name"])
    await doctor.type("Ngày sinh", material.PATIENT["born"])
    await doctor.page.get_by_text("Nữ", exact=True).first.click()
    await doctor.type("Mã người bệnh tại viện", material.PATIENT["code"])
    await doctor.type("Số hồ sơ bệnh án", "NK.26.099999")
    await doctor.type("Khoa", "Ngoại tổng hợp")
    await doctor.type("Vào viện ngày", "20/11/2026")
    await doctor.choose("Lý do hội chẩn", "Vượt khả năng chuyên môn tại chỗ")
    await doctor.type("Nói rõ thêm", "Đau đầu tăng dần, yếu nửa người trái.")
    await doctor.press("Viết câu hỏi đầu tiên")
    await doctor.type("Câu hỏi 1", QUESTIONS[0])
    await doctor.press("Thêm câu hỏi")
    await doctor.type("Câu hỏi 2", QUESTIONS[1])
    specialties = doctor.page.get_by_label("Chuyên khoa cần mời").first
    await specialties.fill("Ngoại thần kinh")
    await specialties.press("Enter")
    await doctor.type("Chẩn đoán", "Theo dõi u bán cầu phải")
    await doctor.type("Mã ICD-10", "D43.0")
    await doctor.type("Tóm tắt diễn biến", "Nữ 63 tuổi, đau đầu ba tuần, Glasgow 15 điểm.")
    await doctor.sees(re.compile(r"Đã lưu \d\d:\d\d"))


async def settle_identity(doctor: Person) -> None:
    """The birth date in the images differs: a named person says why it is the same patient."""
    await doctor.press("Xác nhận đúng người bệnh")
    dialog = doctor.page.get_by_role("dialog")
    await dialog.get_by_label("Lý do").fill("Máy chụp nhập sai năm sinh, đã đối chiếu căn cước.")
    await doctor.press("Xác nhận đúng người bệnh", within=dialog)
    await doctor.sees(re.compile("Lò Văn Thử"))


async def add_excerpt(doctor: Person) -> None:
    """Labs pasted as from a spreadsheet, and a PDF."""
    section = doctor.page.locator("#excerpt")
    await doctor.press("Thêm xét nghiệm", within=section)
    for column, text in LAB.items():
        await section.get_by_label(f"{column}, dòng 1").fill(text)
    await section.locator('input[type="file"]').set_input_files(
        {"name": "giay-ra-vien.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
    )
    await doctor.sees("giay-ra-vien.pdf")


def a_pdf() -> bytes:
    """A one-page PDF."""
    from pypdf import PdfWriter

    target, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(595, 842)
    writer.write(target)
    return target.getvalue()


async def the_coordinator_orders_the_agenda(story: Conference) -> None:
    coordinator = story.coordinator
    await coordinator.go(f"/sessions/{story.session_id}")
    await coordinator.sees("VÀNG T. H. C.")
    waiting = (await api(coordinator, f"/api/sessions/{story.session_id}"))["waiting"]
    assert [one["missing"] for one in waiting if one["id"] == story.case_id] == [[]]
    story.next_case_id = next(
        str(one["id"]) for one in waiting if one["image_count"] and one["id"] != story.case_id
    )
    for case_id in (story.case_id, story.next_case_id):
        row = coordinator.page.locator(f'div:has(> a[href="/cases/{case_id}"])')
        await coordinator.press("Nhận ca", within=row)
        await expect(row.get_by_role("button", name="Nhận ca")).to_have_count(0)
    minutes = coordinator.page.get_by_label("Số phút cho VÀNG T. H. C.")
    await expect(minutes).to_be_visible(timeout=PATIENCE_MS)
    await minutes.fill("20")
    await minutes.blur()

    async def saved() -> bool:
        session = await api(coordinator, f"/api/sessions/{story.session_id}")
        plan = {item["case"]["id"]: item["planned_minutes"] for item in session["agenda"]}
        return plan.get(story.case_id) == 20

    await until(saved)
    await put_first(story)
    await coordinator.press("Chốt chương trình")
    await coordinator.sees("Đã chốt chương trình")


async def put_first(story: Conference) -> None:
    """Our case becomes the first, by keyboard, as somebody without a mouse would."""

    async def place() -> int:
        session = await api(story.coordinator, f"/api/sessions/{story.session_id}")
        order = sorted(session["agenda"], key=lambda item: item["order"])
        return [item["case"]["id"] for item in order].index(story.case_id)

    while (before := await place()) > 0:
        await story.coordinator.press("Đưa lên: VÀNG T. H. C.")

        async def moved(before: int = before) -> bool:
            return await place() < before

        await until(moved)


async def all_join_and_hear_each_other(story: Conference) -> None:
    for person in story.seated:
        await person.enter_room(story.session_id)
    await story.chair.press("Bắt đầu")
    for person in story.seated:

        async def hears(person: Person = person) -> bool:
            return await videos_playing(person) >= 2 and await voices_playing(person) >= 2

        await until(hears)


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
    for person in story.seated:
        await picture(person, pictures, "room")


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


async def the_chair_writes_and_moves_on(story: Conference) -> None:
    chair = story.chair
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


async def the_minutes_are_closed_and_hold_what_was_said(story: Conference) -> None:
    chair = story.chair
    await chair.go(f"/cases/{story.case_id}/minutes")
    await chair.press("Hoàn tất biên bản")
    dialog = chair.page.get_by_role("dialog")
    await chair.press("Hoàn tất biên bản", within=dialog)
    await chair.sees("Đã hoàn tất")
    answer = await chair.page.request.get(f"/api/cases/{story.case_id}/minutes.pdf")
    assert answer.ok
    words = pdf_words(await answer.body())
    for text in (CONCLUSION, TREATMENT, *ANSWERS, *QUESTIONS):
        assert squeezed(text) in words
    assert squeezed("27/BV2") in words


def pdf_words(pdf: bytes) -> str:
    """All text of a PDF without white space, as line breaks fall anywhere."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


async def the_record_has_arrived(story: Conference, data: Path) -> None:
    doctor = story.doctor

    async def all_verified() -> bool:
        found = await api(doctor, f"/api/cases/{story.case_id}/deliveries")
        return bool(found["items"]) and all(x["state"] == "verified" for x in found["items"])

    await until(all_verified)
    items = (await api(doctor, f"/api/cases/{story.case_id}/deliveries"))["items"]
    assert {item["kind"] for item in items} >= {"minutes", "key_images", "marks", "recording"}
    for item in items:
        receipt = json.loads(str(item["receipt"]))
        folder = data / "record" / receipt["folder"]
        assert receipt["read_back"]
        for name, sha256 in receipt["read_back"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    await doctor.go("/archive")
    await doctor.sees("Đã gửi · đã đối chiếu")


async def the_replay_shows_the_same_slices(story: Conference, moves: list[str]) -> None:
    doctor = story.doctor
    found = (await api(doctor, f"/api/cases/{story.case_id}/recordings"))["items"]
    assert [one["state"] for one in found] == ["ready"]
    recording = found[0]
    timeline = await api(doctor, f"/api/recordings/{recording['id']}/timeline")
    assert len({track["identity"] for track in recording["tracks"]}) == 3
    await doctor.go(f"/replay/{recording['id']}")
    player = doctor.page.locator("[data-duration]")
    await expect(player).to_be_visible(timeout=PATIENCE_MS)
    for sop_uid in moves:
        await seek(doctor, restful_moment(timeline, sop_uid))
        await all_show([doctor], sop_uid)


def restful_moment(timeline: dict[str, object], sop_uid: str) -> float:
    """A second within the longest rest on this instance, as the timeline tells it."""
    moves = [event for event in timeline["events"] if event["kind"] == "view_changed"]  # type: ignore[attr-defined]
    starts = [float(event["t_s"]) for event in moves]
    ends = [*starts[1:], float(timeline["duration_s"])]  # type: ignore[arg-type]
    rests = [
        (end - start, start)
        for event, start, end in zip(moves, starts, ends, strict=True)
        if sop_uid in json.dumps(event["body"])
    ]
    longest, start = max(rests)
    assert longest > 0.5
    return start + longest / 2


async def seek(person: Person, seconds: float) -> None:
    """Press on the waveform where that second lies."""
    player = person.page.locator("[data-duration]")
    duration = float(await player.get_attribute("data-duration") or 0)
    wave = person.page.get_by_role("slider", name="Tiếng nói theo thời gian")
    box = await wave.bounding_box()
    assert box is not None
    await person.page.mouse.click(
        box["x"] + box["width"] * seconds / duration, box["y"] + box["height"] / 2
    )


async def the_trail_says_who_opened_what(
    browser: Browser, installation: Installation, story: Conference
) -> None:
    auditor = await sign_in(browser, installation.url, "quantri")
    await auditor.go("/audit")
    await auditor.sees("Đinh Ngọc Hư Cấu")
    trail = await api(auditor, f"/api/audit?case_id={story.case_id}")
    who = {(item["person"]["full_name"], item["action"]) for item in trail["items"]}
    assert ("Lò Văn Thử", "case_submit") in who
    assert ("Hoàng Minh Hoạ", "minutes_close") in who
    assert any(name == "Đinh Ngọc Hư Cấu" for name, _ in who)


def nothing_left_the_house(story: Conference, installation: Installation) -> None:
    """No fault on any page, no request to a foreign host, no patient word in addresses or logs."""
    for person in story.everybody:
        assert person.faults == []
        hosts = {urlsplit(url).netloc for url in person.requests if url.startswith("http")}
        assert hosts == {urlsplit(installation.url).netloc}
        assert not any("Hư" in url or material.PATIENT["code"] in url for url in person.requests)
    log = "".join(installation.output)
    for word in (material.PATIENT["name"], material.PATIENT["code"], "Traceback"):
        assert word not in log


async def api(person: Person, path: str) -> dict[str, list[dict[str, object]]]:
    """What the API tells this person, with the browser's own sign-in."""
    answer = await person.page.request.get(path)
    assert answer.ok, f"{answer.status} {path}"
    found: dict[str, list[dict[str, object]]] = await answer.json()
    return found
