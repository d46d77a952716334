"""Files of a backup: copied whole, hashed on the way, read back, and written into its list."""

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

LIST_NAME: Final = "backup.json"
FORMAT: Final = 1
_CHUNK_BYTES: Final = 1 << 20


class BackupDamaged(Exception):
    """A file of the backup, or of the installation, is not what it is said to be."""


@dataclass(frozen=True)
class Kept:
    """One file of a backup: size in bytes and SHA-256 as read back from the backup's disk."""

    size: int
    sha256: str


@dataclass(frozen=True)
class BackupList:
    """What a backup holds, by path inside it; `database` is the kind, sqlite or postgresql."""

    made_at: str
    revision: str
    database: str
    files: Mapping[str, Kept]

    def write(self, folder: Path) -> None:
        """The last thing a backup writes: without it, it is none."""
        body = {"format": FORMAT, **asdict(self)}
        place = folder / LIST_NAME
        draft = place.with_suffix(".draft")
        with draft.open("w") as file:
            json.dump(body, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)

    @classmethod
    def read(cls, folder: Path) -> "BackupList":
        """Raises BackupDamaged when there is none, or one that could lead out of its folder."""
        try:
            return cls._from(json.loads((folder / LIST_NAME).read_text()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupDamaged(f"{folder} holds no whole backup") from error

    @classmethod
    def _from(cls, body: Any) -> "BackupList":
        if body["format"] != FORMAT or any(not is_inside(name) for name in body["files"]):
            raise ValueError(LIST_NAME)
        files = {name: Kept(int(f["size"]), str(f["sha256"])) for name, f in body["files"].items()}
        return cls(str(body["made_at"]), str(body["revision"]), str(body["database"]), files)


def is_inside(name: str) -> bool:
    """Whether a path of the list stays inside its folder."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\0" not in name


def tree(root: Path, folder: str) -> Iterator[str]:
    """The files below a folder of `root`, as paths from `root`; drafts of work under way not."""
    for place in sorted((root / folder).rglob("*")):
        name = place.relative_to(root).as_posix()
        if place.is_file() and not place.name.endswith(".draft") and "/drafts/" not in name:
            yield name


def copied(source: Path, target: Path, progress: Callable[[int], None]) -> Kept:
    """Copy what the file holds now, unless it is there; what lies at the target is read back."""
    size = source.stat().st_size
    if not target.exists() or target.stat().st_size != size:
        _copy(source, target, size)
    return hashed(target, progress)


def _copy(source: Path, target: Path, size: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{secrets.token_hex(6)}.draft")
    with source.open("rb") as read, draft.open("xb") as written:
        left = size  # a pack may grow meanwhile: what the database knew is before this
        while left > 0 and (chunk := read.read(min(_CHUNK_BYTES, left))):
            left -= written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    draft.replace(target)


def hashed(path: Path, progress: Callable[[int], None]) -> Kept:
    """Size and SHA-256, read from the disk."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            progress(len(chunk))
    return Kept(size, digest.hexdigest())
