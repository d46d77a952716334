"""The minutes as Encapsulated PDF (PS3.3 A.45.1), so that a PACS can show them by the images."""

from pydicom import Dataset
from pydicom.uid import EncapsulatedPDFStorage

from recordings.archive_plan import object_uid
from recordings.archive_snapshot import ArchiveSnapshot
from recordings.archive_step import DeliveryKind
from recordings.dicom_writing import (
    MANUFACTURER,
    MODEL,
    SERIES_DESCRIPTION,
    VERSION,
    file_bytes,
    fill_type_2,
    header_dataset,
    object_identity,
)

SERIES_NUMBER = 9003
_OF_PATIENT_AND_STUDY = (
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
)


def encapsulated_minutes(snapshot: ArchiveSnapshot, pdf: bytes) -> bytes:
    """The Part-10 file around the PDF; it joins the first study that was shown."""
    identity = object_identity(snapshot, DeliveryKind.MINUTES, "")
    made = identity.made_at
    document = _patient_and_study(snapshot)
    document.SpecificCharacterSet = "ISO_IR 192"
    document.SOPClassUID = EncapsulatedPDFStorage
    document.SOPInstanceUID = identity.sop_uid
    document.SeriesInstanceUID = identity.series_uid
    document.SeriesNumber = SERIES_NUMBER
    document.SeriesDescription = SERIES_DESCRIPTION
    document.InstanceNumber = 1
    document.Modality = "DOC"
    document.Manufacturer = MANUFACTURER
    document.ManufacturerModelName = MODEL
    document.SoftwareVersions = VERSION
    document.InstitutionName = snapshot.form.hospital.facility_name
    document.ConversionType = "WSD"
    document.ContentDate = f"{made:%Y%m%d}"
    document.ContentTime = f"{made:%H%M%S}"
    document.AcquisitionDateTime = f"{made:%Y%m%d%H%M%S}"
    document.BurnedInAnnotation = "YES"
    document.DocumentTitle = "Trích biên bản hội chẩn"
    document.ConceptNameCodeSequence = [_consult_note()]
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocumentLength = len(pdf)
    document.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    return file_bytes(document, made)


def _patient_and_study(snapshot: ArchiveSnapshot) -> Dataset:
    source = header_dataset(next(iter(snapshot.images.values()))) if snapshot.images else Dataset()
    document = Dataset()
    for keyword in _OF_PATIENT_AND_STUDY:
        if keyword in source:
            setattr(document, keyword, source.get(keyword))
    fill_type_2(document)
    if not snapshot.images:  # no image was shown: a study of its own, of this patient
        document.StudyInstanceUID = object_uid(
            snapshot.case_id, snapshot.revision, DeliveryKind.MINUTES, "study"
        )
        document.PatientID = snapshot.form.patient.local_patient_code
        document.PatientName = snapshot.form.patient.full_name.upper()
    return document


def _consult_note() -> Dataset:
    code = Dataset()
    code.CodeValue = "11488-4"
    code.CodingSchemeDesignator = "LN"
    code.CodeMeaning = "Consult note"
    return code
