"""Tracks in a room: published, subscribed, steered, gone."""

from livekit.protocol import models, rtc

from signaling import conversation, subscriptions
from signaling import effects as fx
from signaling.layers import Wish
from tests.support.media_builders import Stage, a_section


def test_p10_a_track_is_announced_then_flows_to_those_with_a_section() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    stage.offers(dave, a_section("audio", "1"), a_section("video", "2"))
    stage.effects.clear()
    track = stage.publishes(carol, "video")
    (published,) = stage.sent(carol, "track_published")
    assert published.track.sid == track
    assert published.track.mime_type == "video/VP8"
    (need,) = stage.sent(dave, "media_sections_requirement")
    assert (need.num_audios, need.num_videos) == (0, 0)  # a section is free: just offer again
    assert not [e for e in stage.effects if isinstance(e, fx.Forward)]
    stage.offers(dave, a_section("audio", "1"), a_section("video", "2"))
    (answer,) = stage.sent(dave, "answer")
    assert dict(answer.mid_to_track_id) == {"2": track}
    assert f"a=msid:{carol.sid}|{track} {track}" in answer.sdp
    (subscribed,) = stage.sent(carol, "track_subscribed")
    assert subscribed.track_sid == track
    (forward,) = stage.take(fx.Forward)
    assert (forward.participant, forward.track) == (dave.sid, track)
    assert {sent: taken.payload_type for sent, taken in forward.delivery.codecs.items()} == {96: 96}


def test_p11_without_a_free_section_more_are_asked_for_once() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    stage.offers(dave)
    stage.publishes(carol, "audio", "0")
    stage.publishes(carol, "video", "1")
    needs = stage.sent(dave, "media_sections_requirement")
    assert [(need.num_audios, need.num_videos) for need in needs] == [(1, 0)]
    stage.offers(dave, a_section("audio", "1"))
    needs = stage.sent(dave, "media_sections_requirement")
    assert [(need.num_audios, need.num_videos) for need in needs] == [(1, 0), (0, 1)]


def test_p12_a_dual_connection_client_gets_one_offer_at_a_time() -> None:
    stage = Stage()
    dave = stage.enter("dave", dual=True)
    assert [offer.id for offer in stage.sent(dave, "offer")] == [1]
    carol = stage.enter("carol")
    track = stage.publishes(carol, "video")
    assert len(stage.sent(dave, "offer")) == 1
    answer = rtc.SessionDescription(type="answer", id=1, sdp=stage.sent(dave, "offer")[0].sdp)
    stage.says(dave, answer=answer)
    first, second = stage.sent(dave, "offer")
    assert dict(second.mid_to_track_id) == {"1": track}
    assert not [e for e in stage.effects if isinstance(e, fx.Forward)]
    stage.says(dave, answer=rtc.SessionDescription(type="answer", id=2, sdp=first.sdp))
    assert [e.track for e in stage.effects if isinstance(e, fx.Forward)] == [track]


def test_p13_an_unpublished_track_is_gone_everywhere_and_its_section_is_reused() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    track = stage.publishes(carol)
    stage.offers(dave, a_section("audio", "1"))
    stage.effects.clear()
    stage.offers(carol, a_section("audio", "0", "inactive"))
    assert [e.track for e in stage.effects if isinstance(e, fx.StopForwarding)] == [track]
    assert [e.track for e in stage.effects if isinstance(e, fx.StopReceiving)] == [track]
    assert stage.sent(dave, "media_sections_requirement")
    again = stage.publishes(carol)
    stage.offers(dave, a_section("audio", "1"))
    assert dict(stage.sent(dave, "answer")[-1].mid_to_track_id) == {"1": again}


def test_p15_a_section_with_an_unknown_id_sends_what_waits_longest() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    for kind, cid in ((models.AUDIO, "voice"), (models.VIDEO, "camera"), (models.VIDEO, "screen")):
        stage.says(carol, add_track=rtc.AddTrackRequest(cid=cid, type=kind))
    stage.offers(
        carol,
        a_section("audio", "0", "sendonly", track_id="{firefox-1}"),
        a_section("video", "1", "sendonly", track_id="{firefox-2}"),
        a_section("video", "2", "sendonly", track_id="camera"),
    )
    cids = {mid: carol.tracks[sid].cid for mid, sid in carol.answering.publishing.items()}
    assert cids == {"0": "voice", "1": "screen", "2": "camera"}
    stage.offers(carol, a_section("audio", "0", "sendonly", track_id="{firefox-3}"))
    assert carol.tracks[carol.answering.publishing["0"]].cid == "voice"


