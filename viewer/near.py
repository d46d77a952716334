"""Packs that lie at a hospital's gateway, closed piece by piece (NIST SP 800-38D, AES-256-GCM).

The gateway has no key: what it keeps and gives to the hospital's network says nothing to anybody
but those whom the server gives the key of a pack. A pack is only ever added to, so a piece of a
number and a length has the same bytes for ever, and no nonce closes two different texts.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE_BYTES: Final = 1 << 20
TAG_BYTES: Final = 16
# Four signs of life: one that is gone longer is not offered to browsers.
ALIVE: Final = timedelta(seconds=60)
PACKS_MAX: Final = 2_000
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)
_LOCAL_NAMES: Final = (".local", ".lan", ".internal", ".home.arpa")


@dataclass(frozen=True)
class Near:
    """What a gateway keeps: the address browsers of its hospital reach it at, whole packs."""

    address: str
    packs: Mapping[UUID, int] = field(default_factory=dict)  # pack -> bytes of it


def sealed_piece(key: bytes, pack_id: UUID, number: int, body: bytes) -> bytes:
    """Piece `number` of a pack, closed and signed; TAG_BYTES longer."""
    return AESGCM(key).encrypt(_nonce(number, len(body)), body, pack_id.bytes)


def opened_piece(key: bytes, pack_id: UUID, number: int, closed: bytes) -> bytes:
    """As the browser does. Raises cryptography.exceptions.InvalidTag."""
    return AESGCM(key).decrypt(_nonce(number, len(closed) - TAG_BYTES), closed, pack_id.bytes)


def _nonce(number: int, length: int) -> bytes:
    return number.to_bytes(6, "big") + length.to_bytes(6, "big")


def piece_length(total: int, number: int) -> int:
    """Bytes of a piece of a pack of `total` bytes; 0 where there is none."""
    return max(0, min(PIECE_BYTES, total - number * PIECE_BYTES))


def pieces(total: int) -> int:
    """How many pieces a pack of `total` bytes has."""
    return -(-total // PIECE_BYTES)


def is_alive(seen_at: datetime | None, now: datetime) -> bool:
    """Whether a gateway told of itself lately."""
    return seen_at is not None and now - seen_at < ALIVE


def is_near_address(text: str) -> bool:
    """Whether this is an origin within a hospital: http or https, a local address or local name.

    Browsers are sent there, and the page's Content-Security-Policy names it: nothing else passes.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    origin = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}"
    origin += "" if port is None else f":{port}"
    return parts.scheme in ("http", "https") and text == origin and _is_local(host)


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        named = bool(_HOST_NAME.fullmatch(host))
        return named and (host.endswith(_LOCAL_NAMES) or "." not in host)
    return address.is_private or address.is_loopback or address.is_link_local
