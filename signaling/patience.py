"""How long a room waits for somebody whose connections are gone (rule R1). Pure."""

from datetime import datetime, timedelta

from livekit.protocol import models

from signaling.participant import Participant

_RESUME_GRACE = timedelta(seconds=15)  # without media; with media up, much longer
_SIGNAL_GRACE = timedelta(seconds=60)
_JOIN_TIMEOUT = timedelta(seconds=30)


def overdue(participant: Participant, now: datetime) -> models.DisconnectReason | None:
    """Why the participant must go now, or None."""
    if not participant.is_active and now - participant.joined_at > _JOIN_TIMEOUT:
        return models.CONNECTION_TIMEOUT
    lost, media_lost = participant.signal_lost_at, participant.media_lost_at
    if participant.is_active and not participant.connected and media_lost is not None:
        since = max(lost, media_lost) if lost is not None else media_lost
        if now - since > (_RESUME_GRACE if lost is not None else _JOIN_TIMEOUT):
            return models.MEDIA_FAILURE
    if lost is not None and now - lost > (
        _SIGNAL_GRACE if participant.connected else _RESUME_GRACE
    ):
        return models.SIGNAL_CLOSE
    return None
