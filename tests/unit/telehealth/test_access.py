from dataclasses import replace
from itertools import product
from uuid import UUID, uuid4

import pytest

from telehealth.access import (
    GATED,
    SEAT_ROLES,
    TABLE,
    Caller,
    Facts,
    Permission,
    Role,
    may,
    may_ever,
)

SPOKE, HUB, OTHER = uuid4(), uuid4(), uuid4()
CONTENT = (Permission.READ_CASE, Permission.READ_MINUTES, Permission.PLAY_RECORDING)


def caller(*roles: Role, facility: UUID = HUB) -> Caller:
    return Caller(uuid4(), "a", "A", facility, frozenset(roles), uuid4())


def case_of(person: Caller, seat: Role | None = None, *, shared: bool = True) -> Facts:
    seats = {person.person_id: seat} if seat else {}
    return Facts(SPOKE, HUB, frozenset(), seats, shared)


@pytest.mark.parametrize(
    ("role", "permission"),
    list(product((Role.SYS_ADMIN, Role.SITE_ADMIN), [*sorted(GATED), Permission.EDIT_CASE])),
)
def test_no_administrator_sees_or_changes_content(role: Role, permission: Permission) -> None:
    administrator = caller(role, facility=SPOKE)
    assert not may(administrator, permission, case_of(administrator))


@pytest.mark.parametrize("permission", sorted(GATED))
def test_nothing_is_shared_with_another_hospital_before_the_gate(permission: Permission) -> None:
    for seat in (Role.CHAIR, Role.SECRETARY, Role.SPECIALIST):
        person = caller(seat)
        assert not may(person, permission, case_of(person, seat, shared=False))


def test_the_asking_hospital_reads_its_own_case_before_the_gate() -> None:
    own = caller(Role.SPOKE_COORDINATOR, facility=SPOKE)
    assert may(own, Permission.READ_CASE, case_of(own, shared=False))


@pytest.mark.parametrize("permission", CONTENT)
def test_a_specialist_reads_only_where_seated(permission: Permission) -> None:
    person = caller(Role.SPECIALIST)
    assert not may(person, permission, case_of(person))
    assert may(person, permission, case_of(person, Role.SPECIALIST))


def test_shown_for_teaching_only_its_hospital_chair_and_secretary_know_the_patient() -> None:
    def knows(person: Caller, seat: Role | None = None) -> bool:
        facts = replace(case_of(person, seat), identity_hidden=True)
        return may(person, Permission.SEE_PATIENT_IDENTITY, facts)

    assert knows(caller(Role.CHAIR), Role.CHAIR)
    assert knows(caller(Role.SECRETARY), Role.SECRETARY)
    assert knows(caller(Role.SPOKE_COORDINATOR, facility=SPOKE))
    assert not knows(caller(Role.HUB_COORDINATOR))
    assert not knows(caller(Role.CHAIR, Role.HUB_COORDINATOR), Role.SPECIALIST)
    assert not knows(caller(Role.PRESENTER, facility=OTHER), Role.PRESENTER)


def test_a_chair_elsewhere_is_a_member_here() -> None:
    person = caller(Role.CHAIR, Role.SPECIALIST)
    facts = case_of(person, Role.SPECIALIST)
    assert not may(person, Permission.RUN_SESSION, facts)
    assert may(person, Permission.READ_CASE, facts)


def test_an_observer_joins_and_reads_nothing() -> None:
    person = caller(Role.OBSERVER)
    facts = case_of(person, Role.OBSERVER)
    assert may(person, Permission.JOIN_SESSION, facts)
    assert not any(may(person, permission, facts) for permission in GATED)


def test_a_specialist_who_only_observes_has_an_observers_rights() -> None:
    person = caller(Role.SPECIALIST)
    assert not may(person, Permission.READ_CASE, case_of(person, Role.OBSERVER))


def test_a_hub_coordinator_reaches_the_sessions_of_the_own_hub_only() -> None:
    assert may(caller(Role.HUB_COORDINATOR), Permission.EDIT_SESSION, Facts(hub_id=HUB))
    foreign = caller(Role.HUB_COORDINATOR, facility=OTHER)
    assert not may(foreign, Permission.EDIT_SESSION, Facts(hub_id=HUB))


def test_the_table_answers_every_permission() -> None:
    assert set(TABLE) == set(Permission)


@pytest.mark.parametrize(("role", "permission"), list(product(Role, Permission)))
def test_what_is_refused_ever_is_refused_always(role: Role, permission: Permission) -> None:
    person = caller(role)
    if not may_ever(person, permission):
        assert not any(may(person, permission, case_of(person, seat)) for seat in SEAT_ROLES)
