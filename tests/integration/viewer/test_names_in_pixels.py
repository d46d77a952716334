"""Pixels that may show the patient's name: who gets them, who says what is in them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.scheduling.steps import MONDAY, draft
from tests.integration.viewer.test_image_doors import a_pdf
from tests.support.conference import Conference
from tests.support.image_doors import image_conference, upload
from tests.support.shared_case import CT, STUDY, ULTRASOUND, SharedCase, an_image

DOORS = ("manifest", "pack", "stage/0", "thumbnail")
KNOWING = ("bacsi", "dieuphoixa", "kythuat", "dieuphoi", "chutoa", "thuky")


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[SharedCase]:
    async with image_conference(tmp_path, MONDAY) as (meeting, images):
        made = SharedCase(meeting, images)
        await made.prepare()
        yield made


async def statuses(meeting: Conference, username: str, series_uid: str) -> set[int]:
    client = await meeting.client(username)
    place = f"/api/image-series/{series_uid}"
    return {(await client.get(f"{place}/{door}")).status_code for door in DOORS}


async def say(
    case: SharedCase, username: str, said: str | None, expect: int = 204, **more: Any
) -> Any:
    place = f"/api/cases/{case.case_id}/image-series/{ULTRASOUND}/name"
    body = {"said": said, "image_count": 1} | more
    answer = await case.meeting.call(username, "PUT", place, body, expect)
    case.meeting.clock.now += timedelta(seconds=6)  # what was believed of rights is old
    return answer


async def series_for(case: SharedCase, username: str) -> dict[str, dict[str, Any]]:
    found = await case.meeting.call(username, "GET", f"/api/cases/{case.case_id}/studies")
    return {each["series_uid"]: each for study in found["items"] for each in study["series"]}


async def test_only_those_who_may_know_the_patient_get_pixels_that_may_name_him(
    case: SharedCase,
) -> None:
    for username in KNOWING:
        assert await statuses(case.meeting, username, ULTRASOUND) == {200}, username
    assert await statuses(case.meeting, "chuyengia", CT) == {200}
    client = await case.meeting.client("chuyengia")
    for door in DOORS:
        refused = await client.get(f"/api/image-series/{ULTRASOUND}/{door}")
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/pixels-withheld")
    assert await statuses(case.meeting, "nguoikhac", ULTRASOUND) == {404}


async def test_the_list_tells_which_series_are_withheld_and_why(case: SharedCase) -> None:
    seen = await series_for(case, "chuyengia")
    assert [(seen[uid]["withheld"], seen[uid]["burned_in"]) for uid in (CT, ULTRASOUND)] == [
        (False, "clear"),
        (True, "may_show_a_name"),
    ]
    assert seen[CT]["thumbnail_url"]
    assert seen[ULTRASOUND]["thumbnail_url"] is None
    known = await series_for(case, "bacsi")
    assert known[ULTRASOUND]["withheld"] is False
    assert known[ULTRASOUND]["thumbnail_url"]


async def test_a_word_of_the_presenter_opens_the_series_and_taking_it_back_shuts_it(
    case: SharedCase,
) -> None:
    await say(case, "bacsi", "no_name")
    assert await statuses(case.meeting, "chuyengia", ULTRASOUND) == {200}
    assert (await series_for(case, "chuyengia"))[ULTRASOUND]["name_said"] == "no_name"
    await say(case, "bacsi", None)
    assert await statuses(case.meeting, "chuyengia", ULTRASOUND) == {403}
    trail = await case.meeting.call("quantri", "GET", f"/api/audit?case_id={case.case_id}")
    acts = [each for each in trail["items"] if each["action"] == "pixels_judge"]
    assert [each["detail"] for each in acts] == [
        {"said": None, "before": "no_name"},
        {"said": "no_name", "before": None},
    ]


async def test_a_name_that_somebody_saw_shuts_a_series_that_looked_clean(case: SharedCase) -> None:
    assert await statuses(case.meeting, "chuyengia", CT) == {200}
    place = f"/api/cases/{case.case_id}/image-series/{CT}/name"
    await case.meeting.call("dieuphoixa", "PUT", place, {"said": "name", "image_count": 1}, 204)
    case.meeting.clock.now += timedelta(seconds=6)
    assert await statuses(case.meeting, "chuyengia", CT) == {403}
    await case.send(an_image(CT, 2))
    assert await statuses(case.meeting, "chuyengia", CT) == {403}


async def test_nobody_else_may_say_what_is_in_the_pixels(case: SharedCase) -> None:
    for username in ("kythuat", "dieuphoi", "chutoa", "thuky", "chuyengia", "nguoikhac", "quantri"):
        await say(case, username, "no_name", 403)
    assert await statuses(case.meeting, "chuyengia", ULTRASOUND) == {403}
    other = f"/api/cases/{case.case_id}/image-series/1.2.3/name"
    await case.meeting.call("bacsi", "PUT", other, {"said": "name", "image_count": 1}, 404)


@pytest.mark.parametrize(
    "broken", [{"said": "clean"}, {"image_count": -1}, {"image_count": None}, {"why": "x"}]
)
async def test_a_broken_word_is_refused(case: SharedCase, broken: dict[str, Any]) -> None:
    await say(case, "bacsi", **({"said": "no_name", "expect": 422} | broken))


async def test_an_image_nobody_looked_at_takes_back_that_there_is_no_name(case: SharedCase) -> None:
    await say(case, "bacsi", "no_name")
    assert await statuses(case.meeting, "chuyengia", ULTRASOUND) == {200}
    await case.send(an_image(ULTRASOUND, 2))
    case.meeting.clock.now += timedelta(seconds=6)  # what was believed of the right is old
    assert await statuses(case.meeting, "chuyengia", ULTRASOUND) == {403}
    problem = await say(case, "bacsi", "no_name", 409)
    assert problem["type"] == "/problems/pixels-unseen"
    await say(case, "bacsi", "no_name", image_count=2)
    assert await statuses(case.meeting, "chuyengia", ULTRASOUND) == {200}


async def test_a_clean_late_image_leaves_the_word_as_it_is(case: SharedCase) -> None:
    await say(case, "bacsi", "no_name")
    await case.send(an_image(ULTRASOUND, 2, BurnedInAnnotation="NO"))
    assert (await series_for(case, "bacsi"))[ULTRASOUND]["name_said"] == "no_name"


async def test_a_late_capture_among_slices_shuts_the_series_for_its_new_images_at_once(
    case: SharedCase,
) -> None:
    client = await case.meeting.client("chuyengia")
    place = f"/api/image-series/{CT}"
    before = (await client.get(f"{place}/manifest")).json()
    await case.send(an_image(CT, 2, BurnedInAnnotation="YES"))
    pack = (await client.get(f"{place}/pack")).content  # still believed, of the old generation
    assert len(pack) == before["total_bytes"]
    assert (await client.get(f"{place}/stage/0?generation=2")).status_code == 409
    assert (await client.get(f"{place}/manifest")).status_code == 403
    case.meeting.clock.now += timedelta(seconds=6)
    assert await statuses(case.meeting, "chuyengia", CT) == {403}


async def test_a_series_of_two_cases_opens_through_the_one_that_names_its_patient(
    case: SharedCase,
) -> None:
    assert await statuses(case.meeting, "dongnghiep", ULTRASOUND) == {403}
    second = await draft(case.meeting, "dongnghiep")
    client = await case.meeting.client("dongnghiep")
    assert (await upload(client, second["id"], an_image(ULTRASOUND, 1))).status_code == 201
    assert await statuses(case.meeting, "dongnghiep", ULTRASOUND) == {200}
    trail = await case.meeting.call("quantri", "GET", f"/api/audit?case_id={second['id']}")
    assert "images_open" in {item["action"] for item in trail["items"]}
    assert await statuses(case.meeting, "chuyengia", ULTRASOUND) == {403}


async def test_images_are_fetched_ahead_only_where_they_may_be_opened(case: SharedCase) -> None:
    place = f"/api/sessions/{case.session_id}"

    async def planned(username: str) -> set[str]:
        (item,) = (await case.meeting.call(username, "GET", f"{place}/images"))["items"]
        return {series["series_uid"] for series in item["series"]}

    assert await planned("bacsi") == {CT, ULTRASOUND}
    assert await planned("chuyengia") == {CT}
    await say(case, "bacsi", "no_name")
    assert await planned("chuyengia") == {CT, ULTRASOUND}


async def test_documents_name_their_patient_until_somebody_says_otherwise(case: SharedCase) -> None:
    client = await case.meeting.client("bacsi")
    listed = f"/api/cases/{case.case_id}/documents"
    headers = {"X-File-Name": "LUONG%20VAN%20MINH%20HOA.pdf", "Content-Type": "application/pdf"}
    added = (await client.post(listed, content=a_pdf(), headers=headers)).json()
    place, word = f"/api/documents/{added['id']}", f"/api/documents/{added['id']}/name"
    specialist = await case.meeting.client("chuyengia")
    assert (await specialist.get(place)).json()["type"] == "/problems/pixels-withheld"
    (shown,) = (await specialist.get(listed)).json()["items"]
    assert (shown["name"], shown["withheld"]) == ("", True)
    for username in ("chuyengia", "chutoa", "kythuat", "nguoikhac"):
        await case.meeting.call(username, "PUT", word, {"said": "no_name"}, 403)
    await case.meeting.call("bacsi", "PUT", word, {"said": "no_name"}, 204)
    opened = await specialist.get(place)
    assert opened.content == a_pdf()
    assert "LUONG" not in opened.headers["content-disposition"]
    for username in KNOWING:
        assert (await (await case.meeting.client(username)).get(place)).status_code == 200
    await case.meeting.call("bacsi", "PUT", word, {"said": "name"}, 204)
    assert (await specialist.get(place)).status_code == 403
    assert (await client.get(place)).status_code == 200


async def test_words_of_headers_and_files_are_kept_from_those_without_the_identity(
    case: SharedCase,
) -> None:
    await case.send(an_image(CT, 2, SeriesDescription="HOA THIN"))
    studies, uploads = (f"/api/cases/{case.case_id}/{name}" for name in ("studies", "uploads"))
    (study,) = (await case.meeting.call("chuyengia", "GET", studies))["items"]
    assert study["description"] == ""
    assert {series["description"] for series in study["series"]} == {"NGANG"}
    (known,) = (await case.meeting.call("bacsi", "GET", studies))["items"]
    assert known["description"] == "CT SO NAO LUONG VAN MINH HOA"
    sent = await case.meeting.call("chuyengia", "GET", uploads)
    assert {item["name"] for item in sent["items"]} == {""}
    assert "IM1" in {i["name"] for i in (await case.meeting.call("bacsi", "GET", uploads))["items"]}


async def test_dicomweb_gives_no_pixels_to_those_without_the_identity(case: SharedCase) -> None:
    specialist = await case.meeting.client("chuyengia")
    for series_uid in (CT, ULTRASOUND):
        series = f"/dicomweb/studies/{STUDY}/series/{series_uid}"
        one = f"{series}/instances/{series_uid}.1"
        for path in (series, one, f"{one}/frames/1", f"{one}/rendered", f"{one}/thumbnail"):
            assert (await specialist.get(path)).status_code == 404, path
    chair = await case.meeting.client("chutoa")
    assert (await chair.get(f"/dicomweb/studies/{STUDY}/series/{CT}")).status_code == 200
