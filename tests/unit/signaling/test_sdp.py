"""Offers of real clients and broken ones; answers that our own parser and aiortc's accept."""

import contextlib

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import MalformedMessage
from signaling.sdp import (
    TRANSPORT_EXTENSION,
    Credentials,
    Endpoint,
    Local,
    OfferedSection,
    Outgoing,
    parse,
    write_answer,
    write_offer,
)
from tests.support.media_builders import FINGERPRINT, a_section, an_offer

_ENDPOINT = Endpoint(FINGERPRINT, ("1 1 udp 2130706431 10.0.0.1 7000 typ host",))
_LOCAL = Local(_ENDPOINT, Credentials("ufrag1234567", "p" * 32), "active", 1)


def test_n1_an_offer_is_reduced_to_what_forwarding_needs() -> None:
    offer = parse(
        an_offer(
            a_section("audio", "0", "sendonly", track_id="mic", ssrcs=(7, 8)),
            a_section("video", "1", "sendonly", track_id="cam", rids=("q", "h", "f")),
            a_section("video", "2", "recvonly"),
            a_section("application", "3"),
        )
    )
    audio, video, free, data = offer.sections
    assert (audio.track_id, audio.ssrcs, audio.sends) == ("mic", (7, 8), True)
    assert [codec.name for codec in audio.codecs] == ["opus", "red"]
    assert audio.codecs[0].fmtp == "minptime=10;useinbandfec=1"
    assert (video.rids, [c.payload_type for c in video.codecs]) == (("q", "h", "f"), [96])
    assert free.is_free_to_receive
    assert data.kind == "application"
    assert offer.fingerprints == (tuple(FINGERPRINT.split(" ")),)


def test_n2_an_answer_keeps_the_offers_order_and_says_what_each_section_does() -> None:
    offer = parse(
        an_offer(
            a_section("video", "b", "sendonly", track_id="cam", rids=("q", "h")),
            a_section("audio", "a", "recvonly"),
            a_section("video", "c", "recvonly"),
            a_section("application", "d"),
        )
    )
    text = write_answer(_LOCAL, offer, {"b": ()}, {"a": Outgoing("PA_x", "TR_y", 99, 98)})
    answer = SessionDescription.parse(text)
    assert [media.rtp.muxId for media in answer.media] == ["b", "a", "c", "d"]
    assert [media.direction for media in answer.media[:3]] == ["recvonly", "sendonly", "inactive"]
    assert "a=simulcast:recv q;h" in text
    assert "a=msid:PA_x|TR_y TR_y" in text
    assert answer.media[1].ssrc[0].ssrc == 99
    assert all(media.ice.usernameFragment == "ufrag1234567" for media in answer.media)
    assert answer.media[0].ice_candidates[0].port == 7000
    assert "a=ice-lite" in text


def test_n3_a_rejected_section_is_answered_as_rejected() -> None:
    rejected = a_section("audio", "0", "inactive").replace("m=audio 9", "m=audio 0")
    bundled = a_section("audio", "1", "recvonly").replace("m=audio 9", "m=audio 0")
    data = a_section("application", "2").replace("m=application 9", "m=application 0")
    foreign = a_section("video", "3").replace("VP8/", "AV1/")
    offer = parse(an_offer(rejected, bundled + "a=bundle-only\r\n", data, foreign))
    text = write_answer(_LOCAL, offer, {}, {})
    assert "a=group:BUNDLE 1\r\n" in text
    assert text.count("m=audio 0") == 1
    assert "m=application 0 UDP/DTLS/SCTP" in text
    assert "m=video 0" in text


