"""Words about names in pixels on PostgreSQL, where images arrive in transactions of their own."""

from datetime import timedelta

from telehealth.images import Images
from tests.support.conference import Conference
from tests.support.shared_case import ULTRASOUND, SharedCase, an_image


async def test_a_word_and_its_undoing_by_a_late_image_hold_on_postgresql(
    hospital: tuple[Conference, Images],
) -> None:
    case = SharedCase(*hospital)
    await case.prepare()
    manifest = f"/api/image-series/{ULTRASOUND}/manifest"
    word = f"/api/cases/{case.case_id}/image-series/{ULTRASOUND}/name"
    await case.meeting.call("chuyengia", "GET", manifest, expect=403)
    seen = {"said": "no_name", "image_count": 1}
    await case.meeting.call("bacsi", "PUT", word, seen, 204)
    await case.meeting.call("chuyengia", "GET", manifest)
    await case.send(an_image(ULTRASOUND, 2))
    case.meeting.clock.now += timedelta(seconds=6)
    await case.meeting.call("chuyengia", "GET", manifest, expect=403)
    await case.meeting.call("bacsi", "PUT", word, seen, 409)
    hidden = await case.meeting.call(
        "chutoa", "PUT", f"/api/cases/{case.case_id}/teaching-view", {"hidden": True}
    )
    assert hidden["identity_hidden"] is True
