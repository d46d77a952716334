"""The room's state machine: signal messages in, effects out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from signaling import conversation, data_delivery, subscriptions
from signaling import effects as fx
from signaling.data_packets import LOSSY, RELIABLE
from signaling.errors import MalformedMessage
from signaling.layers import Wish
from tests.support.media_builders import Stage, a_section


def test_r10_a_newcomer_learns_of_all_and_all_of_the_newcomer() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    track = stage.publishes(carol)
    dave = stage.enter("dave")
    (join,) = stage.sent(dave, "join")
    assert [other.identity for other in join.other_participants] == ["carol"]
    assert [t.sid for t in join.other_participants[0].tracks] == [track]
    assert join.server_info.version == "1.9.0"
    assert (join.ping_interval, join.ping_timeout) == (5, 15)
    told = [p.identity for update in stage.sent(carol, "update") for p in update.participants]
    assert "dave" in told


def test_r11_versions_rise_with_each_change() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    track = stage.publishes(carol)
    stage.says(carol, mute=rtc.MuteTrackRequest(sid=track, muted=True))
    stage.says(carol, mute=rtc.MuteTrackRequest(sid=track, muted=False))
    versions = [
        p.version
        for update in stage.sent(dave, "update")
        for p in update.participants
        if p.identity == "carol"
    ]
    assert versions == sorted(set(versions))
    assert len(versions) >= 3


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
    assert (forward.participant, forward.track, forward.payload_type) == (dave.sid, track, 96)


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


def test_j10_the_same_identity_again_replaces_the_first() -> None:
    stage = Stage()
    first = stage.enter("carol")
    second = stage.enter("carol")
    (leave,) = stage.sent(first, "leave")
    assert leave.reason == models.DUPLICATE_IDENTITY
    assert leave.action == rtc.LeaveRequest.DISCONNECT
    assert [e.participant for e in stage.effects if isinstance(e, fx.CloseTransports)] == [
        first.sid
    ]
    assert stage.room.participants == {"carol": second}


def test_j11_hidden_ones_are_not_announced_nor_counted() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    stage.effects.clear()
    recorder = stage.enter("recorder", hidden=True, recorder=True)
    assert not stage.sent(carol, "update")
    assert stage.sent(carol, "room_update")[-1].room.active_recording
    assert stage.room.public_record().num_participants == 1
    dave = stage.enter("dave")
    assert [o.identity for o in stage.sent(dave, "join")[0].other_participants] == ["carol"]
    stage.says(recorder, leave=rtc.LeaveRequest())
    assert not [u for u in stage.sent(carol, "update") if u.participants[0].identity == "recorder"]


def test_r12_a_lost_signal_is_waited_for_then_given_up() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    stage.room.signal_lost(carol, stage.now)
    dave.heard_at = carol.heard_at = stage.now
    stage.room.transport_lost(carol.sid, fx.PUBLISHER, stage.now)
    stage.effects.clear()
    stage.later(seconds=14)
    assert "carol" in stage.room.participants
    stage.later(seconds=2)
    assert "carol" not in stage.room.participants
    gone = [p for update in stage.sent(dave, "update") for p in update.participants]
    assert [p.state for p in gone] == [models.ParticipantInfo.DISCONNECTED]


def test_r13_a_resume_tells_all_that_was_missed() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    track = stage.publishes(carol)
    stage.room.signal_lost(carol, stage.now)
    stage.says(dave, leave=rtc.LeaveRequest())
    stage.effects.clear()
    assert stage.room.resume("carol", "PA_other", stage.now) is None
    assert stage.room.resume("carol", carol.sid, stage.now) is carol
    stage.drain()
    kinds = [e.response.WhichOneof("message") for e in stage.effects if isinstance(e, fx.Send)]
    assert kinds == ["reconnect", "update", "room_update"]
    known = rtc.TrackPublishedResponse(cid="x", track=models.TrackInfo(sid=track))
    stage.says(carol, sync_state=rtc.SyncState(publish_tracks=[known]))
    assert not stage.sent(carol, "leave")
    strange = rtc.TrackPublishedResponse(cid="x", track=models.TrackInfo(sid="TR_x"))
    stage.says(carol, sync_state=rtc.SyncState(publish_tracks=[strange]))
    assert stage.sent(carol, "leave")[0].action == rtc.LeaveRequest.RECONNECT


def test_r14_new_ice_credentials_of_the_client_restart_ice() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    stage.offers(carol)
    stage.offers(carol)
    assert not stage.take(fx.RestartIce)
    stage.offers(carol, ufrag="efgh")
    (answer,) = stage.sent(carol, "answer")
    (restart,) = stage.take(fx.RestartIce)
    assert f"a=ice-ufrag:{restart.credentials.ufrag}" in answer.sdp


def test_r15_tokens_are_refreshed_every_five_minutes() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    for _ in range(11):
        carol.heard_at = stage.now
        stage.later(seconds=30)
    assert stage.sent(carol, "refresh_token") == ["token of carol"]


def test_r16_who_never_connects_and_who_falls_silent_is_let_go() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    carol.info.state = models.ParticipantInfo.JOINED
    stage.later(seconds=31)
    assert stage.sent(carol, "leave")[0].reason == models.CONNECTION_TIMEOUT
    dave = stage.enter("dave")
    stage.later(seconds=31)
    assert [e.participant for e in stage.take(fx.HangUp)][-1:] == [dave.sid]
    assert dave.signal_lost_at == stage.now


def _packet(**fields: object) -> bytes:
    packet = models.DataPacket(user=models.UserPacket(payload=b"x"), **fields)  # type: ignore[arg-type]
    return packet.SerializeToString()


def test_d10_packets_carry_their_true_sender_and_go_to_whom_they_are_for() -> None:
    stage = Stage()
    carol, dave, erin = (stage.enter(name) for name in ("carol", "dave", "erin"))
    forged = _packet(participant_identity="dave", destination_identities=["erin"])
    data_delivery.data_received(stage.room, carol.sid, LOSSY, forged)
    stage.drain()
    (delivered,) = stage.take(fx.Deliver)
    packet = models.DataPacket.FromString(delivered.packet)
    assert delivered.participant == erin.sid
    assert (packet.participant_identity, packet.participant_sid) == ("carol", carol.sid)
    data_delivery.data_received(stage.room, carol.sid, LOSSY, _packet())
    stage.drain()
    assert {e.participant for e in stage.take(fx.Deliver)} == {dave.sid, erin.sid}


def test_d11_reliable_packets_wait_for_a_joiner_and_are_not_repeated() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    for sequence in (1, 2, 2, 1):
        data_delivery.data_received(stage.room, carol.sid, RELIABLE, _packet(sequence=sequence))
    stage.drain()
    assert not stage.take(fx.Deliver)
    data_delivery.channel_open(stage.room, dave.sid)
    stage.drain()
    found = [models.DataPacket.FromString(e.packet).sequence for e in stage.take(fx.Deliver)]
    assert found == [1, 2]
    seen = rtc.DataChannelReceiveState(publisher_sid=carol.sid, last_seq=1)
    stage.says(dave, sync_state=rtc.SyncState(datachannel_receive_states=[seen]))
    again = [models.DataPacket.FromString(e.packet).sequence for e in stage.take(fx.Deliver)]
    assert again == [2]


def test_d12_without_the_right_nothing_is_passed_on() -> None:
    stage = Stage()
    carol = stage.enter("carol", can_publish_data=False)
    stage.enter("dave")
    data_delivery.data_received(stage.room, carol.sid, LOSSY, _packet())
    stage.drain()
    assert not stage.take(fx.Deliver)


def test_u1_own_metadata_needs_the_right_and_has_a_limit() -> None:
    stage = Stage()
    carol = stage.enter("carol", can_update_own_metadata=True)
    dave = stage.enter("dave")
    for who, attributes in ((carol, {"a": "1", "b": "2"}), (carol, {"a": ""}), (dave, {"a": "1"})):
        change = rtc.UpdateParticipantMetadata(attributes=attributes, request_id=7)
        stage.says(who, update_metadata=change)
    huge = rtc.UpdateParticipantMetadata(metadata="x" * 70_000, request_id=8)
    stage.says(carol, update_metadata=huge)
    reasons = [r.reason for r in stage.sent(carol, "request_response")]
    ok, long = rtc.RequestResponse.OK, rtc.RequestResponse.LIMIT_EXCEEDED
    assert reasons == [ok, ok, long]
    assert stage.sent(dave, "request_response")[0].reason == rtc.RequestResponse.NOT_ALLOWED
    assert dict(carol.info.attributes) == {"b": "2"}


@given(st.binary(max_size=200))
def test_m10_any_bytes_are_a_message_or_refused(noise: bytes) -> None:
    stage = Stage()
    carol = stage.enter("carol")
    try:
        conversation.hear(stage.room, carol, noise, stage.now)
    except MalformedMessage:
        return
    stage.drain()


_SIDS = st.sampled_from(["TR_9", "TR_x", ""])
_REQUESTS = st.one_of(
    st.builds(lambda s: {"mute": rtc.MuteTrackRequest(sid=s, muted=True)}, _SIDS),
    st.builds(
        lambda s, on: {"subscription": rtc.UpdateSubscription(track_sids=[s], subscribe=on)},
        _SIDS,
        st.booleans(),
    ),
    st.builds(
        lambda s, q, w: {
            "track_setting": rtc.UpdateTrackSettings(track_sids=[s], quality=q, width=w)
        },
        _SIDS,
        st.integers(0, 3),
        st.integers(0, 2**32 - 1),
    ),
    st.just({"sync_state": rtc.SyncState()}),
    st.just({"ping": 1}),
    st.just({"leave": rtc.LeaveRequest()}),
    st.builds(
        lambda kinds: {
            "offer": rtc.SessionDescription(
                sdp="v=0\r\na=ice-ufrag:abcd\r\na=fingerprint:sha-256 AB\r\n"
                + "".join(a_section(k, str(i), d, track_id="c") for i, (k, d) in enumerate(kinds))
            )
        },
        st.lists(
            st.tuples(
                st.sampled_from(["audio", "video"]),
                st.sampled_from(["sendonly", "recvonly", "inactive", "sendrecv"]),
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    st.builds(
        lambda kind: {"add_track": rtc.AddTrackRequest(cid="c", type=kind, source=1)},
        st.integers(0, 2),
    ),
)


@given(st.lists(st.tuples(st.integers(0, 2), _REQUESTS), max_size=25))
def test_m11_any_conversation_leaves_the_room_consistent(turns: list) -> None:  # type: ignore[type-arg]
    stage = Stage()
    people = [stage.enter("carol"), stage.enter("dave"), stage.enter("erin", dual=True)]
    for who, message in turns:
        participant = people[who]
        if stage.room.by_sid(participant.sid) is None:
            continue
        stage.says(participant, **message)
        for other in stage.room.participants.values():
            live = {sid for p in stage.room.others(other) for sid in p.tracks}
            assert set(other.subscriptions) <= live
            carried = [out.track_sid for out in other.answering.sending.values()]
            assert len(carried) == len(set(carried))
            assert set(carried) <= set(other.subscriptions)
            assert not set(other.answering.sending) & set(other.answering.publishing)


def test_m12_a_message_over_the_limit_is_refused() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    with pytest.raises(MalformedMessage):
        conversation.hear(stage.room, carol, bytes(2 * 1024 * 1024 + 1), stage.now)
