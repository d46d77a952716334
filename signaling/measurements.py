"""What is read off tracks to be told to the people of a room: levels, losses, pauses."""

from collections.abc import Mapping

from signaling.outbound import OutboundTrack
from signaling.room import Room
from signaling.streams import InboundTrack
from signaling.voices import SILENCE

Outs = Mapping[tuple[str, str], OutboundTrack]  # by participant sid and track sid


def levels(room: Room, tracks: Mapping[str, InboundTrack]) -> dict[str, int]:
    """The loudest level of each participant since the last call, in -dBov."""
    found: dict[str, int] = {}
    for participant in room.participants.values():
        for sid in participant.tracks:
            track = tracks.get(sid)
            if track is not None and track.kind == "audio":
                level = SILENCE if track.muted else track.level
                track.level = SILENCE
                found[participant.sid] = min(level, found.get(participant.sid, SILENCE))
    return found


def losses(room: Room, tracks: Mapping[str, InboundTrack], outs: Outs) -> dict[str, float]:
    """The worst loss (0..1) on each participant's line, of what they send and receive."""
    found = {}
    for participant in room.participants.values():
        own = [tracks[sid].streams.values() for sid in participant.tracks if sid in tracks]
        worst = [stream.fraction_lost for streams in own for stream in streams if stream.alive]
        worst += [out.fraction_lost for key, out in outs.items() if key[0] == participant.sid]
        found[participant.sid] = max(worst, default=0) / 256
    return found


def paused(outs: Outs) -> frozenset[tuple[str, str]]:
    """The pictures that rest because a line does not bear them."""
    return frozenset(key for key, out in outs.items() if out.is_paused)
