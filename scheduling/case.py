"""A case and its life, from draft to closed: one transition table, guards before it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from scheduling.completeness import (
    NEEDED_TO_ACCEPT,
    NEEDED_TO_SHOW,
    NEEDED_TO_SUBMIT,
    Missing,
)
from scheduling.consent import Consent
from scheduling.content import CaseContent
from scheduling.errors import CaseIncomplete, CaseLocked, TransitionRefused
from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.session import SessionId, SessionState

CaseId = NewType("CaseId", UUID)


class CaseState(StrEnum):
    """Where a case stands (domain.md 8.4)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    LIVE = "live"
    CONCLUDED = "concluded"
    MINUTES_DRAFT = "minutes_draft"
    IN_SIGNING = "in_signing"
    SIGNED = "signed"
    DELIVERED = "delivered"
    FOLLOWED_UP = "followed_up"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DEFERRED = "deferred"
    REFUSED = "refused"
    CONVERTED_AD_HOC = "converted_ad_hoc"


class CaseEvent(StrEnum):
    """What can happen to a case."""

    SUBMIT = "submit"
    RETURN = "return"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    DEFER = "defer"
    CONVERT = "convert"
    PRESENT = "present"
    CONCLUDE = "conclude"
    WRITE_MINUTES = "write_minutes"
    CLOSE_MINUTES = "close_minutes"
    SIGN = "sign"
    DELIVER = "deliver"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"


_S, _E = CaseState, CaseEvent
TRANSITIONS: Mapping[tuple[CaseState, CaseEvent], CaseState] = {
    (_S.DRAFT, _E.SUBMIT): _S.SUBMITTED,
    (_S.DRAFT, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, _E.RETURN): _S.RETURNED,
    (_S.SUBMITTED, _E.ACCEPT): _S.ACCEPTED,
    (_S.SUBMITTED, _E.REFUSE): _S.REFUSED,
    (_S.SUBMITTED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.SUBMITTED, _E.CONVERT): _S.CONVERTED_AD_HOC,
    (_S.RETURNED, _E.SUBMIT): _S.SUBMITTED,
    (_S.RETURNED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.ACCEPTED, _E.SCHEDULE): _S.SCHEDULED,
    (_S.ACCEPTED, _E.RETURN): _S.RETURNED,
    (_S.ACCEPTED, _E.REFUSE): _S.REFUSED,
    (_S.ACCEPTED, _E.DEFER): _S.DEFERRED,
    (_S.ACCEPTED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.ACCEPTED, _E.CONVERT): _S.CONVERTED_AD_HOC,
    (_S.SCHEDULED, _E.UNSCHEDULE): _S.ACCEPTED,
    (_S.SCHEDULED, _E.RETURN): _S.RETURNED,
    (_S.SCHEDULED, _E.DEFER): _S.DEFERRED,
    (_S.SCHEDULED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.SCHEDULED, _E.PRESENT): _S.LIVE,
    (_S.DEFERRED, _E.ACCEPT): _S.ACCEPTED,
    (_S.DEFERRED, _E.WITHDRAW): _S.WITHDRAWN,
    (_S.LIVE, _E.CONCLUDE): _S.CONCLUDED,
    # The chair may come back to a case until its minutes are closed.
    (_S.CONCLUDED, _E.PRESENT): _S.LIVE,
    (_S.MINUTES_DRAFT, _E.PRESENT): _S.LIVE,
    (_S.CONCLUDED, _E.WRITE_MINUTES): _S.MINUTES_DRAFT,
    (_S.CONCLUDED, _E.CLOSE_MINUTES): _S.IN_SIGNING,
    (_S.MINUTES_DRAFT, _E.CLOSE_MINUTES): _S.IN_SIGNING,
    (_S.IN_SIGNING, _E.SIGN): _S.SIGNED,
    # A hospital that signs on paper delivers the closed minutes as they are.
    (_S.IN_SIGNING, _E.DELIVER): _S.DELIVERED,
    (_S.SIGNED, _E.DELIVER): _S.DELIVERED,
    (_S.DELIVERED, _E.FOLLOW_UP): _S.FOLLOWED_UP,
    (_S.FOLLOWED_UP, _E.CLOSE): _S.CLOSED,
}

_NEEDS: Mapping[CaseEvent, frozenset[Missing]] = {
    _E.SUBMIT: NEEDED_TO_SUBMIT,
    _E.ACCEPT: NEEDED_TO_ACCEPT,
    _E.SCHEDULE: NEEDED_TO_ACCEPT,
    _E.PRESENT: NEEDED_TO_SHOW,
}
_EDITABLE = frozenset({_S.DRAFT, _S.RETURNED, _S.SUBMITTED, _S.ACCEPTED, _S.SCHEDULED, _S.DEFERRED})
_REASON_NEEDED = frozenset({_E.RETURN, _E.REFUSE, _E.WITHDRAW, _E.DEFER})
WAITING = frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.DEFERRED})
ON_AGENDA = frozenset(
    {
        _S.SCHEDULED,
        _S.LIVE,
        _S.CONCLUDED,
        _S.MINUTES_DRAFT,
        _S.IN_SIGNING,
        _S.SIGNED,
        _S.DELIVERED,
        _S.FOLLOWED_UP,
        _S.CLOSED,
    }
)


@dataclass(frozen=True)
class Case:
    """One patient's case; `version` counts saved contents, `position` the place on the agenda.

    `identity_hidden` while it is shown for teaching.
    """

    id: CaseId
    facility_id: FacilityId
    presenter_id: PersonId
    state: CaseState
    content: CaseContent
    version: int
    saved_at: datetime
    saved_by: PersonId
    created_at: datetime
    session_id: SessionId | None = None
    position: int | None = None
    planned_minutes: int | None = None
    consent: Consent | None = None
    identity_hidden: bool = False


def needs_reason(event: CaseEvent) -> bool:
    """True for steps that must be explained in words."""
    return event in _REASON_NEEDED


def allows(state: CaseState, event: CaseEvent) -> bool:
    """True when the table has this step, guards aside."""
    return (state, event) in TRANSITIONS


def after(state: CaseState, event: CaseEvent) -> CaseState:
    """The state that follows, or TransitionRefused."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise TransitionRefused("case", state, event) from None


def moved(case: Case, event: CaseEvent, missing: tuple[Missing, ...]) -> Case:
    """Take one step, or raise TransitionRefused or CaseIncomplete with what the step lacks."""
    state = after(case.state, event)
    lacking = tuple(slug for slug in missing if slug in _NEEDS.get(event, frozenset()))
    if lacking:
        raise CaseIncomplete(lacking)
    if state in ON_AGENDA:
        return replace(case, state=state)
    return replace(case, state=state, position=None)


def is_editable(state: CaseState, session: SessionState | None) -> bool:
    """True until the agenda of its session is locked."""
    unlocked = session in (
        None,
        SessionState.PLANNED,
        SessionState.OPEN,
        SessionState.POSTPONED,
        SessionState.CANCELLED,
    )
    return state in _EDITABLE and unlocked


def require_editable(case: Case, session: SessionState | None) -> None:
    """Raise CaseLocked when the written part may no longer change."""
    if not is_editable(case.state, session):
        raise CaseLocked(case.state)
