"""Putting a series' derived images into one packed file: when, and how."""

import gzip
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from viewer.pack import in_viewing_order, with_offsets
from viewer.transcode import CHECKSUM, sync

QUIET: Final = timedelta(seconds=0.1)
# A trickle of single images must not rewrite a large manifest for each of them.
SMALL_IMAGES: Final = 1000
LONG_QUIET: Final = timedelta(seconds=5)
# While more is to come: enough images to look at, then whenever the series has doubled.
FIRST_IMAGES: Final = 8
_MANIFESTS_REMEMBERED: Final = 128


@dataclass(frozen=True, slots=True)
class SeriesProgress:
    """How far the delivery copy of a series is."""

    series_id: UUID
    generation: int
    published_images: int
    waiting: int
    derived: int
    changed_at: datetime


def is_due(series: SeriesProgress, now: datetime) -> bool:
    """Whether to publish now: the series is quiet and complete, or has grown enough to be shown."""
    if not series.derived:
        return False
    if series.waiting:
        return series.derived >= max(FIRST_IMAGES, series.published_images)
    small = series.published_images <= max(SMALL_IMAGES, 4 * series.derived)
    return now - series.changed_at >= (QUIET if small else LONG_QUIET)


class DerivedLost(Exception):
    """A power loss took a derived instance, or part of it; it has to be derived again."""

    def __init__(self, instance_id: UUID) -> None:
        super().__init__(instance_id)
        self.instance_id = instance_id


class DeliveryFolder:
    """Where delivery copies lie; every method that reads or writes blocks."""

    def __init__(self, root: Path) -> None:
        self._derived = root / "derived"
        self._packs = root / "packs"
        self._remembered: dict[tuple[UUID, int], list[dict[str, Any]]] = {}
        for folder in (self._derived, self._packs):
            folder.mkdir(parents=True, exist_ok=True)

    def stem(self, instance_id: UUID) -> Path:
        """Where one derived instance is written, before the suffix."""
        return self._derived / instance_id.hex

    def pack(self, series_id: UUID) -> Path:
        """The packed codestreams of a series: only ever added to, so old manifests stay true."""
        return self._packs / f"{series_id.hex}.pack"

    def manifest_path(self, series_id: UUID, generation: int) -> Path:
        """The manifest's images, gzip-compressed JSON."""
        return self._packs / f"{series_id.hex}-{generation}.json.gz"

    def images(self, series_id: UUID, generation: int) -> list[dict[str, Any]]:
        """The manifest's images; none before the first publication. Not to be changed."""
        if generation == 0:
            return []
        key = (series_id, generation)
        if key not in self._remembered:
            body = gzip.decompress(self.manifest_path(series_id, generation).read_bytes())
            while len(self._remembered) >= _MANIFESTS_REMEMBERED:
                self._remembered.pop(next(iter(self._remembered)), None)
            self._remembered[key] = json.loads(body)
        return self._remembered[key]

    def publish(
        self, series_id: UUID, generation: int, instances: Sequence[UUID]
    ) -> list[dict[str, Any]]:
        """Add these instances after what `generation` has; the images of the next generation.

        Raises DerivedLost.
        """
        before = self.images(series_id, generation)
        end = max((image["offset"] + image["length"] for image in before), default=0)
        entries = [entry for each in instances for entry in self._derived_entries(each)]
        added = with_offsets(in_viewing_order(entries), end)
        with self.pack(series_id).open("r+b" if end else "wb") as pack:
            pack.truncate(end)  # what a crashed publication left behind
            pack.seek(end)
            for entry in added:
                pack.write(_codestream(entry))
            sync(pack)
        images = in_viewing_order([*before, *map(_public, added)])
        self._write_manifest(self.manifest_path(series_id, generation + 1), images)
        return images

    def _write_manifest(self, path: Path, images: list[dict[str, Any]]) -> None:
        with path.open("wb") as manifest:
            text = json.dumps(images, separators=(",", ":"), allow_nan=False)
            manifest.write(gzip.compress(text.encode(), 6, mtime=0))
            sync(manifest)
        _sync_folder(self._packs)

    def _derived_entries(self, instance_id: UUID) -> list[dict[str, Any]]:
        stem, at = self.stem(instance_id), 0
        entries = []
        try:
            images = json.loads(stem.with_suffix(".json").read_bytes())
        except (FileNotFoundError, ValueError):
            raise DerivedLost(instance_id) from None
        for image in images:
            entries.append(
                {**image, "_of": instance_id, "_file": stem.with_suffix(".j2c"), "_at": at}
            )
            at += image["length"]
        return entries

    def forget(self, instances: Sequence[UUID]) -> None:
        """Remove the single files of instances that are in the pack now."""
        for instance_id in instances:
            for suffix in (".j2c", ".json"):
                self.stem(instance_id).with_suffix(suffix).unlink(missing_ok=True)


def _public(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if not name.startswith("_")}


def _codestream(entry: Mapping[str, Any]) -> bytes:
    """The derived bytes of one image."""
    try:
        with entry["_file"].open("rb") as file:
            file.seek(entry["_at"])
            codestream: bytes = file.read(entry["length"])
    except FileNotFoundError:
        raise DerivedLost(entry["_of"]) from None
    if zlib.crc32(codestream) != entry[CHECKSUM]:
        raise DerivedLost(entry["_of"])
    return codestream


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_part(path: Path, start: int, length: int) -> bytes:
    """Bytes of a pack; no handle is shared, so many may read."""
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.pread(handle, length, start)
    finally:
        os.close(handle)
