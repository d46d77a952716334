"""The images that are measured: a CT of 300 slices made of real ones.

TELEHEALTH_BENCH_IMAGES names a folder with a CT series, as large as can be had; without it the
series that the demo shows is taken from packages.
"""

import io
import os
from datetime import date
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from telehealth.demo.images import Wanted, for_case, from_folder

SLICES = 300
UID_ROOT = "1.2.826.0.1.3680043.10.1511.4"
_CT = Wanted("bench", "CT", "HEAD", "CT", date(2026, 11, 24), "BENCH", "19600101", "M", b"A", None)
_MR = Wanted("bench", "MR", "BRAIN", "MR", date(2026, 11, 24), "BENCH", "19600101", "M", b"A", None)


class Material:
    """Real slices, given out as new studies: every round stores something that is not there yet."""

    def __init__(self) -> None:
        self._slices = _plain_slices()
        self._studies = 0

    @property
    def text(self) -> str:
        """As said in the figures."""
        first = self._slices[0]
        return f"{first.Modality} {first.Columns}x{first.Rows}, {first.BitsStored} bits"

    def study(self, count: int = SLICES) -> "StudyBytes":
        """A new study of one series."""
        self._studies += 1
        study = f"{UID_ROOT}.{self._studies}"
        bodies = [self._body(study, number) for number in range(count)]
        return StudyBytes(study, f"{study}.1", bodies)

    def _body(self, study: str, number: int) -> bytes:
        image = self._slices[number % len(self._slices)]
        image.StudyInstanceUID, image.SeriesInstanceUID = study, f"{study}.1"
        image.SOPInstanceUID = f"{study}.1.{number + 1}"
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.InstanceNumber = number + 1
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.ImagePositionPatient = [-120, -120, number]
        out = io.BytesIO()
        image.save_as(out)
        return out.getvalue()


class StudyBytes:
    """Part 10 files of a study, and its addresses."""

    def __init__(self, study_uid: str, series_uid: str, bodies: list[bytes]) -> None:
        self.study_uid, self.series_uid, self.bodies = study_uid, series_uid, bodies

    @property
    def series_path(self) -> str:
        """Below a DICOMweb root."""
        return f"/studies/{self.study_uid}/series/{self.series_uid}"

    def frame_paths(self) -> list[str]:
        """The address of every image frame, below a DICOMweb root."""
        return [
            f"{self.series_path}/instances/{self.series_uid}.{number + 1}/frames/1"
            for number in range(len(self.bodies))
        ]

    def pixels(self) -> list[bytes]:
        """What each of these addresses must give."""
        return [pydicom.dcmread(io.BytesIO(body)).PixelData for body in self.bodies]


def _plain_slices() -> list[Dataset]:
    named = os.environ.get("TELEHEALTH_BENCH_IMAGES")
    slices = from_folder(Path(named), "CT") if named else []
    for wanted in (_CT, _MR):
        slices = slices or [pydicom.dcmread(io.BytesIO(b)) for b in for_case(wanted, None)]
    plain = [each for each in slices if "PixelData" in each]
    if not plain:
        raise SystemExit("no images to measure with: name a folder in TELEHEALTH_BENCH_IMAGES")
    for each in plain:
        each.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return plain
