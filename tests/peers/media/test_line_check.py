"""A spoke's doctor tests the line before the meeting; the coordinator reads it (whole product)."""

import re
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.e2e.people import PATIENCE_MS, Person, sign_in
from tests.e2e.test_screens import judge, weekly_session
from tests.support.installation import Installation


async def _found(person: Person, part: str) -> str:
    row = person.page.get_by_role("listitem").filter(has_text=part)
    return await row.inner_text()


async def test_q5_a_site_tests_its_line_and_the_coordinator_reads_it(
    tmp_path: Path, browser: Browser
) -> None:
    with Installation(tmp_path, "demo") as installation:
        doctor = await sign_in(browser, installation.url, "pr.nk")
        await doctor.go("/line-check")
        await doctor.press("Bắt đầu kiểm tra")
        await expect(doctor.page.get_by_text("Đã gửi kết quả")).to_be_visible(timeout=PATIENCE_MS)
        for part in ("Micro", "Camera", "Đường truyền UDP", "Đường truyền TCP"):
            assert "Tốt" in await _found(doctor, part), part
        assert "Không dùng ở đây" in await _found(doctor, "TURN")
        assert re.search(r"Gửi \d.*nhận \d.*Mbit/s", await _found(doctor, "Tốc độ"))
        assert doctor.faults == []
        assert not await judge(doctor.page, "/line-check, done")

        coordinator = await sign_in(browser, installation.url, "coord.hub")
        await coordinator.go(f"/sessions/{await weekly_session(coordinator)}")
        panel = coordinator.page.get_by_role("region", name="Đường truyền các điểm cầu")
        tested = re.compile(r"Nậm Khê.*(Sẵn sàng|Dùng được|Chưa sẵn sàng)")
        await expect(panel).to_contain_text(tested, timeout=PATIENCE_MS)
        assert coordinator.faults == []
