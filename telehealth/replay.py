"""A recording's timeline, folded from the live log by the rules of the meeting itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.levels import Voice
from recordings.recording import Recording, Segment
from recordings.recording_store import RecordingStore
from recordings.timeline import (
    LoggedEvent,
    Moment,
    Timeline,
    events_before,
    state_at,
    timeline,
)
from signaling.live_log import Event, Identity, SessionId
from signaling.live_store import LiveStore
from telehealth.live_rules import LiveRules
from telehealth.live_state import LiveState

_RULES = LiveRules()


@dataclass(frozen=True)
class Replay:
    """What a player needs: what was on screen at second 0, and all that happened after."""

    at_start: LiveState
    timeline: Timeline

    def state_at(self, t_s: float) -> LiveState:
        """What everybody saw at second `t_s`."""
        return state_at(self.at_start, self.timeline.moments, t_s, _reduce)

    def body(self) -> dict[str, Any]:
        """The timeline as JSON."""
        return {
            "duration_s": self.timeline.duration_s,
            "state": _RULES.show(self.at_start),
            "events": [_moment(moment) for moment in self.timeline.moments],
            "speakers": [
                {"identity": speaker.identity, "spans": [list(span) for span in speaker.spans]}
                for speaker in self.timeline.speakers
            ],
            "peaks": list(self.timeline.peaks),
        }


async def replay_of(tx: AsyncSession, recording: Recording) -> Replay:
    """The replay of a recording that has stopped."""
    events = await LiveStore(tx).events(SessionId(recording.session_id))
    return lay_out(recording, [_logged(event) for event in events], await _voices(tx, recording))


def lay_out(recording: Recording, events: Sequence[LoggedEvent], voices: Sequence[Voice]) -> Replay:
    """Pure: fold what came before, lay the rest on the axis.

    Chat of earlier cases is left out: a recording belongs to one patient.
    """
    before = events_before(recording.started_at, events)
    at_start = _RULES.initial()
    for event in before:
        at_start = _reduce(at_start, event)
    at_start = replace(at_start, chat=(), kept={})
    stopped_at = recording.stopped_at or recording.started_at
    return Replay(at_start, timeline(recording.started_at, stopped_at, events, voices))


async def _voices(tx: AsyncSession, recording: Recording) -> list[Voice]:
    segments = await RecordingStore(tx).segments(recording.id)
    return [_voice(segment) for segment in segments]


def _voice(segment: Segment) -> Voice:
    return Voice(segment.identity, segment.offset_s, segment.levels)


def _logged(event: Event) -> LoggedEvent:
    return LoggedEvent(event.seq, event.at, event.kind, event.by, event.body)


def _reduce(state: LiveState, event: LoggedEvent) -> LiveState:
    told = Event(event.seq, event.at, Identity(event.by), "", event.kind, event.body)
    return _RULES.reduce(state, told)


def _moment(moment: Moment) -> dict[str, Any]:
    event = moment.event
    return {
        "t_s": moment.t_s,
        "seq": event.seq,
        "kind": event.kind,
        "by": event.by,
        "body": dict(event.body),
    }
