"""Doors: each HTTP address is one line that says method, path, right, body and answer.

The same line authorises the request, checks its body and writes the OpenAPI document, so the three
cannot disagree. A handler takes a `Call` and returns a model, a Response, or None (204).
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar, cast
from uuid import UUID, uuid4

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from telehealth.access import Caller, Facts, Permission, may, may_ever
from telehealth.audit import Source
from telehealth.errors import (
    BadBody,
    BadParameter,
    BodyTooLarge,
    FieldFault,
    NotAllowed,
    NotFound,
    NotSignedIn,
)
from telehealth.identity import Clock, Identity

JSON_LIMIT_BYTES: Final = 1 << 20
ROUTE: Final = "telehealth.route"
"""Key of the ASGI scope: the door's address as a pattern, for counting."""

Model = TypeVar("Model", bound=BaseModel)


class Open(StrEnum):
    """Doors that ask for no particular right."""

    PUBLIC = "public"  # nobody signs in: health, sign-in itself, secret-link feeds
    SIGNED_IN = "signed_in"  # any account; the handler narrows to what is the caller's own


@dataclass
class Call:
    """One request at a door."""

    request: Request
    id: str
    at: datetime
    address: str
    body: BaseModel | None = None
    _caller: Caller | None = None

    @property
    def caller(self) -> Caller:
        """Who asks; NotSignedIn on a public door without a sign-in."""
        if self._caller is None:
            raise NotSignedIn
        return self._caller

    @property
    def source(self) -> Source:
        """Where this comes from, for the audit trail."""
        return Source(self._caller, self.address, self.id, self.at)

    def uuid(self, name: str) -> UUID:
        """A path parameter as an id; what is no UUID names nothing: NotFound."""
        try:
            return UUID(self.request.path_params[name])
        except ValueError:
            raise NotFound(name.removesuffix("_id")) from None

    def text(self, name: str) -> str:
        """A path parameter as text."""
        return str(self.request.path_params[name])

    def day(self, name: str) -> date:
        """A path parameter as a day, "YYYY-MM-DD"."""
        try:
            return date.fromisoformat(self.request.path_params[name])
        except ValueError:
            raise BadParameter(name, "not a date") from None

    def query(self, name: str, limit: int = 200) -> str | None:
        """A query parameter, None when absent or empty; BadParameter beyond `limit` characters."""
        value = self.request.query_params.get(name)
        if value is not None and len(value) > limit:
            raise BadParameter(name, "too long")
        return value or None

    def query_uuid(self, name: str) -> UUID | None:
        """A query parameter as an id."""
        value = self.query(name)
        try:
            return UUID(value) if value else None
        except ValueError:
            raise BadParameter(name, "not a UUID") from None

    def query_time(self, name: str) -> datetime | None:
        """A query parameter as an aware instant (ISO 8601)."""
        value = self.query(name)
        if value is None:
            return None
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise BadParameter(name, "not ISO 8601") from None
        if instant.tzinfo is None:
            raise BadParameter(name, "needs a UTC offset")
        return instant

    def parsed(self, model: type[Model]) -> Model:
        """The checked body; the door declares the same model."""
        return cast(Model, self.body)

    def require(self, permission: Permission, facts: Facts) -> None:
        """Raise NotAllowed unless the caller may do this to the thing of these facts."""
        if not may(self.caller, permission, facts):
            raise NotAllowed


Handler = Callable[[Call], Awaitable[BaseModel | Response | None]]


@dataclass(frozen=True)
class Door:
    """One address of the API.

    `needs` is the least right: a caller who could never have it is refused before the handler runs.
    Where the right depends on the thing, the handler calls `call.require(...)` with its facts.
    `takes` is the JSON body model; `takes_raw` names media types of a body the handler streams.
    """

    method: str
    path: str
    handler: Handler
    needs: Permission | Open
    summary: str
    takes: type[BaseModel] | None = None
    takes_raw: Sequence[str] = ()
    gives: type[BaseModel] | None = None
    gives_raw: Sequence[str] = ()
    status: int = 200
    raises: Sequence[type[Exception]] = ()
    query: Sequence[str] = ()
    limit_bytes: int = JSON_LIMIT_BYTES
    believes: bool = False  # image bytes: who asks may have been asked seconds ago (rule DO3)
    tag: str = field(default="")


def route_of(door: Door, identity: Identity, clock: Clock) -> Route:
    """The Starlette route that guards and serves a door."""

    async def endpoint(request: Request) -> Response:
        request.scope[ROUTE] = door.path
        call = Call(request, request_id(request), clock(), _address(request))
        try:
            await _admit(door, call, identity)
            if door.takes is not None:
                call.body = await _body(request, door.takes, door.limit_bytes)
            return _answer(door, await door.handler(call), call.id)
        except ClientDisconnect:  # it left in the middle of its request: nobody hears this
            return Response(status_code=400)

    return Route(door.path, endpoint, methods=[door.method], name=f"{door.method} {door.path}")


async def _admit(door: Door, call: Call, identity: Identity) -> None:
    if door.needs is Open.PUBLIC:
        return
    call._caller = await identity.caller(call.request, door.believes)
    if isinstance(door.needs, Permission) and not may_ever(call.caller, door.needs):
        raise NotAllowed


async def _body(request: Request, model: type[Model], limit_bytes: int) -> Model:
    raw = await read_body(request, limit_bytes)
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise BadBody([_fault(item) for item in error.errors()[:50]]) from None
    except (RecursionError, json.JSONDecodeError, UnicodeDecodeError):
        raise BadBody([FieldFault("", "json", "not JSON")]) from None


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body; BodyTooLarge as soon as it passes the limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


def _fault(item: Any) -> FieldFault:
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in item["loc"])
    pointer = "".join(f"/{part}" for part in escaped)
    return FieldFault(pointer, str(item["type"]).replace("_", "-"), item["msg"])


def _answer(door: Door, result: BaseModel | Response | None, request_id: str) -> Response:
    if isinstance(result, Response):
        response = result
    elif result is None:
        response = Response(status_code=204)
    else:
        response = Response(
            result.model_dump_json(by_alias=True), door.status, media_type="application/json"
        )
    response.headers["X-Request-Id"] = request_id
    if "cache-control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def request_id(connection: HTTPConnection) -> str:
    """The id of this request, made once: in every log line, problem and audit event."""
    return str(connection.scope.setdefault("telehealth.request_id", uuid4().hex))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
