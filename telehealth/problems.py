"""Errors as RFC 9457 problems: one table from error class to status and title."""

import logging
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from starlette.responses import JSONResponse

from recordings import errors as recordings
from scheduling import errors as scheduling
from telehealth import errors as own
from viewer import errors as viewer

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """How one class of error looks to a client; the slug is stable and translated by the client."""

    status: int
    slug: str
    title: str


UNEXPECTED: Final = Kind(500, "unexpected", "Something went wrong on the server")

KINDS: Final[dict[type[Exception], Kind]] = {
    own.NotSignedIn: Kind(401, "not-signed-in", "Sign in first"),
    own.WrongCredentials: Kind(401, "wrong-credentials", "Wrong account name or password"),
    own.TooManyAttempts: Kind(429, "too-many-attempts", "Too many wrong passwords, wait a while"),
    own.NotAllowed: Kind(403, "not-allowed", "You may not do this"),
    own.NotFound: Kind(404, "not-found", "Not found"),
    own.ForeignOrigin: Kind(403, "foreign-origin", "The request came from another site"),
    own.BodyTooLarge: Kind(413, "body-too-large", "The request is too large"),
    own.BadBody: Kind(422, "bad-body", "Some fields are wrong"),
    own.BadParameter: Kind(400, "bad-parameter", "A parameter is malformed"),
    own.VersionConflict: Kind(409, "version-conflict", "Somebody else saved in between"),
    own.SessionNotJoinable: Kind(409, "session-not-joinable", "Nobody can enter this session"),
    recordings.MinutesAreClosed: Kind(409, "minutes-closed", "The minutes are closed"),
    recordings.MinutesIncomplete: Kind(422, "minutes-incomplete", "The minutes lack parts"),
    recordings.MinutesTextTooLong: Kind(422, "minutes-too-long", "A text is too long"),
    recordings.AnswerWithoutQuestion: Kind(
        422, "answer-without-question", "An answer names no single question of the case"
    ),
    recordings.RecordingStillOpen: Kind(409, "recording-still-open", "A recording still runs"),
    recordings.StepNotFound: Kind(404, "not-found", "Not found"),
    recordings.StepTransitionRefused: Kind(409, "step-not-possible", "Not possible in this state"),
    scheduling.NotFound: Kind(404, "not-found", "Not found"),
    scheduling.TransitionRefused: Kind(409, "step-not-possible", "Not possible in this state"),
    scheduling.VersionConflict: Kind(409, "version-conflict", "Somebody else saved in between"),
    scheduling.ContentRefused: Kind(422, "bad-body", "Some fields are wrong"),
    scheduling.CaseIncomplete: Kind(422, "case-incomplete", "The case lacks what this step needs"),
    scheduling.ConsentMissing: Kind(403, "consent-missing", "Nothing may be shared before consent"),
    scheduling.CaseLocked: Kind(409, "case-locked", "The case can no longer be changed"),
    scheduling.AgendaRefused: Kind(422, "agenda-refused", "The agenda breaks a rule"),
    scheduling.SeatsRefused: Kind(422, "seats-refused", "The seats break a rule"),
    viewer.BodyInvalid: Kind(422, "bad-body", "Some fields are wrong"),
    viewer.MarkUnknown: Kind(404, "mark-unknown", "No such mark on this case"),
    viewer.TooManyMarks: Kind(409, "too-many-marks", "The case carries as many marks as can be"),
    viewer.ExcerptOutdated: Kind(409, "version-conflict", "Somebody else saved in between"),
    viewer.DocumentRefused: Kind(422, "document-refused", "The document cannot be shown"),
    viewer.StudyUnknown: Kind(404, "not-found", "Not found"),
    viewer.ImagesNotReady: Kind(409, "images-not-ready", "The images are still being prepared"),
    viewer.PixelsWithheld: Kind(403, "pixels-withheld", "The picture may show the patient's name"),
    viewer.PixelsUnseen: Kind(409, "pixels-unseen", "More pictures came meanwhile; look again"),
    viewer.UploadUnknown: Kind(404, "upload-unknown", "No such upload, or it has expired"),
    viewer.UploadOffsetConflict: Kind(409, "upload-offset", "Continue at another byte"),
    viewer.UploadTooLarge: Kind(413, "body-too-large", "The file is too large"),
    viewer.UploadHeaderInvalid: Kind(400, "bad-parameter", "An upload header is malformed"),
    viewer.UploadVersionUnsupported: Kind(412, "upload-version", "Only tus 1.0.0 is spoken"),
    viewer.UploadTypeWrong: Kind(415, "upload-type", "An upload has another media type"),
    viewer.QueryInvalid: Kind(400, "bad-parameter", "A search parameter is malformed"),
    viewer.MultipartInvalid: Kind(400, "multipart-invalid", "The message of parts is malformed"),
    viewer.NotAcceptable: Kind(406, "not-acceptable", "None of the accepted forms is stored"),
    viewer.RenderRefused: Kind(422, "image-not-shown", "The image cannot be decoded"),
    viewer.PeerUnknown: Kind(404, "not-found", "Not found"),
    viewer.GatewayUnknown: Kind(404, "not-found", "Not found"),
    viewer.GatewayCodeWrong: Kind(403, "gateway-code", "Wrong, used or too old a code"),
    viewer.ArchiveUnable: Kind(503, "archive-unable", "Cannot store now; try again later"),
    viewer.DigestWrong: Kind(422, "digest-wrong", "Other bytes than announced"),
    viewer.PeerTaken: Kind(409, "pacs-peer-taken", "Another peer has this AE title and host"),
    viewer.PeerFailed: Kind(424, "pacs-failed", "The hospital's PACS could not be asked"),
    viewer.PullUnknown: Kind(404, "not-found", "Not found"),
    viewer.PullRunning: Kind(409, "pull-running", "The study is being fetched already"),
    viewer.ConfirmationUnneeded: Kind(409, "identity-settled", "The identity needs no confirming"),
    recordings.RecordingUnknown: Kind(404, "not-found", "Not found"),
    recordings.RecordingNotConsented: Kind(
        403, "recording-not-consented", "There is no consent to record this case"
    ),
    recordings.CaseNotOpen: Kind(409, "no-open-case", "No case is open"),
    recordings.AlreadyRecording: Kind(409, "recording-runs", "A recording is running already"),
    recordings.NotRecording: Kind(409, "not-recording", "No recording is running"),
    recordings.RecorderUnavailable: Kind(
        503, "recorder-unavailable", "The recorder could not begin; nothing is recorded"
    ),
}


