"""What waits for one receiver: durable messages in order, the rest latest-wins. Pure, no clock."""

from collections import deque
from typing import Final

MESSAGE_LIMIT: Final = 2_000
BYTE_LIMIT: Final = 2 << 20
# Beyond this a line is behind: pointers would only delay what must arrive.
POINTER_MESSAGE_LIMIT: Final = 200
POINTER_BYTE_LIMIT: Final = 256 << 10
POINTER_INTERVAL_SECONDS: Final = 1 / 20


class Outbox:
    """A bounded queue; once `overflowed`, the receiver is to be closed (LC7)."""

    def __init__(self) -> None:
        self._durable: deque[str] = deque()
        self._size = 0
        self._presence: str | None = None
        self._pointers: dict[str, str] = {}
        self._next_pointer_at = 0.0
        self.overflowed = False

    def push(self, text: str) -> None:
        """Add a message that must arrive, in order."""
        self._durable.append(text)
        self._size += len(text)
        if len(self._durable) > MESSAGE_LIMIT or self._size > BYTE_LIMIT:
            self.overflowed = True
        if self._is_behind():
            self._pointers.clear()

    def put_presence(self, text: str) -> None:
        """Set the presence list; one that still waits is replaced (PR2)."""
        self._presence = text

    def point(self, by: str, text: str) -> None:
        """Set this person's pointer; dropped when the receiver is behind (PT3, PT4)."""
        if not self._is_behind():
            self._pointers[by] = text

    def take(self, now: float) -> str | None:
        """The next message to send at `now` (monotonic seconds), None when nothing may go."""
        if self._durable:
            text = self._durable.popleft()
            self._size -= len(text)
            return text
        if self._presence is not None:
            text, self._presence = self._presence, None
            return text
        if self._pointers and now >= self._next_pointer_at:
            self._next_pointer_at = now + POINTER_INTERVAL_SECONDS
            return self._pointers.pop(next(iter(self._pointers)))
        return None

    def wait_seconds(self, now: float) -> float | None:
        """How long until `take` could give a waiting pointer; None when nothing waits."""
        return max(0.0, self._next_pointer_at - now) if self._pointers else None

    def _is_behind(self) -> bool:
        return len(self._durable) > POINTER_MESSAGE_LIMIT or self._size > POINTER_BYTE_LIMIT
