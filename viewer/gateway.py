"""A hospital's gateway as the server knows it: enrolled by a one-time code, then by its secret."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from viewer.near import Near

# Long enough to carry a note to the hospital's computer room, short enough to be forgotten there.
CODE_LIFE: Final = timedelta(hours=24)
OBJECT_BYTES_MAX: Final = 4 << 30
PIECE_BYTES_MAX: Final = 8 << 20


@dataclass(frozen=True)
class Waiting:
    """What a gateway told of its queue; `trouble` is a slug, empty when all is well."""

    files: int
    bytes: int
    refused: int
    trouble: str


@dataclass(frozen=True)
class Gateway:
    """One computer of one facility. Before `enrolled_at` only its code opens anything."""

    id: UUID
    facility_id: UUID
    name: str
    made_at: datetime
    code_until: datetime | None = None
    enrolled_at: datetime | None = None
    seen_at: datetime | None = None
    waiting: Waiting | None = None
    near: Near | None = None


def digest(secret: str) -> str:
    """What is stored of a code or secret. Both are random: a plain hash tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def spelled(code: str) -> str:
    """A code as it was made, however a person typed it."""
    return "".join(code.upper().split()).replace("-", "")
