"""The rules plugged into the live log: what session events mean. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from signaling.live_log import (
    SERVER,
    SERVER_SEAT,
    AbsentSince,
    Body,
    Draft,
    Event,
    Identity,
    Refusal,
)
from telehealth import live_reduction, live_state
from telehealth.live_admission import OBSERVER, Asked, admit
from telehealth.live_facts import LiveFacts
from telehealth.live_refusals import REMOVED
from telehealth.live_state import LiveState

ABSENCE_ALLOWED: Final = timedelta(seconds=30)  # CT6: a line that drops and returns


class LiveRules:
    """Implements `signaling.live_log.Rules` for case conferences."""

    def initial(self) -> LiveState:
        """Nothing has happened."""
        return LiveState()

    def admit(
        self, state: LiveState, draft: Draft, facts: LiveFacts, now: datetime
    ) -> Body | Refusal:
        """Who may do what (CT, CS, VS)."""
        return admit(Asked(state, draft, facts, now))

    def reduce(self, state: LiveState, event: Event) -> LiveState:
        """What a stored event changes."""
        return live_reduction.reduce(state, event)

    def due(self, state: LiveState, absent_since: AbsentSince, now: datetime) -> Draft | None:
        """Free the control, or settle a request, of who has been away too long (CT6, CT8)."""
        if state.control and _away(state.control, absent_since, now):
            return _freed("control_released", state.control, now)
        for identity in state.control_requests:
            if _away(identity, absent_since, now):
                return _freed("control_request_withdrawn", identity, now)
        return None

    def entry(self, state: LiveState, identity: Identity) -> Refusal | None:
        """Whoever was removed stays out until admitted (LC9)."""
        return REMOVED if identity in state.removed else None

    def may_point(self, state: LiveState, seat: str) -> bool:
        """Everyone but observers, while a case is open (PT2)."""
        return state.case_id is not None and seat != OBSERVER

    def show(self, state: LiveState) -> dict[str, Any]:
        """LiveState of the contract."""
        return live_state.show(state)

    def dump(self, state: LiveState) -> dict[str, Any]:
        """The whole state."""
        return live_state.dump(state)

    def load(self, stored: Mapping[str, Any]) -> LiveState:
        """What `dump` wrote."""
        return live_state.load(stored)


def _away(identity: str, absent_since: AbsentSince, now: datetime) -> bool:
    since = absent_since(Identity(identity))
    return since is not None and now - since >= ABSENCE_ALLOWED


def _freed(kind: str, identity: str, now: datetime) -> Draft:
    body = {"identity": identity, "reason": "left"}
    return Draft(SERVER, SERVER_SEAT, f"left:{now.timestamp():.6f}:{identity}"[:64], kind, body)
