"""A person's sessions as an iCalendar feed (RFC 5545). It leaves the house: no patient words."""

from collections.abc import Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event

from scheduling.session import Session, SessionState

_STATUS = {
    SessionState.CANCELLED: "CANCELLED",
    SessionState.PLANNED: "TENTATIVE",
    SessionState.POSTPONED: "TENTATIVE",
}


@dataclass(frozen=True)
class CalendarEntry:
    """What the feed tells of a session: when, which series, where, the page to open."""

    session: Session
    hub_name: str
    url: str


def _event(entry: CalendarEntry, host: str) -> Event:
    session = entry.session
    event = Event()
    event.add("uid", f"{session.id}@{host}")
    event.add("dtstamp", session.changed_at)
    event.add("sequence", session.version)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.ends_at)
    event.add("summary", session.title)
    event.add("location", entry.hub_name)
    event.add("url", entry.url)
    event.add("status", _STATUS.get(session.state, "CONFIRMED"))
    return event


def ics(entries: Iterable[CalendarEntry], name: str, host: str) -> bytes:
    """The feed as bytes; UIDs are stable, SEQUENCE grows with every change."""
    calendar = Calendar()
    calendar.add("prodid", "-//telehealth//hoi chan tu xa//VI")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for entry in entries:
        calendar.add_component(_event(entry, host))
    return bytes(calendar.to_ical())
