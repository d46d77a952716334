"""The demo's facilities, people, contracts, series, sessions and cases, through the real rules.

Every case takes the steps a doctor and a coordinator would take, so nothing can be in the demo
that the product would refuse. What `seeded_cases` want is sent later, through the served address.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.agenda import AgendaItem
from scheduling.case import Case, CaseEvent, CaseId, CaseState
from scheduling.case_store import CaseStore
from scheduling.consent import Basis, ConsentForm, ConsentId, ConsentMethod, GivenBy, filed
from scheduling.content import CaseContent, patched
from scheduling.contract import ContractId, SupportContract
from scheduling.directory_store import DirectoryStore
from scheduling.facility import CareLevel, Facility, FacilityId, SiteRole
from scheduling.person import Person, PersonId
from scheduling.series import Series, SeriesId, session_id_of
from scheduling.series_store import SeriesStore
from scheduling.session import (
    Seat,
    Seated,
    Session,
    SessionEvent,
    SessionId,
    SessionKind,
    SessionState,
    seated,
)
from scheduling.session_store import SessionStore
from telehealth.access import Role
from telehealth.casefile import Doing, case_file, no_material, take_step
from telehealth.conduct import move_session, set_agenda
from telehealth.demo.images import Wanted
from telehealth.demo.story import (
    EMERGENCY,
    FIRST_SESSION,
    SECOND_SESSION,
    Facts,
    Week,
    content_of,
    key_id,
    told,
    username,
    wanted_images,
)
from telehealth.store import AccountStore
from telehealth.tables import UserRow
from telehealth.weekly import publish

PASSWORD: Final = "hoichan-2026"
HUB: Final = "LACVIET"
ADMINISTRATOR: Final = "quantri"
SERIES: Final = SeriesId(key_id("series", "thursday"))
_LEVELS: Final = {
    "ban_dau": CareLevel.INITIAL,
    "co_ban": CareLevel.BASIC,
    "chuyen_sau": CareLevel.SPECIALISED,
}
# Cases that stop on the way, so that a coordinator and a doctor find real work.
_DRAFTS: Final = frozenset({"C06", "C09", "C11"})
_ACCEPTED: Final = frozenset({"C04", "C12"})
_WITHOUT_CONSENT: Final = frozenset({"C03", "C09", "C11"})
_UNWRITTEN: Final[dict[str, frozenset[str]]] = {
    "C06": frozenset({"questions"}),
    "C09": frozenset({"consultation_reason", "questions"}),
    "C10": frozenset({"specialties"}),
    "C11": frozenset({"clinical_summary", "questions", "specialties"}),
}


@dataclass(frozen=True)
class Account:
    """An account to tell the person at the demo's terminal about."""

    username: str
    full_name: str
    facility: str
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class SeededCase:
    """A case that wants images: which ones, and the account of the doctor who sends them."""

    case_id: UUID
    username: str
    wanted: tuple[Wanted, ...]


async def is_seeded(tx: AsyncSession) -> bool:
    """Whether the demo's hub is there already."""
    return await DirectoryStore(tx).person(key_id("person", "coord_hub")) is not None


async def seed(tx: AsyncSession, password_hash: str, now: datetime) -> None:
    """Tell the whole story into an empty database, placed in the week of `now`."""
    week = Week(now)
    await _directory(tx, password_hash, week)
    await _series(tx, week)
    for case in told()["cases"]:
        await _case(tx, case, week)
    await _emergency_agenda(tx, week)


def accounts() -> list[Account]:
    """Every account of the demo, as told."""
    return [
        Account(username(p["key"]), p["full_name"], p["facility"], _roles(p))
        for p in told()["staff"]
    ] + [Account(ADMINISTRATOR, "Quản trị hệ thống", HUB, (Role.SYS_ADMIN, Role.AUDITOR))]


async def seeded_cases(tx: AsyncSession, now: datetime) -> list[SeededCase]:
    """The demo's cases with the images each asks for."""
    week, store = Week(now), CaseStore(tx)
    facts = {key_id("case", case["key"]): case for case in told()["cases"]}
    found = await store.find(facts)
    return [
        SeededCase(key, username(case["presenter"]), wanted_images(case, week))
        for key, case in facts.items()
        if key in found
    ]


