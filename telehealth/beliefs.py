"""Answers about rights that are believed for a moment: scrolling asks the same thousands of times.

Rule DO3 of docs/image-delivery.md: a withdrawn right may lag by this much, a sign-out never.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

BELIEVED: Final = timedelta(seconds=5)
_KEPT_MAX: Final = 10_000


class Beliefs(Generic[Key, Value]):
    """The last answer for each key, while it is only seconds old."""

    def __init__(self) -> None:
        self._kept: dict[Key, tuple[Value, datetime]] = {}

    def get(self, key: Key, now: datetime) -> Value | None:
        """The answer, None when it was never given or is too old."""
        found = self._kept.get(key)
        return found[0] if found is not None and found[1] > now else None

    def keep(self, key: Key, value: Value, now: datetime) -> Value:
        """Believe this from now on; gives it back."""
        if len(self._kept) >= _KEPT_MAX:
            self._kept.clear()
        self._kept[key] = value, now + BELIEVED
        return value

    def forget(self, which: Callable[[Value], bool]) -> None:
        """No longer believe these."""
        self._kept = {key: kept for key, kept in self._kept.items() if not which(kept[0])}
