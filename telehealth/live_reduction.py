"""What each stored event changes. Pure and total (LL9); mirrored by signaling/web/live-state.ts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from signaling.live_log import Event
from signaling.live_messages import instant
from telehealth.live_state import (
    CHAT_KEPT,
    ENDED,
    LIVE,
    ChatMessage,
    LiveState,
    RunningRecording,
    read_case_view,
)
from viewer.view_state import MarkAdded, apply, view_event

Reduction = Callable[[LiveState, Event], LiveState]


def reduce(state: LiveState, event: Event) -> LiveState:
    """The state after a stored event; kinds that change nothing leave it as it is."""
    reduction = REDUCTIONS.get(event.kind)
    return reduction(state, event) if reduction else state


def _session_started(state: LiveState, _event: Event) -> LiveState:
    return replace(state, session_state=LIVE)


def _session_ended(state: LiveState, _event: Event) -> LiveState:
    return replace(state.without_case(), session_state=ENDED, hands=())


def _case_opened(state: LiveState, event: Event) -> LiveState:
    shown = read_case_view(event.body)
    return replace(
        state.without_case(),
        case_id=event.body["case_id"],
        case_opened_at=instant(event.at),
        shown=shown,
    )


def _case_closed(state: LiveState, _event: Event) -> LiveState:
    return state.without_case()


def _control_requested(state: LiveState, event: Event) -> LiveState:
    return replace(state, control_requests=(*without(state.control_requests, event.by), event.by))


def _request_withdrawn(state: LiveState, event: Event) -> LiveState:
    rest = without(state.control_requests, event.body["identity"])
    return replace(state, control_requests=rest)


def _control_granted(state: LiveState, event: Event) -> LiveState:
    return _give(state, event.body["identity"])


def _control_released(state: LiveState, _event: Event) -> LiveState:
    return replace(state, control=None)


def _control_taken(state: LiveState, event: Event) -> LiveState:
    return _give(state, event.by)


def _give(state: LiveState, identity: str) -> LiveState:
    rest = without(state.control_requests, identity)
    return replace(state, control=identity, control_requests=rest)


def _view(state: LiveState, event: Event) -> LiveState:
    change = view_event(event.kind, event.body)
    if isinstance(change, MarkAdded):
        change = MarkAdded(change.mark.signed(event.by, event.at))
    return replace(state, shown=apply(state.shown, change)) if change else state


def _recording_started(state: LiveState, event: Event) -> LiveState:
    body = event.body
    recording = RunningRecording(body["recording_id"], body["case_id"], instant(event.at))
    return replace(state, recording=recording)


def _recording_stopped(state: LiveState, _event: Event) -> LiveState:
    return replace(state, recording=None)


def _hand_raised(state: LiveState, event: Event) -> LiveState:
    return replace(state, hands=(*without(state.hands, event.by), event.by))


def _hand_lowered(state: LiveState, event: Event) -> LiveState:
    return replace(state, hands=without(state.hands, event.body["identity"]))


def _chat_message(state: LiveState, event: Event) -> LiveState:
    message = ChatMessage(event.seq, instant(event.at), event.by, event.body["text"])
    return replace(state, chat=(*state.chat, message)[-CHAT_KEPT:])


def _person_removed(state: LiveState, event: Event) -> LiveState:
    identity = event.body["identity"]
    return replace(
        state,
        control=None if state.control == identity else state.control,
        control_requests=without(state.control_requests, identity),
        hands=without(state.hands, identity),
        removed=state.removed | {identity},
    )


def _person_admitted(state: LiveState, event: Event) -> LiveState:
    return replace(state, removed=state.removed - {event.body["identity"]})


def without(identities: tuple[str, ...], identity: str) -> tuple[str, ...]:
    """The others, in order."""
    return tuple(other for other in identities if other != identity)


REDUCTIONS: Final[dict[str, Reduction]] = {
    "session_started": _session_started,
    "session_ended": _session_ended,
    "case_opened": _case_opened,
    "case_closed": _case_closed,
    "control_requested": _control_requested,
    "control_request_withdrawn": _request_withdrawn,
    "control_granted": _control_granted,
    "control_released": _control_released,
    "control_taken": _control_taken,
    "view_changed": _view,
    "mark_added": _view,
    "mark_removed": _view,
    "key_image_toggled": _view,
    "recording_started": _recording_started,
    "recording_stopped": _recording_stopped,
    "hand_raised": _hand_raised,
    "hand_lowered": _hand_lowered,
    "chat_message": _chat_message,
    "person_removed": _person_removed,
    "person_admitted": _person_admitted,
}
