"""What is agreed with each client about codecs, resends, silence and rests."""

from typing import Any

import pytest
from livekit.protocol import models, rtc

from signaling import effects as fx
from signaling import subscriptions
from signaling.sdp import TRANSPORT_EXTENSION, parse
from tests.support.media_builders import Stage, a_section


def test_s13_a_screen_of_one_layer_rests_while_nobody_looks() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    request = rtc.AddTrackRequest(cid="s", type=models.VIDEO, source=models.SCREEN_SHARE)
    stage.says(carol, add_track=request)
    stage.offers(carol, a_section("video", "0", "sendonly", track_id="s"))
    track = carol.answering.publishing["0"]
    stage.offers(dave, a_section("video", "2"))

    def enabled() -> list[list[bool]]:
        updates = stage.sent(carol, "subscribed_quality_update")
        return [[quality.enabled for quality in update.subscribed_qualities] for update in updates]

    assert enabled() == [[True, True, True]]
    for disabled in (True, False):
        setting = rtc.UpdateTrackSettings(track_sids=[track], disabled=disabled, quality=2)
        stage.says(dave, track_setting=setting)
        subscriptions.lower_qualities(stage.room)
        stage.drain()
    assert enabled()[1:] == [[False, False, False], [True, True, True]]


_NUMBER = f"a=extmap:4 {TRANSPORT_EXTENSION}\r\n"


def test_f70_who_receives_gets_its_own_numbers_and_what_it_can_do() -> None:
    stage = Stage()
    carol, dave, eve = stage.enter("carol"), stage.enter("dave"), stage.enter("eve", recorder=True)
    own = a_section("video", "2") + _NUMBER
    own = own.replace("96 97", "45 46").replace(":96 ", ":45 ").replace(":97 ", ":46 ")
    stage.offers(dave, a_section("audio", "1") + _NUMBER, own.replace("apt=96", "apt=45"))
    plain = a_section("video", "2").replace("a=rtpmap:97 rtx/90000\r\n", "") + _NUMBER
    stage.offers(eve, a_section("audio", "1"), plain)
    stage.publishes(carol, "video")
    stage.offers(dave, a_section("audio", "1") + _NUMBER, own.replace("apt=96", "apt=45"))
    stage.offers(eve, a_section("audio", "1"), plain)
    first, second = (effect.delivery for effect in stage.take(fx.Forward))
    assert {n: (c.payload_type, c.rtx) for n, c in first.codecs.items()} == {96: (45, 46)}
    assert (first.transport_id, first.rtx_ssrc > 0, first.every_voice) == (4, True, False)
    # Without RTX a picture is repeated under its own number, so it must carry no other.
    assert (second.transport_id, second.rtx_ssrc, second.every_voice) == (0, 0, True)


def test_f71_a_dual_connection_client_gets_what_it_accepted_of_our_offer() -> None:
    stage = Stage()
    dave, carol = stage.enter("dave", dual=True), stage.enter("carol")
    stage.publishes(carol, "video")
    answer = stage.sent(dave, "offer")[0].sdp
    stage.says(dave, answer=rtc.SessionDescription(type="answer", id=1, sdp=answer))
    offer = stage.sent(dave, "offer")[1].sdp
    taken = offer.replace("a=rtpmap:97 rtx/90000\r\n", "").replace("a=extmap:3 ", "a=extmap:9 x")
    stage.says(dave, answer=rtc.SessionDescription(type="answer", id=2, sdp=taken))
    (forward,) = stage.take(fx.Forward)
    assert {n: c.name for n, c in forward.delivery.codecs.items()} == {96: "vp8"}
    assert forward.delivery.transport_id == 0


@pytest.mark.parametrize(
    ("request_of", "order"),
    [
        ({}, ["red", "opus"]),
        ({"disable_red": True}, ["opus", "red"]),
        ({"encryption": models.Encryption.GCM}, ["opus", "red"]),
    ],
)
def test_f93_red_is_asked_for_unless_the_publisher_does_without(
    request_of: dict[str, Any], order: list[str]
) -> None:
    stage = Stage()
    carol = stage.enter("carol")
    request = rtc.AddTrackRequest(
        cid="m", type=models.AUDIO, source=models.MICROPHONE, **request_of
    )
    stage.says(carol, add_track=request)
    stage.offers(carol, a_section("audio", "0", "sendonly", track_id="m"))
    answer = parse(stage.sent(carol, "answer")[-1].sdp)
    assert [codec.name for codec in answer.sections[0].codecs] == order


@pytest.mark.parametrize("disable_dtx", [False, True])
def test_f95_silence_is_not_sent_unless_the_publisher_wants_it_so(disable_dtx: bool) -> None:
    stage = Stage()
    carol = stage.enter("carol")
    request = rtc.AddTrackRequest(cid="m", type=models.AUDIO, disable_dtx=disable_dtx)
    stage.says(carol, add_track=request)
    stage.offers(carol, a_section("audio", "0", "sendonly", track_id="m"), a_section("audio", "1"))
    answer = stage.sent(carol, "answer")[-1].sdp
    wanted = "minptime=10;useinbandfec=1" + ("" if disable_dtx else ";usedtx=1")
    assert answer.count(f"a=fmtp:111 {wanted}\r\n") == 2  # the same in every section


def test_f94_the_codec_a_publisher_announced_leads_the_answer_and_is_told_to_all() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    h264 = rtc.SimulcastCodec(codec="H264", cid="c")
    request = rtc.AddTrackRequest(
        cid="c", type=models.VIDEO, source=models.CAMERA, simulcast_codecs=[h264]
    )
    stage.says(carol, add_track=request)
    section = a_section("video", "0", "sendonly", track_id="c") + "a=rtpmap:102 H264/90000\r\n"
    stage.offers(carol, section)
    answer = parse(stage.sent(carol, "answer")[-1].sdp)
    assert [codec.name for codec in answer.sections[0].codecs] == ["h264", "vp8"]
    (published,) = stage.sent(carol, "track_published")
    assert published.track.mime_type == "video/H264"


def test_g60_a_picture_that_rests_for_the_line_is_told_once_and_when_it_returns() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    track = stage.publishes(carol, "video")
    stage.offers(dave, a_section("video", "2"))
    stage.effects.clear()
    for paused in (frozenset({(dave.sid, track)}),) * 2 + (frozenset(),) * 2:
        subscriptions.tell_pauses(stage.room, paused)
    stage.drain()
    updates = [update.stream_states[0] for update in stage.sent(dave, "stream_state_update")]
    assert [(u.participant_sid, u.track_sid, u.state) for u in updates] == [
        (carol.sid, track, rtc.PAUSED),
        (carol.sid, track, rtc.ACTIVE),
    ]
    assert not stage.sent(carol, "stream_state_update")
