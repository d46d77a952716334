"""Where stored events go: a seam. In one process they go straight to the local connections.

With several web processes a fan-out over Redis Streams takes this place: it publishes what it is
given, and each process's reader hands it to its own `LocalAudience`.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from signaling.live_connection import Close
from signaling.live_log import Identity
from signaling.live_messages import TOO_SLOW
from signaling.live_outbox import Outbox


class Fanout(Protocol):
    """Carries one session's messages to everybody connected; never waits for a receiver."""

    def events(self, texts: Sequence[str]) -> None:
        """Stored events, encoded, in order."""
        ...

    def presence(self, text: str) -> None:
        """The presence list; a newer one replaces one that still waits."""
        ...

    def pointer(self, by: Identity, text: str) -> None:
        """A pointer, to everybody but its sender; may be dropped."""
        ...

    def expel(self, identity: Identity, close: Close) -> None:
        """Close this person's connection."""
        ...

    def close(self, close: Close) -> None:
        """Close every connection."""
        ...


class Mailbox:
    """An outbox that wakes its connection's writer, and the wish to close it."""

    def __init__(self) -> None:
        self._outbox = Outbox()
        self._filled = asyncio.Event()
        self.closing: asyncio.Future[Close] = asyncio.get_running_loop().create_future()

    def push(self, text: str) -> None:
        """Queue a message that must arrive; a receiver too slow for it is closed (LC7)."""
        self._outbox.push(text)
        self._filled.set()
        if self._outbox.overflowed:
            self.close(Close(TOO_SLOW, "reader too slow"))

    def put_presence(self, text: str) -> None:
        """Queue the presence list."""
        self._outbox.put_presence(text)
        self._filled.set()

    def point(self, by: Identity, text: str) -> None:
        """Queue a pointer."""
        self._outbox.point(by, text)
        self._filled.set()

    def close(self, close: Close) -> None:
        """Ask for the end; the first wish stands."""
        if not self.closing.done():
            self.closing.set_result(close)

    async def next(self) -> str:
        """The next message to send, when there is one and its time has come."""
        loop = asyncio.get_running_loop()
        while True:
            if (text := self._outbox.take(loop.time())) is not None:
                return text
            self._filled.clear()
            wait_seconds = self._outbox.wait_seconds(loop.time())
            try:
                async with asyncio.timeout(wait_seconds):
                    await self._filled.wait()
            except TimeoutError:
                continue


class LocalAudience:
    """The connections of one session in this process."""

    def __init__(self) -> None:
        self._mailboxes: dict[Identity, Mailbox] = {}

    def seat(self, identity: Identity, mailbox: Mailbox) -> None:
        """Let a person receive; an older mailbox of the same person receives no more."""
        self._mailboxes[identity] = mailbox

    def unseat(self, identity: Identity, mailbox: Mailbox) -> None:
        """Stop sending to this mailbox."""
        if self._mailboxes.get(identity) is mailbox:
            del self._mailboxes[identity]

    def events(self, texts: Sequence[str]) -> None:
        """To everybody, in order."""
        for mailbox in self._mailboxes.values():
            for text in texts:
                mailbox.push(text)

    def presence(self, text: str) -> None:
        """To everybody, latest wins."""
        for mailbox in self._mailboxes.values():
            mailbox.put_presence(text)

    def pointer(self, by: Identity, text: str) -> None:
        """To everybody but the sender."""
        for identity, mailbox in self._mailboxes.items():
            if identity != by:
                mailbox.point(by, text)

    def expel(self, identity: Identity, close: Close) -> None:
        """Close one person's connection."""
        if mailbox := self._mailboxes.get(identity):
            mailbox.close(close)

    def close(self, close: Close) -> None:
        """Close every connection."""
        for mailbox in self._mailboxes.values():
            mailbox.close(close)
