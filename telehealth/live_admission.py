"""Who may do what in a live session, and what the server adds to it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from signaling.live_log import SERVER_SEAT, Body, Draft, Refusal
from telehealth import live_refusals as no
from telehealth.live_facts import CaseFacts, LiveFacts
from telehealth.live_state import ENDED, LIVE, PLANNED, LiveState, case_view_body
from viewer.errors import ViewerError
from viewer.view_state import (
    MarkAdded,
    ViewChanged,
    ViewEvent,
    apply,
    find_mark,
    parse_key_image,
    parse_mark,
    parse_mark_id,
    parse_view,
    view_event,
)

CHAT_LIMIT_CHARACTERS: Final = 2_000
CHAIR: Final = "chair"
SECRETARY: Final = "secretary"
OBSERVER: Final = "observer"


@dataclass(frozen=True)
class Asked:
    """One event to judge."""

    state: LiveState
    draft: Draft
    facts: LiveFacts
    now: datetime

    @property
    def by(self) -> str:
        """Who asks."""
        return self.draft.by

    @property
    def seat(self) -> str:
        """The seat of who asks."""
        return self.draft.seat

    @property
    def holds(self) -> bool:
        """Whether the asker is in control."""
        return self.state.control == self.by

    @property
    def case(self) -> CaseFacts | None:
        """The open case, when it is still on the agenda."""
        return self.facts.cases.get(self.state.case_id or "")

    def identity(self) -> str | None:
        """The person the body names."""
        identity = self.draft.body.get("identity")
        return identity if isinstance(identity, str) and 0 < len(identity) <= 64 else None


Verdict = Body | Refusal
Admission = Callable[[Asked], Verdict]


def admit(asked: Asked) -> Verdict:
    """The body to store, or why not."""
    admission = ADMISSIONS.get(asked.draft.kind)
    if admission is None:
        return no.UNKNOWN_KIND
    if asked.state.session_state == ENDED and asked.draft.kind not in AFTER_THE_END:
        return no.SESSION_NOT_LIVE
    if asked.draft.kind in NEEDS_CASE and asked.state.case_id is None:
        return no.NO_OPEN_CASE
    return admission(asked)


def _session_started(asked: Asked) -> Verdict:
    if asked.seat not in (CHAIR, SERVER_SEAT):
        return no.NOT_ALLOWED
    if asked.state.session_state != PLANNED:
        return no.SESSION_STARTED
    return asked.facts.start_refusal or {}


def _session_ended(asked: Asked) -> Verdict:
    if asked.seat not in (CHAIR, SERVER_SEAT):
        return no.NOT_ALLOWED
    return {} if asked.state.session_state == LIVE else no.SESSION_NOT_LIVE


def _case_opened(asked: Asked) -> Verdict:
    if asked.seat != CHAIR:
        return no.NOT_ALLOWED
    if asked.state.session_state != LIVE:
        return no.SESSION_NOT_LIVE
    case_id = asked.draft.body.get("case_id")
    case = asked.facts.cases.get(case_id) if isinstance(case_id, str) else None
    if not isinstance(case_id, str) or case is None:
        return no.CASE_NOT_ON_AGENDA
    if case_id == asked.state.case_id:
        return no.CASE_OPEN
    return case.refusal or {"case_id": case_id, **case_view_body(asked.state.view_of(case_id))}


def _case_closed(asked: Asked) -> Verdict:
    return {"case_id": asked.state.case_id} if asked.seat == CHAIR else no.NOT_ALLOWED


def _control_requested(asked: Asked) -> Verdict:
    if asked.seat == OBSERVER:
        return no.NOT_ALLOWED
    return no.HOLDER if asked.holds else {}


def _request_withdrawn(asked: Asked) -> Verdict:
    return _about_self(asked)


def _control_granted(asked: Asked) -> Verdict:
    if asked.seat != CHAIR and not asked.holds:
        return no.NOT_ALLOWED
    identity = asked.identity()
    if identity is None or asked.facts.seats.get(identity, OBSERVER) == OBSERVER:
        return no.NOT_SEATED
    if identity in asked.state.removed:
        return no.NOT_SEATED
    return no.HOLDER if identity == asked.state.control else {"identity": identity}


def _control_released(asked: Asked) -> Verdict:
    if asked.seat != SERVER_SEAT:
        return {} if asked.holds else no.NOT_HOLDER
    return asked.draft.body if asked.identity() == asked.state.control else no.NOT_HOLDER


def _control_taken(asked: Asked) -> Verdict:
    if asked.holds:
        return no.HOLDER
    if asked.seat == CHAIR:
        return {}
    if asked.case is None or asked.case.presenter != asked.by:
        return no.NOT_ALLOWED
    return no.CONTROL_HELD if asked.state.control else {}


def _view_changed(asked: Asked) -> Verdict:
    if not asked.holds:
        return no.NOT_HOLDER
    try:
        view = parse_view(asked.draft.body.get("view"))
    except ViewerError as error:
        return no.of_viewer(error, "/view")
    studies = {port.study_uid for port in view.viewports if port}
    return _of_case(asked, studies) or _applied(asked, ViewChanged(view), {"view": view.body()})


def _mark_added(asked: Asked) -> Verdict:
    if asked.seat == OBSERVER:
        return no.NOT_ALLOWED
    try:
        mark = parse_mark(asked.draft.body.get("mark")).signed(asked.by, asked.now)
    except ViewerError as error:
        return no.of_viewer(error, "/mark")
    if any(old.id == mark.id and old.by != asked.by for old in asked.state.shown.marks):
        return no.MARK_OF_ANOTHER
    return _of_case(asked, {mark.study_uid}) or _applied(
        asked, MarkAdded(mark), {"mark": mark.body()}
    )


def _mark_removed(asked: Asked) -> Verdict:
    try:
        mark = find_mark(asked.state.shown, parse_mark_id(asked.draft.body.get("mark_id")))
    except ViewerError as error:
        return no.of_viewer(error, "/mark_id")
    return {"mark_id": str(mark.id)} if mark.by == asked.by or asked.holds else no.MARK_OF_ANOTHER


def _key_image_toggled(asked: Asked) -> Verdict:
    if asked.seat not in (CHAIR, SECRETARY) and not asked.holds:
        return no.NOT_ALLOWED
    try:
        image = parse_key_image(asked.draft.body)
    except ViewerError as error:
        return no.of_viewer(error, "")
    if image.sop_uid not in asked.facts.images:
        return no.IMAGE_NOT_IN_CASE
    change = view_event(asked.draft.kind, image.body())
    return _applied(asked, change, image.body()) if change else no.UNKNOWN_KIND


def _of_case(asked: Asked, studies: set[str]) -> Refusal | None:
    known = asked.case.studies if asked.case else frozenset()
    return None if studies <= known else no.IMAGE_NOT_IN_CASE


def _applied(asked: Asked, change: ViewEvent, body: Body) -> Verdict:
    """The body, once it is sure that the change applies (LL9)."""
    try:
        _ = apply(asked.state.shown, change)
    except ViewerError as error:
        return no.of_viewer(error, "")
    return body


def _recording_started(asked: Asked) -> Verdict:
    if asked.seat != SERVER_SEAT:
        return no.SERVER_ONLY
    if asked.case is None or not asked.case.may_record:
        return no.RECORDING_NOT_CONSENTED
    if asked.state.recording:
        return no.RECORDING_RUNS
    recording_id = str(asked.draft.body.get("recording_id"))
    return {"recording_id": recording_id, "case_id": asked.state.case_id}


def _recording_stopped(asked: Asked) -> Verdict:
    if asked.seat != SERVER_SEAT:
        return no.SERVER_ONLY
    running = asked.state.recording
    return {"recording_id": running.id} if running else no.NOT_RECORDING


def _anybody(_asked: Asked) -> Verdict:
    return {}


def _about_self(asked: Asked) -> Verdict:
    """A person's own affair, or the chair's, or the server's: the body names whom it is about."""
    identity = asked.identity() or asked.by
    if identity != asked.by and asked.seat not in (CHAIR, SERVER_SEAT):
        return no.NOT_ALLOWED
    reason = asked.draft.body.get("reason") if asked.seat == SERVER_SEAT else None
    return {"identity": identity, **({"reason": reason} if reason else {})}


