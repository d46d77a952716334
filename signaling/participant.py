"""One participant of a room: what they publish, receive and may do. No I/O."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from livekit.protocol import models, rtc

from signaling.grant import Grant
from signaling.layers import Wish
from signaling.media_codecs import H264, OPUS, RED, VP8, Codec
from signaling.negotiation import Answering, Offering

_SOURCES = {
    "camera": models.CAMERA,
    "microphone": models.MICROPHONE,
    "screen_share": models.SCREEN_SHARE,
    "screen_share_audio": models.SCREEN_SHARE_AUDIO,
}
_SOURCE_NAMES = {number: name for name, number in _SOURCES.items()}
_BACKLOG_PACKETS = 256
MIME_TYPES = {VP8: "video/VP8", H264: "video/H264"}


@dataclass
class PublishedTrack:
    """A track announced by add_track; `is_live` once an offer held its section."""

    info: models.TrackInfo
    cid: str
    owner: "Participant"
    is_live: bool = False
    subscribed_once: bool = False
    qualities: frozenset[int] | None = None  # layers last asked of the publisher
    codecs: tuple[Codec, ...] = ()  # it may be sent in, once live

    @property
    def sid(self) -> str:
        """The track's sid."""
        return self.info.sid

    @property
    def kind(self) -> str:
        """audio or video."""
        return "audio" if self.info.type == models.AUDIO else "video"

    @property
    def codec_name(self) -> str:
        """As clients write it: vp8, h264."""
        return self.info.mime_type.partition("/")[2].lower()

    @property
    def is_voice(self) -> bool:
        """A microphone, as opposed to a screen's sound."""
        return self.kind == "audio" and self.info.source != models.SCREEN_SHARE_AUDIO

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """(width, height) of the simulcast layers, smallest first."""
        layers = sorted(self.info.layers, key=lambda layer: layer.quality)
        return tuple((layer.width, layer.height) for layer in layers)


@dataclass
class Subscription:
    """One participant's claim on one track."""

    track: PublishedTrack
    subscriber: str
    wish: Wish = field(default_factory=Wish)
    told_paused: bool = False  # it rests because of the line, and the client knows


@dataclass
class SubscriptionRules:
    """Who may subscribe to a participant's tracks (subscription_permission)."""

    everyone: bool = True
    tracks: dict[str, frozenset[str] | None] = field(default_factory=dict)  # identity; None = all

    def allow(self, subscriber: "Participant", track_sid: str) -> bool:
        """Whether `subscriber` may have the track."""
        if self.everyone:
            return True
        for name in (subscriber.identity, subscriber.sid):
            if name in self.tracks:
                allowed = self.tracks[name]
                return allowed is None or track_sid in allowed
        return False


@dataclass
class Participant:
    """State of one participant; changed only by the room and its conversation."""

    info: models.ParticipantInfo
    grant: Grant
    key: str  # API key that signed the token: refreshed tokens use it too
    answering: Answering
    offering: Offering | None  # dual connection (v0) only
    auto_subscribe: bool
    may_pause: bool  # pictures may rest when the line does not bear them
    joined_at: datetime
    tracks: dict[str, PublishedTrack] = field(default_factory=dict)
    pending: dict[str, PublishedTrack] = field(default_factory=dict)  # by cid
    subscriptions: dict[str, Subscription] = field(default_factory=dict)  # by track sid
    refused: set[str] = field(default_factory=set)  # track sids unsubscribed on purpose
    asked: set[str] = field(default_factory=set)  # subscribed on purpose, maybe before connecting
    wishes: dict[str, Wish] = field(default_factory=dict)  # settings sent before subscribing
    rules: SubscriptionRules = field(default_factory=SubscriptionRules)
    connected: set[str] = field(default_factory=set)  # transports up
    signal_lost_at: datetime | None = None
    heard_at: datetime | None = None  # last signal message
    media_lost_at: datetime | None = None
    token_sent_at: datetime | None = None
    last_sequence: int = 0  # of reliable data packets received
    reliable_open: bool = False
    backlog: deque[bytes] = field(default_factory=lambda: deque(maxlen=_BACKLOG_PACKETS))
    quality: int = models.EXCELLENT
    is_speaking: bool = False
    level: float = 0.0  # 0..1, when last told

    @property
    def sid(self) -> str:
        """The participant's sid, new at every full join."""
        return self.info.sid

    @property
    def identity(self) -> str:
        """Who it is; one per room."""
        return self.info.identity

    @property
    def is_dual(self) -> bool:
        """Whether the client uses separate connections for sending and receiving."""
        return self.offering is not None

    @property
    def has_primary_subscriber(self) -> bool:
        """Whether the connection we offer is the one that makes the participant active."""
        return self.is_dual and self.grant.can_subscribe

    @property
    def is_active(self) -> bool:
        """Whether the primary connection has come up."""
        return self.info.state == models.ParticipantInfo.ACTIVE

    @property
    def is_hidden(self) -> bool:
        """Whether others must not learn of this participant."""
        return self.info.permission.hidden

    def changed(self) -> None:
        """Refreshes the public record after any change; clients drop versions they have seen."""
        del self.info.tracks[:]
        live = [track for track in self.tracks.values() if track.is_live]
        self.info.tracks.extend(track.info for track in live)
        self.info.is_publisher = bool(live)
        self.info.version += 1

    def may_publish(self, source: int) -> bool:
        """Whether a track of this source is allowed."""
        permission = self.info.permission
        sources = permission.can_publish_sources
        return permission.can_publish and (not sources or source in sources)

    def find_track(self, sid: str) -> PublishedTrack | None:
        """A track of theirs, published or still pending."""
        pending = (track for track in self.pending.values() if track.sid == sid)
        return self.tracks.get(sid) or next(pending, None)


