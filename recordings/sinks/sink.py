"""What the archive worker asks of any sink."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from recordings.archive_step import ArchivedFile, StepId


class StoredBlob(Protocol):
    """Name and size of stored bytes."""

    @property
    def sha256(self) -> str:
        """Hash of the bytes, lower-case hexadecimal."""

    @property
    def size(self) -> int:
        """Number of bytes."""


class Payloads(Protocol):
    """Immutable bytes by their SHA-256; every method blocks, so it is called in a thread."""

    def put(self, data: bytes, /) -> StoredBlob:
        """Store the bytes; returns after they are on the disk (fsync)."""

    def read(self, sha256: str, /) -> bytes:
        """The bytes; FileNotFoundError."""

    def path(self, sha256: str, /) -> Path:
        """Where the bytes lie; FileNotFoundError."""


@dataclass(frozen=True)
class Parcel:
    """The files of one step. `folder` names the case without words of the patient."""

    step_id: StepId
    folder: str
    files: tuple[ArchivedFile, ...]
    payloads: Payloads


class Sink(Protocol):
    """A place the record goes to. Both methods may be called any number of times.

    They raise DeliveryFailed when trying again may help, DeliveryRefused when only a person can.
    """

    async def send(self, parcel: Parcel) -> Mapping[str, Any]:
        """Bring the files there; returns a receipt without words of a patient."""

    async def verify(self, parcel: Parcel) -> Mapping[str, Any]:
        """Read back and compare; returns the proof. DeliveryAbsent if nothing is there."""
