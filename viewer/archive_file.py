"""ZIP archives from outside: what is taken out of them, decided before a byte is written."""

import errno
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Final

from viewer.study import Refusal
from viewer.upload import clean_name

ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED: Final = 0x1
_SYMLINK_MODE: Final = 0o120000
_CHUNK_BYTES: Final = 1 << 20
_DIRECTORY_BYTES_MAX: Final = 32 << 20
_TAIL_BYTES: Final = (64 << 10) + 200  # longest comment, and the end records before it
# Operating systems leave these beside the images; nobody needs to hear of them.
_LITTER: Final = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """Bounds against bombs. Medical pixels compress some 20:1 at the very best."""

    entries: int = 20_000
    entry_bytes: int = 4 << 30
    total_bytes: int = 20 << 30
    ratio: int = 300
    # Small files full of zeros compress far better; the ratio counts only above this.
    ratio_from_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive as its directory describes it."""

    name: str
    size: int
    compressed: int
    encrypted: bool = False
    special: bool = False


@dataclass(frozen=True, slots=True)
class PlannedEntry:
    """One file of an archive: to be taken, or refused with a reason."""

    place: int
    name: str
    refusal: Refusal | None


def plan(entries: Sequence[Entry], limits: ArchiveLimits) -> list[PlannedEntry] | Refusal:
    """What to take from an archive, or why none of it is taken. Pure."""
    if len(entries) > limits.entries:
        return Refusal("too-many-entries", str(limits.entries))
    if sum(entry.size for entry in entries) > limits.total_bytes:
        return Refusal("too-large", "unpacked")
    return [
        PlannedEntry(place, clean_name(entry.name), _refusal(entry, limits))
        for place, entry in enumerate(entries)
        if not _is_litter(entry)
    ]


def _is_litter(entry: Entry) -> bool:
    path = PurePosixPath(entry.name.lower())
    return entry.name.endswith("/") or path.name in _LITTER or "__macosx" in path.parts


def _refusal(entry: Entry, limits: ArchiveLimits) -> Refusal | None:
    parts = PurePosixPath(entry.name.replace("\\", "/")).parts
    names_a_file = bool(parts) and parts[0] != "/" and ":" not in parts[0]
    if not names_a_file or ".." in parts or "\0" in entry.name:
        return Refusal("unsafe-path")
    if entry.special:
        return Refusal("not-a-file")
    if entry.encrypted:
        return Refusal("encrypted")
    if entry.size > limits.entry_bytes:
        return Refusal("too-large")
    suspicious = entry.size > limits.ratio * max(entry.compressed, 1)
    if suspicious and entry.size > limits.ratio_from_bytes:
        return Refusal("ratio-suspicious")
    return None


def is_zip(path: Path) -> bool:
    """Whether the file begins like a ZIP archive."""
    with path.open("rb") as file:
        return file.read(4) in ZIP_MAGIC


class Archive:
    """An open ZIP; every method blocks. Entries are read, never written under their own names."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        self._infos = self._zip.infolist()

    def entries(self) -> list[Entry]:
        """The directory of the archive."""
        return [
            Entry(
                name=info.filename,
                size=info.file_size,
                compressed=info.compress_size,
                encrypted=bool(info.flag_bits & _ENCRYPTED),
                special=(info.external_attr >> 16) & 0o170000 == _SYMLINK_MODE,
            )
            for info in self._infos
        ]

    def extract(self, place: int, target: Path) -> Refusal | None:
        """Write one entry to `target`; the reason if it is damaged or longer than announced."""
        info = self._infos[place]
        try:
            with self._zip.open(info) as source, target.open("wb") as file:
                for chunk in _bounded(source, info.file_size):
                    file.write(chunk)
        except (zipfile.BadZipFile, EOFError, LZMAError, zlib.error, OverflowError, ValueError):
            return Refusal("archive-damaged")
        except (NotImplementedError, RuntimeError):
            return Refusal("unsupported-compression")
        except OSError as error:
            # A place before the file's beginning, or what bzip2 says of a broken stream; else the
            # disk is to blame, which is no fault of the archive.
            if error.errno not in (errno.EINVAL, None):
                raise
            return Refusal("archive-damaged")
        return None

    def close(self) -> None:
        """Close the file."""
        self._zip.close()


def _bounded(source: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while chunk := source.read(_CHUNK_BYTES):
        left -= len(chunk)
        if left < 0:
            raise ValueError("longer than announced")
        yield chunk


def open_archive(path: Path) -> Archive | Refusal:
    """The archive, or why it cannot be read."""
    try:
        if _directory_bytes(path) > _DIRECTORY_BYTES_MAX:
            return Refusal("too-many-entries")
        return Archive(path)
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError):
        return Refusal("archive-damaged")


def _directory_bytes(path: Path) -> int:
    """Size of the central directory (APPNOTE 4.3.16, 4.3.14), which opening reads into memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL_BYTES, 0))
        tail = file.read()
    end, end64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    if end64 >= 0:
        return int.from_bytes(tail[end64 + 40 : end64 + 48], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
