"""A name in the picture, from the case page to the room: specialists see it when it may be seen."""

import io
import re

import pydicom
from PIL import Image, ImageDraw
from playwright.async_api import Browser, Page, expect
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from telehealth.demo.story import key_id
from tests.e2e.axe import barriers
from tests.e2e.people import PATIENCE_MS, Person, sign_in
from tests.support.installation import Installation

CASE = key_id("case", "C12")  # of the conference that the demo holds right now
STUDY = "1.2.826.0.1.404"
DOUBT = "Có thể có tên: chuyên gia chưa xem được"
WITHHELD = "Ảnh này có thể ghi tên người bệnh"


def ultrasound(number: int) -> bytes:
    """A colour picture with words in it, as an apparatus stores it."""
    picture = Image.new("RGB", (320, 240))
    ImageDraw.Draw(picture).text((8, 6), f"SUNG A THU NGHIEM  {number}", fill="white")
    ds = pydicom.Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{STUDY}.1.{number}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, f"{STUDY}.1"
    ds.InstanceNumber = number
    ds.Modality, ds.SeriesDescription = "US", "TIM 4 BUONG"
    ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "ST-261199", "20030606", "M"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PlanarConfiguration = 240, 320, 3, 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PhotometricInterpretation = "RGB"
    ds.PixelData = picture.tobytes()
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


async def bring(doctor: Person, count: int) -> None:
    """Send pictures from the case page, as a doctor drags them in."""
    files = [
        {"name": f"IM{n}", "mimeType": "application/dicom", "buffer": ultrasound(n)}
        for n in range(1, count + 1)
    ]
    await doctor.go(f"/cases/{CASE}")
    await doctor.page.locator('#images input[type="file"]').last.set_input_files(files)
    await doctor.sees(DOUBT)


async def no_barriers(page: Page) -> None:
    assert not await barriers(page)


async def test_specialists_see_a_picture_once_somebody_looked_and_the_name_once_it_may_be_known(
    installation: Installation, browser: Browser
) -> None:
    doctor, chair, specialist, coordinator = [
        await sign_in(browser, installation.url, name)
        for name in ("pr.st", "chair2", "sp.neuro", "coord.hub")
    ]
    await bring(doctor, 2)
    await no_barriers(doctor.page)
    answer = await doctor.page.request.get(f"/api/cases/{CASE}")
    session = (await answer.json())["session_id"]
    for person in (chair, specialist):
        await person.enter_room(session)
    await chair.press("Bắt đầu")
    await expect(chair.pane).to_have_attribute("data-quality", "lossless", timeout=PATIENCE_MS)
    await chair.press("Lấy điều khiển")
    await chair.press(re.compile("TIM 4 BUONG"))
    await chair.sees("Chuyên gia không thấy ảnh này")
    await specialist.sees(WITHHELD)
    assert not [url for url in specialist.requests if "/pack" in url or "/stage/" in url]

    await doctor.press("Xem ảnh và xác nhận")
    picture = doctor.page.get_by_alt_text("Ảnh 1/2")
    await expect(picture).to_have_js_property("naturalWidth", 320, timeout=PATIENCE_MS)
    await no_barriers(doctor.page)
    await doctor.press("Không có tên trên ảnh")
    await expect(specialist.pane).to_have_attribute("data-quality", "lossless", timeout=PATIENCE_MS)
    await doctor.press("Bỏ xác nhận")
    await specialist.sees(WITHHELD)
    await expect(specialist.page.locator("[data-sop-uid]")).to_have_count(0)

    await coordinator.go(f"/cases/{CASE}")
    await coordinator.sees("Sùng A Thử Nghiệm")
    await chair.page.get_by_role("switch", name="Ẩn danh tính").click()
    await specialist.sees("Đang ẩn danh tính")
    await no_barriers(chair.page)
    await coordinator.go(f"/cases/{CASE}")
    await coordinator.sees("Đang ẩn danh tính")
    await expect(coordinator.page.get_by_text("Sùng A Thử Nghiệm")).to_have_count(0)
    await coordinator.page.get_by_role("switch", name="Ẩn danh tính").click()
    await coordinator.sees("Sùng A Thử Nghiệm")
    for person in (doctor, chair, specialist, coordinator):
        assert not person.faults