def _roles(person: Facts) -> tuple[Role, ...]:
    hub = person["facility"] == HUB
    special = {
        "coordinator": Role.HUB_COORDINATOR if hub else Role.SPOKE_COORDINATOR,
        "imaging_technician": Role.TECHNICIAN,
    }
    return tuple(special.get(role) or Role(role) for role in person["roles"])


async def _directory(tx: AsyncSession, password_hash: str, week: Week) -> None:
    store = DirectoryStore(tx)
    for facility in told()["facilities"]:
        await store.save_facility(_facility(facility))
    for person in told()["staff"]:
        await store.save_person(_person(person))
    await store.save_person(
        Person(_person_id(ADMINISTRATOR), _facility_id(HUB), "Quản trị hệ thống", "", "Công nghệ")
    )
    keys = [*(person["key"] for person in told()["staff"]), ADMINISTRATOR]
    for key, account in zip(keys, accounts(), strict=True):
        await AccountStore(tx).save_user(
            UserRow(
                id=_person_id(key),
                username=account.username,
                password_hash=password_hash,
                roles=[role.value for role in account.roles],
            )
        )
    for number, facility in enumerate(f for f in told()["facilities"] if f["key"] != HUB):
        await store.save_contract(_contract(facility["key"], number + 1, week.today))


def _facility(told_of: Facts) -> Facility:
    return Facility(
        id=_facility_id(told_of["key"]),
        code=told_of["facility_code"],
        name=told_of["name_vi"],
        site_role=SiteRole(told_of["site_role"]),
        care_level=_LEVELS[told_of["care_level"]],
        uplink_kbps=told_of["uplink_mbps"] * 1000,
    )


def _person(told_of: Facts) -> Person:
    return Person(
        id=_person_id(told_of["key"]),
        facility_id=_facility_id(told_of["facility"]),
        full_name=told_of["full_name"],
        title=told_of["title_vi"],
        specialty=told_of["specialty_vi"],
    )


def _contract(spoke: str, number: int, today: date) -> SupportContract:
    return SupportContract(
        id=ContractId(key_id("contract", spoke)),
        hub_id=_facility_id(HUB),
        spoke_id=_facility_id(spoke),
        number=f"{number:02}/{today.year}/HĐ-HTCM",
        valid_from=date(today.year, 1, 1),
        valid_until=date(today.year + 1, 12, 31),
    )


async def _series(tx: AsyncSession, week: Week) -> None:
    told_of = {session["key"]: session for session in told()["sessions"]}
    first = told_of[FIRST_SESSION]
    series = Series(
        id=SERIES,
        title="Hội chẩn từ xa hằng tuần",
        hub_id=_facility_id(HUB),
        chair_id=_person_id(first["chair"]),
        secretary_id=_person_id(first["secretary"]),
        starts_on=week.first_session,
    )
    await SeriesStore(tx).save(series)
    await publish(tx, week.now)
    store, doing = SessionStore(tx), Doing(_person_id(first["coordinator"]), week.now)
    for key in (FIRST_SESSION, SECOND_SESSION):
        session = await store.get(_session_id(key, week))
        people = _seats(told_of[key])
        await store.save(seated(session, people, week.now), session)
    session = await store.get(_session_id(FIRST_SESSION, week))
    await move_session(tx, session, SessionEvent.OPEN, doing, no_material)
    await store.add(_emergency(told_of[EMERGENCY], week))


def _emergency(told_of: Facts, week: Week) -> Session:
    starts_at = week.now.astimezone(UTC).replace(second=0, microsecond=0)
    return Session(
        id=_session_id(EMERGENCY, week),
        hub_id=_facility_id(HUB),
        kind=SessionKind.AD_HOC,
        title=told_of["title_vi"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=60),
        time_zone=told_of["time_zone"],
        state=SessionState.OPEN,
        version=1,
        changed_at=week.now,
        seats=tuple(_seats(told_of)),
    )


