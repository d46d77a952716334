"""Text of a dataset through the tolerant decoder; originals stay in the stored file."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from viewer.dicom_values import ONE_TEXT
from viewer.identity import ImagePatient
from viewer.person_text import RepairedText, fold_nfc, repair

# PS3.5 6.1.2.2: the value representations that Specific Character Set governs.
TEXT_VRS: Final = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC"})
_CHARACTER_SET: Final = 0x00080005


def repair_dataset(dataset: Dataset) -> None:
    """Replace the text of a dataset, nested items too, by its repaired form, labelled UTF-8."""
    _repair(dataset, declared_of(dataset, ()))
    dataset.SpecificCharacterSet = "ISO_IR 192"


def repair_words(dataset: Dataset, keywords: Iterable[str]) -> tuple[tuple[str, ...], str]:
    """Repair these attributes only, labelled UTF-8; all other text stays raw.

    Returns the character sets that were declared, and how the patient's name was read.
    """
    declared, how = declared_of(dataset, ()), "ascii"
    for keyword in keywords:
        if keyword not in dataset:
            continue
        text = _repair_one(dataset, dataset.get_item(keyword), declared)
        if text is not None and keyword == "PatientName":
            how = text.how
    dataset.SpecificCharacterSet = "ISO_IR 192"
    return declared, how


def _repair(dataset: Dataset, declared: tuple[str, ...]) -> None:
    for tag in list(dataset.keys()):
        item = dataset.get_item(tag)
        _repair_one(dataset, item, declared)
        if vr_of(item) == "SQ":
            for nested in dataset[tag].value or ():
                _repair(nested, declared_of(nested, declared))


def _repair_one(dataset: Dataset, raw: Any, declared: tuple[str, ...]) -> RepairedText | None:
    """Replace a raw text; None for anything else."""
    vr = vr_of(raw)
    if vr not in TEXT_VRS or not isinstance(raw, RawDataElement) or raw.value is None:
        return None
    text = repair(raw.value, declared)
    dataset[raw.tag] = text_element(raw.tag, vr, text.text)
    return text


def text_element(tag: int, vr: str, text: str) -> DataElement:
    """An element of repaired text."""
    single = vr in ONE_TEXT or "\\" not in text
    return DataElement(tag, vr, text if single else text.split("\\"))


def vr_of(item: Any) -> str:
    """The value representation of an element, raw or not, by the dictionary if it says none."""
    if item.VR is not None and item.VR != "UN":
        return str(item.VR)
    try:
        return dictionary_VR(item.tag)
    except KeyError:
        return "UN"


def declared_of(dataset: Dataset, inherited: tuple[str, ...]) -> tuple[str, ...]:
    """The character sets that a dataset declares for its text."""
    if _CHARACTER_SET not in dataset:
        return inherited
    raw = dataset.get_item(_CHARACTER_SET)
    value = raw.value if raw is not None else None
    if isinstance(value, bytes):
        return tuple(part.strip() for part in value.decode("ascii", "replace").split("\\"))
    return tuple(str(part) for part in _values(value))


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, MultiValue | list):
        yield from value
    elif value is not None:
        yield value


def text_of(dataset: Dataset, keyword: str, longest: int) -> str:
    """An attribute as NFC text without control characters, cut to what its column holds."""
    value = dataset.get(keyword)
    text = "\\".join(str(part) for part in _values(value))
    return "".join(c for c in fold_nfc(text) if c >= " ").strip()[:longest]


def patient_of(dataset: Dataset) -> ImagePatient:
    """Who the header says this is; call after its words were repaired."""
    return ImagePatient(
        patient_id=text_of(dataset, "PatientID", 64),
        birth_date=text_of(dataset, "PatientBirthDate", 16),
        sex=text_of(dataset, "PatientSex", 16).upper(),
        name=text_of(dataset, "PatientName", 324),
    )
