"""What to propose for a C-GET: the peer chooses one transfer syntax for each context we offer.

Only 128 contexts fit (PS3.8 9.3.2.2), so the classes of the study are asked for first: then each
can be offered in every syntax by itself, and comes as it is stored.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    MPEG4HP41,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)
from pynetdicom import sop_class
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import PresentationContext, build_context, build_role

from viewer.dimse_stack import OwnEntity, entity, line_to
from viewer.pacs import Peer

_CONTEXTS_MAX: Final = 127  # one is for the C-GET itself
_SERIES_ASKED_MAX: Final = 200
_PENDING: Final = frozenset({0xFF00, 0xFF01})
_FIND: Final = sop_class.StudyRootQueryRetrieveInformationModelFind  # type: ignore[attr-defined]
# Two contexts for each, where the peer does not say what a study is of.
_IMAGES: Final = (
    "CT EnhancedCT LegacyConvertedEnhancedCT MR EnhancedMR EnhancedMRColor "
    "LegacyConvertedEnhancedMR Ultrasound UltrasoundMultiFrame EnhancedUSVolume "
    "ComputedRadiography DigitalXRayImageStorageForPresentation "
    "DigitalXRayImageStorageForProcessing DigitalMammographyXRayImageStorageForPresentation "
    "DigitalMammographyXRayImageStorageForProcessing "
    "BreastTomosynthesis XRayAngiographic EnhancedXA XRayRadiofluoroscopic EnhancedXRF "
    "XRay3DAngiographic NuclearMedicine PositronEmissionTomography EnhancedPET "
    "SecondaryCapture MultiFrameSingleBitSecondaryCapture MultiFrameGrayscaleByteSecondaryCapture "
    "MultiFrameGrayscaleWordSecondaryCapture MultiFrameTrueColorSecondaryCapture VLEndoscopic "
    "VLMicroscopic VLSlideCoordinatesMicroscopic VLPhotographic VideoEndoscopic VideoMicroscopic "
    "VideoPhotographic VLWholeSlideMicroscopy OphthalmicPhotography8Bit "
    "OphthalmicPhotography16Bit OphthalmicTomography RTImage RTDose RTPlan RTStructureSet "
    "Segmentation GrayscaleSoftcopyPresentationState ColorSoftcopyPresentationState "
    "KeyObjectSelectionDocument BasicTextSR EnhancedSR ComprehensiveSR Comprehensive3DSR "
    "XRayRadiationDoseSR MammographyCADSR EncapsulatedPDF EncapsulatedCDA "
    "TwelveLeadECGWaveform GeneralECGWaveform SpatialRegistration RawData"
)
# The commonest first: with many classes only the first of these are offered.
_SYNTAXES: Final = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
    JPEG2000,
    JPEGLossless,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    MPEG2MPML,
    MPEG4HP41,
)


def classes_of(own: OwnEntity, peer: Peer, study_uid: str) -> list[str]:
    """The SOP classes of a study as one instance of each series names them. Raises PeerFailed."""
    classes: dict[str, None] = {}
    with line_to(entity(own), own, peer, [build_context(_FIND)]) as line:
        for series in _asked(line, "SERIES", _SERIES_ASKED_MAX, StudyInstanceUID=study_uid):
            above = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series.SeriesInstanceUID}
            for instance in _asked(line, "IMAGE", 1, **above):
                classes[str(instance.get("SOPClassUID") or "")] = None
    return [uid for uid in classes if uid and UID(uid).is_valid]


def _asked(line: Association, level: str, limit: int, **keys: str) -> list[Dataset]:
    """Answers to a C-FIND below a study, at most `limit`; what the peer does not know is none."""
    asked = Dataset()
    asked.QueryRetrieveLevel = level
    for keyword in ("SeriesInstanceUID", *(("SOPInstanceUID", "SOPClassUID") * (level == "IMAGE"))):
        setattr(asked, keyword, "")
    for keyword, value in keys.items():
        setattr(asked, keyword, value)
    found: list[Dataset] = []
    if not line.is_established:
        return []
    for status, answer in line.send_c_find(asked, _FIND):
        if status.get("Status") in _PENDING and answer is not None and len(found) < limit:
            found.append(answer)
    return [answer for answer in found if answer.get("SeriesInstanceUID")]


def get_contexts(
    classes: Iterable[str],
) -> tuple[list[PresentationContext], list[SCP_SCU_RoleSelectionNegotiation]]:
    """Contexts for these classes, or for all usual ones, and our role as their receiver."""
    known = list(classes)[:_CONTEXTS_MAX]
    if known:
        each = _CONTEXTS_MAX // len(known)
        offers: list[list[str | UID]] = [[syntax] for syntax in _SYNTAXES[:each]]
    else:
        known = list(dict.fromkeys(_usual()))
        offers = [list(_SYNTAXES[:2]), list(_SYNTAXES[2:])]
    contexts = [build_context(uid, offer) for uid in known for offer in offers]
    return contexts, [build_role(uid, scp_role=True) for uid in known]


def _usual() -> Iterator[Any]:
    for name in _IMAGES.split():
        kinds = (f"{name}ImageStorage", f"{name}Storage", name)
        yield next(getattr(sop_class, kind) for kind in kinds if hasattr(sop_class, kind))
