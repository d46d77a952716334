"""Images from the hospital's PACS on the case page: search, fetch, and take up what arrived."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, Field, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.access import Permission
from telehealth.api.studies import iso_day
from telehealth.audit import Act, record
from telehealth.case_images import case_patient
from telehealth.casefile import CaseFile, case_file
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed, NotFound
from telehealth.images import Images
from telehealth.parts import Parts
from telehealth.peer_asking import PeerAsking
from viewer import errors
from viewer.identity import ImagePatient, check
from viewer.pacs import (
    EXACT_VALUE,
    FoundStudy,
    Peer,
    Pull,
    PullState,
    Retrieve,
    Terms,
    newest_first,
)
from viewer.pacs_store import PacsStore
from viewer.person_text import spoken_name
from viewer.store import ImageStore
from viewer.tables import StudyRow

_ARRIVED_MAX: Final = 50
_STUDIES_AT_ONCE: Final = 20
_Exact = Annotated[str, StringConstraints(strip_whitespace=True, pattern=EXACT_VALUE)]
_Uid = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9][0-9.]{0,63}$")]


class CasePeer(BaseModel):
    """A PACS of the case's hospital."""

    id: UUID
    name: str
    retrieve: Retrieve


class CasePeers(BaseModel):
    """The PACS that can be searched for this case."""

    items: list[CasePeer]


class SearchIn(BaseModel):
    """What to search by; in the body, since addresses are logged."""

    by: Literal["patient_id", "accession_number", "study_uid"]
    value: _Exact


class PacsStudyOut(BaseModel):
    """A study of the hospital that is not with the case yet, and whether it is this patient's."""

    study_uid: str
    study_date: str | None
    description: str
    modality: list[str]
    accession_number: str
    image_count: int | None
    patient_id: str
    patient_name: str
    patient_birth_date: str
    patient_sex: str
    identity: Literal["match", "mismatch", "missing"]
    in_case: bool
    arrived_at: datetime | None = None


class PacsStudies(BaseModel):
    """Studies, those of this patient first, then the newest."""

    items: list[PacsStudyOut]


class WantedStudy(BaseModel):
    """A study to fetch, with the words it is listed by."""

    study_uid: _Uid
    description: str = Field("", max_length=200)


class PullIn(BaseModel):
    """What to fetch, and from where."""

    peer_id: UUID
    studies: list[WantedStudy] = Field(min_length=1, max_length=_STUDIES_AT_ONCE)


class PullOut(BaseModel):
    """How far the fetching of a study is."""

    id: UUID
    study_uid: str
    description: str
    peer_name: str
    state: PullState
    reason_slug: str | None
    expected: int | None
    arrived: int
    failed: int
    requested_at: datetime
    changed_at: datetime | None


class Pulls(BaseModel):
    """What was fetched into the case, the latest first."""

    items: list[PullOut]


