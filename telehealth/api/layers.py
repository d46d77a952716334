"""Doors to what lies over images: overlays, presentation states, segments, key objects."""

import asyncio
from typing import Final, Literal

from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from scheduling.case_store import CaseStore
from telehealth.access import Permission
from telehealth.api.images import IMMUTABLE
from telehealth.case_images import ImageAccess, SeenSeries, telling_of
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed, NotFound
from telehealth.image_layers import BitSource, LayerGathering, SeriesLayers, without_patient
from telehealth.images import Images
from telehealth.parts import Parts
from viewer import errors
from viewer.bit_pictures import overlay_picture, segment_picture
from viewer.layers import KeyObjects, Layer, Place, Point
from viewer.pool import ProcessCrashed
from viewer.query_store import QueryStore
from viewer.study import Refusal

_DRAW_SECONDS: Final = 30


class LayerPlace(BaseModel):
    """An image; `frame` 0 is every frame of the object."""

    sop_uid: str
    frame: int


class LayerShape(LayerPlace):
    """One graphic or text; see viewer.layers.Shape for its points."""

    kind: Literal["point", "line", "curve", "circle", "ellipse", "text"]
    points: list[Point]
    text: str
    is_filled: bool
    color: str


class LayerWindow(LayerPlace):
    """How grey values are to be shown on an image."""

    center: float
    width: float


class LayerOut(BaseModel):
    """A layer; planes of bits are fetched by its key for each of `places`."""

    key: str
    kind: Literal["overlay", "presentation", "segment"]
    title: str
    description: str
    at: str
    color: str
    places: list[LayerPlace]
    shapes: list[LayerShape]
    windows: list[LayerWindow]
    left_out: int


class KeyObjectImage(LayerPlace):
    """An image that was pointed out."""

    series_uid: str


class KeyObjectsOut(BaseModel):
    """A Key Object Selection of the study."""

    title: str
    description: str
    images: list[KeyObjectImage]


class LayersOut(BaseModel):
    """`withheld` counts what is not for the caller, who may not know the patient."""

    layers: list[LayerOut]
    key_objects: list[KeyObjectsOut]
    withheld: int


class LayersApi:
    """What came drawn over the images of a series, for those who may see these."""

    def __init__(self, parts: Parts, images: Images, access: ImageAccess) -> None:
        self._parts = parts
        self._images = images
        self._access = access
        self._gathering = LayerGathering(images)

    def doors(self) -> list[Door]:
        """The doors of this class."""
        every = "/api/image-series/{series_uid}/layers"
        needs = Permission.READ_CASE
        raises = (NotAllowed, errors.StudyUnknown, errors.PixelsWithheld)
        return [
            Door(
                "GET",
                every,
                self.list,
                needs,
                "Overlays, presentation states, segments and key objects of a series",
                gives=LayersOut,
                raises=raises,
            ),
            Door(
                "GET",
                every + "/{layer_key}/{sop_uid}/{frame}",
                self.picture,
                needs,
                "A plane of bits over one image, as large as the image",
                gives_raw=("image/png",),
                raises=(*raises, NotFound, errors.RenderRefused),
            ),
        ]

    async def list(self, call: Call) -> LayersOut:
        """Newest presentation state first."""
        found, withheld = await self._found(call)
        return LayersOut(
            layers=[_layer(layer) for layer in found.layers],
            key_objects=[_keys(key) for key in found.key_objects],
            withheld=withheld,
        )

    async def picture(self, call: Call) -> Response:
        """Never changes: a file keeps its bytes."""
        found, _ = await self._found(call)
        frame = call.text("frame")
        if not (frame.isascii() and frame.isdigit() and len(frame) <= 6):
            raise NotFound("layer")
        place = Place(call.text("sop_uid"), int(frame))
        source = found.source(call.text("layer_key"), place)
        if source is None:
            raise NotFound("layer")
        body = await self._drawn(*source)
        if isinstance(body, Refusal):
            raise errors.RenderRefused(body.reason)
        return Response(body, headers={"Cache-Control": IMMUTABLE}, media_type="image/png")

    async def _drawn(self, bits: BitSource, color: str) -> bytes | Refusal:
        path = await asyncio.to_thread(self._images.blobs.path, bits.sha256)
        run = self._images.readers.run
        try:
            if bits.group:
                wanted = path, bits.group, bits.frame, color
                return await run(_DRAW_SECONDS, overlay_picture, *wanted)
            return await run(_DRAW_SECONDS, segment_picture, path, bits.frame, bits.label, color)
        except ProcessCrashed:
            return Refusal("decoder-crashed")

    async def _found(self, call: Call) -> tuple[SeriesLayers, int]:
        async with self._parts.database.reading() as tx:
            uid, needs = call.text("series_uid"), Permission.READ_CASE
            seen = await self._access.series(tx, call.caller, needs, uid, call.at)
            found = await self._gathering.of_series(tx, seen)
            telling = await self._telling(tx, call, seen)
        return (found, 0) if telling is None else without_patient(found, telling)

    async def _telling(
        self, tx: AsyncSession, call: Call, seen: SeenSeries
    ) -> frozenset[str] | None:
        """None for those who may know the patient by some case that shows the study."""
        cases = {case_id for _, case_id in await QueryStore(tx).linked_cases([seen.study.id])}
        named = Permission.SEE_PATIENT_IDENTITY
        if await self._access.visible_cases(tx, call.caller, named, cases, call.at):
            return None
        found = await CaseStore(tx).find(cases)
        return frozenset().union(*(telling_of(seen.study, case) for case in found.values()))


def _layer(layer: Layer) -> LayerOut:
    return LayerOut(
        key=layer.key,
        kind=layer.kind,
        title=layer.title,
        description=layer.description,
        at=layer.at,
        color=layer.color,
        places=[_place(place) for place in layer.places],
        shapes=[
            LayerShape(
                sop_uid=shape.place.sop_uid,
                frame=shape.place.frame,
                kind=shape.kind,
                points=list(shape.points),
                text=shape.text,
                is_filled=shape.is_filled,
                color=shape.color or layer.color,
            )
            for shape in layer.shapes
        ],
        windows=[
            LayerWindow(
                sop_uid=shown.place.sop_uid,
                frame=shown.place.frame,
                center=shown.center,
                width=shown.width,
            )
            for shown in layer.windows
        ],
        left_out=layer.left_out,
    )


def _place(place: Place) -> LayerPlace:
    return LayerPlace(sop_uid=place.sop_uid, frame=place.frame)


def _keys(found: KeyObjects) -> KeyObjectsOut:
    images = [
        KeyObjectImage(
            series_uid=image.series_uid, sop_uid=image.place.sop_uid, frame=image.place.frame
        )
        for image in found.images
    ]
    return KeyObjectsOut(title=found.title, description=found.description, images=images)
