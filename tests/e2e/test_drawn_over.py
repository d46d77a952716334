"""What a hospital drew over its images, from the case page to every screen in the room."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from playwright.async_api import Browser, Locator, expect

from tests.e2e.axe import barriers
from tests.e2e.people import PATIENCE_MS, Person, picture, sign_in
from tests.e2e.test_names_in_pixels import CASE
from tests.support.drawn_over import a_state, key_images, part10, read, segments, with_overlay
from tests.support.installation import Installation
from tests.support.shared_case import CT, an_image

STUDY = "1.2.826.0.1.405"
SERIES, COUNT, KEY = f"{STUDY}.1", 5, 4


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Of its own: other tests hold a meeting about this case as well."""
    with Installation(tmp_path_factory.mktemp("drawn-over"), "demo") as running:
        yield running


def _image(number: int) -> pydicom.Dataset:
    """Slices of the patient of that case."""
    ds = read(an_image(CT, number))
    ds.PatientID, ds.PatientBirthDate, ds.PatientName = "ST-261199", "20030606", "SUNG^A^THU NGHIEM"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, SERIES
    ds.StudyDescription, ds.SeriesDescription = "CT NGUC", "CO DANH DAU"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{SERIES}.{number}"
    ds.ImagePositionPatient = [-100, -100, 5 * number]
    return ds


def _files() -> list[bytes]:
    """A stack, and on its middle image an overlay, marks of the reader and a segment."""
    images = [_image(number) for number in range(1, COUNT + 1)]
    middle = images[COUNT // 2]
    drawn = np.zeros((128, 128), bool)
    drawn[100:104, 20:60] = True
    mask = np.zeros((1, 128, 128), np.uint8)
    mask[0, 40:60, 70:100] = 1
    about = [
        a_state([middle], f"{STUDY}.90.1", "Nghi u"),
        key_images([images[KEY]], f"{STUDY}.91.1", "Xem ảnh này trước"),
        segments([middle], mask, f"{STUDY}.92.1"),
    ]
    with_overlay(middle, drawn)
    return [*map(part10, images), *about]


async def bring(doctor: Person) -> None:
    """From the case page, as a doctor drags them in."""
    files = [
        {"name": f"IM{n}", "mimeType": "application/dicom", "buffer": body}
        for n, body in enumerate(_files())
    ]
    await doctor.go(f"/cases/{CASE}")
    await doctor.page.locator('#images input[type="file"]').last.set_input_files(files)
    await doctor.sees("CO DANH DAU")


async def _decoded(plane: Locator) -> Any:
    """Whether the browser could draw the picture of a plane."""
    return await plane.evaluate(
        """async node => {
          const picture = new Image()
          picture.src = node.getAttribute("href")
          await picture.decode()
          return [picture.naturalWidth, picture.naturalHeight]
        }"""
    )


async def test_what_came_drawn_lies_over_the_image_at_every_site(
    installation: Installation, browser: Browser, pictures: Path
) -> None:
    doctor, chair, specialist = [
        await sign_in(browser, installation.url, name) for name in ("pr.st", "chair2", "sp.neuro")
    ]
    await bring(doctor)
    session = (await (await doctor.page.request.get(f"/api/cases/{CASE}")).json())["session_id"]
    for person in (chair, specialist):
        await person.enter_room(session)
    await chair.press("Bắt đầu")
    await chair.press("Lấy điều khiển")
    await chair.page.locator(f'[data-series-uid="{SERIES}"]').click()
    for person in (chair, specialist):
        await expect(person.pane).to_have_attribute("data-sop-uid", f"{SERIES}.{COUNT // 2 + 1}")
        await expect(person.pane.locator('[data-plane^="segment"]')).to_have_count(1)
        await expect(person.pane.locator("svg").get_by_text("Nghi u")).to_have_count(1)
    overlay = chair.pane.locator('[data-plane="overlay-6000"]')
    await expect(overlay).to_have_count(1)
    assert await _decoded(overlay) == [128, 128]
    # Letters may hide in an overlay: who may not know the patient learns only that there is one.
    await expect(specialist.pane.locator('[data-plane="overlay-6000"]')).to_have_count(0)
    await picture(chair, pictures, "drawn-over")

    menu = chair.page.get_by_role("button", name="Lớp vẽ")
    await menu.click()
    await chair.sees("Xem ảnh này trước")
    found = await barriers(chair.page)
    assert not found, found[0]["where"][0]
    await picture(chair, pictures, "drawn-over-menu")
    await chair.page.get_by_role("menuitemcheckbox", name="VE TAY").click()
    await expect(overlay).to_have_count(0)
    await chair.page.get_by_role("menuitem", name="Xem theo độ sáng").click()
    await expect(specialist.pane).to_have_attribute("data-window", "40/400")
    await chair.page.get_by_role("menuitem", name=f"ảnh {KEY + 1}").click()
    for person in (chair, specialist):
        await expect(person.pane).to_have_attribute("data-sop-uid", f"{SERIES}.{KEY + 1}")
        await expect(person.pane.get_by_text("Ảnh đã chọn")).to_be_visible(timeout=PATIENCE_MS)
    await specialist.page.get_by_role("button", name="Lớp vẽ").click()
    await specialist.sees("1 phần không hiện: có thể lộ tên người bệnh")
    await picture(specialist, pictures, "drawn-over-specialist")
    for person in (doctor, chair, specialist):
        assert not person.faults