class PacsApi:
    """The case's side of the hospital's PACS."""

    def __init__(self, parts: Parts, images: Images) -> None:
        self._parts = parts
        self._asking = PeerAsking(images.askers, parts.settings, parts.sealing)

    def doors(self) -> list[Door]:
        """The doors of this class."""
        case, needs = "/api/cases/{case_id}", Permission.UPLOAD_IMAGES
        raises = (NotAllowed, NotFound, errors.PeerUnknown)
        one = case + "/pulls/{pull_id}/retry"
        arrived = case + "/arrived-studies"
        return [
            Door(
                "GET",
                case + "/pacs",
                self.peers,
                needs,
                "The PACS of the case's hospital",
                gives=CasePeers,
                raises=raises,
            ),
            Door(
                "POST",
                case + "/pacs/{peer_id}/search",
                self.search,
                needs,
                "Search the hospital's PACS",
                takes=SearchIn,
                gives=PacsStudies,
                raises=(*raises, errors.PeerFailed),
            ),
            Door(
                "POST",
                case + "/pulls",
                self.pull,
                needs,
                "Fetch studies from the PACS into the case",
                takes=PullIn,
                gives=Pulls,
                status=201,
                raises=(*raises, errors.PullRunning),
            ),
            Door(
                "GET",
                case + "/pulls",
                self.pulls,
                needs,
                "How far the fetching is",
                gives=Pulls,
                raises=raises,
            ),
            Door(
                "POST",
                one,
                self.retry,
                needs,
                "Fetch again what did not come",
                gives=Pulls,
                raises=(*raises, errors.PullUnknown, errors.PullRunning),
            ),
            Door(
                "GET",
                arrived,
                self.arrived,
                needs,
                "Studies that arrived at the hospital for no case yet",
                gives=PacsStudies,
                raises=raises,
            ),
            Door(
                "POST",
                arrived + "/{study_uid}",
                self.attach,
                needs,
                "Show an arrived study with the case",
                status=204,
                raises=(*raises, errors.StudyUnknown),
            ),
        ]

    async def peers(self, call: Call) -> CasePeers:
        """By name."""
        async with self._parts.database.reading() as tx:
            file = await self._file(tx, call)
            found = await PacsStore(tx).peers(file.case.facility_id)
        kept = [CasePeer(id=peer.id, name=peer.name, retrieve=peer.retrieve) for peer in found]
        return CasePeers(items=kept)

    async def search(self, call: Call) -> PacsStudies:
        """Ask the PACS; what was searched by stands in no log and no trail."""
        asked = call.parsed(SearchIn)
        async with self._parts.database.reading() as tx:
            file = await self._file(tx, call)
            peer = await self._peer(tx, file, call.uuid("peer_id"))
        terms = Terms(**{asked.by: asked.value})
        found = await self._asking.search(peer, terms)
        async with self._parts.database.transaction() as tx:
            detail = {"by": asked.by, "found": len(found)}
            act = Act("pacs_search", "peer", str(peer.id), file.case.id, detail=detail)
            await record(tx, call.source, act)
            shown = {study.study_uid for study, _ in await ImageStore(tx).of_case(file.case.id)}
        items = [_found_out(study, file, shown) for study in newest_first(found)]
        return PacsStudies(items=_own_first(items))

    async def pull(self, call: Call) -> Pulls:
        """The job worker fetches; this only asks."""
        asked = call.parsed(PullIn)
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call)
            peer = await self._peer(tx, file, asked.peer_id)
            for study in asked.studies:
                pull = Pull(
                    id=uuid4(),
                    case_id=file.case.id,
                    peer_id=peer.id,
                    facility_id=file.case.facility_id,
                    study_uid=study.study_uid,
                    description=study.description,
                    requested_by=call.caller.person_id,
                    requested_at=call.at,
                )
                await PacsStore(tx).add_pull(pull)
                await record(tx, call.source, _pull_act("pacs_pull", pull))
            return await self._pulls(tx, file)

    async def pulls(self, call: Call) -> Pulls:
        """The latest first."""
        async with self._parts.database.reading() as tx:
            return await self._pulls(tx, await self._file(tx, call))

    async def retry(self, call: Call) -> Pulls:
        """Try again; what is here already is not lost."""
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call)
            pull = await PacsStore(tx).pull(call.uuid("pull_id"))
            if pull.case_id != file.case.id:
                raise errors.PullUnknown
            await self._peer(tx, file, pull.peer_id)
            pull = await PacsStore(tx).retry(pull.id, call.caller.person_id, call.at)
            await record(tx, call.source, _pull_act("pacs_pull_again", pull))
            return await self._pulls(tx, file)

    async def arrived(self, call: Call) -> PacsStudies:
        """Those that look like this patient's first; the look is written to the trail."""
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call)
            rows = await PacsStore(tx).caseless(file.case.facility_id, _ARRIVED_MAX)
            items = [await _arrived_out(tx, row, file) for row in rows]
            act = Act("arrived_list", "case", str(file.case.id), file.case.id)
            await record(tx, call.source, act)
        return PacsStudies(items=_own_first(items))

    async def attach(self, call: Call) -> None:
        """Show it with the case; IN9 applies as for an upload."""
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call)
            store = PacsStore(tx)
            study = await store.study(file.case.facility_id, call.text("study_uid"))
            if study is None or await ImageStore(tx).cases_of(study.id):
                raise errors.StudyUnknown  # one that another case shows is not loose
            await ImageStore(tx).link(file.case.id, study.id, call.caller.person_id, call.at)
            await record(tx, call.source, Act("study_attach", "study", str(study.id), file.case.id))

    async def _file(self, tx: AsyncSession, call: Call) -> CaseFile:
        """The case, for those of its own hospital who bring its images and know its patient."""
        file = await case_file(tx, call.uuid("case_id"), self._parts.material, call.at)
        file.require(call.caller, Permission.UPLOAD_IMAGES)
        file.require(call.caller, Permission.SEE_PATIENT_IDENTITY)
        if call.caller.facility_id != file.case.facility_id:
            raise NotAllowed
        return file

    async def _peer(self, tx: AsyncSession, file: CaseFile, peer_id: UUID) -> Peer:
        peer = await PacsStore(tx).peer(peer_id)
        if peer.facility_id != file.case.facility_id:
            raise errors.PeerUnknown
        return peer

    async def _pulls(self, tx: AsyncSession, file: CaseFile) -> Pulls:
        store = PacsStore(tx)
        names = await store.peer_names(file.case.facility_id)
        found = await store.pulls_of(file.case.id)
        return Pulls(items=[_pull_out(pull, names.get(pull.peer_id, "")) for pull in found])