def kind_of(error: Exception) -> Kind | None:
    """The kind of the nearest mapped class of the error; None if nothing maps."""
    for cls in type(error).__mro__:
        if kind := KINDS.get(cls):
            return kind
    return None


def problem_body(error: Exception, instance: str) -> dict[str, Any]:
    """The problem object; data fields of the error are members of their own (RFC 9457 3.2)."""
    kind = kind_of(error) or UNEXPECTED
    body: dict[str, Any] = {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "instance": instance,
    }
    if isinstance(error, own.BadBody):
        body["errors"] = [vars(fault) for fault in error.faults]
    elif isinstance(error, viewer.BodyInvalid):
        body["errors"] = [{"pointer": error.pointer, "slug": error.slug, "detail": error.detail}]
    elif isinstance(error, scheduling.ContentRefused):
        body["errors"] = [vars(problem) for problem in error.problems]
    elif is_dataclass(error) and kind is not UNEXPECTED:
        body |= {field.name: _plain(getattr(error, field.name)) for field in fields(error)}
    return body


def problem_response(error: Exception, instance: str) -> JSONResponse:
    """The answer for an error; what is not mapped is logged and leaks nothing."""
    body = problem_body(error, instance)
    if body["status"] >= 500:
        log.error("unexpected error request_id=%s", instance, exc_info=error)
    headers = {}
    if isinstance(error, own.TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return JSONResponse(body, body["status"], headers=headers, media_type=MEDIA_TYPE)


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)
