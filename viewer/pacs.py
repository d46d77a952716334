"""A hospital's PACS as we know it: who may call, how it is asked, how a pull goes on. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from viewer.errors import PeerInvalid

# A worker that says nothing for this long is dead; its pull is taken up by another.
PULL_LEASE: Final = timedelta(seconds=60)
PULLS_AT_ONCE_MAX: Final = 50
# PS3.5 6.2: AE is at most 16 characters of the default repertoire, no backslash, no controls.
_AE_TITLE: Final = re.compile(
    r"[\x21-\x5B\x5D-\x7E](?:[\x20-\x5B\x5D-\x7E]{0,14}[\x21-\x5B\x5D-\x7E])?"
)
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_NAME_MAX_CHARACTERS: Final = 120
# What a person searches by is one value: no wildcard, no list, nothing that a PACS reads as more.
EXACT_VALUE: Final = r"^[^*?\\\x00-\x1f]{1,64}$"


class Retrieve(StrEnum):
    """How studies are fetched from a peer."""

    MOVE = "move"  # C-MOVE to ourselves: the peer must know our AE title
    GET = "get"  # C-GET: on the line we opened
    WEB = "web"  # QIDO-RS and WADO-RS


@dataclass(frozen=True, slots=True)
class Peer:
    """A PACS, a modality or a gateway of one facility."""

    id: UUID
    facility_id: UUID
    name: str
    ae_title: str
    host: str
    port: int
    tls: bool = False
    retrieve: Retrieve = Retrieve.MOVE
    dicomweb_url: str = ""
    dicomweb_user: str = ""
    dicomweb_password: str = field(default="", repr=False)


def checked(peer: Peer) -> Peer:
    """The peer if it can be spoken to. Raises PeerInvalid for the first wrong field."""
    if not peer.name.strip() or len(peer.name) > _NAME_MAX_CHARACTERS:
        raise PeerInvalid("/name", "name", f"1 to {_NAME_MAX_CHARACTERS} characters")
    if not _AE_TITLE.fullmatch(peer.ae_title):
        raise PeerInvalid("/ae_title", "ae-title", "1 to 16 ASCII characters without backslash")
    if not _HOST.fullmatch(peer.host):
        raise PeerInvalid("/host", "host", "a host name or an IP address")
    if not 1 <= peer.port <= 65535:
        raise PeerInvalid("/port", "port", "1 to 65535")
    if peer.retrieve is Retrieve.WEB and not peer.dicomweb_url:
        raise PeerInvalid("/dicomweb_url", "missing", "needed to fetch by DICOMweb")
    if peer.dicomweb_url:
        _check_url(peer.dicomweb_url)
    return peer


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise PeerInvalid("/dicomweb_url", "url", "not a URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or len(url) > 500:
        raise PeerInvalid("/dicomweb_url", "url", "http(s)://host/...")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise PeerInvalid("/dicomweb_url", "url", "no account, query or fragment in it")


class PullState(StrEnum):
    """How far the fetching of one study is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    PARTIAL = "partial"  # the peer said it is through, but not everything arrived
    STALLED = "stalled"  # the peer went silent; what arrived is kept
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nobody works on it any more."""
        return self not in (PullState.WAITING, PullState.RUNNING)


@dataclass(frozen=True, slots=True)
class FoundStudy:
    """A study as a peer describes it; `instances` is None where it does not say."""

    study_uid: str
    date: str = ""
    description: str = ""
    modality: tuple[str, ...] = ()
    accession_number: str = ""
    patient_id: str = ""
    patient_name: str = ""
    patient_birth_date: str = ""
    patient_sex: str = ""
    instances: int | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """A study on its way from a peer into a case."""

    id: UUID
    case_id: UUID
    peer_id: UUID
    facility_id: UUID
    study_uid: str
    description: str
    requested_by: UUID
    requested_at: datetime
    state: PullState = PullState.WAITING
    reason: str = ""
    expected: int | None = None
    arrived: int = 0
    failed: int = 0
    attempts: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a try to fetch ended, as the protocol said it; `reason` is a slug, empty if well."""

    reason: str = ""
    failed: int = 0


def after(ending: Ending, arrived: int, expected: int | None) -> PullState:
    """The state of a pull whose try ended like this, with so many instances here."""
    if ending.reason == "stalled":
        return PullState.STALLED
    if ending.reason:
        return PullState.FAILED if arrived == 0 else PullState.PARTIAL
    if ending.failed or arrived < (expected or 1):
        return PullState.PARTIAL if arrived else PullState.FAILED
    return PullState.DONE


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person may search a PACS by; exactly one is set."""

    patient_id: str = ""
    accession_number: str = ""
    study_uid: str = ""


def newest_first(found: Iterable[FoundStudy]) -> list[FoundStudy]:
    """The newest studies first; without a date last."""
    return sorted(found, key=lambda study: study.date, reverse=True)
