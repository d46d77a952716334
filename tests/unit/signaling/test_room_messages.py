"""What clients say to a room: data packets, own metadata, any bytes at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc

from signaling import conversation, data_delivery
from signaling import effects as fx
from signaling.data_packets import LOSSY, RELIABLE
from signaling.errors import MalformedMessage
from tests.support.media_builders import Stage, a_section


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
