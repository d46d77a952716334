"""Session stories that Python and TypeScript reduce alike.

`python -m tests.support.live_vectors` writes them to tests/vectors/live_log.json.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from signaling.live_log import SERVER, SERVER_SEAT, Draft, Identity, Log, decide
from signaling.live_messages import event_fields
from telehealth.live_facts import CaseFacts, LiveFacts
from telehealth.live_rules import LiveRules
from telehealth.live_state import LiveState, show

VECTORS = Path(__file__).parents[1] / "vectors" / "live_log.json"
START = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
CHAIR, SECRETARY, PRESENTER, MEMBER, OBSERVER = "chinh", "thu", "trinh", "mai", "quan"
SEATS = {
    CHAIR: "chair",
    SECRETARY: "secretary",
    PRESENTER: "presenter",
    MEMBER: "member",
    OBSERVER: "observer",
    SERVER: SERVER_SEAT,
}
CASE_1, CASE_2 = "0b1e5c1e-0000-4000-8000-000000000001", "0b1e5c1e-0000-4000-8000-000000000002"
STUDY, SERIES, SOP = "1.2.840.1", "1.2.840.1.1", "1.2.840.1.1.7"
MARK = "7d9f0c1a-1111-4222-8333-444455556666"
FACTS = LiveFacts(
    cases={
        CASE_1: CaseFacts(PRESENTER, may_record=True, studies=frozenset({STUDY})),
        CASE_2: CaseFacts(MEMBER, may_record=False, studies=frozenset({"1.2.840.2"})),
    },
    seats=SEATS,
    images=frozenset({SOP}),
)


def view(frame: int = 1, study: str = STUDY) -> dict[str, Any]:
    """A one-viewport view of the demo slice."""
    port = {
        "study_uid": study,
        "series_uid": SERIES,
        "sop_uid": SOP,
        "frame": frame,
        "window": {"center": 40, "width": 400},
        "zoom": 1.5,
        "pan": [0.1, -0.25],
        "rotation": 90,
        "flip_h": False,
        "flip_v": True,
        "invert": False,
    }
    return {"view": {"layout": 1, "active": 0, "viewports": [port]}}


def mark(id_: str = MARK, study: str = STUDY) -> dict[str, Any]:
    """A length mark on the demo slice."""
    return {
        "mark": {
            **{"id": id_, "kind": "length", "study_uid": study, "series_uid": SERIES},
            **{"sop_uid": SOP, "frame": 1, "points": [[10.5, 20.25], [30, 40]], "value": "24,5 mm"},
        }
    }


KEY_IMAGE = {"sop_uid": SOP, "frame": 3}
Step = tuple[str, str, dict[str, Any]]
BEGIN: list[Step] = [
    (CHAIR, "session_started", {}),
    (CHAIR, "case_opened", {"case_id": CASE_1}),
]
STORIES: dict[str, list[Step]] = {
    "a session starts, opens a case and ends": [
        *BEGIN,
        (SERVER, "papers_changed", {"case_id": CASE_1}),
        (CHAIR, "case_closed", {}),
        (CHAIR, "session_ended", {}),
        (MEMBER, "chat_message", {"text": "Cảm ơn mọi người"}),
        (SERVER, "minutes_saved", {"case_id": CASE_1, "version": 3}),
    ],
    "control is requested, granted, released and taken": [
        *BEGIN,
        (PRESENTER, "control_taken", {}),
        (MEMBER, "control_requested", {}),
        (SECRETARY, "control_requested", {}),
        (MEMBER, "control_requested", {}),
        (PRESENTER, "control_granted", {"identity": MEMBER}),
        (SECRETARY, "control_request_withdrawn", {}),
        (MEMBER, "control_released", {}),
        (CHAIR, "control_taken", {}),
        (SERVER, "control_released", {"identity": CHAIR, "reason": "left"}),
    ],
    "view, marks and key images stay with their case": [
        *BEGIN,
        (PRESENTER, "control_taken", {}),
        (PRESENTER, "view_changed", view(7)),
        (MEMBER, "mark_added", mark()),
        (CHAIR, "mark_added", mark("7d9f0c1a-1111-4222-8333-444455556667")),
        (MEMBER, "mark_added", mark()),
        (SECRETARY, "key_image_toggled", KEY_IMAGE),
        (CHAIR, "case_opened", {"case_id": CASE_2}),
        (CHAIR, "case_opened", {"case_id": CASE_1}),
        (MEMBER, "mark_removed", {"mark_id": MARK}),
        (SECRETARY, "key_image_toggled", KEY_IMAGE),
    ],
    "the next case ends the recording": [
        *BEGIN,
        (SERVER, "recording_started", {"recording_id": "r-1"}),
        (SERVER, "recording_stopped", {}),
        (SERVER, "recording_started", {"recording_id": "r-2"}),
        (CHAIR, "case_opened", {"case_id": CASE_2}),
    ],
    "hands, chat and a removed person": [
        (MEMBER, "hand_raised", {}),
        (OBSERVER, "hand_raised", {}),
        (MEMBER, "hand_raised", {}),
        (CHAIR, "hand_lowered", {"identity": OBSERVER}),
        (OBSERVER, "chat_message", {"text": "Tôi chưa nghe rõ"}),
        *BEGIN,
        (MEMBER, "control_requested", {}),
        (CHAIR, "control_granted", {"identity": MEMBER}),
        (CHAIR, "person_removed", {"identity": MEMBER}),
        (CHAIR, "person_admitted", {"identity": MEMBER}),
    ],
}


def told(steps: list[Step]) -> list[dict[str, Any]]:
    """Each stored event of a story with the state it leaves."""
    rules, log = LiveRules(), Log(0, LiveState())
    lines = []
    for number, (by, kind, body) in enumerate(steps):
        draft = Draft(Identity(by), SEATS[by], str(number), kind, body)
        now = START + timedelta(seconds=number)
        decision = decide(log, [draft], {}, rules, FACTS, now)
        assert not decision.refusals, (kind, decision.refusals)
        log = decision.log
        lines.append({"event": event_fields(decision.events[0]), "state": show(log.state)})
    return lines


def vectors() -> list[dict[str, Any]]:
    """All stories, as the file holds them."""
    return [{"name": name, "steps": told(steps)} for name, steps in STORIES.items()]


if __name__ == "__main__":
    text = json.dumps(vectors(), ensure_ascii=False, separators=(",", ":"))
    VECTORS.write_text(text.replace('{"event"', '\n{"event"') + "\n")
