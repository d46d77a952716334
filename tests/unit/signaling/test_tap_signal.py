from urllib.parse import parse_qs, urlsplit

import pytest
from livekit.protocol import models, rtc

from signaling.tap_signal import (
    Describe,
    Joined,
    Leave,
    Listener,
    RemoteCandidate,
    Say,
    Speaks,
    VoiceEnded,
    join_address,
)


def somebody(
    name: str, *voices: str, gone: bool = False, video: str = ""
) -> models.ParticipantInfo:
    tracks = [models.TrackInfo(sid=sid, type=models.AUDIO) for sid in voices]
    if video:
        tracks.append(models.TrackInfo(sid=video, type=models.VIDEO))
    state = models.ParticipantInfo.DISCONNECTED if gone else models.ParticipantInfo.ACTIVE
    return models.ParticipantInfo(sid=f"PA_{name}", identity=name, state=state, tracks=tracks)


def update(*participants: models.ParticipantInfo) -> rtc.SignalResponse:
    return rtc.SignalResponse(update=rtc.ParticipantUpdate(participants=participants))


def asked(effects: list[object]) -> list[str]:
    return [
        sid
        for effect in effects
        if isinstance(effect, Say)
        for sid in effect.request.subscription.track_sids
    ]


def test_joining_asks_for_the_voices_that_are_there_and_no_pictures() -> None:
    listener = Listener()
    join = rtc.JoinResponse(
        ping_interval=5,
        ping_timeout=15,
        other_participants=[somebody("an", "TR_1", video="TR_v"), somebody("binh")],
    )
    effects = listener.receive(rtc.SignalResponse(join=join))
    assert effects[0] == Joined(5, 15)
    assert asked(effects) == ["TR_1"]
    assert listener.owners == {"TR_1": "an"}


def test_a_new_voice_is_asked_for_once() -> None:
    listener = Listener()
    assert asked(listener.receive(update(somebody("an", "TR_1")))) == ["TR_1"]
    assert asked(listener.receive(update(somebody("an", "TR_1", "TR_2")))) == ["TR_2"]
    assert listener.receive(update(somebody("an", "TR_1", "TR_2"))) == []


def test_a_voice_ends_when_it_or_its_speaker_goes() -> None:
    listener = Listener()
    listener.receive(update(somebody("an", "TR_1", "TR_2"), somebody("binh", "TR_3")))
    assert listener.receive(update(somebody("an", "TR_2"))) == [VoiceEnded("TR_1")]
    assert listener.receive(update(somebody("an", "TR_2", gone=True))) == [VoiceEnded("TR_2")]
    assert listener.owners == {"TR_3": "binh"}


def test_the_server_offers_and_names_its_addresses() -> None:
    listener = Listener()
    offer = rtc.SessionDescription(type="offer", sdp="v=0", id=7, mid_to_track_id={"1": "TR_1"})
    assert listener.receive(rtc.SignalResponse(offer=offer)) == [Describe("v=0", 7, {"1": "TR_1"})]
    for target, effects in ((rtc.SUBSCRIBER, [RemoteCandidate("{}")]), (rtc.PUBLISHER, [])):
        trickle = rtc.TrickleRequest(candidateInit="{}", target=target)
        assert listener.receive(rtc.SignalResponse(trickle=trickle)) == effects


def test_speakers_are_told_by_identity_and_silence_is_zero() -> None:
    listener = Listener()
    listener.receive(update(somebody("an", "TR_1")))
    speakers = [
        models.SpeakerInfo(sid="PA_an", level=0.5, active=True),
        models.SpeakerInfo(sid="PA_stranger", level=0.5, active=True),
        models.SpeakerInfo(sid="PA_an", level=0.2, active=False),
    ]
    changed = rtc.SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=speakers))
    assert listener.receive(changed) == [Speaks("an", 0.5), Speaks("an", 0.0)]


@pytest.mark.parametrize(
    ("leave", "again"),
    [
        (rtc.LeaveRequest(action=rtc.LeaveRequest.DISCONNECT), False),
        (rtc.LeaveRequest(action=rtc.LeaveRequest.RECONNECT), True),
        (rtc.LeaveRequest(action=rtc.LeaveRequest.RESUME), True),
        (rtc.LeaveRequest(can_reconnect=True), True),
    ],
)
def test_leaving_tells_whether_to_come_again(leave: rtc.LeaveRequest, again: bool) -> None:
    leave.reason = models.ROOM_DELETED
    assert Listener().receive(rtc.SignalResponse(leave=leave)) == [Leave(again, "room-deleted")]


def test_a_fresher_token_is_kept_and_the_rest_ignored() -> None:
    listener = Listener()
    assert listener.receive(rtc.SignalResponse(refresh_token="abc")) == []
    assert listener.token == "abc"
    assert listener.receive(rtc.SignalResponse(pong=1)) == []
    assert listener.receive(rtc.SignalResponse()) == []


@pytest.mark.parametrize(
    ("server", "start"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/rtc"),
        ("wss://media.example/lk/", "wss://media.example/lk/rtc"),
    ],
)
def test_the_join_address_asks_for_nothing_unwanted(server: str, start: str) -> None:
    address = urlsplit(join_address(server, "1.0"))
    assert f"{address.scheme}://{address.netloc}{address.path}" == start
    assert parse_qs(address.query)["auto_subscribe"] == ["0"]
