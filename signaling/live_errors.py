"""Errors of the live log.

LiveError
├── BadMessage       the connection is closed with `code`
├── AlreadyLogged    some events were stored before: their first numbers
├── LogMoved         another process has written the same log
├── EventRefused     an event was refused by the rules or by what must be stored with it
├── LogClosed        the log in memory is gone; open it again
└── SocketGone       the other side of a connection is not there any more
"""

from collections.abc import Mapping
from dataclasses import dataclass

from signaling.live_log import EventKey, Refusal


class LiveError(Exception):
    """Base of what the live log raises on purpose."""


@dataclass
class BadMessage(LiveError):
    """A client broke the protocol; `code` is the close code (docs/live-log.md)."""

    code: int
    reason: str


@dataclass
class AlreadyLogged(LiveError):
    """Nothing was stored: these events are in the log already, under these numbers."""

    seqs: Mapping[EventKey, int]


class LogMoved(LiveError):
    """Nothing was stored: the log does not end where the writer thought."""


@dataclass
class EventRefused(LiveError):
    """This event may not be stored."""

    key: EventKey
    refusal: Refusal


class LogClosed(LiveError):
    """The log in memory was dropped; nothing unstored was acknowledged."""


class SocketGone(LiveError):
    """The other side of a connection is not there any more."""
