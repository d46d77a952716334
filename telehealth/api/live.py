"""The live log's WebSocket: who may come in is decided before it is accepted."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from signaling.live_audience import Mailbox
from signaling.live_errors import SocketGone
from signaling.live_hubs import LiveHubs
from signaling.live_log import Refusal, SessionId
from signaling.live_presence import Person
from signaling.live_socket import serve
from telehealth.doors import request_id
from telehealth.errors import NotAllowed, NotFound
from telehealth.live_sign_ins import LiveSignIns
from telehealth.problems import KINDS, problem_response

Entrance = Callable[[WebSocket, SessionId], Awaitable[tuple[Person, UUID]]]
"""Says who this is in that session, by which sign-in; raises what the problem table knows."""


class LiveDoor:
    """WS /live/{session_id}."""

    def __init__(self, hubs: LiveHubs[Any, Any], entrance: Entrance, sign_ins: LiveSignIns) -> None:
        self._hubs = hubs
        self._entrance = entrance
        self._sign_ins = sign_ins

    def route(self) -> WebSocketRoute:
        """The address."""
        return WebSocketRoute("/live/{session_id}", self.connect)

    async def connect(self, websocket: WebSocket) -> None:
        """Refuse with a problem, or accept and serve to the end (LC9)."""
        try:
            session_id = _session_id(websocket)
            person, login_id = await self._entrance(websocket, session_id)
            hub = await self._hubs.hub(session_id)
            if isinstance(hub.entry(person.identity), Refusal):
                raise NotAllowed
        except tuple(KINDS) as error:  # a handshake is answered by a problem
            await websocket.send_denial_response(problem_response(error, request_id(websocket)))
            return
        mailbox = Mailbox()
        with self._sign_ins.holding(login_id, mailbox):
            await websocket.accept()
            await serve(StarletteSocket(websocket), person, hub, mailbox)


class StarletteSocket:
    """Implements `signaling.live_socket.LiveSocket`."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> str | bytes | None:
        """The next message, None when the other side is gone."""
        message = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            return None
        text: str | None = message.get("text")
        return text if text is not None else bytes(message.get("bytes") or b"")

    async def send(self, text: str) -> None:
        """Send a text message; waits while the line is full."""
        self._require_connected()
        try:
            await self._websocket.send_text(text)
        except WebSocketDisconnect:
            raise SocketGone from None

    async def close(self, code: int, reason: str) -> None:
        """Send the close frame."""
        self._require_connected()
        try:
            await self._websocket.close(code, reason)
        except WebSocketDisconnect:
            raise SocketGone from None

    def _require_connected(self) -> None:
        if self._websocket.client_state is not WebSocketState.CONNECTED:
            raise SocketGone


def _session_id(websocket: WebSocket) -> SessionId:
    try:
        return SessionId(UUID(websocket.path_params["session_id"]))
    except ValueError:
        raise NotFound("session") from None
