"""What came drawn over the images of a case: who gets it, as what. DR6, DR7."""

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.integration.scheduling.steps import MONDAY
from tests.support.drawn_over import a_state, key_images, part10, read, segments, with_overlay
from tests.support.image_doors import image_conference, upload
from tests.support.shared_case import CT, SharedCase, an_image

NAME = "LƯƠNG VĂN MINH HOẠ"
PLACE = f"/api/image-series/{CT}/layers"


def _plane() -> np.ndarray[Any, Any]:
    drawn = np.zeros((128, 128), bool)
    drawn[40:44, 10:100] = True
    return drawn


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[SharedCase]:
    """One CT image, a second one with an overlay, and all that may be said about them."""
    async with image_conference(tmp_path, MONDAY) as (meeting, images):
        made = SharedCase(meeting, images)
        await made.prepare()
        first = read(an_image(CT, 1))
        second = with_overlay(read(an_image(CT, 2)), _plane())
        mask = np.zeros((1, 128, 128), np.uint8)
        mask[0, 10:20, 30:50] = 1
        about = (
            a_state([first], f"{CT}.90.1", "Nghi u"),
            a_state([first], f"{CT}.90.2", f"Ông {NAME}"),
            key_images([second], f"{CT}.91.1", f"Của {NAME}"),
            segments([first], mask, f"{CT}.92.1"),
        )
        for body in (part10(second), *about):
            await made.send(body)
        yield made


async def _get(case: SharedCase, who: str, tail: str = "") -> httpx.Response:
    return await (await case.meeting.client(who)).get(PLACE + tail)


def _shown(picture: httpx.Response) -> np.ndarray[Any, Any]:
    assert picture.status_code == 200, picture.text
    assert picture.headers["content-type"] == "image/png"
    pixels: np.ndarray[Any, Any] = np.asarray(
        Image.open(io.BytesIO(picture.content)).convert("RGBA")
    )
    return pixels[:, :, 3] > 0


async def test_dr6_who_knows_the_patient_gets_all_of_it(case: SharedCase) -> None:
    found = (await _get(case, "bacsi")).json()
    kinds = [(layer["kind"], layer["title"]) for layer in found["layers"]]
    assert kinds[0] == ("overlay", "VE TAY")
    assert sorted(kinds[1:]) == [
        ("presentation", "DOC_PHIM"),
        ("presentation", "DOC_PHIM"),
        ("segment", "Tổn thương 1"),
    ]
    texts = [shape["text"] for layer in found["layers"] for shape in layer["shapes"]]
    assert {"Nghi u", f"Ông {NAME}"} <= set(texts)
    assert found["withheld"] == 0
    (keys,) = found["key_objects"]
    assert keys["images"] == [{"sop_uid": f"{CT}.2", "frame": 0, "series_uid": CT}]
    assert keys["description"] == f"Của {NAME}"


async def test_dr6_planes_of_bits_are_pictures_as_large_as_the_image(case: SharedCase) -> None:
    found = (await _get(case, "bacsi")).json()
    (segment,) = [layer for layer in found["layers"] if layer["kind"] == "segment"]
    assert segment["places"] == [{"sop_uid": f"{CT}.1", "frame": 1}]
    drawn = _shown(await _get(case, "bacsi", f"/{segment['key']}/{CT}.1/1"))
    assert drawn[10:20, 30:50].all()
    assert drawn.sum() == 200
    overlay = await _get(case, "bacsi", f"/overlay-6000/{CT}.2/1")
    assert (_shown(overlay) == _plane()).all()
    assert "immutable" in overlay.headers["cache-control"]


@pytest.mark.parametrize(
    "tail",
    [
        f"/overlay-6000/{CT}.1/1",  # this image has none
        f"/overlay-6002/{CT}.2/1",
        f"/overlay-6000/{CT}.2/-1",
        f"/overlay-6000/{CT}.2/99999999999",
        "/x/y/z",
    ],
)
async def test_dr6_what_is_not_there_is_not_found(case: SharedCase, tail: str) -> None:
    answer = await _get(case, "bacsi", tail)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_dr7_who_may_not_know_the_patient_gets_no_words_of_it(case: SharedCase) -> None:
    answer = await _get(case, "chuyengia")
    found = answer.json()
    assert "MINH" not in answer.text
    assert "LƯƠNG" not in answer.text
    assert [layer["kind"] for layer in found["layers"]].count("overlay") == 0
    texts = [shape["text"] for layer in found["layers"] for shape in layer["shapes"]]
    assert "Nghi u" in texts
    assert found["withheld"] == 2  # the overlay, whose bits may be letters, and the text
    assert found["key_objects"][0]["description"] == ""
    assert (await _get(case, "chuyengia", f"/overlay-6000/{CT}.2/1")).status_code == 404


async def test_dr7_the_teaching_view_hides_it_from_those_who_knew(case: SharedCase) -> None:
    assert (await _get(case, "dieuphoi")).json()["withheld"] == 0
    path = f"/api/cases/{case.case_id}/teaching-view"
    await case.meeting.call("chutoa", "PUT", path, {"hidden": True})
    case.meeting.clock.now += timedelta(seconds=6)  # what was believed of rights is old
    assert (await _get(case, "dieuphoi")).json()["withheld"] == 2


async def test_dr6_a_person_without_a_seat_gets_nothing(case: SharedCase) -> None:
    assert (await _get(case, "nguoikhac")).status_code in (403, 404)


async def test_dr6_what_comes_later_is_there_the_next_time(case: SharedCase) -> None:
    before = (await _get(case, "bacsi")).json()["layers"]
    client = await case.meeting.client("bacsi")
    body = a_state([read(an_image(CT, 1))], f"{CT}.90.3", "Mới")
    assert (await upload(client, case.case_id, body)).status_code == 201
    after = (await _get(case, "bacsi")).json()["layers"]
    assert len(after) == len(before) + 1