def test_p14_who_may_not_publish_is_told_so() -> None:
    stage = Stage()
    carol = stage.enter("carol", can_publish_sources=frozenset({"microphone"}))
    stage.says(
        carol, add_track=rtc.AddTrackRequest(cid="x", type=models.VIDEO, source=models.CAMERA)
    )
    (refusal,) = stage.sent(carol, "request_response")
    assert refusal.reason == rtc.RequestResponse.NOT_ALLOWED
    assert refusal.add_track.cid == "x"
    assert not stage.sent(carol, "track_published")
    stage.publishes(carol)
    assert len(stage.sent(carol, "track_published")) == 1


def test_s10_settings_steer_and_the_publisher_learns_what_is_wanted() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    track = stage.publishes(carol, "video")
    stage.offers(dave, a_section("video", "1"))
    first = stage.sent(carol, "subscribed_quality_update")[-1]
    assert [q.enabled for q in first.subscribed_qualities] == [True, True, True]
    stage.effects.clear()
    small = rtc.UpdateTrackSettings(track_sids=[track], width=300, height=170)
    stage.says(dave, track_setting=small)
    assert not stage.sent(carol, "subscribed_quality_update")  # lowering waits
    subscriptions.lower_qualities(stage.room)
    stage.drain()
    (lower,) = stage.sent(carol, "subscribed_quality_update")
    assert [q.enabled for q in lower.subscribed_qualities] == [True, False, False]
    (steer,) = stage.take(fx.Steer)
    assert steer.wish == Wish(width=300, height=170, quality=0)
    stage.says(dave, track_setting=rtc.UpdateTrackSettings(track_sids=[track], quality=2))
    assert stage.sent(carol, "subscribed_quality_update")  # raising does not


def test_s11_nothing_flows_unasked_without_auto_subscribe() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave", auto_subscribe=False)
    track = stage.publishes(carol)
    stage.offers(dave, a_section("audio", "1"))
    assert not [e for e in stage.effects if isinstance(e, fx.Forward)]
    stage.says(dave, subscription=rtc.UpdateSubscription(track_sids=[track], subscribe=True))
    stage.offers(dave, a_section("audio", "1"))
    assert len(stage.take(fx.Forward)) == 1
    stage.says(dave, subscription=rtc.UpdateSubscription(track_sids=[track], subscribe=False))
    assert len(stage.take(fx.StopForwarding)) == 1
    stage.says(dave, subscription=rtc.UpdateSubscription(track_sids=["TR_x"], subscribe=True))
    (error,) = stage.sent(dave, "subscription_response")
    assert error.track_sid == "TR_x"


def test_s11_what_was_asked_for_before_connecting_flows_once_connected() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave", auto_subscribe=False)
    first, second = stage.publishes(carol), stage.publishes(carol, mid="1")
    dave.info.state, dave.connected = models.ParticipantInfo.JOINED, set()
    for sid, wanted in ((first, True), (second, True), (second, False)):
        stage.says(dave, subscription=rtc.UpdateSubscription(track_sids=[sid], subscribe=wanted))
    assert dave.subscriptions == {}
    conversation.transport_up(stage.room, dave.sid, fx.PUBLISHER)
    assert list(dave.subscriptions) == [first]


def test_s12_permission_to_subscribe_is_the_publishers() -> None:
    stage = Stage()
    carol, dave, erin = (stage.enter(name) for name in ("carol", "dave", "erin"))
    track = stage.publishes(carol)
    for listener in (dave, erin):
        stage.offers(listener, a_section("audio", "1"))
    stage.effects.clear()
    only = rtc.TrackPermission(participant_identity="erin", all_tracks=True)
    rule = rtc.SubscriptionPermission(all_participants=False, track_permissions=[only])
    stage.says(carol, subscription_permission=rule)
    (told,) = stage.sent(dave, "subscription_permission_update")
    assert (told.participant_sid, told.track_sid, told.allowed) == (carol.sid, track, False)
    assert [e.participant for e in stage.take(fx.StopForwarding)] == [dave.sid]
    stage.says(carol, subscription_permission=rtc.SubscriptionPermission(all_participants=True))
    assert stage.sent(dave, "subscription_permission_update")[0].allowed
