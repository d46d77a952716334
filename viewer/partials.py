"""Objects that a gateway sends in pieces: each a file whose length is how much has come."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

# A gateway sends one object after the other; what it gave up goes when newer ones come.
OPEN_MAX: Final = 16
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def is_sha256(text: str) -> bool:
    """Whether the text is a SHA-256 in lower-case hexadecimal."""
    return _SHA256.fullmatch(text) is not None


@dataclass(frozen=True)
class Partials:
    """Files by gateway and SHA-256; methods block."""

    folder: Path

    def path(self, gateway_id: UUID, sha256: str) -> Path:
        """Where the object grows."""
        return self.folder / gateway_id.hex / sha256

    def received(self, gateway_id: UUID, sha256: str) -> int:
        """How many bytes have come."""
        path = self.path(gateway_id, sha256)
        return path.stat().st_size if path.exists() else 0

    def append(self, gateway_id: UUID, sha256: str, body: bytes) -> int:
        """Durable when it returns: the new length."""
        path = self.path(gateway_id, sha256)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_room(path.parent)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    def is_whole(self, gateway_id: UUID, sha256: str) -> bool:
        """Whether the bytes are those that were announced."""
        with self.path(gateway_id, sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def forget(self, gateway_id: UUID, sha256: str) -> None:
        """Stored, refused or broken: the pieces are not needed any more."""
        self.path(gateway_id, sha256).unlink(missing_ok=True)


def _make_room(folder: Path) -> None:
    oldest_first = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in oldest_first[: max(0, len(oldest_first) - OPEN_MAX + 1)]:
        path.unlink()
