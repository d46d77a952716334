"""Who may open an association, and how many at once. Pure."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from viewer.pacs import Peer

# Longer than any PDU we agree to; a negotiation of 128 contexts is far shorter.
PDU_BYTES_MAX: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Asking:
    """An A-ASSOCIATE-RQ, and the line it came on."""

    calling: str
    called: str
    address: str
    tls: bool


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much at once, and how long a guest may say nothing."""

    associations: int = 64
    per_peer: int = 16
    # Lines that have not said who they are; more are closed without a word.
    unnamed: int = 32
    object_bytes: int = 4 << 30
    message_bytes: int = 4 << 20
    first_word_seconds: float = 10
    silence_seconds: float = 60


@dataclass(frozen=True, slots=True)
class Turned:
    """An A-ASSOCIATE-RJ (PS3.8 9.3.4): a slug for the log, and the three codes."""

    reason: str
    result: int
    source: int
    diagnostic: int


_WRONG_CALLED = Turned("wrong-called-ae", 1, 1, 7)
_UNKNOWN = Turned("unknown-ae", 1, 1, 3)
_ELSEWHERE = Turned("unknown-address", 1, 1, 3)
_AMBIGUOUS = Turned("two-facilities", 1, 1, 3)
_NEEDS_TLS = Turned("needs-tls", 1, 1, 1)
_BUSY = Turned("busy", 2, 3, 2)
_PEER_BUSY = Turned("peer-busy", 2, 3, 2)


def admit(
    asking: Asking,
    own_ae_title: str,
    peers: Sequence[Peer],
    addresses_of: Callable[[str], frozenset[str]],
    open_lines: Mapping[UUID, int],
    bounds: Bounds,
) -> Peer | Turned:
    """The peer that is calling, or why it is turned away.

    `addresses_of` says which addresses a configured host has; `open_lines` counts by peer.
    """
    if asking.called.strip() != own_ae_title:
        return _WRONG_CALLED
    named = [peer for peer in peers if peer.ae_title == asking.calling.strip()]
    if not named:
        return _UNKNOWN
    address = plain_address(asking.address)
    here = [peer for peer in named if address in addresses_of(peer.host)]
    if not here:
        return _ELSEWHERE
    if len({peer.facility_id for peer in here}) > 1:
        return _AMBIGUOUS  # two names of one host: never guess whose images these are
    peer = here[0]
    if peer.tls and not asking.tls:
        return _NEEDS_TLS
    if open_lines.get(peer.id, 0) >= bounds.per_peer:
        return _PEER_BUSY
    if sum(open_lines.values()) >= bounds.associations:
        return _BUSY
    return peer


def plain_address(address: str) -> str:
    """An IP address in one spelling; IPv4 also where it is wrapped in IPv6."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(known, "ipv4_mapped", None)
    return str(mapped or known)
