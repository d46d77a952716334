"""Each participant's line as the server sees it, for a chair and for metrics. Changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from livekit.protocol import models

from signaling.layers import layer_of
from signaling.line import Line
from signaling.measurements import Outs
from signaling.outbound import OutboundTrack
from signaling.participant import Participant
from signaling.room import Room
from signaling.streams import CLOCK_RATES, InboundStream, InboundTrack


class Reason(StrEnum):
    """Why a picture comes in the layer in which it comes."""

    WISHED = "wished"  # as its receiver asked
    LINE = "line"  # the receiver's line bears no more
    SENDER = "sender"  # its publisher sends no more at the moment
    UNSEEN = "unseen"  # its receiver does not look


@dataclass(frozen=True)
class Direction:
    """One way of a line: bits per second, share lost (0..1), jitter (RFC 3550 6.4.1)."""

    bps: int = 0
    loss: float = 0.0
    jitter_ms: float = 0.0


@dataclass(frozen=True)
class Picture:
    """One picture that a participant receives; `layer` 0..2, None while it rests."""

    identity: str  # its publisher
    is_screen: bool
    layer: int | None
    reason: Reason


@dataclass(frozen=True)
class ParticipantLine:
    """Both directions of one participant: `up` is what they send. None: nobody measures it."""

    identity: str
    quality: str
    up: Direction
    down: Direction
    rtt_ms: int | None
    budget_bps: int | None
    pictures: tuple[Picture, ...]

    @property
    def lowered(self) -> int:
        """How many pictures the line keeps small or at rest."""
        return sum(picture.reason is Reason.LINE for picture in self.pictures)


def read_lines(
    room: Room,
    tracks: Mapping[str, InboundTrack],
    outs: Outs,
    lines: Mapping[str, Line],
    now: float,
) -> list[ParticipantLine]:
    """Of everybody in the room who is not hidden; `lines` by participant sid, of what they get."""
    owners = {
        sid: participant.identity
        for participant in room.participants.values()
        for sid in participant.tracks
    }
    return [
        _read(participant, tracks, _outs_of(participant.sid, outs), lines, owners, now)
        for participant in room.participants.values()
        if not participant.is_hidden
    ]


def _outs_of(sid: str, outs: Outs) -> list[OutboundTrack]:
    return [out for (receiver, _), out in outs.items() if receiver == sid]


def _read(
    participant: Participant,
    tracks: Mapping[str, InboundTrack],
    outs: list[OutboundTrack],
    lines: Mapping[str, Line],
    owners: Mapping[str, str],
    now: float,
) -> ParticipantLine:
    line = lines.get(participant.sid)
    budget = line.budget_bps(now) if line else None
    sent = (tracks[sid] for sid in participant.tracks if sid in tracks)
    return ParticipantLine(
        identity=participant.identity,
        quality=models.ConnectionQuality.Name(participant.quality).lower(),
        up=_up(stream for track in sent for stream in track.streams.values() if stream.alive),
        down=_down(out for out in outs if out.current is not None),
        rtt_ms=round(line.rtt * 1000) if line and line.rtt is not None else None,
        budget_bps=round(budget) if budget is not None else None,
        pictures=tuple(
            _picture(out, owners.get(out.track.sid, "")) for out in outs if out.kind == "video"
        ),
    )


def _up(streams: Iterable[InboundStream]) -> Direction:
    found = [
        Direction(
            round(stream.rate_bps),
            stream.fraction_lost / 256,
            _milliseconds(stream.jitter, stream.track.kind),
        )
        for stream in streams
    ]
    return _together(found)


def _down(outs: Iterable[OutboundTrack]) -> Direction:
    found = [
        Direction(
            round(out.current.rate_bps) if out.current else 0,
            out.fraction_lost / 256,
            _milliseconds(out.jitter, out.kind),
        )
        for out in outs
    ]
    return _together(found)


def _together(parts: list[Direction]) -> Direction:
    """Rates add up; of losses and jitters the worst counts."""
    return Direction(
        sum(part.bps for part in parts),
        max((part.loss for part in parts), default=0.0),
        max((part.jitter_ms for part in parts), default=0.0),
    )


def _milliseconds(jitter: float, kind: str) -> float:
    return round(jitter * 1000 / CLOCK_RATES[kind], 1)


def _picture(out: OutboundTrack, publisher: str) -> Picture:
    layer = out.current.layer if out.current else None
    largest = max((layer_of(rid, out.track.rids) for rid in out.track.rids), default=0)
    wanted = None if out.wanted is None else min(out.wanted, largest)
    borne = None if out.allowed is None else min(out.allowed, out.ladder.ceiling)
    return Picture(publisher, out.delivery.is_screen, layer, reason_of(wanted, borne, layer))


def reason_of(wanted: int | None, borne: int | None, layer: int | None) -> Reason:
    """Why `layer` comes where `wanted` was asked for and the line bears `borne`."""
    if wanted is None:
        return Reason.UNSEEN
    if layer is not None and layer >= wanted:
        return Reason.WISHED
    if borne is None or (borne < wanted and (layer is None or layer >= borne)):
        return Reason.LINE
    return Reason.SENDER


QUALITIES = tuple(name.lower() for name, _ in models.ConnectionQuality.items())


def states_of(lines: list[ParticipantLine]) -> dict[str, float]:
    """All lines in a few numbers without names, for metrics."""
    found: dict[str, float] = {
        f"lines_{quality}": sum(line.quality == quality for line in lines) for quality in QUALITIES
    }
    ways = [way for line in lines for way in (line.up, line.down)]
    return found | {
        "lines_worst_loss_ratio": max((way.loss for way in ways), default=0.0),
        "lines_worst_jitter_seconds": max((way.jitter_ms for way in ways), default=0.0) / 1000,
        "lines_worst_rtt_seconds": max((line.rtt_ms or 0 for line in lines), default=0) / 1000,
        "lines_up_bps": sum(line.up.bps for line in lines),
        "lines_down_bps": sum(line.down.bps for line in lines),
        "pictures_lowered": sum(line.lowered for line in lines),
    }
