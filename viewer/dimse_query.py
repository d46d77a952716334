"""C-FIND, C-MOVE and C-GET identifiers (PS3.4 C.4) to and from our own values. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

from viewer.dicom_text import repair_dataset
from viewer.dicomweb_query import Json, Query, attribute

STUDY_UID: Final = "0020000D"
SERIES_UID: Final = "0020000E"
SOP_UID: Final = "00080018"
PATIENT_ID: Final = "00100020"
ACCESSION: Final = "00080050"
FOUND_MAX: Final = 1000
# Said by the answer itself, or not a thing to match.
_NOT_KEYS: Final = frozenset({"00080005", "00080052", "00080053", "00080054", "00080056"})
_KEYS_MAX: Final = 100


class Level(StrEnum):
    """How deep a query or a retrieval reaches."""

    STUDY = "STUDY"
    SERIES = "SERIES"
    IMAGE = "IMAGE"


_ABOVE: Final[Mapping[Level, tuple[str, ...]]] = {
    Level.STUDY: (),
    Level.SERIES: (STUDY_UID,),
    Level.IMAGE: (STUDY_UID, SERIES_UID),
}
_UNIQUE: Final = {Level.STUDY: STUDY_UID, Level.SERIES: SERIES_UID, Level.IMAGE: SOP_UID}


class IdentifierWrong(Exception):
    """The identifier does not match the SOP class (status 0xA900); `str()` is a slug."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query: its level, what to match, and the tags to answer with."""

    level: Level
    query: Query
    tags: tuple[str, ...]

    def uids(self, tag: str) -> tuple[str, ...]:
        """The UIDs that a key lists; empty if it matches anything."""
        value = self.query.value(tag) or ""
        return tuple(part.strip() for part in value.split("\\") if part.strip(" *"))


def read_query(identifier: Dataset) -> Wanted:
    """A C-FIND identifier. Raises IdentifierWrong."""
    wanted = _read(identifier)
    for tag in _ABOVE[wanted.level]:
        if len(wanted.uids(tag)) != 1:
            raise IdentifierWrong("missing-key")
    return wanted


def read_retrieval(identifier: Dataset) -> Wanted:
    """A C-MOVE or C-GET identifier: the unique keys down to its level. Raises IdentifierWrong."""
    wanted = _read(identifier)
    for tag in _ABOVE[wanted.level]:
        if len(wanted.uids(tag)) != 1:
            raise IdentifierWrong("missing-key")
    if not wanted.uids(_UNIQUE[wanted.level]):
        raise IdentifierWrong("missing-key")
    return wanted


def _read(identifier: Dataset) -> Wanted:
    repair_dataset(identifier)
    try:
        level = Level(str(identifier.get("QueryRetrieveLevel", "")).strip())
    except ValueError:
        raise IdentifierWrong("level") from None
    keys = [f"{element.tag:08X}" for element in identifier]
    if len(keys) > _KEYS_MAX:
        raise IdentifierWrong("too-many-keys")
    matches = {}
    for element in identifier:
        tag = f"{element.tag:08X}"
        if element.VR == "SQ" or tag in _NOT_KEYS or element.is_empty:
            continue
        values = element.value if element.VM > 1 else [element.value]
        matches[tag] = "\\".join(str(value) for value in values)
    tags = tuple(tag for tag in keys if tag not in _NOT_KEYS)
    return Wanted(level, Query(matches=tuple(matches.items())), tags)


def answer_of(entry: Json, wanted: Wanted, own_ae_title: str) -> Dataset:
    """One C-FIND answer: every asked tag, empty where nothing is known (PS3.4 C.4.1.1.3)."""
    body: dict[str, Any] = {}
    for tag in wanted.tags:
        body |= {tag: entry[tag]} if tag in entry else _empty(tag)
    # Unique keys are always told.
    for tag in (*_ABOVE[wanted.level], _UNIQUE[wanted.level]):
        body[tag] = entry[tag]
    body |= attribute("00080005", "ISO_IR 192") | attribute("00080052", wanted.level.value)
    body |= attribute("00080054", own_ae_title) | attribute("00080056", "ONLINE")
    return Dataset.from_json(dict(sorted(body.items())))


def _empty(tag: str) -> Json:
    try:
        return {tag: {"vr": dictionary_VR(int(tag, 16)).split(" ")[0]}}
    except KeyError:
        return {}  # a private key that we do not know: PS3.4 C.4.1.1.3 lets it be left out


def referenced(items: Iterable[Dataset]) -> tuple[tuple[str, str], ...]:
    """(SOP class, SOP instance) pairs of a Referenced SOP Sequence (PS3.3 10.3)."""
    pairs = []
    for item in items:
        sop_class = str(item.get("ReferencedSOPClassUID") or "").strip()
        sop_uid = str(item.get("ReferencedSOPInstanceUID") or "").strip()
        if not sop_class or not sop_uid:
            raise IdentifierWrong("reference")
        pairs.append((sop_class, sop_uid))
    return tuple(pairs)
