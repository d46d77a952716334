"""Who receives which track, at which quality, and what the publisher may leave out (dynacast)."""

from livekit.protocol import models, rtc

from signaling import effects as fx
from signaling.layers import Wish, needed_layers, wanted_layer
from signaling.negotiation import Bound
from signaling.participant import Participant, PublishedTrack, Subscription
from signaling.room import Room, copy_of, copy_of_track


def may_receive(subscriber: Participant, track: PublishedTrack) -> bool:
    """Whether the track may go to the subscriber at all."""
    return (
        track.is_live
        and track.owner is not subscriber
        and subscriber.info.permission.can_subscribe
        and track.owner.rules.allow(subscriber, track.sid)
    )


def claim(room: Room, subscriber: Participant, track: PublishedTrack) -> None:
    """Subscribes to a track, if allowed and not yet done; it flows once a section is agreed."""
    if track.sid in subscriber.subscriptions or not may_receive(subscriber, track):
        return
    if not subscriber.is_active:
        return
    wish = subscriber.wishes.get(track.sid, Wish())
    subscription = Subscription(track, subscriber.sid, room.fresh.ssrc(), wish)
    subscriber.subscriptions[track.sid] = subscription
    claims = subscriber.offering or subscriber.answering
    claims.want(track.sid, track.kind, track.owner.sid, subscription.ssrc)
    if subscriber.offering is not None:
        room.send_offer(subscriber)
    else:
        room.ask_sections(subscriber)


def offer_to_all(room: Room, track: PublishedTrack) -> None:
    """A track went live: everyone who takes all gets it."""
    for subscriber in room.others(track.owner):
        if subscriber.auto_subscribe and track.sid not in subscriber.refused:
            claim(room, subscriber, track)


def claim_all(room: Room, subscriber: Participant) -> None:
    """A participant came up: they get every live track, or those they asked for before."""
    for owner in room.others(subscriber):
        for track in list(owner.tracks.values()):
            by_itself = subscriber.auto_subscribe and track.sid not in subscriber.refused
            if by_itself or track.sid in subscriber.asked:
                claim(room, subscriber, track)


def start(room: Room, subscriber: Participant, bound: list[Bound]) -> None:
    """Sections were agreed: these tracks flow from now on."""
    for item in bound:
        subscription = subscriber.subscriptions.get(item.track_sid)
        if subscription is None:
            continue
        track, outgoing = subscription.track, item.outgoing
        room.do(fx.Forward(subscriber.sid, track.sid, outgoing.ssrc, outgoing.payload_type))
        room.do(fx.Steer(subscriber.sid, track.sid, subscription.wish, track.sizes))
        if not track.subscribed_once:
            track.subscribed_once = True
            notice = rtc.TrackSubscribed(track_sid=track.sid)
            room.send(track.owner, rtc.SignalResponse(track_subscribed=notice))
        ask_qualities(room, track, may_lower=False)


def steer(room: Room, subscriber: Participant, track_sid: str, wish: Wish) -> None:
    """A receiver changed what it wants of a track."""
    subscriber.wishes[track_sid] = wish
    subscription = subscriber.subscriptions.get(track_sid)
    if subscription is None or subscription.wish == wish:
        return
    subscription.wish = wish
    room.do(fx.Steer(subscriber.sid, track_sid, wish, subscription.track.sizes))
    ask_qualities(room, subscription.track, may_lower=False)


def ask_qualities(room: Room, track: PublishedTrack, may_lower: bool) -> None:
    """Tells the publisher which layers anybody wants; lowering waits for the slow tick."""
    if track.kind != "video" or not track.info.simulcast or not track.is_live:
        return
    wanted = needed_layers(
        wanted_layer(subscription.wish, track.sizes)
        for other in room.others(track.owner)
        if (subscription := other.subscriptions.get(track.sid)) is not None
    )
    # The publisher sends every layer up to the highest wanted: a receiver starts on the lowest.
    now = frozenset(range(max(wanted) + 1)) if wanted else frozenset()
    before = track.qualities
    if now == before or (before is not None and now < before and not may_lower):
        return
    track.qualities = now
    qualities = [
        rtc.SubscribedQuality(quality=quality, enabled=int(quality) in now)
        for quality in (models.LOW, models.MEDIUM, models.HIGH)
    ]
    codec = rtc.SubscribedCodec(codec="vp8", qualities=qualities)
    update = rtc.SubscribedQualityUpdate(
        track_sid=track.sid, subscribed_qualities=qualities, subscribed_codecs=[codec]
    )
    room.send(track.owner, rtc.SignalResponse(subscribed_quality_update=update))


def lower_qualities(room: Room) -> None:
    """Every few seconds: layers nobody wants any more are switched off at the publisher."""
    for participant in room.participants.values():
        for track in participant.tracks.values():
            ask_qualities(room, track, may_lower=True)


def apply_rules(room: Room, owner: Participant) -> None:
    """The owner changed who may subscribe: cuts and restores, and tells those concerned."""
    for subscriber in room.others(owner):
        for track in owner.tracks.values():
            allowed = owner.rules.allow(subscriber, track.sid)
            if not allowed and track.sid in subscriber.subscriptions:
                _tell_permission(room, subscriber, track, allowed=False)
                room.unclaim(subscriber, track.sid)
            elif allowed and track.sid not in subscriber.subscriptions:
                if not subscriber.auto_subscribe or track.sid in subscriber.refused:
                    continue
                _tell_permission(room, subscriber, track, allowed=True)
                claim(room, subscriber, track)


def _tell_permission(
    room: Room, subscriber: Participant, track: PublishedTrack, allowed: bool
) -> None:
    update = rtc.SubscriptionPermissionUpdate(
        participant_sid=track.owner.sid, track_sid=track.sid, allowed=allowed
    )
    room.send(subscriber, rtc.SignalResponse(subscription_permission_update=update))


def track_published(room: Room, owner: Participant, track: PublishedTrack) -> None:
    """Webhook for a track that went live."""
    room.do(fx.Notify("track_published", copy_of(owner.info), copy_of_track(track.info)))


def permit(room: Room, participant: Participant, permission: models.ParticipantPermission) -> None:
    """A moderator changed what a participant may do; takes away what is no longer allowed."""
    participant.info.permission.CopyFrom(permission)
    for track in list(participant.tracks.values()):
        if not participant.may_publish(track.info.source):
            room.drop_track(participant, track.sid)
            notice = rtc.TrackUnpublishedResponse(track_sid=track.sid)
            room.send(participant, rtc.SignalResponse(track_unpublished=notice))
    for track_sid in list(participant.subscriptions):
        if not permission.can_subscribe:
            room.unclaim(participant, track_sid)
    claim_all(room, participant)
