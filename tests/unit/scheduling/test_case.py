from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from scheduling.case import (
    ON_AGENDA,
    TRANSITIONS,
    Case,
    CaseEvent,
    CaseId,
    CaseState,
    after,
    allows,
    is_editable,
    moved,
    needs_reason,
    require_editable,
)
from scheduling.completeness import Missing
from scheduling.content import CaseContent
from scheduling.errors import CaseIncomplete, CaseLocked, TransitionRefused
from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.session import SessionState

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
FINAL = {
    CaseState.CLOSED,
    CaseState.WITHDRAWN,
    CaseState.REFUSED,
    CaseState.CONVERTED_AD_HOC,
}


def a_case(state: CaseState = CaseState.DRAFT) -> Case:
    return Case(
        id=CaseId(UUID(int=1)),
        facility_id=FacilityId(UUID(int=2)),
        presenter_id=PersonId(UUID(int=3)),
        state=state,
        content=CaseContent(),
        version=1,
        saved_at=NOW,
        saved_by=PersonId(UUID(int=3)),
        created_at=NOW,
        position=2,
    )


@pytest.mark.parametrize(("state", "event"), list(product(CaseState, CaseEvent)))
def test_every_pair_of_state_and_event_moves_or_is_refused(
    state: CaseState, event: CaseEvent
) -> None:
    case = a_case(state)
    if (state, event) in TRANSITIONS:
        assert allows(state, event)
        assert moved(case, event, ()).state is TRANSITIONS[state, event]
    else:
        assert not allows(state, event)
        with pytest.raises(TransitionRefused) as refused:
            moved(case, event, ())
        assert (refused.value.state, refused.value.event) == (state, event)


@pytest.mark.parametrize("state", list(CaseState))
def test_every_state_is_reachable_and_only_final_ones_are_dead_ends(state: CaseState) -> None:
    reached, frontier = {CaseState.DRAFT}, [CaseState.DRAFT]
    while frontier:
        here = frontier.pop()
        for (before, _), then in TRANSITIONS.items():
            if before is here and then not in reached:
                reached.add(then)
                frontier.append(then)
    assert state in reached
    assert (state in FINAL) == (not any(before is state for before, _ in TRANSITIONS))


@pytest.mark.parametrize(
    ("state", "event", "blocking"),
    [
        (CaseState.DRAFT, CaseEvent.SUBMIT, {Missing.REASON, Missing.QUESTIONS}),
        (
            CaseState.SUBMITTED,
            CaseEvent.ACCEPT,
            {Missing.REASON, Missing.QUESTIONS, Missing.CONSENT, Missing.CONTRACT},
        ),
        (
            CaseState.ACCEPTED,
            CaseEvent.SCHEDULE,
            {Missing.REASON, Missing.QUESTIONS, Missing.CONSENT, Missing.CONTRACT},
        ),
        (
            CaseState.SCHEDULED,
            CaseEvent.PRESENT,
            {
                Missing.REASON,
                Missing.QUESTIONS,
                Missing.CONSENT,
                Missing.CONTRACT,
                Missing.IMAGES,
            },
        ),
        (CaseState.SUBMITTED, CaseEvent.RETURN, set()),
        (CaseState.DRAFT, CaseEvent.WITHDRAW, set()),
    ],
)
@pytest.mark.parametrize("slug", list(Missing))
def test_a_step_is_blocked_by_exactly_what_it_needs(
    state: CaseState, event: CaseEvent, blocking: set[Missing], slug: Missing
) -> None:
    if slug in blocking:
        with pytest.raises(CaseIncomplete) as incomplete:
            moved(a_case(state), event, (slug,))
        assert incomplete.value.missing == (slug,)
    else:
        moved(a_case(state), event, (slug,))


@pytest.mark.parametrize(("state", "event"), list(TRANSITIONS))
def test_leaving_the_agenda_frees_the_place(state: CaseState, event: CaseEvent) -> None:
    there = moved(a_case(state), event, ())
    assert (there.position is not None) == (there.state in ON_AGENDA)


@pytest.mark.parametrize("session", [None, *SessionState])
@pytest.mark.parametrize("state", list(CaseState))
def test_a_case_is_editable_until_its_agenda_is_locked(
    state: CaseState, session: SessionState | None
) -> None:
    before_the_meeting = {"draft", "returned", "submitted", "accepted", "scheduled", "deferred"}
    unlocked = session is None or session in {"planned", "open", "postponed", "cancelled"}
    expected = state in before_the_meeting and unlocked
    assert is_editable(state, session) is expected
    if not expected:
        with pytest.raises(CaseLocked):
            require_editable(a_case(state), session)


def test_sending_a_case_back_must_be_explained() -> None:
    assert needs_reason(CaseEvent.RETURN)
    assert needs_reason(CaseEvent.REFUSE)
    assert not needs_reason(CaseEvent.ACCEPT)


def test_a_returned_case_may_be_sent_again() -> None:
    case = replace(a_case(), state=after(CaseState.SUBMITTED, CaseEvent.RETURN))
    assert moved(case, CaseEvent.SUBMIT, ()).state is CaseState.SUBMITTED