def permission_of(grant: Grant) -> models.ParticipantPermission:
    """The public form of a grant."""
    sources = [_SOURCES[name] for name in sorted(grant.can_publish_sources) if name in _SOURCES]
    return models.ParticipantPermission(
        can_subscribe=grant.can_subscribe,
        can_publish=grant.can_publish,
        can_publish_data=grant.can_publish_data,
        can_publish_sources=sources,
        can_update_metadata=grant.can_update_own_metadata,
        hidden=grant.hidden,
        recorder=grant.recorder,
        agent=grant.agent,
    )


def grant_with(grant: Grant, permission: models.ParticipantPermission) -> Grant:
    """The grant after a moderator changed the permission, for refreshed tokens."""
    sources = [_SOURCE_NAMES.get(number, "") for number in permission.can_publish_sources]
    return Grant(
        identity=grant.identity,
        name=grant.name,
        room=grant.room,
        room_join=grant.room_join,
        room_admin=grant.room_admin,
        room_create=grant.room_create,
        room_list=grant.room_list,
        can_publish=permission.can_publish,
        can_subscribe=permission.can_subscribe,
        can_publish_data=permission.can_publish_data,
        can_update_own_metadata=permission.can_update_metadata,
        can_publish_sources=frozenset(filter(None, sources)),
        hidden=permission.hidden,
        recorder=permission.recorder,
        agent=permission.agent,
        metadata=grant.metadata,
        attributes=grant.attributes,
    )


def track_info(sid: str, request: rtc.AddTrackRequest) -> models.TrackInfo:
    """The public record of a track as announced."""
    is_audio = request.type == models.AUDIO
    screen = request.source in (models.SCREEN_SHARE, models.SCREEN_SHARE_AUDIO)
    first = next((codec.codec.lower() for codec in request.simulcast_codecs), "")
    mime_type = "audio/opus" if is_audio else MIME_TYPES.get(first, MIME_TYPES[VP8])
    codec = models.SimulcastCodecInfo(mime_type=mime_type, cid=request.cid, layers=request.layers)
    return models.TrackInfo(
        sid=sid,
        type=request.type,
        name=request.name,
        muted=request.muted,
        width=request.width,
        height=request.height,
        source=request.source,
        layers=request.layers,
        simulcast=len(request.layers) > 1,
        stream=request.stream or ("screen" if screen else "camera"),
        mime_type=mime_type,
        codecs=[codec],
        encryption=request.encryption,
        disable_red=request.disable_red,
        disable_dtx=request.disable_dtx,
        stereo=request.stereo,
        audio_features=request.audio_features,
    )


def preferred_codecs(info: models.TrackInfo) -> tuple[str, ...]:
    """What a client shall send a track in, best first."""
    if info.type == models.AUDIO:
        plain_only = info.disable_red or info.encryption != models.Encryption.NONE
        return (OPUS, RED) if plain_only else (RED, OPUS)
    return tuple(name for name, mime_type in MIME_TYPES.items() if mime_type == info.mime_type)
