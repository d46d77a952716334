"""Chapters before the session: the week, a case submitted, the agenda ordered."""

import io
import re
from pathlib import Path

from playwright.async_api import expect

from tests.e2e import material
from tests.e2e.people import (
    PATIENCE_MS,
    Person,
)
from tests.e2e.story import LAB, QUESTIONS, Conference, api, until


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
