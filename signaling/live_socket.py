"""Carries one WebSocket: reads, obeys the protocol's effects, writes; decides nothing."""

import asyncio
from contextlib import suppress
from typing import Any, Final, Generic, Protocol

from signaling.live_audience import Mailbox
from signaling.live_connection import Close, Connection, Effect
from signaling.live_errors import LogClosed, SocketGone
from signaling.live_hub import LiveHub
from signaling.live_log import Draft, FactsT, Refusal, StateT
from signaling.live_messages import (
    NOT_ALLOWED,
    TRY_AGAIN,
    Hello,
    Ping,
    Point,
    Submit,
    ack_text,
    pong_text,
    refused_text,
)
from signaling.live_presence import Person

CLOSE_SECONDS: Final = 2.0  # a receiver that does not read cannot be told why


class LiveSocket(Protocol):
    """An accepted WebSocket."""

    async def receive(self) -> str | bytes | None:
        """The next message, None when the other side is gone."""
        ...

    async def send(self, text: str) -> None:
        """Send a text message; waits while the line is full. Raises SocketGone."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Send the close frame. Raises SocketGone."""
        ...


async def serve(
    socket: LiveSocket, person: Person, hub: LiveHub[StateT, FactsT], mailbox: Mailbox
) -> None:
    """Serve a connection to its end; whoever holds the mailbox too may close it."""
    reader = asyncio.create_task(_Reader(socket, person, hub, mailbox).run())
    writer = asyncio.create_task(_write(socket, mailbox))
    try:
        ends: set[asyncio.Future[Any]] = {reader, writer, mailbox.closing}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _stop(reader, writer)
        await hub.leave(person.identity, mailbox)
    if mailbox.closing.done():
        close = mailbox.closing.result()
        with suppress(TimeoutError, SocketGone):
            async with asyncio.timeout(CLOSE_SECONDS):
                await socket.close(close.code, close.reason)


async def _stop(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _write(socket: LiveSocket, mailbox: Mailbox) -> None:
    with suppress(SocketGone):
        while True:
            await socket.send(await mailbox.next())


class _Reader(Generic[StateT, FactsT]):
    def __init__(
        self,
        socket: LiveSocket,
        person: Person,
        hub: LiveHub[StateT, FactsT],
        mailbox: Mailbox,
    ) -> None:
        self._socket = socket
        self._person = person
        self._hub = hub
        self._mailbox = mailbox
        self._connection = Connection()

    async def run(self) -> None:
        """Read until the other side is gone or has to go."""
        loop = asyncio.get_running_loop()
        try:
            while (message := await self._socket.receive()) is not None:
                if effect := self._connection.receive(message, loop.time()):
                    await self._obey(effect)
        except LogClosed:
            self._mailbox.close(Close(TRY_AGAIN, "try again"))

    async def _obey(self, effect: Effect) -> None:
        person = self._person
        match effect:
            case Hello(last_seq):
                await self._enter(last_seq)
            case Submit():
                draft = Draft(person.identity, person.seat, effect.id, effect.kind, effect.body)
                await self._hub.submit(draft, lambda result: self._answer(effect.id, result))
            case Point():
                self._hub.point(person.identity, person.seat, effect)
            case Ping():
                self._mailbox.push(pong_text(effect))
            case Close():
                self._mailbox.close(effect)

    async def _enter(self, last_seq: int | None) -> None:
        if refusal := self._hub.entry(self._person.identity):
            self._mailbox.close(Close(NOT_ALLOWED, refusal.slug))
        else:
            await self._hub.enter(self._person, self._mailbox, last_seq)

    def _answer(self, client_id: str, result: int | Refusal) -> None:
        if isinstance(result, Refusal):
            self._mailbox.push(refused_text(client_id, result))
        else:
            self._mailbox.push(ack_text(client_id, result))