def _seats(session: Facts) -> list[Seated]:
    """Chair, secretary, specialists whose field is asked for, and the presenting doctors."""
    cases = [case for case in told()["cases"] if case["session"] == session["key"]]
    asked = {name for case in cases for name in case["specialties_requested_vi"]}
    leaders = {session["chair"], session["secretary"]}
    members = [
        person["key"]
        for person in told()["staff"]
        if "specialist" in person["roles"] and person["specialty_vi"] in asked
    ]
    presenters = dict.fromkeys(case["presenter"] for case in cases)
    return [
        Seated(_person_id(session["chair"]), Seat.CHAIR),
        Seated(_person_id(session["secretary"]), Seat.SECRETARY),
        *(Seated(_person_id(key), Seat.MEMBER) for key in members if key not in leaders),
        *(Seated(_person_id(key), Seat.PRESENTER) for key in presenters),
    ]


async def _case(tx: AsyncSession, told_of: Facts, week: Week) -> None:
    key, written_at = told_of["key"], week.now - timedelta(hours=30)
    case_id = CaseId(key_id("case", key))
    content = content_of(told_of, week)
    kept = {n: v for n, v in content.items() if n not in _UNWRITTEN.get(key, frozenset())}
    presenter = _person_id(told_of["presenter"])
    case = Case(
        id=case_id,
        facility_id=_facility_id(told_of["facility"]),
        presenter_id=presenter,
        state=CaseState.DRAFT,
        content=CaseContent(),
        version=1,
        saved_at=written_at,
        saved_by=presenter,
        created_at=written_at - timedelta(minutes=told_of["order"]),
        session_id=_session_id(told_of["session"], week),
        planned_minutes=told_of["planned_minutes"],
    )
    store = CaseStore(tx)
    await store.add(case)
    written = patched(case.content, kept, case_id, 2, week.today)
    await store.save_content(replace(case, content=written, version=2), 1)
    if key not in _WITHOUT_CONSENT:
        await _consent(tx, told_of, case, written_at)
    for hour, (event, by) in enumerate(_steps(told_of), start=1):
        file = await case_file(tx, case_id, no_material, week.now)
        await take_step(tx, file, event, Doing(by, written_at + timedelta(hours=hour)))


def _steps(case: Facts) -> Iterable[tuple[CaseEvent, PersonId]]:
    if case["key"] not in _DRAFTS:
        yield CaseEvent.SUBMIT, _person_id(case["presenter"])
    if case["key"] in _ACCEPTED:
        yield CaseEvent.ACCEPT, _person_id("coord_hub")


async def _consent(tx: AsyncSession, told_of: Facts, case: Case, at: datetime) -> None:
    said = told_of["consent"]
    emergency = said["given_by"] == "emergency_basis"
    relation = said.get("guardian_relation_vi", "")
    form = ConsentForm(
        basis=Basis.EMERGENCY if emergency else Basis.CONSENT,
        given_by=GivenBy.GUARDIAN if relation else GivenBy.PATIENT,
        method=ConsentMethod.VERBAL_WITNESSED if emergency else ConsentMethod.SIGNED_PAPER,
        given_at=at,
        share=not emergency,
        record=said["recording_allowed"],
        giver_name=f"{relation} của người bệnh" if relation else "",
        relation=relation,
        emergency_reason=said["legal_basis"] if emergency else "",
        confirmed_by=case.presenter_id if emergency else None,
    )
    consent_id = ConsentId(key_id("consent", told_of["key"]))
    filed_form = filed(consent_id, form, case.presenter_id, emergency, at)
    await CaseStore(tx).file_consent(case.id, filed_form)


async def _emergency_agenda(tx: AsyncSession, week: Week) -> None:
    session = await SessionStore(tx).get(_session_id(EMERGENCY, week))
    items = [
        AgendaItem(key_id("case", case["key"]), case["planned_minutes"])
        for case in told()["cases"]
        if case["session"] == EMERGENCY
    ]
    doing = Doing(_person_id("coord_hub"), week.now)
    await set_agenda(tx, session, session.version, items, doing, no_material)


def _session_id(key: str, week: Week) -> SessionId:
    if key == EMERGENCY:
        return SessionId(key_id("session", key))
    weeks = 1 if key == SECOND_SESSION else 0
    return session_id_of(SERIES, week.first_session + timedelta(weeks=weeks))


def _facility_id(key: str) -> FacilityId:
    return FacilityId(key_id("facility", key))


def _person_id(key: str) -> PersonId:
    return PersonId(key_id("person", key))
