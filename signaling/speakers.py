"""Active speakers and line quality: measurements in, changes to tell out. No clock, no I/O."""

from collections.abc import Mapping

from livekit.protocol import models, rtc

from signaling.participant import Participant
from signaling.room import Room

_SPEAKING_DBOV = 50  # quieter (a larger number) is background, RFC 6464
_SILENCE = 127


def linear(level: int) -> float:
    """-dBov to 0..1."""
    return 0.0 if level >= _SILENCE else float(10 ** (-level / 20))


def note_levels(room: Room, levels: Mapping[str, int]) -> None:
    """Tells everyone who began or stopped speaking, and recorders each measurement too.

    `levels` are by participant sid, in -dBov.
    """
    changed = []
    for participant in room.participants.values():
        level = levels.get(participant.sid, _SILENCE)
        speaks = level < _SPEAKING_DBOV
        if (speaks or participant.is_speaking) and not participant.is_hidden:
            value = linear(level) if speaks else 0.0
            changed.append((participant, value, speaks))
    is_news = any(participant.is_speaking != speaks for participant, _, speaks in changed)
    for participant, value, speaks in changed:
        participant.is_speaking, participant.level = speaks, value
    speakers = [
        models.SpeakerInfo(sid=participant.sid, level=value, active=speaks)
        for participant, value, speaks in changed
    ]
    response = rtc.SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=speakers))
    for participant in room.participants.values():
        if is_news or (changed and participant.grant.recorder):
            room.send(participant, response)


def tell_newcomer(room: Room, newcomer: Participant) -> None:
    """Tells a participant who is speaking at this moment."""
    speakers = [
        models.SpeakerInfo(sid=participant.sid, level=participant.level, active=True)
        for participant in room.others(newcomer)
        if participant.is_speaking
    ]
    if speakers:
        change = rtc.SpeakersChanged(speakers=speakers)
        room.send(newcomer, rtc.SignalResponse(speakers_changed=change))


def quality_of(loss: float, is_connected: bool) -> models.ConnectionQuality:
    """The quality shown for the worst loss (0..1) seen on a participant's line."""
    if not is_connected:
        return models.LOST
    if loss <= 0.02:
        return models.EXCELLENT
    return models.GOOD if loss <= 0.08 else models.POOR


_SCORES = {models.EXCELLENT: 5.0, models.GOOD: 3.5, models.POOR: 2.0, models.LOST: 0.0}


def note_losses(room: Room, losses: Mapping[str, float]) -> None:
    """Tells everyone whose line changed; `losses` by participant sid."""
    updates = []
    for participant in room.participants.values():
        quality = quality_of(losses.get(participant.sid, 0.0), bool(participant.connected))
        if quality == participant.quality or not participant.is_active or participant.is_hidden:
            continue
        participant.quality = quality
        updates.append(
            rtc.ConnectionQualityInfo(
                participant_sid=participant.sid, quality=quality, score=_SCORES[quality]
            )
        )
    if updates:
        update = rtc.ConnectionQualityUpdate(updates=updates)
        response = rtc.SignalResponse(connection_quality=update)
        for participant in room.participants.values():
            room.send(participant, response)
