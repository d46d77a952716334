"""May the pixels of a series show who the patient is? Pure.

Headers can be withheld, pixels cannot be read: what an apparatus or a person writes into a
picture travels with it. PS3.15 E.3.1 (Clean Pixel Data) names the kinds of objects this happens
to; Burned In Annotation (0028,0301) says it where the sender filled it in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class BurnedIn(StrEnum):
    """What is to be assumed of a series until a person has looked at it."""

    CLEAR = "clear"
    MAY_SHOW_A_NAME = "may_show_a_name"


class NameSaid(StrEnum):
    """What a person who looked at the pixels said of them."""

    NO_NAME = "no_name"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class PixelFacts:
    """What the headers of one object say; empty where they say nothing."""

    sop_class_uid: str = ""
    modality: str = ""
    burned_in_annotation: str = ""
    recognizable_visual_features: str = ""
    image_type: tuple[str, ...] = ()


_STORAGE: Final = "1.2.840.10008.5.1.4.1.1."
# A class or, below a dot, any of its family (PS3.4 B.5).
_WRITTEN_ON: Final = tuple(
    _STORAGE + family
    for family in (
        "3",  # ultrasound multi-frame, retired and current
        "6",  # ultrasound
        "7",  # secondary capture, single and multi-frame
        "12",  # angiography and fluoroscopy: apparatus write into what they store
        "77.1",  # visible light: endoscopy, microscopy, photographs and their videos
        "104",  # encapsulated PDF, CDA and models
    )
)
_WRITTEN_ON_MODALITIES: Final = frozenset(
    {"US", "IVUS", "BDUS", "XA", "RF", "XC", "ES", "GM", "SM", "OT", "DOC"}
)
_SCREEN_MARKS: Final = frozenset({"SCREEN SAVE", "SCREENSAVE", "SCREENSHOT"})


def withholds(assumed: str, said: str | None) -> bool:
    """Whether only those who may know the patient are shown the pixels.

    `assumed` is a BurnedIn, `said` a NameSaid or nothing: a person who looked is believed.
    """
    return said == NameSaid.NAME or (said is None and assumed != BurnedIn.CLEAR)


def of_series(objects: Iterable[PixelFacts]) -> BurnedIn:
    """One object that may show a name is enough; a series without any says nothing: withheld."""
    judged = [of_object(facts) for facts in objects]
    clear = bool(judged) and all(one is BurnedIn.CLEAR for one in judged)
    return BurnedIn.CLEAR if clear else BurnedIn.MAY_SHOW_A_NAME


def of_object(facts: PixelFacts) -> BurnedIn:
    """What the sender states decides, then the kind of object (PS3.3 C.7.6.1)."""
    said = _word(facts.burned_in_annotation)
    if said == "YES" or _word(facts.recognizable_visual_features) == "YES":
        return BurnedIn.MAY_SHOW_A_NAME
    if said == "NO" or not _is_written_on(facts):
        return BurnedIn.CLEAR
    return BurnedIn.MAY_SHOW_A_NAME


def facts_of(header: Mapping[str, Any]) -> PixelFacts:
    """The facts of an object kept as DICOM JSON (PS3.18 F)."""
    return PixelFacts(
        sop_class_uid=_first(header, "00080016"),
        modality=_first(header, "00080060"),
        burned_in_annotation=_first(header, "00280301"),
        recognizable_visual_features=_first(header, "00280302"),
        image_type=_values(header, "00080008"),
    )


def _first(header: Mapping[str, Any], tag: str) -> str:
    return next(iter(_values(header, tag)), "")


def _values(header: Mapping[str, Any], tag: str) -> tuple[str, ...]:
    return tuple(str(value or "") for value in header.get(tag, {}).get("Value", ()))


def _is_written_on(facts: PixelFacts) -> bool:
    uid = facts.sop_class_uid.strip(" \0")
    return (
        not uid
        or any(uid == family or uid.startswith(family + ".") for family in _WRITTEN_ON)
        or _word(facts.modality) in _WRITTEN_ON_MODALITIES
        or any(_word(value) in _SCREEN_MARKS for value in facts.image_type)
    )


def _word(value: str) -> str:
    return value.strip(" \0").upper()
