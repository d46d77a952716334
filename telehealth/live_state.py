"""What everybody in a session shares: the value the live log reduces to. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from viewer.view_state import CaseView, KeyImage, Mark, parse_key_image, parse_mark, parse_view

PLANNED: Final = "planned"
LIVE: Final = "live"
ENDED: Final = "ended"
CHAT_KEPT: Final = 50


@dataclass(frozen=True)
class ChatMessage:
    """A message to all; `at` is ISO 8601 UTC."""

    seq: int
    at: str
    by: str
    text: str


@dataclass(frozen=True)
class RunningRecording:
    """The recording in progress; `started_at` is ISO 8601 UTC."""

    id: str
    case_id: str
    started_at: str


@dataclass(frozen=True)
class LiveState:
    """The live session. `shown` is the open case's view; `kept` holds the other cases'.

    `case_opened_at` is ISO 8601 UTC, for the clock of the open case.
    """

    session_state: str = PLANNED
    case_id: str | None = None
    case_opened_at: str | None = None
    control: str | None = None
    control_requests: tuple[str, ...] = ()
    hands: tuple[str, ...] = ()
    shown: CaseView = field(default_factory=CaseView)
    recording: RunningRecording | None = None
    chat: tuple[ChatMessage, ...] = ()
    kept: Mapping[str, CaseView] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    def view_of(self, case_id: str) -> CaseView:
        """What this case showed last, empty when it was never open (CS3)."""
        return self.shown if case_id == self.case_id else self.kept.get(case_id, CaseView())

    def without_case(self) -> "LiveState":
        """The state with no case open: its view is kept, control and recording end (CT7, CS5)."""
        kept = {**self.kept, self.case_id: self.shown} if self.case_id else self.kept
        return replace(
            self,
            case_id=None,
            case_opened_at=None,
            control=None,
            control_requests=(),
            shown=CaseView(),
            recording=None,
            kept=kept,
        )


def show(state: LiveState) -> dict[str, Any]:
    """LiveState as clients get it; other cases and removed persons stay on the server."""
    return {
        "session_state": state.session_state,
        "case_id": state.case_id,
        "case_opened_at": state.case_opened_at,
        "control": state.control,
        "control_requests": list(state.control_requests),
        "hands": list(state.hands),
        **case_view_body(state.shown),
        "recording": state.recording and vars(state.recording),
        "chat": [vars(message) for message in state.chat],
    }


def case_view_body(shown: CaseView) -> dict[str, Any]:
    """View, marks and key images of a case as JSON."""
    return {
        "view": shown.view and shown.view.body(),
        "marks": [mark.body() for mark in shown.marks],
        "key_images": [image.body() for image in shown.key_images],
    }


def read_case_view(body: Mapping[str, Any]) -> CaseView:
    """What `case_view_body` wrote; it was checked before it was stored."""
    view = body.get("view")
    return CaseView(
        view and parse_view(view),
        tuple(_signed_mark(mark) for mark in body.get("marks", ())),
        tuple(_key_image(image) for image in body.get("key_images", ())),
    )


def dump(state: LiveState) -> dict[str, Any]:
    """The whole state as JSON."""
    return {
        **show(state),
        "kept": {case_id: case_view_body(shown) for case_id, shown in state.kept.items()},
        "removed": sorted(state.removed),
    }


def load(stored: Mapping[str, Any]) -> LiveState:
    """The state that `dump` wrote."""
    recording = stored["recording"]
    return LiveState(
        session_state=stored["session_state"],
        case_id=stored["case_id"],
        case_opened_at=stored["case_opened_at"],
        control=stored["control"],
        control_requests=tuple(stored["control_requests"]),
        hands=tuple(stored["hands"]),
        shown=read_case_view(stored),
        recording=RunningRecording(**recording) if recording else None,
        chat=tuple(ChatMessage(**message) for message in stored["chat"]),
        kept={case_id: read_case_view(body) for case_id, body in stored["kept"].items()},
        removed=frozenset(stored["removed"]),
    )


def _signed_mark(body: Mapping[str, Any]) -> Mark:
    return parse_mark(body).signed(body["by"], datetime.fromisoformat(body["at"]))


def _key_image(body: Mapping[str, Any]) -> KeyImage:
    return parse_key_image(body)
