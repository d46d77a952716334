import pytest

from signaling.errors import MalformedMessage
from signaling.sdp import Credentials, parse
from signaling.tap_sdp import LocalSide, read_offer, write_answer

HEAD = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=ice-lite
a=group:BUNDLE 0 1 2 3
a=ice-ufrag:abcd
a=ice-pwd:0123456789012345678901
a=fingerprint:sha-256 AA:BB
"""
DATA = """m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:0
a=candidate:1 1 udp 2130706431 127.0.0.1 7000 typ host
"""
VOICE = """m=audio 9 UDP/TLS/RTP/SAVPF 111 63
a=mid:1
a=sendonly
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=msid:PA_x|TR_y TR_y
a=ssrc:99 cname:PA_x
"""
PICTURE = """m=video 9 UDP/TLS/RTP/SAVPF 96
a=mid:2
a=sendonly
a=rtpmap:96 VP8/90000
a=msid:PA_x|TR_z TR_z
a=ssrc:98 cname:PA_x
"""
RESTING = """m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:3
a=inactive
a=rtpmap:111 opus/48000/2
"""
OFFER = HEAD + DATA + VOICE + PICTURE + RESTING
OURS = LocalSide(
    Credentials("ours", "p" * 22), "sha-256 CC:DD", ("1 1 udp 1 10.0.0.1 9 typ host",), 3
)


def test_an_offer_tells_how_to_reach_the_server_and_whose_packets_come() -> None:
    offer = read_offer(OFFER)
    assert (offer.description.ufrag, offer.password) == ("abcd", "0123456789012345678901")
    assert offer.candidates == ("1 1 udp 2130706431 127.0.0.1 7000 typ host",)
    assert offer.is_lite
    assert offer.level_extension == 4
    assert offer.tracks_by_ssrc({}) == {99: "TR_y"}
    assert offer.tracks_by_ssrc({"1": "TR_other"}) == {99: "TR_other"}


def test_the_answer_takes_data_and_voices_and_lets_the_rest_lie() -> None:
    text = write_answer(read_offer(OFFER), OURS)
    answered = parse(text)
    assert [(s.kind, s.mid, s.direction) for s in answered.sections[1:]] == [
        ("audio", "1", "recvonly"),
        ("video", "2", "inactive"),
        ("audio", "3", "inactive"),
    ]
    assert answered.ufrag == "ours"
    assert answered.fingerprints == (("sha-256", "CC:DD"),)
    assert "red/48000" not in text
    assert "a=fmtp:111 minptime=10;useinbandfec=1\r\n" in text
    assert text.count("a=setup:active\r\n") == 4
    assert "a=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n" in text


def test_a_refused_section_is_refused_back() -> None:
    text = write_answer(read_offer(HEAD + DATA + VOICE.replace("audio 9", "audio 0")), OURS)
    assert "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\n" in text
    assert "a=group:BUNDLE 0\r\n" in text


@pytest.mark.parametrize(
    "broken", ["", OFFER.replace("a=ice-pwd:0123456789012345678901\n", ""), "m=audio", OFFER[:60]]
)
def test_a_broken_offer_is_named(broken: str) -> None:
    with pytest.raises(MalformedMessage):
        read_offer(broken)
