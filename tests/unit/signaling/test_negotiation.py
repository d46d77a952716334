"""Sections of offers and answers."""

from signaling.negotiation import Answering, Claim, Offering
from signaling.sdp import Credentials, Endpoint, parse
from tests.support.media_builders import FINGERPRINT, a_section, an_offer

_ENDPOINT = Endpoint(FINGERPRINT, ())
_KEYS = Credentials("ufrag1", "p" * 32)
_ANSWER = parse(an_offer(a_section("video", "1")))


def test_n10_a_section_that_vanishes_frees_its_track() -> None:
    answering = Answering(_ENDPOINT, _KEYS)
    answering.take(parse(an_offer(a_section("audio", "1"), a_section("audio", "2"))))
    answering.want("TR_a", Claim("audio", "PA_x", 5, 15))
    assert [bound.track_sid for bound in answering.bind_waiting()] == ["TR_a"]
    answering.take(parse(an_offer(a_section("audio", "2"))))
    assert answering.sending == {}


def test_n11_a_dropped_track_leaves_its_section_to_the_next() -> None:
    answering = Answering(_ENDPOINT, _KEYS)
    answering.take(parse(an_offer(a_section("audio", "1"))))
    answering.want("TR_a", Claim("audio", "PA_x", 5, 15))
    answering.want("TR_b", Claim("audio", "PA_x", 6, 16))
    answering.bind_waiting()
    assert answering.lacking() == (1, 0)
    assert answering.drop("TR_a") is True
    assert answering.drop("TR_a") is False
    assert answering.lacking() == (0, 0)
    assert [bound.outgoing.ssrc for bound in answering.bind_waiting()] == [6]


def test_n12_offers_wait_for_answers_and_reuse_resting_sections() -> None:
    offering = Offering(_ENDPOINT, _KEYS)
    assert offering.offer() is not None
    offering.want("TR_a", Claim("video", "PA_x", 5, 15))
    assert offering.offer() is None
    assert offering.take_answer(99, _ANSWER) == []
    assert offering.take_answer(0, _ANSWER) == []
    made = offering.offer()
    assert made is not None
    assert dict(made[1]) == {"1": "TR_a"}
    assert [bound.track_sid for bound in offering.take_answer(2, _ANSWER)] == ["TR_a"]
    offering.drop("TR_a")
    offering.offer()
    offering.take_answer(3, _ANSWER)
    offering.want("TR_b", Claim("video", "PA_x", 6, 16))
    made = offering.offer()
    assert made is not None
    assert dict(made[1]) == {"1": "TR_b"}


def test_n13_an_ice_restart_offers_again_whatever_is_outstanding() -> None:
    offering = Offering(_ENDPOINT, _KEYS)
    offering.offer()
    offering.restart(Credentials("ufrag2", "p" * 32))
    made = offering.offer()
    assert made is not None
    assert "a=ice-ufrag:ufrag2" in made[0]
