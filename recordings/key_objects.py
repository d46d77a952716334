"""Key Object Selection of one study (PS3.3 A.35.4): the images the conference chose."""

from recordings.archive_snapshot import ArchiveSnapshot, KeyImage
from recordings.archive_step import DeliveryKind
from recordings.dicom_writing import (
    MANUFACTURER,
    SERIES_DESCRIPTION,
    file_bytes,
    header_dataset,
    object_identity,
    person_name,
    quiet_about_names,
)

SERIES_NUMBER = 9001


def key_object_selection(snapshot: ArchiveSnapshot, study_uid: str) -> bytes:
    """The Part-10 file, titled "For Conference" (DCM 113005, CID 7010).

    One document a study: highdicom silently lists the evidence of one study only.
    """
    import highdicom  # 2.8 s and 180 MB: only where objects are made, never in the web process
    from highdicom.sr import ObserverContext, PersonObserverIdentifyingAttributes
    from pydicom.sr.codedict import codes

    chosen = [
        one
        for one in dict.fromkeys(snapshot.key_images)
        if one.study_uid == study_uid and one.sop_uid in snapshot.images
    ]
    images = [header_dataset(snapshot.images[one.sop_uid]) for one in chosen]
    evidence = list({image.SOPInstanceUID: image for image in images}.values())
    chair = snapshot.form.chair
    observer = PersonObserverIdentifyingAttributes(
        name=person_name(chair.full_name), organization_name=chair.facility
    )
    content = highdicom.ko.KeyObjectSelection(
        document_title=codes.DCM.ForConference,
        referenced_objects=images,
        observer_person_context=ObserverContext(codes.DCM.Person, observer),
        description=f"Ảnh then chốt trong hội chẩn, {snapshot.form.session_label}",
    )
    identity = object_identity(snapshot, DeliveryKind.KEY_IMAGES, study_uid)
    with quiet_about_names():
        document = highdicom.ko.KeyObjectSelectionDocument(
            evidence=evidence,
            content=content,
            series_instance_uid=identity.series_uid,
            series_number=SERIES_NUMBER,
            sop_instance_uid=identity.sop_uid,
            instance_number=1,
            manufacturer=MANUFACTURER,
            institution_name=snapshot.form.hospital.facility_name,
        )
    document.SeriesDescription = SERIES_DESCRIPTION
    _name_frames(document.ContentSequence, chosen, snapshot)
    return file_bytes(document, identity.made_at)


def _name_frames(content: object, chosen: list[KeyImage], snapshot: ArchiveSnapshot) -> None:
    """Say which frame of a multi-frame image is meant; highdicom refers to whole instances."""
    references = [item for item in content if item.ValueType == "IMAGE"]  # type: ignore[attr-defined]
    for item, image in zip(references, chosen, strict=True):
        header = header_dataset(snapshot.images[image.sop_uid])
        if int(header.get("NumberOfFrames", 1) or 1) > 1:
            item.ReferencedSOPSequence[0].ReferencedFrameNumber = image.image_frame
