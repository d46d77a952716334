"""Which live connections hang on which sign-in, so that signing out ends them. One process."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from signaling.live_audience import Mailbox
from signaling.live_connection import Close
from signaling.live_messages import SIGN_IN


class LiveSignIns:
    """By sign-in, not by person: who signs out at the office stays in the room on the phone."""

    def __init__(self) -> None:
        self._mailboxes: defaultdict[UUID, set[Mailbox]] = defaultdict(set)

    @contextmanager
    def holding(self, login_id: UUID, mailbox: Mailbox) -> Iterator[None]:
        """Meanwhile this connection ends when the sign-in does."""
        self._mailboxes[login_id].add(mailbox)
        try:
            yield
        finally:
            self._mailboxes[login_id].discard(mailbox)
            if not self._mailboxes[login_id]:
                del self._mailboxes[login_id]

    def end(self, login_id: UUID) -> None:
        """Close what hangs on it with 4401."""
        for mailbox in self._mailboxes.get(login_id, ()):
            mailbox.close(Close(SIGN_IN, "signed out"))
