"""Who may do what: one table, one question. Pure.

Rows follow the roles and scopes of the design: `A` everything, `O` the own facility, `C` cases a
person is assigned to, `S` sessions a person sits in (for a hub's coordinator: the sessions of the
own hub). No role sees clinical content by being an administrator.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID


class Role(StrEnum):
    """What a person is, by account or by the seat in one session."""

    SYS_ADMIN = "sys_admin"
    SITE_ADMIN = "site_admin"
    HUB_COORDINATOR = "hub_coordinator"
    SPOKE_COORDINATOR = "spoke_coordinator"
    PRESENTER = "presenter"
    TREATING_DOCTOR = "treating_doctor"
    CHAIR = "chair"
    SECRETARY = "secretary"
    SPECIALIST = "specialist"
    TECHNICIAN = "technician"
    OBSERVER = "observer"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What can be asked for."""

    MANAGE_FACILITIES = "manage_facilities"
    MANAGE_USERS = "manage_users"
    MANAGE_PACS = "manage_pacs"
    READ_DIRECTORY = "read_directory"
    READ_SCHEDULE = "read_schedule"
    EDIT_SERIES = "edit_series"
    EDIT_SESSION = "edit_session"
    RUN_SESSION = "run_session"
    CREATE_CASE = "create_case"
    LIST_CASES = "list_cases"
    EDIT_CASE = "edit_case"
    FILE_CONSENT = "file_consent"
    UPLOAD_IMAGES = "upload_images"
    CONFIRM_IDENTITY = "confirm_identity"
    HIDE_IDENTITY = "hide_identity"
    TRIAGE_CASE = "triage_case"
    READ_CASE = "read_case"
    SEE_PATIENT_IDENTITY = "see_patient_identity"
    JOIN_SESSION = "join_session"
    CONTROL_VIEW = "control_view"
    RECORD = "record"
    ADMIT = "admit"
    WRITE_MINUTES = "write_minutes"
    CLOSE_MINUTES = "close_minutes"
    READ_MINUTES = "read_minutes"
    PLAY_RECORDING = "play_recording"
    DELIVER = "deliver"
    READ_DELIVERIES = "read_deliveries"
    READ_AUDIT = "read_audit"
    CHECK_LINE = "check_line"
    READ_LINE_CHECKS = "read_line_checks"


class Scope(StrEnum):
    """How far a permission of a role reaches."""

    ALL = "A"
    FACILITY = "O"
    CASE = "C"
    SESSION = "S"


@dataclass(frozen=True)
class Caller:
    """Who is asking: a signed-in person."""

    person_id: UUID
    username: str
    full_name: str
    facility_id: UUID
    roles: frozenset[Role]
    login_id: UUID


@dataclass(frozen=True)
class Facts:
    """What the decision needs to know of the thing asked for; unknown parts stay empty.

    `facility_id` is the owner's (for a case: the hospital that asks), `shared` the consent gate:
    consent or an emergency basis is on file, so other facilities may see the case.
    `identity_hidden`: the case is shown for teaching.
    """

    facility_id: UUID | None = None
    hub_id: UUID | None = None
    case_people: frozenset[UUID] = frozenset()
    seats: dict[UUID, Role] = field(default_factory=dict)
    shared: bool = True
    identity_hidden: bool = False


_ALL, _O, _C, _S = Scope.ALL, Scope.FACILITY, Scope.CASE, Scope.SESSION
_EVERYONE: Final = {role: _ALL for role in Role}
_P = Permission
_R = Role

