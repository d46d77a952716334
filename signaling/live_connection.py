"""One connection's protocol: messages in, effects out. Pure, no socket and no clock."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from signaling.live_errors import BadMessage
from signaling.live_messages import (
    BAD_MESSAGE,
    FLOOD,
    Hello,
    Ping,
    Point,
    Submit,
    parse,
)


class Phase(Enum):
    """How far a connection is."""

    NEW = "new"
    """Only `hello` is expected."""
    LIVE = "live"
    """Welcomed."""
    CLOSED = "closed"
    """Nothing is heard any more."""


@dataclass(frozen=True)
class Close:
    """End the connection with this code."""

    code: int
    reason: str


Effect = Hello | Submit | Point | Ping | Close


@dataclass
class TokenBucket:
    """So many at once, so many a second after that."""

    burst: float
    per_second: float
    _left: float = -1.0
    _at: float = 0.0

    def spend(self, now: float) -> bool:
        """Take one token at `now` (monotonic seconds); False when none is left."""
        left = self.burst if self._left < 0 else self._left + (now - self._at) * self.per_second
        left = min(self.burst, left)
        self._at = now
        self._left = left - 1 if left >= 1 else left
        return left >= 1


EVENT_BURST: Final = 160
EVENTS_PER_SECOND: Final = 40
MESSAGE_BURST: Final = 600
MESSAGES_PER_SECOND: Final = 150


class Connection:
    """Judges what one client sends; the shell performs the effect it answers."""

    def __init__(self) -> None:
        self.phase = Phase.NEW
        self._events = TokenBucket(EVENT_BURST, EVENTS_PER_SECOND)
        self._messages = TokenBucket(MESSAGE_BURST, MESSAGES_PER_SECOND)

    def receive(self, message: str | bytes, now: float) -> Effect | None:
        """What to do about a message at `now` (monotonic seconds); None once closed."""
        if self.phase is Phase.CLOSED:
            return None
        if not self._messages.spend(now):
            return self._close(FLOOD, "too many messages")
        try:
            parsed = parse(message)
        except BadMessage as error:
            return self._close(error.code, error.reason)
        if isinstance(parsed, Hello) is (self.phase is Phase.LIVE):
            return self._close(BAD_MESSAGE, "hello comes first, once")
        if isinstance(parsed, Submit) and not self._events.spend(now):
            return self._close(FLOOD, "too many events")
        self.phase = Phase.LIVE
        return parsed

    def _close(self, code: int, reason: str) -> Close:
        self.phase = Phase.CLOSED
        return Close(code, reason)
