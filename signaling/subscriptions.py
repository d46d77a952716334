"""Who receives which track, at which quality, and what the publisher may leave out (dynacast)."""

from livekit.protocol import models, rtc

from signaling import effects as fx
from signaling.layers import HIGHEST, Wish, needed_layers, wanted_layer
from signaling.media_codecs import mapped
from signaling.negotiation import Bound, Claim
from signaling.outbound import Delivery
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
    subscriber.subscriptions[track.sid] = Subscription(track, subscriber.sid, wish)
    claims = subscriber.offering or subscriber.answering
    claim = Claim(track.kind, track.owner.sid, room.fresh.ssrc(), room.fresh.ssrc())
    claims.want(track.sid, claim)
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
        track = subscription.track
        room.do(fx.Forward(subscriber.sid, track.sid, _delivery(subscriber, track, item)))
        room.do(fx.Steer(subscriber.sid, track.sid, subscription.wish, track.sizes))
        if not track.subscribed_once:
            track.subscribed_once = True
            notice = rtc.TrackSubscribed(track_sid=track.sid)
            room.send(track.owner, rtc.SignalResponse(track_subscribed=notice))
        ask_qualities(room, track, may_lower=False)


def _delivery(subscriber: Participant, track: PublishedTrack, bound: Bound) -> Delivery:
    codecs = dict(mapped(track.codecs, bound.codecs))
    has_rtx = any(codec.rtx for codec in codecs.values())
    # A picture resent under its own number must be the same packet again, or AES-GCM would
    # encrypt two texts under one nonce: transport-wide numbers are for those who take RTX.
    may_number = has_rtx or track.kind == "audio"
    return Delivery(
        ssrc=bound.outgoing.ssrc,
        codecs=codecs,
        rtx_ssrc=bound.outgoing.rtx_ssrc if has_rtx else 0,
        transport_id=bound.transport_id if may_number and bound.transport_id < 15 else 0,
        every_voice=subscriber.grant.recorder,
        is_screen=track.info.source == models.SCREEN_SHARE,
        may_pause=subscriber.may_pause,
    )


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
    if track.kind != "video" or not track.is_live:
        return
    wanted = needed_layers(
        wanted_layer(subscription.wish, track.sizes)
        for other in room.others(track.owner)
        if (subscription := other.subscriptions.get(track.sid)) is not None
    )
    # The publisher sends every layer up to the highest wanted: a receiver starts on the lowest.
    highest = max(wanted, default=-1) if track.info.simulcast or not wanted else HIGHEST
    now = frozenset(range(highest + 1))
    before = track.qualities
    if now == before or (before is not None and now < before and not may_lower):
        return
    track.qualities = now
    qualities = [
        rtc.SubscribedQuality(quality=quality, enabled=int(quality) in now)
        for quality in (models.LOW, models.MEDIUM, models.HIGH)
    ]
    codec = rtc.SubscribedCodec(codec=track.codec_name, qualities=qualities)
    update = rtc.SubscribedQualityUpdate(
        track_sid=track.sid, subscribed_qualities=qualities, subscribed_codecs=[codec]
    )
    room.send(track.owner, rtc.SignalResponse(subscribed_quality_update=update))


def lower_qualities(room: Room) -> None:
    """Every few seconds: layers nobody wants any more are switched off at the publisher."""
    for participant in room.participants.values():
        for track in participant.tracks.values():
            ask_qualities(room, track, may_lower=True)


def tell_pauses(room: Room, paused: frozenset[tuple[str, str]]) -> None:
    """Tells receivers which pictures rest because their line does not bear them, and no more.

    `paused` are (subscriber sid, track sid)."""
    for subscriber in room.participants.values():
        states = []
        for track_sid, subscription in subscriber.subscriptions.items():
            rests = (subscriber.sid, track_sid) in paused
            if rests != subscription.told_paused:
                subscription.told_paused = rests
                states.append(
                    rtc.StreamStateInfo(
                        participant_sid=subscription.track.owner.sid,
                        track_sid=track_sid,
                        state=rtc.PAUSED if rests else rtc.ACTIVE,
                    )
                )
        if states:
            update = rtc.StreamStateUpdate(stream_states=states)
            room.send(subscriber, rtc.SignalResponse(stream_state_update=update))


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
