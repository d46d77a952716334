"""Cases: draft, autosave, send, judge."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.case import Case, CaseEvent, CaseId, CaseState, needs_reason, require_editable
from scheduling.case_store import CaseFilter, CaseStore, Reach
from scheduling.content import CaseContent, patched
from scheduling.directory_store import DirectoryStore
from scheduling.errors import (
    CaseIncomplete,
    CaseLocked,
    ConsentMissing,
    ContentRefused,
    FieldProblem,
    NotFound,
    TransitionRefused,
)
from scheduling.errors import VersionConflict as SavedInBetween
from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.plain_text import clean_line
from scheduling.search import matches
from scheduling.session import TAKES_CASES
from scheduling.session_store import SessionStore
from telehealth.access import Caller, Facts, Permission, Role, may
from telehealth.api.case_answer import answer, known_file
from telehealth.api.case_models import (
    CaseList,
    CaseOut,
    CasePatch,
    History,
    NewCase,
    Reason,
    Step,
    case_brief,
    case_out,
)
from telehealth.audit import Act, record
from telehealth.casefile import (
    STEP_RIGHTS,
    CaseFile,
    Doing,
    case_files,
    take_step,
)
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed, VersionConflict
from telehealth.parts import Parts

PAGE: Final = 100
_MOVABLE: Final = frozenset({CaseState.DRAFT, CaseState.RETURNED, CaseState.SUBMITTED})


class CasesApi:
    """The cases of everybody, each as far as the caller's rights reach."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._material = parts.material

    def doors(self) -> list[Door]:
        """The doors of this class."""
        refusals = (NotAllowed, NotFound, ConsentMissing)
        one = "/api/cases/{case_id}"
        return [
            Door(
                "GET",
                "/api/cases",
                self.list,
                Permission.LIST_CASES,
                "Cases the caller may know of, newest first",
                gives=CaseList,
                query=("mine", "session_id", "state", "q", "cursor"),
                raises=(BadParameter,),
            ),
            Door(
                "POST",
                "/api/cases",
                self.create,
                Permission.CREATE_CASE,
                "Start a draft",
                takes=NewCase,
                gives=CaseOut,
                status=201,
                raises=(NotAllowed, ContentRefused),
            ),
            Door(
                "GET",
                one,
                self.read,
                Permission.READ_CASE,
                "A whole case",
                gives=CaseOut,
                raises=refusals,
            ),
            Door(
                "PATCH",
                one,
                self.save,
                Permission.EDIT_CASE,
                "Autosave any part of a case",
                takes=CasePatch,
                gives=CaseOut,
                raises=(NotAllowed, NotFound, VersionConflict, CaseLocked, ContentRefused),
            ),
            Door(
                "GET",
                one + "/history",
                self.history,
                Permission.READ_CASE,
                "How the case came where it is",
                gives=History,
                raises=refusals,
            ),
            *(self._step_door(one, event) for event in STEP_RIGHTS),
        ]

    def _step_door(self, one: str, event: CaseEvent) -> Door:
        async def step(call: Call) -> CaseOut:
            return await self._take_step(call, event)

        step.__name__ = f"cases_{event}"
        return Door(
            "POST",
            f"{one}/{event}",
            step,
            STEP_RIGHTS[event],
            f"Take the step: {event}",
            takes=Reason,
            gives=CaseOut,
            raises=(NotAllowed, NotFound, TransitionRefused, CaseIncomplete, ContentRefused),
        )

    async def list(self, call: Call) -> CaseList:
        """A page of cases, without a word about patients that may not be shared yet."""
        call.require(Permission.LIST_CASES, Facts())
        wanted = _filter(call)
        async with self._parts.database.transaction() as tx:
            cases = await CaseStore(tx).listed(wanted)
            files = await case_files(tx, cases[:PAGE], self._material, call.at)
            known = [file for file in files if _is_shown(file, call.caller, wanted.query)]
            await record(
                tx, call.source, Act("case_list", "case", "list", detail={"count": len(known)})
            )
        more = len(cases) > PAGE
        return CaseList(
            items=[case_brief(file, call.caller, call.at) for file in known],
            next=_cursor(cases[PAGE - 1]) if more else None,
        )

    async def create(self, call: Call) -> CaseOut:
        """An empty draft of the caller's hospital."""
        body = call.parsed(NewCase)
        call.require(Permission.CREATE_CASE, Facts(facility_id=call.caller.facility_id))
        presenter = body.presenter_id or call.caller.person_id
        case = Case(
            id=CaseId(uuid4()),
            facility_id=FacilityId(call.caller.facility_id),
            presenter_id=PersonId(presenter),
            state=CaseState.DRAFT,
            content=CaseContent(),
            version=1,
            saved_at=call.at,
            saved_by=PersonId(call.caller.person_id),
            created_at=call.at,
        )
        async with self._parts.database.transaction() as tx:
            await _require_colleague(tx, presenter, case.facility_id)
            if body.session_id is not None:
                case = await _attached(tx, case, body.session_id)
            await CaseStore(tx).add(case)
            return await answer(tx, call, case.id, self._material, "case_create")

    async def read(self, call: Call) -> CaseOut:
        """The case; a refusal is written to the trail as well."""
        case_id = call.uuid("case_id")
        try:
            async with self._parts.database.transaction() as tx:
                file = await known_file(tx, call, case_id, self._material)
                file.require(call.caller, Permission.READ_CASE)
                return await answer(tx, call, case_id, self._material, "case_read")
        except (NotAllowed, ConsentMissing):
            async with self._parts.database.transaction() as tx:
                act = Act("case_read", "case", str(case_id), case_id, refused=True)
                await record(tx, call.source, act)
            raise

    async def history(self, call: Call) -> History:
        """Every step with its reason."""
        case_id = call.uuid("case_id")
        async with self._parts.database.transaction() as tx:
            (await known_file(tx, call, case_id, self._material)).require(
                call.caller, Permission.READ_CASE
            )
            steps = await CaseStore(tx).history(case_id)
            await record(tx, call.source, Act("case_history", "case", str(case_id), case_id))
        return History(items=[Step(**vars(step)) for step in steps])

    async def save(self, call: Call) -> CaseOut:
        """Add a version of the content; on a conflict the problem carries the current case."""
        body, case_id = call.parsed(CasePatch), call.uuid("case_id")
        try:
            async with self._parts.database.transaction() as tx:
                file = await known_file(tx, call, case_id, self._material)
                file.require(call.caller, Permission.EDIT_CASE)
                require_editable(file.case, file.session.state if file.session else None)
                await _save_content(tx, file.case, body, call)
                await _save_place(tx, file.case, body)
                return await answer(tx, call, case_id, self._material, "case_save")
        except SavedInBetween:
            async with self._parts.database.reading() as tx:
                current = case_out(
                    await known_file(tx, call, case_id, self._material), call.caller, call.at
                )
            raise VersionConflict(current.model_dump(mode="json")) from None

    async def _take_step(self, call: Call, event: CaseEvent) -> CaseOut:
        case_id, reason = call.uuid("case_id"), call.parsed(Reason).reason.strip()
        async with self._parts.database.transaction() as tx:
            file = await known_file(tx, call, case_id, self._material)
            file.require(call.caller, STEP_RIGHTS[event])
            if needs_reason(event) and not reason:
                raise ContentRefused((FieldProblem("/reason", "required"),))
            if event is CaseEvent.SUBMIT and file.session is None:
                file = await self._into_next_session(tx, file, call.at)
            await take_step(tx, file, event, Doing(call.caller.person_id, call.at, reason))
            return await answer(tx, call, case_id, self._material, f"case_{event}")

    async def _into_next_session(self, tx: AsyncSession, file: CaseFile, now: datetime) -> CaseFile:
        hubs = await DirectoryStore(tx).hubs_of(file.case.facility_id, now.date())
        session = await SessionStore(tx).next_of_hub(hubs, now)
        if session is None:
            raise ContentRefused((FieldProblem("/session_id", "no-session-ahead"),))
        case = replace(file.case, session_id=session.id)
        return (await case_files(tx, [case], self._material, now))[0]