TABLE: Final[dict[Permission, dict[Role, Scope]]] = {
    _P.MANAGE_FACILITIES: {_R.SYS_ADMIN: _ALL},
    _P.MANAGE_USERS: {_R.SYS_ADMIN: _ALL, _R.SITE_ADMIN: _O},
    _P.MANAGE_PACS: {_R.SYS_ADMIN: _ALL},
    _P.READ_DIRECTORY: _EVERYONE,
    _P.READ_SCHEDULE: _EVERYONE,
    _P.EDIT_SERIES: {_R.HUB_COORDINATOR: _O},
    _P.EDIT_SESSION: {_R.HUB_COORDINATOR: _S, _R.CHAIR: _S},
    _P.RUN_SESSION: {_R.HUB_COORDINATOR: _S, _R.CHAIR: _S, _R.SECRETARY: _S},
    _P.CREATE_CASE: {_R.PRESENTER: _O, _R.TREATING_DOCTOR: _O, _R.SPOKE_COORDINATOR: _O},
    _P.LIST_CASES: {role: _ALL for role in Role if role not in (_R.SYS_ADMIN, _R.SITE_ADMIN)},
    _P.EDIT_CASE: {_R.PRESENTER: _C, _R.TREATING_DOCTOR: _C, _R.SPOKE_COORDINATOR: _O},
    _P.FILE_CONSENT: {_R.PRESENTER: _C, _R.TREATING_DOCTOR: _C, _R.SPOKE_COORDINATOR: _O},
    _P.UPLOAD_IMAGES: {
        _R.PRESENTER: _C,
        _R.TREATING_DOCTOR: _C,
        _R.SPOKE_COORDINATOR: _O,
        _R.TECHNICIAN: _O,
    },
    _P.CONFIRM_IDENTITY: {_R.PRESENTER: _C, _R.TREATING_DOCTOR: _C, _R.SPOKE_COORDINATOR: _O},
    _P.HIDE_IDENTITY: {
        _R.HUB_COORDINATOR: _S,
        _R.SPOKE_COORDINATOR: _O,
        _R.PRESENTER: _C,
        _R.TREATING_DOCTOR: _C,
        _R.CHAIR: _S,
    },
    _P.TRIAGE_CASE: {_R.HUB_COORDINATOR: _S, _R.CHAIR: _S},
    _P.READ_CASE: {
        _R.HUB_COORDINATOR: _S,
        _R.SPOKE_COORDINATOR: _O,
        _R.PRESENTER: _C,
        _R.TREATING_DOCTOR: _C,
        _R.CHAIR: _S,
        _R.SECRETARY: _S,
        _R.SPECIALIST: _S,
        _R.TECHNICIAN: _O,
    },
    _P.SEE_PATIENT_IDENTITY: {
        _R.HUB_COORDINATOR: _S,
        _R.SPOKE_COORDINATOR: _O,
        _R.PRESENTER: _C,
        _R.TREATING_DOCTOR: _C,
        _R.CHAIR: _S,
        _R.SECRETARY: _S,
        _R.TECHNICIAN: _O,
    },
    _P.JOIN_SESSION: {
        _R.HUB_COORDINATOR: _S,
        _R.SPOKE_COORDINATOR: _S,
        _R.PRESENTER: _S,
        _R.TREATING_DOCTOR: _S,
        _R.CHAIR: _S,
        _R.SECRETARY: _S,
        _R.SPECIALIST: _S,
        _R.TECHNICIAN: _S,
        _R.OBSERVER: _S,
    },
    _P.CONTROL_VIEW: {
        _R.PRESENTER: _S,
        _R.TREATING_DOCTOR: _S,
        _R.CHAIR: _S,
        _R.SECRETARY: _S,
        _R.SPECIALIST: _S,
    },
    _P.RECORD: {_R.CHAIR: _S, _R.SECRETARY: _S},
    _P.ADMIT: {_R.HUB_COORDINATOR: _S, _R.CHAIR: _S, _R.SECRETARY: _S},
    _P.WRITE_MINUTES: {_R.CHAIR: _S, _R.SECRETARY: _S},
    _P.CLOSE_MINUTES: {_R.CHAIR: _S, _R.SECRETARY: _S},
    _P.READ_MINUTES: {
        _R.HUB_COORDINATOR: _S,
        _R.SPOKE_COORDINATOR: _O,
        _R.PRESENTER: _C,
        _R.TREATING_DOCTOR: _C,
        _R.CHAIR: _S,
        _R.SECRETARY: _S,
        _R.SPECIALIST: _S,
    },
    _P.PLAY_RECORDING: {
        _R.PRESENTER: _C,
        _R.TREATING_DOCTOR: _C,
        _R.CHAIR: _S,
        _R.SECRETARY: _S,
        _R.SPECIALIST: _S,
    },
    _P.DELIVER: {_R.HUB_COORDINATOR: _S, _R.SPOKE_COORDINATOR: _O, _R.SECRETARY: _S},
    _P.READ_DELIVERIES: {
        _R.SITE_ADMIN: _O,
        _R.HUB_COORDINATOR: _S,
        _R.SPOKE_COORDINATOR: _O,
        _R.PRESENTER: _C,
        _R.TREATING_DOCTOR: _C,
        _R.CHAIR: _S,
        _R.SECRETARY: _S,
    },
    _P.READ_AUDIT: {_R.SYS_ADMIN: _ALL, _R.SITE_ADMIN: _O, _R.AUDITOR: _ALL},
    # Whoever sits in a meeting or looks after the machines tests the line of the own facility.
    _P.CHECK_LINE: {role: _O for role in Role if role is not _R.AUDITOR},
    _P.READ_LINE_CHECKS: {_R.HUB_COORDINATOR: _S, _R.CHAIR: _S, _R.SECRETARY: _S},
}

