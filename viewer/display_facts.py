"""What decides where an image hangs: side, view, direction, kind; no patient words."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydicom.dataset import Dataset

from viewer.damage import DAMAGE
from viewer.dicom_text import text_of

PICTURES_MAX: Final = 12
"""Series of at most so many images have each of them named in the list of studies."""

# View codes of mammography (PS3.16 CID 4014), SNOMED CT and its older letters.
_VIEW_CODES: Final = {
    **dict.fromkeys(("399162004", "R-10242"), "CC"),
    **dict.fromkeys(("399368009", "R-10226"), "MLO"),
    **dict.fromkeys(("399260004", "R-10224"), "ML"),
    **dict.fromkeys(("399352003", "R-10228"), "LM"),
}
_SIDES: Final = ("L", "R", "B")
_CODE_MAX: Final = 16
_CODE: Final = re.compile(r"[A-Z0-9_ ]{1,16}")
_NOTHING_SAID: Final[Mapping[str, Any]] = {
    "laterality": "",
    "view_position": "",
    "image_type": [],
    "patient_orientation": [],
    "for_processing": False,
}


def display_body(dataset: Dataset) -> dict[str, Any]:
    """The facts of an instance, as in the manifest; empty where the header does not say.

    `patient_orientation` is where rows and columns go (PS3.3 C.7.6.1.1.1). `for_processing` are raw
    detector values (PS3.3 C.8.11.7), which no doctor reads.
    """
    facts: dict[str, Any] = dict(_NOTHING_SAID)
    with contextlib.suppress(*DAMAGE):  # a broken word must not keep an image from being shown
        facts["laterality"] = _laterality(dataset)
        facts["view_position"] = _view_position(dataset)
        facts["image_type"] = _codes(dataset, "ImageType", 4)
        facts["patient_orientation"] = _codes(dataset, "PatientOrientation", 2)
        intent = text_of(dataset, "PresentationIntentType", _CODE_MAX)
        facts["for_processing"] = intent == "FOR PROCESSING"
    return facts


def pictures_of(images: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the list of studies tells of a series' images: all of a few, of a stack the middle one.

    Manifests written before these facts were kept lack them: they say nothing then.
    """
    few = images if len(images) <= PICTURES_MAX else [images[len(images) // 2]]
    return [_picture(image) for image in few]


def _picture(image: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: image.get(name, otherwise) for name, otherwise in _NOTHING_SAID.items()}
    return {
        "sop_uid": image["sop_uid"],
        "frame": image["frame"],
        "frames": image.get("number_of_frames", 1),
        "orientation": image.get("orientation"),
        **said,
    }


def _laterality(dataset: Dataset) -> str:
    """Of the image (0020,0062), else of the series (0020,0060)."""
    sides = (text_of(dataset, keyword, 1) for keyword in ("ImageLaterality", "Laterality"))
    return next((side.upper() for side in sides if side.upper() in _SIDES), "")


def _view_position(dataset: Dataset) -> str:
    """(0018,5101) as written, else the code of (0054,0220), which mammography must have."""
    said = _codes(dataset, "ViewPosition", 1)
    codes = [text_of(each, "CodeValue", 16) for each in dataset.get("ViewCodeSequence") or []]
    return next(iter(said), "") or next((_VIEW_CODES.get(code, "") for code in codes), "")


def _codes(dataset: Dataset, keyword: str, most: int) -> list[str]:
    """Code strings (PS3.5 6.2); free text, which could name somebody, is none."""
    words = [word.strip() for word in text_of(dataset, keyword, 80).upper().split("\\")]
    return words[:most] if all(_CODE.fullmatch(word) for word in words) else []
