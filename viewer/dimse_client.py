"""What we ask of a peer by DIMSE. Functions block: the short ones run in a pool process."""

from pydicom.dataset import Dataset
from pynetdicom.presentation import build_context
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

from viewer.damage import DAMAGE
from viewer.dicom_text import repair_dataset, text_of
from viewer.dimse_stack import OwnEntity, entity, line_to
from viewer.errors import PeerFailed
from viewer.pacs import FoundStudy, Peer, Terms

FOUND_MAX = 200
_PENDING = frozenset({0xFF00, 0xFF01})
_CANCEL_ID = 1
_ASKED = (
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ModalitiesInStudy",
    "StudyDescription",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "NumberOfStudyRelatedInstances",
)


def echo(own: OwnEntity, peer: Peer) -> str:
    """C-ECHO: empty if the peer answered, else a slug."""
    try:
        with line_to(entity(own), own, peer, [build_context(Verification)]) as line:
            status = line.send_c_echo()
    except PeerFailed as failure:
        return failure.reason
    if "Status" not in status:
        return "silent"
    return "" if status.Status == 0x0000 else "refused"


def find(own: OwnEntity, peer: Peer, terms: Terms) -> list[FoundStudy] | str:
    """C-FIND at study level (PS3.4 C.6.2): at most FOUND_MAX studies, or a slug."""
    model = StudyRootQueryRetrieveInformationModelFind
    found: list[FoundStudy] = []
    code: int | None = None
    try:
        with line_to(entity(own), own, peer, [build_context(model)]) as line:
            for status, answer in line.send_c_find(query_of(terms), model, msg_id=_CANCEL_ID):
                code = status.get("Status")
                if code not in _PENDING:
                    break
                if answer is not None and (study := found_study(answer)) is not None:
                    found.append(study)
                if len(found) == FOUND_MAX:
                    line.send_c_cancel(_CANCEL_ID, query_model=model)
                    line.abort()
                    return found
    except PeerFailed as failure:
        return failure.reason
    except DAMAGE:
        return "not-understood"
    if code is None:
        return "silent"
    return found if code == 0x0000 else "refused"


def query_of(terms: Terms) -> Dataset:
    """The identifier of a search: what to match, and everything to be told."""
    identifier = Dataset()
    for keyword in _ASKED:
        setattr(identifier, keyword, None)
    identifier.SpecificCharacterSet = "ISO_IR 192"
    identifier.QueryRetrieveLevel = "STUDY"
    identifier.PatientID = terms.patient_id
    identifier.AccessionNumber = terms.accession_number
    identifier.StudyInstanceUID = terms.study_uid
    return identifier


def found_study(answer: Dataset) -> FoundStudy | None:
    """One answer as a value; None if it names no study."""
    repair_dataset(answer)
    study_uid = text_of(answer, "StudyInstanceUID", 64)
    if not study_uid:
        return None
    modalities = text_of(answer, "ModalitiesInStudy", 64).replace("\\", ",")
    return FoundStudy(
        study_uid=study_uid,
        date=text_of(answer, "StudyDate", 16),
        description=text_of(answer, "StudyDescription", 200),
        modality=tuple(part.strip() for part in modalities.split(",") if part.strip()),
        accession_number=text_of(answer, "AccessionNumber", 64),
        patient_id=text_of(answer, "PatientID", 64),
        patient_name=text_of(answer, "PatientName", 324),
        patient_birth_date=text_of(answer, "PatientBirthDate", 16),
        patient_sex=text_of(answer, "PatientSex", 16),
        instances=_count(text_of(answer, "NumberOfStudyRelatedInstances", 12)),
    )


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
