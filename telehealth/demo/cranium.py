"""A real head CT from Debian's `invesalius-examples`, wrapped as a DICOM series.

The package's `Cranium.inv3` is a gzip tar: `main.plist` gives shape, spacing and rescaled values,
`matrix.dat` the voxels in Hounsfield units, feet to head.
"""

import plistlib
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

INTERCEPT_HU: Final = -1024
HEAD_WINDOW_HU: Final = (40, 100)
_SPACE: Final = UID("2.25.1")  # told apart by the caller; the same every time


def read_volume(path: Path) -> tuple[npt.NDArray[np.int16], tuple[float, float, float]]:
    """Voxels (slices, rows, columns) int16 in HU and spacing (column, row, slice) in mm."""
    with tarfile.open(path) as tar:
        members = {PurePosixPath(m.name).name: m for m in tar.getmembers() if m.isfile()}
        plist, matrix = tar.extractfile(members["main.plist"]), members["matrix.dat"]
        facts = plistlib.load(plist) if plist else {}
        data = tar.extractfile(matrix)
        raw = data.read() if data else b""
    voxels = np.frombuffer(raw, np.dtype("<i2")).reshape(facts["matrix"]["shape"])
    column, row, between = facts["spacing"]
    # The file keeps rows from the bottom up, as its drawing library does; DICOM from the top down.
    return voxels[:, ::-1, :].astype(np.int16), (column, row, between)


def series(path: Path) -> Iterator[Dataset]:
    """One CT image a slice, not yet anybody's: the caller gives identity and UIDs."""
    voxels, (column, row, between) = read_volume(path)
    for index, plane in enumerate(voxels):
        image = _header(plane.shape, (row, column))
        image.InstanceNumber = index + 1
        image.FrameOfReferenceUID = _SPACE
        image.ImagePositionPatient = [0.0, 0.0, round(index * between, 3)]
        image.SliceLocation = round(index * between, 3)
        image.SliceThickness = between
        stored = np.clip(plane.astype(np.int32) - INTERCEPT_HU, 0, 4095).astype("<u2")
        image.PixelData = stored.tobytes()
        yield image


def _header(shape: tuple[int, ...], spacing_mm: tuple[float, float]) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.SOPClassUID = CTImageStorage
    image.Modality = "CT"
    image.Manufacturer = "ProMED"
    image.SeriesDescription = "Axial head"
    image.SeriesNumber = 2
    image.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    image.Rows, image.Columns = shape
    image.PixelSpacing = list(spacing_mm)
    image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 12, 11
    image.PixelRepresentation = 0
    image.RescaleIntercept, image.RescaleSlope = INTERCEPT_HU, 1
    image.RescaleType = "HU"
    image.WindowCenter, image.WindowWidth = HEAD_WINDOW_HU
    image.KVP = 120
    return image
