"""The time axis of a recording: what was shown, said and by whom, in seconds from its start."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from recordings.levels import Voice, join_spans, peaks, spans

PEAKS_PER_SECOND = 2
MOST_PEAKS = 2_000
State = TypeVar("State")


@dataclass(frozen=True)
class LoggedEvent:
    """One event of the live log, as the session stored it."""

    seq: int
    at: datetime
    kind: str
    by: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Moment:
    """An event on the recording's axis."""

    t_s: float
    event: LoggedEvent


@dataclass(frozen=True)
class Speaker:
    """When one person spoke, as (from, to) in seconds."""

    identity: str
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Timeline:
    """All that replay needs beside the voices and the images."""

    duration_s: float
    moments: tuple[Moment, ...]
    speakers: tuple[Speaker, ...]
    peaks: tuple[float, ...]


def timeline(
    started_at: datetime,
    stopped_at: datetime,
    events: Iterable[LoggedEvent],
    voices: Sequence[Voice],
) -> Timeline:
    """Lay the events between start and stop, and the voices, on one axis.

    The event that ends a recording may open the next case: it is left out.
    """
    duration_s = max(0.0, (stopped_at - started_at).total_seconds())
    during = sorted((e for e in events if started_at < e.at < stopped_at), key=lambda e: e.seq)
    count = max(1, min(MOST_PEAKS, int(duration_s * PEAKS_PER_SECOND)))
    return Timeline(
        duration_s=duration_s,
        moments=tuple(_moment(event, started_at) for event in during),
        speakers=_speakers(voices),
        peaks=tuple(peaks(voices, duration_s, count)),
    )


def events_before(started_at: datetime, events: Iterable[LoggedEvent]) -> list[LoggedEvent]:
    """The session's events up to the start: folded, they are what was on screen at second 0."""
    return sorted((e for e in events if e.at <= started_at), key=lambda e: e.seq)


def state_at(
    at_start: State,
    moments: Iterable[Moment],
    t_s: float,
    apply: Callable[[State, LoggedEvent], State],
) -> State:
    """What everybody saw at second `t_s`: the state at the start with all later moments applied.

    `apply` is the reducer that the live session used, so replay shows what the meeting showed.
    """
    state = at_start
    for moment in moments:
        if moment.t_s > t_s:
            break
        state = apply(state, moment.event)
    return state


def _moment(event: LoggedEvent, started_at: datetime) -> Moment:
    t_s = round((event.at - started_at).total_seconds(), 3)
    return Moment(t_s, event)


def _speakers(voices: Sequence[Voice]) -> tuple[Speaker, ...]:
    identities = sorted({voice.identity for voice in voices})
    found = (
        Speaker(one, tuple(_rounded(voice for voice in voices if voice.identity == one)))
        for one in identities
    )
    return tuple(speaker for speaker in found if speaker.spans)


def _rounded(voices: Iterable[Voice]) -> list[tuple[float, float]]:
    joined = join_spans(span for voice in voices for span in spans(voice))
    return [(round(start, 2), round(end, 2)) for start, end in joined]
