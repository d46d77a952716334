"""Errors as RFC 9457 problems: one table from error class to status and title."""

import logging
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from starlette.responses import JSONResponse

from scheduling import errors as scheduling
from telehealth import errors as own

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
    scheduling.NotFound: Kind(404, "not-found", "Not found"),
    scheduling.TransitionRefused: Kind(409, "step-not-possible", "Not possible in this state"),
    scheduling.VersionConflict: Kind(409, "version-conflict", "Somebody else saved in between"),
    scheduling.ContentRefused: Kind(422, "bad-body", "Some fields are wrong"),
    scheduling.CaseIncomplete: Kind(422, "case-incomplete", "The case lacks what this step needs"),
    scheduling.ConsentMissing: Kind(403, "consent-missing", "Nothing may be shared before consent"),
    scheduling.CaseLocked: Kind(409, "case-locked", "The case can no longer be changed"),
    scheduling.AgendaRefused: Kind(422, "agenda-refused", "The agenda breaks a rule"),
    scheduling.SeatsRefused: Kind(422, "seats-refused", "The seats break a rule"),
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
