"""The studies of a case: what is there, whose it is, who confirmed that."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.access import Permission, may
from telehealth.audit import Act, record
from telehealth.case_images import identity_of, telling_of
from telehealth.casefile import CaseFile, case_file
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed, NotFound
from telehealth.images import Images
from telehealth.parts import Parts
from viewer import errors
from viewer.burned_in import BurnedIn, NameSaid, withholds
from viewer.display_facts import pictures_of
from viewer.free_text import without_identity
from viewer.identity import IdentityStatus
from viewer.store import ImageStore, SeriesSummary
from viewer.tables import CaseStudyRow, StudyRow


class WindowOut(BaseModel):
    """VOI window in modality units."""

    center: float
    width: float


class PictureOut(BaseModel):
    """What decides where an image hangs; empty where the header does not say."""

    sop_uid: str
    frame: int
    frames: int
    laterality: Literal["", "L", "R", "B"]
    view_position: str
    image_type: list[str]
    patient_orientation: list[str]
    for_processing: bool
    orientation: list[float] | None


class SeriesOut(BaseModel):
    """An image series and how far its delivery copy is; `pictures`: a few, or the middle one.

    `burned_in` is what headers let assume of a name in the pixels, `name_said` what a person who
    looked said; `withheld` that this caller therefore gets no pixels.
    """

    series_uid: str
    number: int | None
    modality: str
    description: str
    body_part: str
    frame_of_reference_uid: str
    image_count: int
    published_count: int
    failed_count: int
    state: Literal["receiving", "ready", "failed"]
    default_window: WindowOut | None
    thumbnail_url: str | None
    pictures: list[PictureOut]
    burned_in: BurnedIn
    name_said: NameSaid | None
    withheld: bool


class DifferenceOut(BaseModel):
    """One field that does not agree; values only for those who may see the identity."""

    field: Literal["patient_id", "birth_date", "sex"]
    in_image: str | None
    in_case: str | None


class IdentityOut(BaseModel):
    """Whether the images are this patient's."""

    status: Literal["match", "mismatch", "confirmed", "missing"]
    differences: list[DifferenceOut]
    name_agrees: bool
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


class StudyOut(BaseModel):
    """A study of a case; its description only for those who may see the identity."""

    study_uid: str
    description: str
    modality: list[str]
    study_date: str | None
    series: list[SeriesOut]
    identity: IdentityOut


class Studies(BaseModel):
    """The studies of a case in the order they came."""

    items: list[StudyOut]


class WhyIn(BaseModel):
    """A reason in words."""

    reason: str = Field(min_length=3, max_length=500)


