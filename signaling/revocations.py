"""Tokens that open a room no more, though their signature and their time are good. Pure."""

from datetime import datetime, timedelta
from typing import Final

from signaling.grant import Grant

# The longest life of a token that the product writes is a recorder's six hours.
KEPT: Final = timedelta(hours=24)


class Revocations:
    """One worker's memory of who was removed: an earlier token of theirs is refused.

    A token that is written later lets the person in again: they were admitted anew.
    """

    def __init__(self) -> None:
        self._revoked: dict[tuple[str, str], tuple[int, datetime]] = {}

    def revoke(self, room: str, identity: str, before: int, now: datetime) -> None:
        """Refuse tokens of this identity for this room issued before `before` (Unix seconds)."""
        self._revoked = {
            key: (limit, until) for key, (limit, until) in self._revoked.items() if until > now
        }
        self._revoked[room, identity] = (before, now + KEPT)

    def cover(self, grant: Grant, now: datetime) -> bool:
        """Whether the token that carried this grant is refused."""
        before, until = self._revoked.get((grant.room, grant.identity), (0, now))
        return grant.issued_at < before and now < until
