"""An instance as DICOM JSON (PS3.18 F), bulk data by reference."""

import base64
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

# Values of binary VRs above this go by reference; below, inline (PS3.18 F.2.7).
INLINE_BYTES_MAX: Final = 1024
_BINARY_VRS: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_DEPTH_MAX: Final = 32

Json = dict[str, Any]


def metadata_json(dataset: Dataset, instance_root: str, path: str = "", depth: int = 0) -> Json:
    """Every element of the dataset; values that cannot be expressed are left out.

    `instance_root` is the instance's DICOMweb address, under which bulk data is fetched by path:
    tag, or tag/item/tag.
    """
    if depth > _DEPTH_MAX:
        raise RecursionError
    body: Json = {}
    for tag in sorted(dataset.keys()):
        if tag.element == 0:  # group lengths say nothing here
            continue
        name = f"{tag:08X}"
        here = f"{path}{name}"
        entry = _entry(dataset, tag, instance_root, here, depth)
        if entry is not None:
            body[name] = entry
    return body


def _entry(dataset: Dataset, tag: Any, root: str, here: str, depth: int) -> Json | None:
    raw = dataset.get_item(tag)
    left_on_disk = isinstance(raw, RawDataElement) and raw.value is None and raw.length > 0
    if left_on_disk and _raw_vr(raw) != "SQ":
        return {"vr": _raw_vr(raw), "BulkDataURI": f"{root}/bulkdata/{here}"}
    element = dataset[tag]
    if element.VR == "SQ":
        return _sequence(element.value, root, here, depth)
    if element.VR in _BINARY_VRS or element.VR in ("OB or OW", "US or OW"):
        return _binary(element.VR, element.value, f"{root}/bulkdata/{here}")
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


def _sequence(items: Any, root: str, here: str, depth: int) -> Json:
    values = [
        metadata_json(item, root, f"{here}/{number}/", depth + 1)
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
