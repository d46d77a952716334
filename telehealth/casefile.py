"""A case with all that decides what may be done with it: session, contract, material, consent."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.case import Case, CaseEvent, CaseState, allows, is_editable, moved
from scheduling.case_store import CaseStore
from scheduling.completeness import NO_MATERIAL, MaterialFacts, Missing, missing
from scheduling.consent import Gate, gate, may_record, require_open
from scheduling.contract import SupportContract, contract_stands, hubs_of
from scheduling.directory_store import DirectoryStore
from scheduling.facility import Facility
from scheduling.person import Person
from scheduling.session import Seat, Session
from scheduling.session_store import SessionStore, Step
from telehealth.access import GATED, Caller, Facts, Permission, Role, may
from telehealth.errors import NotAllowed

SEAT_ROLES: Final[Mapping[Seat, Role]] = {
    Seat.CHAIR: Role.CHAIR,
    Seat.SECRETARY: Role.SECRETARY,
    Seat.MEMBER: Role.SPECIALIST,
    Seat.PRESENTER: Role.PRESENTER,
    Seat.OBSERVER: Role.OBSERVER,
}
# The right that each step of a case needs; steps not named here are taken by the server itself.
STEP_RIGHTS: Final[Mapping[CaseEvent, Permission]] = {
    CaseEvent.SUBMIT: Permission.EDIT_CASE,
    CaseEvent.WITHDRAW: Permission.EDIT_CASE,
    CaseEvent.ACCEPT: Permission.TRIAGE_CASE,
    CaseEvent.RETURN: Permission.TRIAGE_CASE,
    CaseEvent.REFUSE: Permission.TRIAGE_CASE,
}
_OVER: Final = frozenset(
    {CaseState.WITHDRAWN, CaseState.REFUSED, CaseState.CONVERTED_AD_HOC, CaseState.CLOSED}
)
# Rights shown in `may`, beside edit and the steps, for cases that are not over.
_SHOWN: Final[Mapping[str, Permission]] = {
    "upload": Permission.UPLOAD_IMAGES,
    "consent": Permission.FILE_CONSENT,
    "confirm_identity": Permission.CONFIRM_IDENTITY,
    "hide_identity": Permission.HIDE_IDENTITY,
    "judge_pixels": Permission.EDIT_CASE,
    "write_minutes": Permission.WRITE_MINUTES,
    "close_minutes": Permission.CLOSE_MINUTES,
}
_SHOWN_ALWAYS: Final[Mapping[str, Permission]] = {
    "read": Permission.READ_CASE,
    "see_identity": Permission.SEE_PATIENT_IDENTITY,
    "read_minutes": Permission.READ_MINUTES,
    "play_recording": Permission.PLAY_RECORDING,
    "deliver": Permission.DELIVER,
}


class Material(Protocol):
    """Where facts about a case's images and excerpt come from: the viewer's store."""

    def __call__(
        self, tx: AsyncSession, case_ids: Sequence[UUID]
    ) -> Awaitable[Mapping[UUID, MaterialFacts]]:
        """Facts by case; a case without any material may be absent."""


async def no_material(tx: AsyncSession, case_ids: Sequence[UUID]) -> Mapping[UUID, MaterialFacts]:
    """Material of a server that holds no images."""
    return {}


@dataclass(frozen=True)
class CaseFile:
    """One case, its surroundings, and the facts that rights are decided by."""

    case: Case
    session: Session | None
    facility: Facility
    presenter: Person
    contract_valid: bool
    material: MaterialFacts

    @property
    def gate(self) -> Gate:
        """What stands open for other facilities."""
        return gate(self.case.consent)

    @property
    def may_record(self) -> bool:
        """Whether the patient agreed to a recording."""
        return may_record(self.case.consent)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What the case still lacks."""
        return missing(self.case.content, self.gate, self.contract_valid, self.material)

    @property
    def facts(self) -> Facts:
        """The facts for `access.may`. A draft belongs to its hospital alone."""
        session = None if self.case.state is CaseState.DRAFT else self.session
        return Facts(
            facility_id=self.case.facility_id,
            hub_id=session.hub_id if session else None,
            case_people=frozenset({self.case.presenter_id}),
            seats=seat_roles(session) if session else {},
            shared=self.gate is not Gate.NONE,
            identity_hidden=self.case.identity_hidden,
        )

    @property
    def is_editable(self) -> bool:
        """Whether the written part may still change."""
        return is_editable(self.case.state, self.session.state if self.session else None)

    def knows(self, caller: Caller) -> bool:
        """Whether the caller may know that the case exists, consent or not."""
        facts = self.facts
        open_facts = Facts(facts.facility_id, facts.hub_id, facts.case_people, facts.seats)
        return any(
            may(caller, right, open_facts)
            for right in (Permission.READ_CASE, Permission.TRIAGE_CASE, Permission.EDIT_CASE)
        )

    def require(self, caller: Caller, permission: Permission) -> None:
        """Raise NotAllowed, or ConsentMissing when only the patient's consent is in the way."""
        if may(caller, permission, self.facts):
            return
        if permission in GATED and self.knows(caller):
            require_open(self.case.consent, self.case.id)
        raise NotAllowed

    def may(self, caller: Caller) -> dict[str, bool]:
        """What this caller may do now: the same table that guards the doors."""
        facts, alive = self.facts, self.case.state not in _OVER
        shown = {name: may(caller, right, facts) for name, right in _SHOWN_ALWAYS.items()}
        shown |= {name: alive and may(caller, right, facts) for name, right in _SHOWN.items()}
        shown["edit"] = self.is_editable and may(caller, Permission.EDIT_CASE, facts)
        shown["record"] = self.may_record and may(caller, Permission.RECORD, facts)
        return shown | {
            event.value: allows(self.case.state, event) and may(caller, right, facts)
            for event, right in STEP_RIGHTS.items()
        }


