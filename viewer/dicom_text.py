"""Text of a dataset through the tolerant decoder; originals stay in the stored file."""

from collections.abc import Iterator
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from viewer.identity import ImagePatient
from viewer.person_text import RepairedText, fold_nfc, repair

# PS3.5 6.1.2.2: the value representations that Specific Character Set governs.
_TEXT_VRS: Final = frozenset({"PN", "LO", "SH", "LT", "ST", "UT", "UC"})
_PATIENT_NAME: Final = 0x00100010
_CHARACTER_SET: Final = 0x00080005


def repair_dataset(dataset: Dataset) -> str:
    """Replace the text of a dataset, nested items too, by its repaired form, labelled UTF-8.

    Returns how the patient's name was read.
    """
    how = _repair(dataset, _declared(dataset, ()))
    dataset.SpecificCharacterSet = "ISO_IR 192"
    return how


def _repair(dataset: Dataset, declared: tuple[str, ...]) -> str:
    how = "ascii"
    for tag in list(dataset.keys()):
        item = dataset.get_item(tag)
        vr = _vr_of(item)
        if vr in _TEXT_VRS and isinstance(item, RawDataElement) and isinstance(item.value, bytes):
            text = repair(item.value, declared)
            dataset[tag] = DataElement(tag, vr, _split(vr, text))
            how = text.how if tag == _PATIENT_NAME else how
        elif vr == "SQ":
            for nested in dataset[tag].value or ():
                _repair(nested, _declared(nested, declared))
    return how


def _split(vr: str, text: RepairedText) -> Any:
    if vr in ("LT", "ST", "UT") or "\\" not in text.text:
        return text.text
    return text.text.split("\\")


def _vr_of(item: Any) -> str:
    if item.VR is not None and item.VR != "UN":
        return str(item.VR)
    try:
        return dictionary_VR(item.tag)
    except KeyError:
        return "UN"


def _declared(dataset: Dataset, inherited: tuple[str, ...]) -> tuple[str, ...]:
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
    """Who the header says this is; call after `repair_dataset`."""
    return ImagePatient(
        patient_id=text_of(dataset, "PatientID", 64),
        birth_date=text_of(dataset, "PatientBirthDate", 16),
        sex=text_of(dataset, "PatientSex", 16).upper(),
        name=text_of(dataset, "PatientName", 324),
    )
