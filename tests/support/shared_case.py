"""A case of a spoke on a session's agenda, with images that a seated specialist may look at."""

import io

import pydicom

from telehealth.images import Images
from tests.integration.scheduling.steps import (
    CONSENT,
    draft,
    this_weeks_session,
    weekly_series,
)
from tests.support.conference import Conference
from tests.support.core import person_id
from tests.support.image_doors import upload
from tests.support.image_room import CT_SMALL

STUDY = "1.2.826.0.1.99"
CT, ULTRASOUND = f"{STUDY}.1", f"{STUDY}.2"
_CLASSES = {CT: "1.2.840.10008.5.1.4.1.1.2", ULTRASOUND: "1.2.840.10008.5.1.4.1.1.6.1"}
_SEATS = {
    "chutoa": "chair",
    "thuky": "secretary",
    "chuyengia": "member",
    "dongnghiep": "member",
    "bacsi": "presenter",
}


def an_image(series_uid: str, number: int, **words: str) -> bytes:
    """One image of the case's patient, in a series that is or is not of a kind written on."""
    ds = pydicom.dcmread(CT_SMALL)
    ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "NK-240001", "19540302", "M"
    ds.PatientName = "LUONG VAN MINH HOA"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, series_uid
    ds.StudyDescription, ds.SeriesDescription = "CT SO NAO LUONG VAN MINH HOA", "NGANG"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = _CLASSES[series_uid]
    ds.Modality = "CT" if series_uid == CT else "US"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{series_uid}.{number}"
    ds.InstanceNumber = number
    for keyword, value in words.items():
        setattr(ds, keyword, value)
    out = io.BytesIO()
    ds.save_as(out)
    return out.getvalue()


class SharedCase:
    """The case, and what its people do with it."""

    def __init__(self, meeting: Conference, images: Images) -> None:
        self.meeting, self.images = meeting, images
        self.session_id = self.case_id = ""

    async def prepare(self) -> None:
        """On the agenda, with consent, a CT and an ultrasound image; a specialist is seated."""
        await weekly_series(self.meeting)
        session = await this_weeks_session(self.meeting)
        self.session_id = session["id"]
        self.case_id = (await draft(self.meeting))["id"]
        await self.send(an_image(CT, 1))
        await self.send(an_image(ULTRASOUND, 1))
        place = f"/api/cases/{self.case_id}"
        await self.meeting.call("bacsi", "PUT", f"{place}/consent", CONSENT)
        await self.meeting.call("bacsi", "POST", f"{place}/submit", {})
        await self.meeting.call("dieuphoi", "POST", f"{place}/accept", {})
        people = f"/api/sessions/{self.session_id}/people"
        items = [{"person_id": str(person_id(who)), "seat": seat} for who, seat in _SEATS.items()]
        seated = await self.meeting.call("dieuphoi", "PUT", people, {"items": items})
        agenda = {
            "version": seated["version"],
            "items": [{"case_id": self.case_id, "minutes": 15}],
        }
        await self.meeting.call(
            "dieuphoi", "PUT", f"/api/sessions/{self.session_id}/agenda", agenda
        )

    async def send(self, body: bytes) -> None:
        """The presenter brings one more image, and it is published."""
        answer = await upload(await self.meeting.client("bacsi"), self.case_id, body)
        assert answer.status_code == 201, answer.text
        await self.images.worker.settle()
