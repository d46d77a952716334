"""LiveKit's doors: signal WebSockets, validation and RoomService, relayed to the media workers."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from signaling.limits import REQUEST_BODY_BYTES, SIGNAL_MESSAGE_BYTES
from signaling.messages import Denied
from signaling.workers import SignalConnection, Workers

# Without it the client's own code takes a refusal for an unreachable server.
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
_CLOSED, _TRY_AGAIN = 1000, 1011
_OUT = Denied(401, "permissions denied: removed from the session")
_TOO_MUCH = Denied(400, "too many query fields")
_QUERY_FIELDS_AT_MOST = 64


MayEnter = Callable[[str], Awaitable[bool]]
"""Whether the holder of a token may be in its room now, whatever else the worker finds."""


async def everybody(_token: str) -> bool:
    """The worker alone decides."""
    return True


def rtc_routes(workers: Workers, may_enter: MayEnter = everybody) -> list[BaseRoute]:
    """All routes; mount them at the root, where LiveKit clients look."""

    async def join_v0(socket: WebSocket) -> None:
        await _join(workers, may_enter, "v0", socket)

    async def join_v1(socket: WebSocket) -> None:
        await _join(workers, may_enter, "v1", socket)

    async def validate_v0(request: Request) -> Response:
        return await _validate(workers, may_enter, "v0", request)

    async def validate_v1(request: Request) -> Response:
        return await _validate(workers, may_enter, "v1", request)

    async def call(request: Request) -> Response:
        return await _call(workers, request)

    return [
        WebSocketRoute("/rtc", join_v0),
        WebSocketRoute("/rtc/v1", join_v1),
        Route("/rtc/validate", validate_v0),
        Route("/rtc/v1/validate", validate_v1),
        Route("/settings/regions", _no_regions),
        Route("/twirp/livekit.RoomService/{method}", call, methods=["POST"]),
    ]


async def _join(workers: Workers, may_enter: MayEnter, kind: str, socket: WebSocket) -> None:
    answer = await _answer(workers, may_enter, kind, socket)
    if isinstance(answer, Denied):
        await socket.send_denial_response(_refusal(answer))
        return
    await socket.accept()
    up = asyncio.create_task(_upwards(socket, answer))
    try:
        await _downwards(socket, answer)
    finally:
        answer.close()
        up.cancel()
        await asyncio.gather(up, return_exceptions=True)


async def _answer(
    workers: Workers, may_enter: MayEnter, kind: str, socket: WebSocket
) -> SignalConnection | Denied:
    asked = _query_and_token(socket)
    if isinstance(asked, Denied):
        return asked
    query, token = asked
    return await workers.join(kind, query, token) if await may_enter(token) else _OUT


async def _upwards(socket: WebSocket, connection: SignalConnection) -> None:
    """From the client to the worker, until either ends; a worker's end is found by reading it."""
    while (message := await socket.receive())["type"] == "websocket.receive":
        data = message.get("bytes")
        if data is not None and len(data) <= SIGNAL_MESSAGE_BYTES:
            try:
                await connection.send(data)
            except ConnectionError:
                return
    connection.close()


async def _downwards(socket: WebSocket, connection: SignalConnection) -> None:
    """From the worker to the client, until either ends."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while (data := await connection.receive()) is not None:
            await socket.send_bytes(data)
        await socket.close(_CLOSED if connection.ended_well else _TRY_AGAIN)


async def _validate(workers: Workers, may_enter: MayEnter, kind: str, request: Request) -> Response:
    asked = _query_and_token(request)
    if isinstance(asked, Denied):
        return _refusal(asked)
    query, token = asked
    if not await may_enter(token):
        return _refusal(_OUT)
    reply = await workers.validate(kind, query, token)
    return Response(reply.body, reply.status, _ANY_ORIGIN, reply.content_type)


async def _call(workers: Workers, request: Request) -> Response:
    body = await _bounded_body(request)
    if body is None:
        return PlainTextResponse("request too large", 413)
    asked = _query_and_token(request)
    if isinstance(asked, Denied):
        return _refusal(asked)
    _, token = asked
    content_type = request.headers.get("content-type", "")
    reply = await workers.call(request.path_params["method"], content_type, token, body)
    return Response(reply.body, reply.status, media_type=reply.content_type)


async def _bounded_body(request: Request) -> bytes | None:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > REQUEST_BODY_BYTES:
            return None
    return bytes(body)


async def _no_regions(request: Request) -> Response:
    return PlainTextResponse("not a cloud", 404, _ANY_ORIGIN)


def _refusal(denied: Denied) -> Response:
    return PlainTextResponse(denied.body, denied.status, _ANY_ORIGIN)


def _query_and_token(connection: HTTPConnection) -> tuple[str, str] | Denied:
    """The query without the token, and the token; the Authorization header wins."""
    # Not `connection.url`: urlsplit would keep the last 128 addresses, and the tokens in them.
    whole = connection.scope["query_string"].decode("latin-1")
    if whole.count("&") >= _QUERY_FIELDS_AT_MOST:
        return _TOO_MUCH
    pairs = parse_qsl(whole, keep_blank_values=True)
    header = connection.headers.get("authorization", "")
    token = header[7:] if header.lower().startswith("bearer ") else ""
    token = token or next((value for name, value in pairs if name == "access_token"), "")
    return urlencode([pair for pair in pairs if pair[0] != "access_token"]), token
