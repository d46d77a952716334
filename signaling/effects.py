"""What a room asks its shell to do. Values only; the order in the list is the order of doing."""

from dataclasses import dataclass

from livekit.protocol import models, rtc

from signaling.layers import Wish
from signaling.media_codecs import Codec
from signaling.outbound import Delivery
from signaling.sdp import Credentials

PUBLISHER, SUBSCRIBER = "publisher", "subscriber"  # v1 has only a publisher transport


@dataclass(frozen=True)
class Send:
    """A signal message to one participant."""

    participant: str  # sid, here and below
    response: rtc.SignalResponse


@dataclass(frozen=True)
class HangUp:
    """Close the participant's signal connection after what was sent."""

    participant: str


@dataclass(frozen=True)
class OpenTransport:
    """Answer connectivity checks made with these credentials; DTLS role is client or server."""

    participant: str
    target: str
    credentials: Credentials
    role: str


@dataclass(frozen=True)
class RestartIce:
    """Answer checks with new credentials under the same DTLS."""

    participant: str
    target: str
    credentials: Credentials


@dataclass(frozen=True)
class Trust:
    """The client's certificate fingerprints: DTLS may begin."""

    participant: str
    target: str
    fingerprints: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CloseTransports:
    """Forget all connections of a participant who left."""

    participant: str


@dataclass(frozen=True)
class Receive:
    """Packets of this section are the track's."""

    participant: str
    track: str
    kind: str
    mid: str
    codecs: tuple[Codec, ...]
    ssrcs: tuple[int, ...]
    repair_ssrcs: tuple[tuple[int, int], ...]  # RTX ssrc, what it repeats
    rids: tuple[str, ...]
    extensions: tuple[tuple[str, int], ...]
    is_voice: bool  # a microphone: passed on while among the loudest


@dataclass(frozen=True)
class StopReceiving:
    """The track is gone, and with it all its receivers."""

    participant: str
    track: str


@dataclass(frozen=True)
class Forward:
    """Send the track to a participant in the way that was agreed."""

    participant: str
    track: str
    delivery: Delivery


@dataclass(frozen=True)
class StopForwarding:
    """The participant no longer receives the track."""

    participant: str
    track: str


@dataclass(frozen=True)
class Steer:
    """How much of the track the participant wants."""

    participant: str
    track: str
    wish: Wish
    sizes: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Mute:
    """The track is muted or not; a muted one counts as silent."""

    track: str
    muted: bool


@dataclass(frozen=True)
class Deliver:
    """A data packet to one participant."""

    participant: str
    kind: int  # models.DataPacket.Kind
    packet: bytes


@dataclass(frozen=True)
class Notify:
    """A webhook event."""

    event: str
    participant: models.ParticipantInfo | None = None
    track: models.TrackInfo | None = None


Effect = (
    Send
    | HangUp
    | OpenTransport
    | RestartIce
    | Trust
    | CloseTransports
    | Receive
    | StopReceiving
    | Forward
    | StopForwarding
    | Steer
    | Mute
    | Deliver
    | Notify
)
