"""An instance as DICOM JSON (PS3.18 F), bulk data by reference."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

from viewer.dicom_text import TEXT_VRS, declared_of, text_element, vr_of
from viewer.dicom_values import plain_values, text_values
from viewer.person_text import repair

# Values of binary VRs above this go by reference; below, inline (PS3.18 F.2.7).
INLINE_BYTES_MAX: Final = 1024
_BINARY_VRS: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_AS_STORED: Final = _BINARY_VRS - {"UN"}  # the dictionary may know better than UN
_DEPTH_MAX: Final = 32

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an instance a dataset is, and what its text is declared to be.

    `root` is the instance's DICOMweb address, under which bulk data is fetched by path: tag, or
    tag/item/tag. Text of items that only pydicom took for items is pydicom's: `declared` is None.
    """

    root: str
    path: str
    depth: int
    declared: tuple[str, ...] | None

    def uri(self, name: str) -> str:
        return f"{self.root}/bulkdata/{self.path}{name}"


def metadata_json(dataset: Dataset, instance_root: str, declared: tuple[str, ...]) -> Json:
    """Every element of the dataset; values that cannot be expressed are left out.

    Text that is still raw is read by trust under the `declared` character sets (rule IN8).
    """
    return _body(dataset, _Place(instance_root, "", 0, declared))


def _body(dataset: Dataset, place: _Place) -> Json:
    if place.depth > _DEPTH_MAX:
        raise RecursionError
    body: Json = {}
    for tag, stored in sorted(dataset.items(), key=_number):
        if not tag & 0xFFFF:  # group lengths say nothing here
            continue
        name = f"{tag:08X}"
        raw_entry = _raw_entry(stored, place, name) if isinstance(stored, RawDataElement) else None
        body[name] = raw_entry or _entry(dataset, tag, place, name)
    return body


def _number(item: tuple[Any, Any]) -> int:
    return int(item[0])  # comparing pydicom's tags takes longer than reading them


def _raw_entry(raw: RawDataElement, place: _Place, name: str) -> Json | None:
    """The entry of an ordinary element; None where pydicom has to decide."""
    if raw.value is None and raw.length:  # left on disk
        return None
    vr = vr_of(raw)
    if vr in TEXT_VRS and place.declared is not None:
        return _text(raw.tag, vr, repair(raw.value or b"", place.declared).text)
    vr = vr if raw.VR is None else raw.VR
    if vr in _AS_STORED:
        return _binary(vr, raw.value, place.uri(name))
    values = plain_values(vr, raw)
    return None if values is None else _with_values(vr, values)


def _text(tag: int, vr: str, text: str) -> Json:
    values = text_values(vr, text)
    return _expressed(text_element(tag, vr, text)) if values is None else _with_values(vr, values)


def _with_values(vr: str, values: list[Any]) -> Json:
    return {"vr": vr, "Value": values} if values else {"vr": vr}


def _entry(dataset: Dataset, tag: Any, place: _Place, name: str) -> Json:
    raw = dataset.get_item(tag)
    left_on_disk = isinstance(raw, RawDataElement) and raw.value is None and raw.length > 0
    if left_on_disk and _raw_vr(raw) != "SQ":
        return {"vr": _raw_vr(raw), "BulkDataURI": place.uri(name)}
    known_items = vr_of(raw) == "SQ"
    element = dataset[tag]
    if element.VR == "SQ":
        return _sequence(element.value, place, name, known_items)
    if element.VR in _BINARY_VRS or element.VR in ("OB or OW", "US or OW"):
        return _binary(element.VR, element.value, place.uri(name))
    return _expressed(element)


def _expressed(element: DataElement) -> Json:
    try:
        return dict(element.to_json_dict(None, INLINE_BYTES_MAX))
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError):
        return {"vr": str(element.VR)[:2]}


def _raw_vr(raw: Any) -> str:
    if raw.VR is not None:
        return str(raw.VR)
    try:
        return dictionary_VR(raw.tag)[:2]
    except KeyError:
        return "UN"


def _sequence(items: Iterable[Dataset] | None, place: _Place, name: str, known: bool) -> Json:
    outer = place.declared if known else None
    values = [
        _body(
            item,
            _Place(
                place.root,
                f"{place.path}{name}/{number}/",
                place.depth + 1,
                None if outer is None else declared_of(item, outer),
            ),
        )
        for number, item in enumerate(items or (), 1)
    ]
    return {"vr": "SQ", "Value": values} if values else {"vr": "SQ"}


def _binary(vr: str, value: Any, uri: str) -> Json:
    vr = "OW" if " or " in vr else vr
    if not isinstance(value, bytes) or not value:
        return {"vr": vr}
    if len(value) > INLINE_BYTES_MAX:
        return {"vr": vr, "BulkDataURI": uri}
    return {"vr": vr, "InlineBinary": base64.b64encode(value).decode("ascii")}


def value_of(body: Json, tag: str) -> Any:
    """The first value of an attribute in DICOM JSON, None when absent."""
    values = body.get(tag, {}).get("Value") or [None]
    return values[0]
