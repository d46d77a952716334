"""The room's members: who comes, who is announced, who goes."""

from livekit.protocol import models, rtc

from signaling import effects as fx
from tests.support.media_builders import Stage


def test_r10_a_newcomer_learns_of_all_and_all_of_the_newcomer() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    track = stage.publishes(carol)
    dave = stage.enter("dave")
    (join,) = stage.sent(dave, "join")
    assert [other.identity for other in join.other_participants] == ["carol"]
    assert [t.sid for t in join.other_participants[0].tracks] == [track]
    assert join.server_info.version == "1.9.0"
    assert (join.ping_interval, join.ping_timeout) == (1, 2)
    assert [server.username.partition(":")[2] for server in join.ice_servers] == ["dave"]
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
    (again,) = stage.sent(carol, "reconnect")
    assert [s.username for s in again.ice_servers] == [f"{stage.now:%H%M}:carol"]
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
