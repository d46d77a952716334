"""A site's connection test: what a browser measured, and what it means for a meeting. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

# Below the first a voice breaks up; below the second only voice and images fit; a site with
# voices, control and one speaker's picture is comfortable from the third on. kbit/s, each way.
VOICE_KBIT, PICTURE_KBIT, COMFORT_KBIT = 100, 400, 1000
NOTICED_LOSS, HARMFUL_LOSS = 0.03, 0.10  # share of packets


class Device(StrEnum):
    """A microphone, speaker or camera as the browser found it."""

    OK = "ok"
    MISSING = "missing"
    REFUSED = "refused"  # the browser or the person said no


class Way(StrEnum):
    """One kind of way to the media server."""

    OK = "ok"
    FAILED = "failed"
    NOT_TRIED = "not_tried"  # the installation does not offer it


class Verdict(StrEnum):
    """In one word."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class Advice(StrEnum):
    """The one sentence to say; the words are the browser's."""

    GOOD = "good"
    BLOCKED = "blocked"
    NO_MEDIA = "no_media"
    NO_MIC = "no_mic"
    TOO_SLOW = "too_slow"
    HARMFUL_LOSS = "harmful_loss"
    VOICE_ONLY = "voice_only"
    LOSSY = "lossy"
    UDP_BLOCKED = "udp_blocked"
    NARROW = "narrow"
    NO_CAMERA = "no_camera"
    NO_SPEAKER = "no_speaker"


@dataclass(frozen=True)
class Measured:
    """What the browser found; rates in kbit/s and losses as shares, None when nothing flowed."""

    mic: Device
    speaker: Device
    camera: Device
    udp: Way
    tcp: Way
    relay: Way
    kbit_up: int | None
    kbit_down: int | None
    loss_up: float | None
    loss_down: float | None
    rtt_ms: int | None
    browser: str


@dataclass(frozen=True)
class LineCheck:
    """One test, by whom and where."""

    facility_id: UUID
    person_id: UUID
    checked_at: datetime
    measured: Measured


def judge(found: Measured) -> tuple[Verdict, Advice]:
    """The verdict, and the most important thing to say about it."""
    worst = _worst(found)
    if worst is not None:
        return Verdict.BAD, worst
    fair = _fair(found)
    return (Verdict.FAIR, fair) if fair is not None else (Verdict.GOOD, Advice.GOOD)


def _worst(found: Measured) -> Advice | None:
    if Way.OK not in (found.udp, found.tcp, found.relay):
        tried = Way.FAILED in (found.udp, found.tcp, found.relay)
        if tried or found.kbit_up is None:
            return Advice.BLOCKED
    if found.kbit_up is None or found.kbit_down is None:
        return Advice.NO_MEDIA
    if min(found.kbit_up, found.kbit_down) < VOICE_KBIT:
        return Advice.TOO_SLOW
    if _loss(found) > HARMFUL_LOSS:
        return Advice.HARMFUL_LOSS
    return Advice.NO_MIC if found.mic is not Device.OK else None


def _fair(found: Measured) -> Advice | None:
    rate = min(found.kbit_up or 0, found.kbit_down or 0)
    signs = (
        (rate < PICTURE_KBIT, Advice.VOICE_ONLY),
        (_loss(found) > NOTICED_LOSS, Advice.LOSSY),
        (found.udp is Way.FAILED, Advice.UDP_BLOCKED),
        (rate < COMFORT_KBIT, Advice.NARROW),
        (found.speaker is not Device.OK, Advice.NO_SPEAKER),
        (found.camera is not Device.OK, Advice.NO_CAMERA),
    )
    return next((advice for sign, advice in signs if sign), None)


def _loss(found: Measured) -> float:
    return max(found.loss_up or 0.0, found.loss_down or 0.0)