def _pull_act(action: str, pull: Pull) -> Act:
    detail = {"peer_id": str(pull.peer_id), "study_uid": pull.study_uid}
    return Act(action, "pull", str(pull.id), pull.case_id, detail=detail)


def _pull_out(pull: Pull, peer_name: str) -> PullOut:
    return PullOut(
        id=pull.id,
        study_uid=pull.study_uid,
        description=pull.description,
        peer_name=peer_name,
        state=pull.state,
        reason_slug=pull.reason or None,
        expected=pull.expected,
        arrived=pull.arrived,
        failed=pull.failed,
        requested_at=pull.requested_at,
        changed_at=pull.changed_at,
    )


def _found_out(study: FoundStudy, file: CaseFile, shown: set[str]) -> PacsStudyOut:
    patient = ImagePatient(
        study.patient_id, study.patient_birth_date, study.patient_sex, study.patient_name
    )
    return PacsStudyOut.model_validate(
        {
            "study_uid": study.study_uid,
            "study_date": iso_day(study.date),
            "description": study.description,
            "modality": list(study.modality),
            "accession_number": study.accession_number,
            "image_count": study.instances,
            "patient_id": study.patient_id,
            "patient_name": spoken_name(study.patient_name),
            "patient_birth_date": iso_day(study.patient_birth_date) or study.patient_birth_date,
            "patient_sex": study.patient_sex,
            "identity": check((patient,), case_patient(file.case)).status.value,
            "in_case": study.study_uid in shown,
        }
    )


async def _arrived_out(tx: AsyncSession, row: StudyRow, file: CaseFile) -> PacsStudyOut:
    series = await ImageStore(tx).series_of(row.id)
    found = FoundStudy(
        study_uid=row.study_uid,
        date=row.study_date,
        description=row.description,
        modality=tuple(sorted({each.row.modality for each in series if each.row.modality})),
        accession_number=row.accession_number,
        patient_id=row.patient_id,
        patient_name=row.patient_name,
        patient_birth_date=row.patient_birth_date,
        patient_sex=row.patient_sex,
        instances=sum(each.instances for each in series),
    )
    return _found_out(found, file, set()).model_copy(update={"arrived_at": row.created_at})


def _own_first(items: Sequence[PacsStudyOut]) -> list[PacsStudyOut]:
    order = ("match", "missing", "mismatch")
    return sorted(items, key=lambda item: order.index(item.identity))