def test_n4_our_offer_is_an_offer_our_parser_accepts() -> None:
    outgoing = Outgoing("PA_x", "TR_y", 99, 98)
    sections = (OfferedSection("video", "1", outgoing), OfferedSection("audio", "2", None))
    offer = parse(write_offer(_LOCAL, sections))
    assert [(s.kind, s.mid, s.direction) for s in offer.sections] == [
        ("application", "0", "sendrecv"),
        ("video", "1", "sendonly"),
        ("audio", "2", "inactive"),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "v=0\r\n",
        an_offer(a_section("audio", "0"), a_section("audio", "0")),
        an_offer(a_section("text", "0")),
        an_offer(a_section("audio", "")),
        an_offer(a_section("audio", "0")).replace("a=ice-ufrag", "a=nothing"),
        an_offer(a_section("audio", "0")).replace("a=fingerprint", "a=nothing"),
        an_offer(a_section("audio", "0").replace("a=rtpmap:111", "a=rtpmap:1e9")),
        an_offer(a_section("audio", "0", ssrcs=(2**32,))),
        an_offer(a_section("video", "0", rids=("q q",)).replace("a=rid:q q", "a=rid:;;; send")),
        an_offer(*(a_section("audio", str(i)) for i in range(600))),
        "x" * 600_000,
    ],
)
def test_n5_a_malformed_offer_is_refused(broken: str) -> None:
    with pytest.raises(MalformedMessage):
        parse(broken)


def test_n7_what_a_client_can_do_with_codecs_and_feedback_is_agreed() -> None:
    section = a_section("video", "0", "sendonly", track_id="cam", ssrcs=(7, 17))
    number = "a=extmap:4 " + TRANSPORT_EXTENSION + "\r\n"
    group = "a=ssrc-group:FID 7 17\r\n"
    h264 = "a=rtpmap:102 H264/90000\r\na=fmtp:102 profile-level-id=42e01f\r\n"
    offer = parse(an_offer(section + number + group + h264, a_section("video", "1") + number))
    sends = offer.sections[0]
    assert (sends.ssrcs, sends.repair_ssrcs, sends.transport_id) == ((7,), {17: 7}, 4)
    text = write_answer(_LOCAL, offer, {"0": ("h264",)}, {"1": Outgoing("PA_x", "TR_y", 98, 99)})
    ours = parse(text)
    assert [codec.name for codec in ours.sections[0].codecs] == ["h264", "vp8"]
    assert [codec.rtx for codec in ours.sections[1].codecs] == [97]
    assert (ours.sections[1].ssrcs, ours.sections[1].repair_ssrcs) == ((98,), {99: 98})
    assert "a=rtcp-fb:96 transport-cc" in text
    assert f"a=extmap:4 {TRANSPORT_EXTENSION}" in text
    without = write_answer(_LOCAL, parse(an_offer(a_section("video", "0"))), {}, {})
    assert "transport-cc" not in without


@pytest.mark.parametrize("group", ["FID 7", "FID 7 17 27", "FEC-FR 7 17", "", "FID 7 7 7 7"])
def test_n8_groups_of_other_kinds_are_passed_over(group: str) -> None:
    section = a_section("video", "0", ssrcs=(7, 17)) + f"a=ssrc-group:{group}\r\n"
    assert parse(an_offer(section)).sections[0].repair_ssrcs == {}


_LINES = an_offer(
    a_section("video", "1", "sendonly", track_id="cam", rids=("q",)), a_section("audio", "2")
).split("\r\n")


@given(
    st.lists(st.tuples(st.integers(0, len(_LINES) - 1), st.text(max_size=30)), max_size=8),
    st.booleans(),
)
def test_n6_any_damage_is_read_or_refused(changes: list[tuple[int, str]], append: bool) -> None:
    lines = list(_LINES)
    for index, text in changes:
        lines[index] = lines[index] + text if append else lines[index][:4] + text
    with contextlib.suppress(MalformedMessage):
        offer = parse("\r\n".join(lines))
        receiving = dict.fromkeys((section.mid for section in offer.sections), ("red",))
        answer = write_answer(_LOCAL, offer, receiving, {})
        assert len(answer.split("m=")) - 1 >= len(offer.sections)