# Content of a patient: behind the consent gate for every facility but the one that asks.
GATED: Final = frozenset(
    {
        _P.READ_CASE,
        _P.SEE_PATIENT_IDENTITY,
        _P.READ_MINUTES,
        _P.PLAY_RECORDING,
        _P.RECORD,
        _P.WRITE_MINUTES,
    }
)


def roles_of(caller: Caller, facts: Facts) -> frozenset[Role]:
    """Account roles, plus the role of the seat this person has in the session."""
    seat = facts.seats.get(caller.person_id)
    return caller.roles | {seat} if seat else caller.roles


def may(caller: Caller, permission: Permission, facts: Facts) -> bool:
    """Whether this person may do this to the thing that the facts describe."""
    if permission in GATED and not facts.shared and caller.facility_id != facts.facility_id:
        return False
    if permission is Permission.SEE_PATIENT_IDENTITY and _is_hidden_from(caller, facts):
        return False
    granted = TABLE[permission]
    return any(
        _reaches(scope, role, caller, facts)
        for role in roles_of(caller, facts)
        if (scope := granted.get(role))
    )


def _is_hidden_from(caller: Caller, facts: Facts) -> bool:
    """Shown for teaching: only its own hospital and who signs the minutes know the patient."""
    signs = facts.seats.get(caller.person_id) in (Role.CHAIR, Role.SECRETARY)
    return facts.identity_hidden and not signs and caller.facility_id != facts.facility_id


def may_ever(caller: Caller, permission: Permission) -> bool:
    """Whether any thing could exist on which this person may do this (a seat can add roles)."""
    granted = TABLE[permission]
    return any(role in granted for role in caller.roles) or any(
        role in granted for role in SEAT_ROLES
    )


SEAT_ROLES: Final = frozenset(
    {Role.CHAIR, Role.SECRETARY, Role.SPECIALIST, Role.PRESENTER, Role.OBSERVER}
)


def _reaches(scope: Scope, role: Role, caller: Caller, facts: Facts) -> bool:
    match scope:
        case Scope.ALL:
            return True
        case Scope.FACILITY:
            return caller.facility_id == facts.facility_id
        case Scope.CASE:
            return caller.person_id in facts.case_people
        case Scope.SESSION:
            hub = role is Role.HUB_COORDINATOR and caller.facility_id == facts.hub_id
            return hub or _sits_as(role, caller, facts)


def _sits_as(role: Role, caller: Caller, facts: Facts) -> bool:
    """A chair or secretary is one only where seated as one; other roles need any seat."""
    seat = facts.seats.get(caller.person_id)
    if role in (Role.CHAIR, Role.SECRETARY):
        return seat is role
    return seat is not None and not (seat is Role.OBSERVER and role is not Role.OBSERVER)