def _is_shown(file: CaseFile, caller: Caller, query: str) -> bool:
    """Whether the caller may know the case, and may know what the query found of it."""
    if not file.knows(caller):
        return False
    if not query or may(caller, Permission.SEE_PATIENT_IDENTITY, file.facts):
        return True
    diagnosis = file.case.content.diagnosis
    shown = f"{diagnosis.main_text} {diagnosis.main_icd10}"
    return may(caller, Permission.READ_CASE, file.facts) and matches(query, shown)


def _filter(call: Call) -> CaseFilter:
    caller, state = call.caller, call.query("state")
    mine = call.query("mine") == "1" and Role.SPOKE_COORDINATOR not in caller.roles
    try:
        states = frozenset(CaseState(part) for part in state.split(",")) if state else None
    except ValueError:
        raise BadParameter("state") from None
    return CaseFilter(
        reach=Reach(caller.person_id, caller.facility_id),
        presenter_id=caller.person_id if mine else None,
        session_id=call.query_uuid("session_id"),
        states=states,
        query=clean_line(call.query("q") or ""),
        before=_before(call.query("cursor")),
        limit=PAGE + 1,
    )


def _cursor(case: Case) -> str:
    return f"{case.created_at.isoformat()}~{case.id}"


def _before(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    at, _, case_id = cursor.partition("~")
    try:
        instant = datetime.fromisoformat(at)
        found = (instant, UUID(case_id))
    except ValueError:
        raise BadParameter("cursor") from None
    if instant.tzinfo is None or not 2000 <= instant.year <= 2100:
        raise BadParameter("cursor")
    return found


async def _save_content(tx: AsyncSession, case: Case, body: CasePatch, call: Call) -> None:
    if body.version != case.version:
        raise SavedInBetween("case", case.id, case.version)
    version = case.version + 1
    content = patched(case.content, body.changes(), case.id, version, call.at.date())
    if content == case.content:
        return  # nothing new was typed: no version is worth keeping
    saved = replace(
        case,
        content=content,
        version=version,
        saved_at=call.at,
        saved_by=PersonId(call.caller.person_id),
    )
    await CaseStore(tx).save_content(saved, case.version)


async def _save_place(tx: AsyncSession, case: Case, body: CasePatch) -> None:
    moved = case
    if body.session_id is not None and body.session_id != case.session_id:
        moved = await _attached(tx, moved, body.session_id)
    if body.presenter_id is not None and body.presenter_id != case.presenter_id:
        await _require_colleague(tx, body.presenter_id, case.facility_id)
        moved = replace(moved, presenter_id=PersonId(body.presenter_id))
    if moved != case:
        await CaseStore(tx).save_place(moved)


async def _attached(tx: AsyncSession, case: Case, session_id: UUID) -> Case:
    session = (await SessionStore(tx).find([session_id])).get(session_id)
    if session is None or session.state not in TAKES_CASES or case.state not in _MOVABLE:
        raise ContentRefused((FieldProblem("/session_id", "session-takes-no-cases"),))
    return replace(case, session_id=session.id)


async def _require_colleague(tx: AsyncSession, person_id: UUID, facility_id: UUID) -> None:
    person = await DirectoryStore(tx).person(person_id)
    if person is None or person.facility_id != facility_id or not person.active:
        raise ContentRefused((FieldProblem("/presenter_id", "not-of-this-facility"),))
