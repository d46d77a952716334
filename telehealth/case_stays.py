"""Who was there while a case was open: presence of the session cut to the case's turns; pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from signaling.live_log import Event
from signaling.live_storage import Stay

Span = tuple[datetime, datetime | None]


def spans_of(events: Iterable[Event], case_id: str) -> list[Span]:
    """The turns of a case; the last is open-ended while it goes on."""
    spans: list[Span] = []
    begun: datetime | None = None
    for event in events:
        opens = event.kind == "case_opened" and event.body.get("case_id") == case_id
        if begun is not None and not opens:
            spans.append((begun, event.at))
            begun = None
        elif begun is None and opens:
            begun = event.at
    return [*spans, (begun, None)] if begun is not None else spans


def present_during(stays: Sequence[Stay], spans: Sequence[Span]) -> list[Stay]:
    """One stay for each person: from first seen in a turn to last; people in order of coming."""
    found: dict[str, Stay] = {}
    for stay in stays:
        for begin, end in spans:
            cut = _cut(stay, begin, end)
            if cut is not None:
                found[stay.identity] = _joined(found.get(stay.identity), cut)
    return sorted(found.values(), key=lambda one: one.joined_at)


def _cut(stay: Stay, begin: datetime, end: datetime | None) -> Stay | None:
    joined = max(stay.joined_at, begin)
    left = min((one for one in (stay.left_at, end) if one), default=None)
    if left is not None and left <= joined:
        return None
    return Stay(stay.identity, stay.seat, joined, left)


def _joined(first: Stay | None, second: Stay) -> Stay:
    if first is None:
        return second
    ends = (first.left_at, second.left_at)
    left = max(end for end in ends if end) if all(ends) else None
    return Stay(first.identity, second.seat, min(first.joined_at, second.joined_at), left)
