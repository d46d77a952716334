"""Blobs: immutable bytes under their SHA-256, in a folder. What was put survives a power loss."""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class BlobRef:
    """Name and size of stored bytes."""

    sha256: str
    size: int


class FolderBlobs:
    """Blobs as files `ab/cdef…`; every method blocks: call it in a thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._drafts = root / "drafts"
        self._drafts.mkdir(parents=True, exist_ok=True)

    def put(self, chunks: Iterable[bytes] | bytes) -> BlobRef:
        """Store the bytes; returns after file and folder entry are on the disk (fsync)."""
        draft = self._drafts / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        try:
            with draft.open("xb") as file:
                for chunk in (chunks,) if isinstance(chunks, bytes) else chunks:
                    digest.update(chunk)
                    size += file.write(chunk)
                _sync(file)
            ref = BlobRef(digest.hexdigest(), size)
            self._link(draft, ref)
            self._sync_folders([ref])
            return ref
        finally:
            draft.unlink(missing_ok=True)

    def put_file(self, path: Path) -> BlobRef:
        """Take over a finished file of the same file system (moved, not copied)."""
        return self.put_files([(path, "")])[0]

    def put_files(self, files: Sequence[tuple[Path, str]]) -> list[BlobRef]:
        """Take over finished files of the same file system; returns when all are on the disk.

        Each with its SHA-256 if that was taken as the bytes came, else empty text. A failure takes
        none of them over, so that the caller may try each by itself.
        """
        refs = [_finished(path, sha256) for path, sha256 in files]
        for (path, _), ref in zip(files, refs, strict=True):
            self._link(path, ref)
        self._sync_folders(refs)
        for path, _ in files:
            path.unlink()
        return refs

    def path(self, sha256: str) -> Path:
        """Where the bytes lie; FileNotFoundError if they do not."""
        path = self.place(sha256)
        if not path.is_file():
            raise FileNotFoundError(sha256)
        return path

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes, or a range of them."""
        with self.path(sha256).open("rb") as file:
            file.seek(start)
            return file.read(-1 if length is None else length)

    def stream(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes in chunks of at most 1 MiB."""
        with self.path(sha256).open("rb") as file:
            file.seek(start)
            left = self.path(sha256).stat().st_size - start if length is None else length
            while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk

    def exists(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        return self.place(sha256).is_file()

    def delete(self, sha256: str) -> None:
        """Forget the bytes; no error if they are gone."""
        self.place(sha256).unlink(missing_ok=True)

    def place(self, sha256: str) -> Path:
        """Where the bytes would lie, whether they do or not."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise FileNotFoundError(sha256)  # never a path made from foreign text
        return self._root / sha256[:2] / sha256[2:]

    def _link(self, path: Path, ref: BlobRef) -> None:
        place = self.place(ref.sha256)
        place.parent.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):  # the same bytes are here already
            place.hardlink_to(path)

    def _sync_folders(self, refs: Sequence[BlobRef]) -> None:
        for folder in {self.place(ref.sha256).parent for ref in refs} | {self._root}:
            _sync_folder(folder)


def _finished(path: Path, sha256: str) -> BlobRef:
    with path.open("rb+") as file:
        sha256 = sha256 or hashlib.file_digest(file, "sha256").hexdigest()
        _sync(file)
        return BlobRef(sha256, os.fstat(file.fileno()).st_size)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