def seat_roles(session: Session) -> dict[UUID, Role]:
    """Seats as roles, for `access.Facts`."""
    return {seat.person_id: SEAT_ROLES[seat.seat] for seat in session.seats}


def session_facts(session: Session) -> Facts:
    """The facts of a session for `access.may`."""
    return Facts(hub_id=session.hub_id, seats=seat_roles(session))


def local_day(session: Session) -> date:
    """The day of the session where it takes place."""
    return session.starts_at.astimezone(ZoneInfo(session.time_zone)).date()


def _contract_valid(
    contracts: Sequence[SupportContract], case: Case, session: Session | None, today: date
) -> bool:
    if session is None:
        return bool(hubs_of(contracts, case.facility_id, today))
    return contract_stands(contracts, session.hub_id, case.facility_id, local_day(session))


async def case_files(
    tx: AsyncSession, cases: Sequence[Case], material: Material, now: datetime
) -> list[CaseFile]:
    """Files of these cases, in their order."""
    directory = DirectoryStore(tx)
    sessions = await SessionStore(tx).find({case.session_id for case in cases if case.session_id})
    facilities = {facility.id: facility for facility in await directory.facilities()}
    presenters = {p.id: p for p in await directory.people(ids={c.presenter_id for c in cases})}
    contracts = await directory.contracts()
    facts = await material(tx, [case.id for case in cases])
    files = []
    for case in cases:
        session = sessions.get(case.session_id) if case.session_id else None
        files.append(
            CaseFile(
                case=case,
                session=session,
                facility=facilities[case.facility_id],
                presenter=presenters[case.presenter_id],
                contract_valid=_contract_valid(contracts, case, session, now.date()),
                material=facts.get(case.id, NO_MATERIAL),
            )
        )
    return files


async def case_file(tx: AsyncSession, case_id: UUID, material: Material, now: datetime) -> CaseFile:
    """One case's file, or NotFound."""
    return (await case_files(tx, [await CaseStore(tx).get(case_id)], material, now))[0]


@dataclass(frozen=True)
class Doing:
    """Who does something, when, and why in words."""

    by: UUID
    at: datetime
    reason: str = ""


async def take_step(tx: AsyncSession, file: CaseFile, event: CaseEvent, doing: Doing) -> Case:
    """Move a case one step and keep it in its history; guards as in `scheduling.case`."""
    case = moved(file.case, event, file.missing)
    step = Step(event, file.case.state, case.state, doing.by, doing.at, doing.reason)
    await CaseStore(tx).save_place(case, step)
    return case
