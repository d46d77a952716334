"""What a listener says to a media server and learns from it (LiveKit signalling, dual mode): pure.

A message in, effects out. The listener publishes nothing, is hidden, and asks for voices only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

from livekit.protocol import models, rtc

PROTOCOL = 16


@dataclass(frozen=True)
class Say:
    """Send this to the server."""

    request: rtc.SignalRequest


@dataclass(frozen=True)
class Describe:
    """The server offers a session description: answer it."""

    sdp: str
    offer_id: int
    tracks_by_mid: dict[str, str]


@dataclass(frozen=True)
class RemoteCandidate:
    """The server may be reached at this candidate (an RTCIceCandidateInit as JSON)."""

    init_json: str


@dataclass(frozen=True)
class Joined:
    """The room took us in."""

    ping_interval_s: float
    silence_limit_s: float


@dataclass(frozen=True)
class VoiceEnded:
    """A voice that was heard is no longer published."""

    track_sid: str


@dataclass(frozen=True)
class Speaks:
    """How loud somebody is from now on, 0 silent to 1."""

    identity: str
    level: float


@dataclass(frozen=True)
class Leave:
    """The server ends the connection; `again` tells whether to join anew."""

    again: bool
    reason: str


Effect = Say | Describe | RemoteCandidate | Joined | VoiceEnded | Speaks | Leave


@dataclass
class Listener:
    """One connection's knowledge of the room: who publishes which voice."""

    identities: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """Track sid of each known voice -> identity of its speaker."""
    token: str = ""
    """A fresher token, when the server sent one."""

    def receive(self, response: rtc.SignalResponse) -> list[Effect]:
        """What follows from one message of the server; unknown ones are ignored."""
        match response.WhichOneof("message"):
            case "join":
                return self._joined(response.join)
            case "update":
                return self._updated(response.update.participants)
            case "offer":
                offer = response.offer
                return [Describe(offer.sdp, offer.id, dict(offer.mid_to_track_id))]
            case "trickle" if response.trickle.target == rtc.SUBSCRIBER:
                return [RemoteCandidate(response.trickle.candidateInit)]
            case "speakers_changed":
                return self._speakers(response.speakers_changed.speakers)
            case "refresh_token":
                self.token = response.refresh_token
            case "leave":
                return [_leave(response.leave)]
        return []

    def _joined(self, join: rtc.JoinResponse) -> list[Effect]:
        joined = Joined(join.ping_interval or 5, join.ping_timeout or 15)
        return [joined, *self._updated(join.other_participants)]

    def _updated(self, participants: Iterable[models.ParticipantInfo]) -> list[Effect]:
        effects: list[Effect] = []
        wanted: list[str] = []
        for participant in participants:
            self.identities[participant.sid] = participant.identity
            gone = participant.state == models.ParticipantInfo.DISCONNECTED
            voices = set() if gone else _voices(participant)
            known = {sid for sid, who in self.owners.items() if who == participant.identity}
            for sid in sorted(known - voices):
                del self.owners[sid]
                effects.append(VoiceEnded(sid))
            self.owners |= dict.fromkeys(voices, participant.identity)
            wanted += sorted(voices - known)
        return [*effects, Say(_subscribe(wanted))] if wanted else effects

    def _speakers(self, speakers: Iterable[models.SpeakerInfo]) -> list[Effect]:
        return [
            Speaks(self.identities[speaker.sid], speaker.level if speaker.active else 0.0)
            for speaker in speakers
            if speaker.sid in self.identities
        ]


def join_address(server: str, sdk_version: str) -> str:
    """Where to open the WebSocket: `server` is http(s) or ws(s), with or without a path."""
    parts = urlsplit(server)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    query = {
        "auto_subscribe": "0",
        "adaptive_stream": "0",
        "protocol": str(PROTOCOL),
        "version": sdk_version,
    }
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/rtc", urlencode(query), ""))


def answer(sdp: str, offer_id: int) -> rtc.SignalRequest:
    """Our answer to the server's offer."""
    return rtc.SignalRequest(answer=rtc.SessionDescription(type="answer", sdp=sdp, id=offer_id))


def ping(now_ms: int) -> rtc.SignalRequest:
    """A heartbeat."""
    return rtc.SignalRequest(ping_req=rtc.Ping(timestamp=now_ms))


def goodbye() -> rtc.SignalRequest:
    """We leave on purpose."""
    return rtc.SignalRequest(leave=rtc.LeaveRequest(reason=models.CLIENT_INITIATED))


def _voices(participant: models.ParticipantInfo) -> set[str]:
    return {track.sid for track in participant.tracks if track.type == models.AUDIO}


def _subscribe(track_sids: list[str]) -> rtc.SignalRequest:
    return rtc.SignalRequest(
        subscription=rtc.UpdateSubscription(track_sids=track_sids, subscribe=True)
    )


def _leave(leave: rtc.LeaveRequest) -> Leave:
    again = leave.can_reconnect or leave.action != rtc.LeaveRequest.DISCONNECT
    return Leave(again, models.DisconnectReason.Name(leave.reason).lower().replace("_", "-"))