def _chat_message(asked: Asked) -> Verdict:
    text = asked.draft.body.get("text")
    if not isinstance(text, str) or not text.strip():
        return no.bad_body("/text", "missing", "text expected")
    if len(text) > CHAT_LIMIT_CHARACTERS:
        return no.bad_body("/text", "too-long", f"at most {CHAT_LIMIT_CHARACTERS} characters")
    return {"text": text.strip()}


def _server_only(asked: Asked) -> Verdict:
    return asked.draft.body if asked.seat == SERVER_SEAT else no.SERVER_ONLY


def _person_moved(asked: Asked) -> Verdict:
    if asked.seat != CHAIR or asked.identity() == asked.by:
        return no.NOT_ALLOWED
    identity = asked.identity()
    return {"identity": identity} if identity else no.bad_body("/identity", "missing", "who?")


ADMISSIONS: Final[dict[str, Admission]] = {
    "session_started": _session_started,
    "session_ended": _session_ended,
    "case_opened": _case_opened,
    "case_closed": _case_closed,
    "control_requested": _control_requested,
    "control_request_withdrawn": _request_withdrawn,
    "control_granted": _control_granted,
    "control_released": _control_released,
    "control_taken": _control_taken,
    "view_changed": _view_changed,
    "mark_added": _mark_added,
    "mark_removed": _mark_removed,
    "key_image_toggled": _key_image_toggled,
    "recording_started": _recording_started,
    "recording_stopped": _recording_stopped,
    "hand_raised": _anybody,
    "hand_lowered": _about_self,
    "chat_message": _chat_message,
    "minutes_saved": _server_only,
    "papers_changed": _server_only,
    "person_removed": _person_moved,
    "person_admitted": _person_moved,
}
NEEDS_CASE: Final = frozenset(
    kind
    for kind in ADMISSIONS
    if kind.startswith(("control_", "view_", "mark_", "key_")) or kind == "case_closed"
)
AFTER_THE_END: Final = frozenset({"chat_message", "minutes_saved"})
