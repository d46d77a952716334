"""STOW-RS answers (PS3.18 10.5.3): what was stored, what failed and why. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from viewer.dicomweb_query import attribute

Json = dict[str, Any]

# PS3.18 table 10.5.3-2 and PS3.4 annex B.2.3.
_FAILURES: Final = {
    "not-dicom": 0xC000,
    "unreadable": 0xC000,
    "truncated": 0xC000,
    "too-deep": 0xC000,
    "missing-uid": 0xA900,
    "bad-uid": 0xA900,
    "too-large": 0xA700,
    "inflates-too-much": 0xA700,
    "wrong-study": 0xA900,
    "not-allowed": 0x0124,
}
_CANNOT_UNDERSTAND: Final = 0xC000
_WARNING_OTHER_BYTES: Final = 0xB000


@dataclass(frozen=True, slots=True)
class StowItem:
    """One part of a request and what became of it."""

    sop_class_uid: str
    sop_uid: str
    study_uid: str
    series_uid: str
    state: str  # stored, duplicate or refused
    reason: str = ""


def stow_answer(items: Sequence[StowItem], root: str) -> tuple[int, Json]:
    """HTTP status and Store Instances Response Module: 200 all stored, 202 some, 409 none."""
    stored = [item for item in items if item.state != "refused"]
    failed = [item for item in items if item.state == "refused"]
    body: Json = {}
    studies = {item.study_uid for item in stored}
    if len(studies) == 1:
        body |= attribute("00081190", f"{root}/studies/{studies.pop()}")
    if failed:
        body["00081198"] = {"vr": "SQ", "Value": [_failed(item) for item in failed]}
    if stored:
        body["00081199"] = {"vr": "SQ", "Value": [_stored(item, root) for item in stored]}
    status = 200 if stored and not failed else 202 if stored else 409
    return status, body


def _failed(item: StowItem) -> Json:
    code = _FAILURES.get(item.reason, _CANNOT_UNDERSTAND)
    return (
        attribute("00081150", item.sop_class_uid)
        | attribute("00081155", item.sop_uid)
        | attribute("00081197", code)
    )


def _stored(item: StowItem, root: str) -> Json:
    place = f"{root}/studies/{item.study_uid}/series/{item.series_uid}/instances/{item.sop_uid}"
    body = (
        attribute("00081150", item.sop_class_uid)
        | attribute("00081155", item.sop_uid)
        | attribute("00081190", place)
    )
    if item.reason:
        body |= attribute("00081196", _WARNING_OTHER_BYTES)
    return body
