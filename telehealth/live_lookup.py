"""Finds the facts that the live rules judge by: agenda, consent, seats, images of the cases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.case import ON_AGENDA, Case
from scheduling.case_store import CaseStore
from scheduling.consent import Gate, gate, may_record
from scheduling.errors import TransitionRefused
from scheduling.session import Session, SessionEvent, SessionState, after
from scheduling.session_store import SessionStore
from signaling.live_log import Draft, Refusal, SessionId
from telehealth.database import Database
from telehealth.identity import Clock
from telehealth.live_facts import CaseFacts, LiveFacts
from telehealth.live_refusals import CONSENT_MISSING, of_error
from telehealth.live_state import LiveState
from viewer.store import ImageStore

# Acts that hang on what may have changed a moment ago; moving the view does not.
LOOKED_UP: Final = frozenset(
    {
        "session_started",
        "case_opened",
        "control_granted",
        "control_taken",
        "recording_started",
        "key_image_toggled",
    }
)
KEPT_FOR: Final = timedelta(seconds=5)
# A study may be linked while people look on; a wrong study must not cost a query each time.
KEPT_AT_LEAST: Final = timedelta(milliseconds=500)


@dataclass(frozen=True)
class _Kept:
    facts: LiveFacts
    at: datetime


class LiveLookup:
    """Implements `signaling.live_writer.FactFinder`, with a short memory for each session."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: dict[SessionId, _Kept] = {}

    async def __call__(
        self, session_id: SessionId, state: LiveState, drafts: Sequence[Draft]
    ) -> LiveFacts:
        """What the session, its cases and their images say now."""
        now, kept = self._clock(), self._kept.get(session_id)
        if kept is None or _is_stale(kept, state, drafts, now):
            async with self._database.reading() as tx:
                facts = await _session_facts(tx, session_id)
            kept = self._kept[session_id] = _Kept(facts, now)
        return replace(kept.facts, images=await self._images(state, drafts))

    async def _images(self, state: LiveState, drafts: Sequence[Draft]) -> frozenset[str]:
        named = [d.body.get("sop_uid") for d in drafts if d.kind == "key_image_toggled"]
        wanted = [uid for uid in named if isinstance(uid, str)]
        if not wanted or state.case_id is None:
            return frozenset()
        async with self._database.reading() as tx:
            return frozenset(await ImageStore(tx).known_sop_uids(UUID(state.case_id), wanted))


def _is_stale(kept: _Kept, state: LiveState, drafts: Sequence[Draft], now: datetime) -> bool:
    if now - kept.at > KEPT_FOR or any(draft.kind in LOOKED_UP for draft in drafts):
        return True
    case = kept.facts.cases.get(state.case_id or "")
    known = case.studies if case else frozenset()
    named = {uid for draft in drafts for uid in _named_studies(draft.body)}
    return not named <= known and now - kept.at > KEPT_AT_LEAST


def _named_studies(body: Any) -> list[str]:
    """Every `study_uid` of a view or mark body, however wrong its shape is."""
    view, mark = body.get("view"), body.get("mark")
    ports = view.get("viewports") if isinstance(view, dict) else None
    parts = [*(ports if isinstance(ports, list) else ()), mark]
    uids = [part.get("study_uid") for part in parts if isinstance(part, dict)]
    return [uid for uid in uids if isinstance(uid, str)]


async def _session_facts(tx: AsyncSession, session_id: SessionId) -> LiveFacts:
    session = await SessionStore(tx).get(session_id)
    cases = [c for c in await CaseStore(tx).of_sessions([session_id]) if c.state in ON_AGENDA]
    return LiveFacts(
        cases={str(case.id): await _case_facts(tx, case) for case in cases},
        seats={str(seat.person_id): seat.seat.value for seat in session.seats},
        start_refusal=_start_refusal(session),
    )


async def _case_facts(tx: AsyncSession, case: Case) -> CaseFacts:
    studies = await ImageStore(tx).of_case(case.id)
    return CaseFacts(
        presenter=str(case.presenter_id),
        refusal=CONSENT_MISSING if gate(case.consent) is Gate.NONE else None,
        may_record=may_record(case.consent),
        studies=frozenset(study.study_uid for study, _link in studies),
    )


def _start_refusal(session: Session) -> Refusal | None:
    if session.state is SessionState.LIVE:  # started by the other door
        return None
    try:
        after(session.state, SessionEvent.START)
    except TransitionRefused as error:
        return of_error(error)
    return None
