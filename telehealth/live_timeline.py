"""What the live log says of a case afterwards: when it was open, what was shown, who was there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from signaling.live_log import Event, SessionId
from signaling.live_storage import Stay
from signaling.live_store import LiveStore

CASE_KINDS: Final = frozenset({"case_opened", "case_closed", "session_ended"})
SHOWING_KINDS: Final = CASE_KINDS | {"view_changed"}


@dataclass(frozen=True)
class Span:
    """A stretch of time; `until` None while it goes on."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class ShownSeries:
    """An image series that was on the shared screen, and when it came there first."""

    study_uid: str
    series_uid: str
    first_at: datetime


def case_spans(events: Iterable[Event], case_id: str) -> list[Span]:
    """When the case was open, in order; needs the events of CASE_KINDS."""
    spans: list[Span] = []
    for event in events:
        if event.kind not in CASE_KINDS:
            continue
        if spans and spans[-1].until is None:
            spans[-1] = Span(spans[-1].since, event.at)
        if event.kind == "case_opened" and event.body["case_id"] == case_id:
            spans.append(Span(event.at))
    return spans


def images_shown(events: Iterable[Event], case_id: str) -> list[ShownSeries]:
    """Every image series shown while the case was open; needs the events of SHOWING_KINDS.

    A reopened case shows its kept view at once, so the view in `case_opened` counts too.
    """
    shown: dict[tuple[str, str], ShownSeries] = {}
    is_open = False
    for event in events:
        if event.kind in CASE_KINDS:
            is_open = event.kind == "case_opened" and event.body["case_id"] == case_id
        if is_open:
            for study_uid, series_uid in _on_screen(event):
                first = ShownSeries(study_uid, series_uid, event.at)
                shown.setdefault((study_uid, series_uid), first)
    return list(shown.values())


def _on_screen(event: Event) -> list[tuple[str, str]]:
    view = event.body.get("view")
    ports = view["viewports"] if view else ()
    return [(port["study_uid"], port["series_uid"]) for port in ports if port]


def present_during(stays: Sequence[Stay], spans: Sequence[Span]) -> list[Stay]:
    """Stays cut to the spans, one a person from first to last presence (PR5)."""
    present: dict[str, Stay] = {}
    for stay in stays:
        for span in spans:
            if (part := _overlap(stay, span)) is None:
                continue
            known = present.get(part.identity)
            present[part.identity] = _joined(known, part) if known else part
    return sorted(present.values(), key=lambda stay: stay.joined_at)


def _overlap(stay: Stay, span: Span) -> Stay | None:
    joined_at = max(stay.joined_at, span.since)
    ends = [end for end in (stay.left_at, span.until) if end is not None]
    left_at = min(ends) if ends else None
    if left_at is not None and left_at <= joined_at:
        return None
    return Stay(stay.identity, stay.seat, joined_at, left_at)


def _joined(known: Stay, part: Stay) -> Stay:
    ends = [end for end in (known.left_at, part.left_at) if end is not None]
    left_at = max(ends) if len(ends) == 2 else None
    return Stay(part.identity, part.seat, min(known.joined_at, part.joined_at), left_at)


async def attendance(tx: AsyncSession, session_id: UUID, case_id: UUID) -> list[Stay]:
    """Who was there while this case was open, from when to when."""
    store, key = LiveStore(tx), SessionId(session_id)
    spans = case_spans(await store.events(key, kinds=CASE_KINDS), str(case_id))
    return present_during(await store.attendance(key), spans)


async def shown_in_case(tx: AsyncSession, session_id: UUID, case_id: UUID) -> list[ShownSeries]:
    """The image series that were shown in this case, in order."""
    events = await LiveStore(tx).events(SessionId(session_id), kinds=SHOWING_KINDS)
    return images_shown(events, str(case_id))