class StudiesApi:
    """Studies shown with a case."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._folder = images.folder

    def doors(self) -> list[Door]:
        """The doors of this class."""
        path = "/api/cases/{case_id}/studies"
        refusals = (NotAllowed, NotFound, errors.StudyUnknown)
        return [
            Door(
                "GET",
                path,
                self.list,
                Permission.READ_CASE,
                "The studies of the case",
                gives=Studies,
                raises=(NotAllowed, NotFound),
            ),
            Door(
                "POST",
                path + "/{study_uid}/identity-confirmation",
                self.confirm,
                Permission.CONFIRM_IDENTITY,
                "Vouch that the images are this patient's in spite of the differences",
                takes=WhyIn,
                gives=StudyOut,
                raises=(*refusals, errors.ConfirmationUnneeded),
            ),
            Door(
                "DELETE",
                path + "/{study_uid}",
                self.unlink,
                Permission.UPLOAD_IMAGES,
                "Take a study off the case; the stored bytes stay",
                takes=WhyIn,
                status=204,
                raises=refusals,
            ),
        ]

    async def list(self, call: Call) -> Studies:
        """Everything shown with the case."""
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            file = await self._file(tx, call, case_id, Permission.READ_CASE)
            found = await ImageStore(tx).of_case(case_id)
            items = [await self._study(tx, call, file, *pair) for pair in found]
        return Studies(items=items)

    async def confirm(self, call: Call) -> StudyOut:
        """Keep who vouched, why, and for exactly which differences."""
        body, case_id = call.parsed(WhyIn), call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call, case_id, Permission.CONFIRM_IDENTITY)
            store = ImageStore(tx)
            study, link = await _named(store, case_id, call.text("study_uid"))
            verdict = identity_of(study, link, file.case)
            if verdict.status in (IdentityStatus.MATCH, IdentityStatus.CONFIRMED):
                raise errors.ConfirmationUnneeded(study.id)
            me = call.caller.person_id
            await store.confirm(case_id, study.id, me, body.reason, verdict.differences, call.at)
            fields = [difference.field for difference in verdict.differences]
            await record(tx, call.source, _act("identity_confirm", study, case_id, fields))
            return await self._study(tx, call, file, study, link)

    async def unlink(self, call: Call) -> None:
        """Take a study off the case."""
        body, case_id = call.parsed(WhyIn), call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            await self._file(tx, call, case_id, Permission.UPLOAD_IMAGES)
            store = ImageStore(tx)
            study, _ = await _named(store, case_id, call.text("study_uid"))
            await store.unlink(case_id, study.id, call.caller.person_id, body.reason, call.at)
            await record(tx, call.source, _act("study_unlink", study, case_id, []))

    async def _file(
        self, tx: AsyncSession, call: Call, case_id: UUID, permission: Permission
    ) -> CaseFile:
        file = await case_file(tx, case_id, self._parts.material, call.at)
        file.require(call.caller, permission)
        return file

    async def _study(
        self, tx: AsyncSession, call: Call, file: CaseFile, study: StudyRow, link: CaseStudyRow
    ) -> StudyOut:
        series = await ImageStore(tx).series_of(study.id)
        verdict = identity_of(study, link, file.case)
        open_identity = may(call.caller, Permission.SEE_PATIENT_IDENTITY, file.facts)
        telling = frozenset() if open_identity else telling_of(study, file.case)
        confirmed = verdict.status is IdentityStatus.CONFIRMED
        by = link.confirmed_by if confirmed else None
        who = await self._parts.identity.card(tx, by) if by else None
        return StudyOut(
            study_uid=study.study_uid,
            description=study.description if open_identity else "",
            modality=sorted({each.row.modality for each in series if each.row.modality}),
            study_date=iso_day(study.study_date),
            series=[
                await self._series(each, file.case.id, open_identity, telling) for each in series
            ],
            identity=IdentityOut(
                status=verdict.status.value,
                differences=[
                    DifferenceOut.model_validate(
                        {
                            "field": difference.field,
                            "in_image": difference.in_image if open_identity else None,
                            "in_case": difference.in_case if open_identity else None,
                        }
                    )
                    for difference in verdict.differences
                ],
                name_agrees=verdict.name_agrees,
                confirmed_by=who.full_name if who else None,
                confirmed_at=link.confirmed_at if confirmed else None,
            ),
        )

    async def _series(
        self, series: SeriesSummary, case_id: UUID, identity: bool, telling: frozenset[str]
    ) -> SeriesOut:
        row = series.row
        images = await asyncio.to_thread(self._folder.images, row.id, row.generation)
        return _series_out(series, case_id, images, identity, telling)


def _series_out(
    series: SeriesSummary,
    case_id: UUID,
    images: Sequence[Mapping[str, Any]],
    identity: bool,
    telling: frozenset[str],
) -> SeriesOut:
    row = series.row
    withheld = not identity and withholds(row.burned_in, row.name_said)
    if series.waiting:
        state = "receiving"
    else:
        state = "failed" if series.failed and not row.published_images else "ready"
    middle = images[len(images) // 2] if images else None
    place = f"/api/image-series/{row.series_uid}/thumbnail?case={case_id}"
    return SeriesOut.model_validate(
        {
            "series_uid": row.series_uid,
            "number": row.number,
            "modality": row.modality,
            "description": without_identity(row.description, telling),
            "body_part": row.body_part,
            "frame_of_reference_uid": row.frame_of_reference_uid,
            "image_count": series.image_frames,
            "published_count": row.published_images,
            "failed_count": series.failed,
            "state": state,
            "default_window": middle["window"] if middle else None,
            "thumbnail_url": place if images and not withheld else None,
            "pictures": pictures_of(images),
            "burned_in": row.burned_in,
            "name_said": row.name_said,
            "withheld": withheld,
        }
    )


def iso_day(text: str) -> str | None:
    """A DICOM date as ISO 8601, None if it is none."""
    day = text.replace(".", "")[:8]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 and day.isdecimal() else None


def _act(action: str, study: StudyRow, case_id: UUID, fields: list[str]) -> Act:
    return Act(action, "study", str(study.id), case_id, detail={"fields": fields})


async def _named(store: ImageStore, case_id: UUID, study_uid: str) -> tuple[StudyRow, CaseStudyRow]:
    for study, link in await store.of_case(case_id):
        if study.study_uid == study_uid:
            return study, link
    raise errors.StudyUnknown
