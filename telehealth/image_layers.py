"""What lies over the images of a series: gathered from the archive, kept while nothing changes."""

import asyncio
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.case_images import SeenSeries
from telehealth.images import Images
from viewer.bit_planes import OverlayPlane, overlay_layers, overlay_planes, segments_of
from viewer.free_text import without_identity
from viewer.layers import KeyObjects, Layer, Place, key_objects
from viewer.presentation import PRESENTATION_STATES, images_of, presentation_of
from viewer.query_store import QueryStore
from viewer.store import ImageStore
from viewer.structured_report import KEY_OBJECTS
from viewer.tables import InstanceRow

_KEPT_MAX: Final = 64  # series
# Told apart on grey and by most who see few colours (Okabe and Ito, 2008).
COLORS: Final = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00")


@dataclass(frozen=True, slots=True)
class BitSource:
    """Where the bits of a plane are: a frame of a stored file; `group` is 0 for a segment."""

    sha256: str
    group: int
    frame: int
    label: int


@dataclass(frozen=True, slots=True)
class SeriesLayers:
    """All that lies over a series, and key objects of its study."""

    layers: tuple[Layer, ...] = ()
    key_objects: tuple[KeyObjects, ...] = ()
    bits: Mapping[tuple[str, Place], BitSource] = field(default_factory=dict)

    def source(self, key: str, place: Place) -> tuple[BitSource, str] | None:
        """The bits of a layer over an image, and their colour."""
        found = self.bits.get((key, place)) or self.bits.get((key, Place(place.sop_uid)))
        colors = {layer.key: layer.color for layer in self.layers}
        return (found, colors[key]) if found and key in colors else None


class LayerGathering:
    """Reads headers once for each generation of a series and set of objects about it."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._kept: dict[tuple[UUID, int, tuple[UUID, ...]], SeriesLayers] = {}

    async def of_series(self, tx: AsyncSession, seen: SeenSeries) -> SeriesLayers:
        """What is there for whoever may know the patient."""
        series = seen.series
        about = await QueryStore(tx).about_images(seen.study.id)
        key = series.id, series.generation, tuple(row.id for row in about)
        if key not in self._kept:
            store = ImageStore(tx)
            own = [row for row in await store.instances(series.id) if row.image_frames]
            rows = [*own, *about]
            packed = await store.packed_metadata([row.id for row in rows])
            images = await asyncio.to_thread(
                self._images.folder.images, series.id, series.generation
            )
            found = await asyncio.to_thread(_gathered, own, about, packed, images)
            while len(self._kept) >= _KEPT_MAX:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = found
        return self._kept[key]


def _gathered(
    own: Sequence[InstanceRow],
    about: Sequence[InstanceRow],
    packed: Mapping[UUID, bytes],
    images: Sequence[Mapping[str, Any]],
) -> SeriesLayers:
    said = {key: gzip.decompress(body) for key, body in packed.items()}
    bits: dict[tuple[str, Place], BitSource] = {}
    layers = [*_overlays(own, said, bits), *_about(about, said, images, bits)]
    chosen = [row for row in about if row.sop_class_uid == KEY_OBJECTS]
    keys = (key_objects(json.loads(said[row.id])) for row in chosen)
    return SeriesLayers(tuple(_colored(layers)), tuple(keys), bits)


def _overlays(
    own: Sequence[InstanceRow],
    said: Mapping[UUID, bytes],
    bits: dict[tuple[str, Place], BitSource],
) -> list[Layer]:
    planes: list[OverlayPlane] = []
    for row in own:
        body = said[row.id]
        if b'"60' not in body:  # no attribute of an overlay group: not worth parsing
            continue
        for plane in overlay_planes(json.loads(body)):
            planes.append(plane)
            for place in plane.places:
                source = BitSource(row.sha256, int(plane.group, 16), place.frame or 1, 0)
                bits[f"overlay-{plane.group}", place] = source
    return overlay_layers(planes)


def _about(
    about: Sequence[InstanceRow],
    said: Mapping[UUID, bytes],
    images: Sequence[Mapping[str, Any]],
    bits: dict[tuple[str, Place], BitSource],
) -> list[Layer]:
    here = {image["sop_uid"] for image in images}
    found: list[Layer] = []
    for row in about:
        body = json.loads(said[row.id])
        if row.sop_class_uid in PRESENTATION_STATES:
            layer = presentation_of(body)
            if here & images_of(layer, body):
                found.append(layer)
        elif row.sop_class_uid != KEY_OBJECTS:
            for segment in segments_of(body, images):
                found.append(segment.layer)
                for place, frame in segment.frames.items():
                    key = segment.layer.key, place
                    bits[key] = BitSource(row.sha256, 0, frame, segment.label)
    return found


def _colored(layers: Sequence[Layer]) -> list[Layer]:
    """A colour for those whose file names none."""
    return [
        layer if layer.color else replace(layer, color=COLORS[at % len(COLORS)])
        for at, layer in enumerate(layers)
    ]


def without_patient(found: SeriesLayers, telling: frozenset[str]) -> tuple[SeriesLayers, int]:
    """For those who may not know whose images these are, and how much of it they do not get.

    Bits of an overlay may be letters: nobody can tell that they name nobody.
    """
    layers, withheld = [], 0
    for layer in found.layers:
        if layer.kind == "overlay":
            withheld += 1
            continue
        shapes = [shape for shape in layer.shapes if not _tells(shape.text, telling)]
        withheld += len(layer.shapes) - len(shapes)
        words = without_identity(layer.title, telling), without_identity(layer.description, telling)
        layers.append(replace(layer, title=words[0], description=words[1], shapes=tuple(shapes)))
    keys = tuple(
        replace(
            key,
            title=without_identity(key.title, telling),
            description=without_identity(key.description, telling),
        )
        for key in found.key_objects
    )
    shown = {layer.key for layer in layers}
    bits = {key: source for key, source in found.bits.items() if key[0] in shown}
    return SeriesLayers(tuple(layers), keys, bits), withheld


def _tells(text: str, telling: frozenset[str]) -> bool:
    return bool(text) and without_identity(text, telling) == ""
