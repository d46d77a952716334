"""Chapters after the session: closed minutes, the record, the replay, the trail."""

import hashlib
import io
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, expect
from pypdf import PdfReader

from tests.e2e import material
from tests.e2e.people import (
    PATIENCE_MS,
    Person,
    all_show,
    sign_in,
)
from tests.e2e.story import ANSWERS, CONCLUSION, QUESTIONS, TREATMENT, Conference, api, until
from tests.support.installation import Installation


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
    words = (material.PATIENT["name"], material.PATIENT["code"], "Traceback", '"error": [')
    told = [line for line in installation.output if any(word in line for word in words)]
    assert not told, told
