"""Rows of the archive as entries of QIDO-RS answers (PS3.18 tables 10.6.3-3 to -5). Pure."""

from typing import Any, Final

from viewer.dicomweb_query import attribute
from viewer.store import SeriesSummary
from viewer.tables import InstanceRow, StudyRow

Json = dict[str, Any]

STUDY_TAGS: Final = frozenset(
    {"00080020", "00080030", "00080050", "00080061", "00080090", "00081030", "00100010"}
    | {"00100020", "00100030", "00100040", "0020000D", "00200010", "00201206", "00201208"}
)
SERIES_TAGS: Final = frozenset(
    {"00080021", "00080031", "00080060", "0008103E", "00180015", "0020000E", "00200011"}
    | {"00200052", "00201209"}
)
INSTANCE_TAGS: Final = frozenset(
    {"00080016", "00080018", "00083002", "00200013", "00280008", "00280010", "00280011"}
    | {"00280100"}
)


def study_entry(row: StudyRow, series: list[SeriesSummary], root: str) -> Json:
    """A study with its counts; `root` is the absolute DICOMweb address."""
    modalities = sorted({each.row.modality for each in series if each.row.modality})
    return (
        attribute("00080005", "ISO_IR 192")
        | attribute("00080056", "ONLINE")
        | attribute("00080020", row.study_date)
        | attribute("00080030", row.study_time)
        | attribute("00080050", row.accession_number)
        | attribute("00080061", *modalities)
        | attribute("00080090", row.referring_physician)
        | attribute("00081030", row.description)
        | attribute("00081190", f"{root}/studies/{row.study_uid}")
        | attribute("00100010", row.patient_name)
        | attribute("00100020", row.patient_id)
        | attribute("00100030", row.patient_birth_date)
        | attribute("00100040", row.patient_sex)
        | attribute("0020000D", row.study_uid)
        | attribute("00200010", row.study_text_id)
        | attribute("00201206", len(series))
        | attribute("00201208", sum(each.instances for each in series))
    )


def series_entry(study: StudyRow, series: SeriesSummary, root: str) -> Json:
    """A series with its count."""
    row = series.row
    place = f"{root}/studies/{study.study_uid}/series/{row.series_uid}"
    return (
        attribute("00080005", "ISO_IR 192")
        | attribute("00080056", "ONLINE")
        | attribute("00080021", row.series_date)
        | attribute("00080031", row.series_time)
        | attribute("00080060", row.modality)
        | attribute("0008103E", row.description)
        | attribute("00081190", place)
        | attribute("00180015", row.body_part)
        | attribute("0020000D", study.study_uid)
        | attribute("0020000E", row.series_uid)
        | attribute("00200011", row.number)
        | attribute("00200052", row.frame_of_reference_uid)
        | attribute("00201209", series.instances)
    )


def instance_entry(study: StudyRow, series: SeriesSummary, row: InstanceRow, root: str) -> Json:
    """An instance."""
    place = f"{root}/studies/{study.study_uid}/series/{series.row.series_uid}"
    image = row.image_frames > 0
    return (
        attribute("00080005", "ISO_IR 192")
        | attribute("00080016", row.sop_class_uid)
        | attribute("00080018", row.sop_uid)
        | attribute("00080056", "ONLINE")
        | attribute("00081190", f"{place}/instances/{row.sop_uid}")
        | attribute("00083002", row.transfer_syntax_uid)
        | attribute("0020000D", study.study_uid)
        | attribute("0020000E", series.row.series_uid)
        | attribute("00200013", row.instance_number)
        | attribute("00280008", row.image_frames if image else None)
        | attribute("00280010", row.rows if image else None)
        | attribute("00280011", row.columns if image else None)
        | attribute("00280100", row.bits_allocated if image else None)
    )
