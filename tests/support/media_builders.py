"""Small real-looking inputs for media tests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

from livekit.protocol import models, rtc

from signaling import conversation
from signaling import effects as fx
from signaling.grant import Grant
from signaling.participant import Participant
from signaling.revocations import Revocations
from signaling.room import JoinOptions, Room, RoomSettings
from signaling.sdp import Credentials, Endpoint

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
_AUDIO = (
    "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtpmap:63 red/48000/2\r\n"
)
_VIDEO = "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"


def a_section(
    kind: str,
    mid: str,
    direction: str = "recvonly",
    *,
    track_id: str = "",
    ssrcs: tuple[int, ...] = (),
    rids: tuple[str, ...] = (),
) -> str:
    """One m= section as Chrome writes it, shortened."""
    if kind == "application":
        head = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
        return f"{head}a=mid:{mid}\r\na=sctp-port:5000\r\n"
    lines = [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {'111 63' if kind == 'audio' else '96 97'}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        f"a={direction}",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "a=extmap:3 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    ]
    if track_id:
        lines.append(f"a=msid:stream {track_id}")
    lines += [f"a=ssrc:{ssrc} cname:x" for ssrc in ssrcs]
    lines += [f"a=rid:{rid} send" for rid in rids]
    return "\r\n".join(lines) + "\r\n" + (_AUDIO if kind == "audio" else _VIDEO)


def an_offer(*sections: str, ufrag: str = "abcd") -> str:
    """A whole offer."""
    return (
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
        f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:0123456789012345678901\r\n"
        f"a=fingerprint:{FINGERPRINT}\r\n" + "".join(sections)
    )


class Counting:
    """Names that count up, so that tests can be read."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)

    def sid(self, prefix: str) -> str:
        """PA_1, TR_2, …"""
        return f"{prefix}_{next(self._numbers)}"

    def ssrc(self) -> int:
        """1001, 1002, …"""
        return 1000 + next(self._numbers)

    def credentials(self) -> Credentials:
        """Recognisable credentials."""
        return Credentials(f"ufrag{next(self._numbers)}", "p" * 32)


def _relays(identity: str, now: datetime) -> tuple[rtc.ICEServer, ...]:
    return (rtc.ICEServer(urls=["turns:turn.example"], username=f"{now:%H%M}:{identity}"),)


class Stage:
    """A room under test: people act, effects are collected."""

    def __init__(self) -> None:
        settings = RoomSettings(
            Endpoint(FINGERPRINT, ("1 1 udp 1 10.0.0.1 7000 typ host",)),
            _relays,
            lambda grant, key, now: f"token of {grant.identity}",
        )
        self.now = NOW
        self.room = Room("conference", settings, Counting(), NOW)
        self.effects: list[fx.Effect] = []

    def enter(
        self, identity: str, *, dual: bool = False, auto_subscribe: bool = True, **rights: object
    ) -> Participant:
        """Joins and brings the primary connection up."""
        defaults = {"identity": identity, "name": identity, "room": "conference"}
        grant = Grant(**{**defaults, "room_join": True, **rights})  # type: ignore[arg-type]
        options = JoinOptions(dual, auto_subscribe, models.ClientInfo(), "", {})
        participant = self.room.admit(grant, "key", options, self.now)
        if dual:
            self.room.send_offer(participant)
        target = fx.SUBSCRIBER if dual else fx.PUBLISHER
        conversation.transport_up(self.room, participant.sid, target)
        self.drain()
        return participant

    def says(self, participant: Participant, **message: object) -> None:
        """One signal message."""
        request = rtc.SignalRequest(**message)  # type: ignore[arg-type]
        conversation.hear(self.room, participant, request.SerializeToString(), self.now)
        self.drain()

    def offers(self, participant: Participant, *sections: str, ufrag: str = "abcd") -> None:
        """An offer with these sections and a data section."""
        text = an_offer(*sections, a_section("application", "data"), ufrag=ufrag)
        self.says(participant, offer=rtc.SessionDescription(type="offer", sdp=text, id=1))

    def publishes(self, participant: Participant, kind: str = "audio", mid: str = "0") -> str:
        """Announces and offers one track; its sid."""
        cid = f"cid-{kind}-{mid}"
        video = kind == "video"
        request = rtc.AddTrackRequest(
            cid=cid,
            type=models.VIDEO if video else models.AUDIO,
            source=models.CAMERA if video else models.MICROPHONE,
            layers=[
                models.VideoLayer(quality=quality, width=320 << index, height=180 << index)
                for index, quality in enumerate((models.LOW, models.MEDIUM, models.HIGH))
            ]
            if video
            else [],
        )
        self.says(participant, add_track=request)
        rids = ("q", "h", "f") if video else ()
        self.offers(participant, a_section(kind, mid, "sendonly", track_id=cid, rids=rids))
        return participant.answering.publishing[mid]

    def later(self, **ago: float) -> None:
        """Time passes; the room's tick runs."""
        self.now += timedelta(**ago)
        self.room.tick(self.now)
        self.drain()

    def drain(self) -> None:
        """Collects what the room asked for."""
        self.effects += self.room.take_effects()

    def take(self, kind: type) -> list:  # type: ignore[type-arg]
        """The effects of one kind so far; forgets all."""
        found = [effect for effect in self.effects if isinstance(effect, kind)]
        self.effects.clear()
        return found

    def sent(self, participant: Participant, what: str) -> list:  # type: ignore[type-arg]
        """Signal messages of one kind to one participant so far; keeps all."""
        return [
            getattr(effect.response, what)
            for effect in self.effects
            if isinstance(effect, fx.Send)
            and effect.participant == participant.sid
            and effect.response.WhichOneof("message") == what
        ]


class StageRooms:
    """A worker's only room, on a stage."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.rooms = {"conference": self.stage.room}
        self.revocations = Revocations()

    def room(self, name: str) -> Room:
        """The room of this name; any other name is the same room."""
        return self.rooms.setdefault(name, self.stage.room)

    def settle(self, room: Room) -> None:
        """Collects what the room asked for."""
        self.stage.drain()
