"""A watched folder: files appear under their final name only whole and on the disk."""

import asyncio
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from recordings.archive_step import ArchivedFile
from recordings.errors import DeliveryAbsent, DeliveryFailed, DeliveryRefused
from recordings.sinks.sink import Parcel

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FolderSink:
    """Delivers below `root`, one folder a case. Files that are not ours are never overwritten."""

    root: Path

    async def send(self, parcel: Parcel) -> Mapping[str, Any]:
        """Write, fsync, rename, fsync the folder; what is there already and equal stays."""
        await asyncio.to_thread(self._send, parcel)
        return {"folder": parcel.folder, "files": [one.name for one in parcel.files]}

    async def verify(self, parcel: Parcel) -> Mapping[str, Any]:
        """Hash every file from the disk."""
        await asyncio.to_thread(self._verify, parcel)
        return {"read_back": {one.name: one.sha256 for one in parcel.files}}

    def _send(self, parcel: Parcel) -> None:
        try:
            folder = self._folder(parcel)
            for file in parcel.files:
                self._deliver(parcel, file, folder / _plain(file.name))
        except OSError as error:
            raise DeliveryFailed("folder-not-writable", os.strerror(error.errno or 0)) from error

    def _folder(self, parcel: Parcel) -> Path:
        if not self.root.is_dir():  # a share that is not mounted must not become a local folder
            raise DeliveryFailed("folder-missing", "the archive folder is not there")
        folder = self.root
        for part in PurePosixPath(parcel.folder).parts:
            folder = folder / _plain(part)
            if not folder.exists():
                folder.mkdir(exist_ok=True)
                _sync_folder(folder.parent)
        return folder

    def _deliver(self, parcel: Parcel, file: ArchivedFile, place: Path) -> None:
        if place.exists():
            _must_be_ours(place, file)
            return
        for leftover in place.parent.glob(f".{place.name}.*.part"):
            leftover.unlink(missing_ok=True)  # of a worker that died; a live one is fenced
        draft = place.with_name(f".{place.name}.{secrets.token_hex(6)}.part")
        digest = sha256()
        with parcel.payloads.path(file.sha256).open("rb") as source, draft.open("xb") as target:
            while chunk := source.read(CHUNK_BYTES):
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        if digest.hexdigest() != file.sha256:
            draft.unlink()
            raise DeliveryRefused("payload-damaged", f"{file.name} is not what was closed")
        os.replace(draft, place)
        _sync_folder(place.parent)

    def _verify(self, parcel: Parcel) -> None:
        folder = self.root / parcel.folder
        for file in parcel.files:
            place = folder / _plain(file.name)
            if not place.is_file():
                raise DeliveryAbsent("file-absent", f"{file.name} is not in the folder")
            _must_be_ours(place, file)


def _must_be_ours(place: Path, file: ArchivedFile) -> None:
    digest = sha256()
    with place.open("rb") as stored:
        while chunk := stored.read(CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != file.sha256:
        raise DeliveryRefused("other-content", f"{file.name} is there with other content")


def _plain(name: str) -> str:
    """One path component; anything that could lead elsewhere is refused."""
    if not name or name in (".", "..") or "/" in name or "\\" in name or "\0" in name:
        raise DeliveryRefused("bad-name", "a file name leads out of the folder")
    return name


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
