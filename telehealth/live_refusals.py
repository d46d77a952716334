"""The refusals of the live session: slug and English title, translated by the client."""

from typing import Final

from signaling.live_log import Refusal
from telehealth.problems import problem_body
from viewer.errors import BodyInvalid, MarkUnknown, TooManyMarks, ViewerError

NOT_ALLOWED: Final = Refusal("not-allowed", "You may not do this")
UNKNOWN_KIND: Final = Refusal("unknown-event", "The server does not know this kind of event")
SERVER_ONLY: Final = Refusal("server-only", "Only the server writes this")
SESSION_NOT_LIVE: Final = Refusal("session-not-live", "The session is not live")
SESSION_STARTED: Final = Refusal("session-already-started", "The session has started already")
NO_OPEN_CASE: Final = Refusal("no-open-case", "No case is open")
CASE_OPEN: Final = Refusal("case-already-open", "This case is open already")
CASE_NOT_ON_AGENDA: Final = Refusal("case-not-on-agenda", "The case is not on this agenda")
CONSENT_MISSING: Final = Refusal(
    "consent-missing", "Neither consent nor an emergency basis is on file"
)
NOT_HOLDER: Final = Refusal("not-in-control", "Somebody else, or nobody, is in control")
HOLDER: Final = Refusal("already-in-control", "This person is in control already")
CONTROL_HELD: Final = Refusal("control-held", "Somebody is in control")
NOT_SEATED: Final = Refusal("not-seated", "This person cannot be in control of this session")
IMAGE_NOT_IN_CASE: Final = Refusal("image-not-in-case", "The image is not of the open case")
MARK_OF_ANOTHER: Final = Refusal("mark-of-another", "The mark was drawn by somebody else")
MARK_UNKNOWN: Final = Refusal("mark-unknown", "There is no such mark")
RECORDING_NOT_CONSENTED: Final = Refusal(
    "recording-not-consented", "There is no consent to record this case"
)
RECORDING_RUNS: Final = Refusal("recording-runs", "A recording is running already")
NOT_RECORDING: Final = Refusal("not-recording", "No recording is running")
REMOVED: Final = Refusal("removed", "The chair has removed you from this session")


def bad_body(pointer: str, slug: str, detail: str) -> Refusal:
    """A field of the body is wrong; `pointer` is RFC 6901."""
    fault = {"pointer": pointer, "slug": slug, "detail": detail}
    return Refusal("bad-body", "Some fields are wrong", {"errors": [fault]})


def of_viewer(error: ViewerError, at: str) -> Refusal:
    """What the viewer found wrong with the part of a body at pointer `at`."""
    match error:
        case BodyInvalid():
            return bad_body(at + error.pointer, error.slug, error.detail)
        case MarkUnknown():
            return MARK_UNKNOWN
        case TooManyMarks():
            return Refusal("too-many-marks", "The case carries all it can", {"limit": error.limit})
        case _:
            raise error


def of_error(error: Exception) -> Refusal:
    """The problem that another room's error is, as a refusal."""
    body = problem_body(error, "")
    slug, title = str(body.pop("type")).removeprefix("/problems/"), str(body.pop("title"))
    return Refusal(slug, title, {name: body[name] for name in body.keys() - {"status", "instance"}})
