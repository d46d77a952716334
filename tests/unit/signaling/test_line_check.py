"""What a connection test means for a meeting."""

from dataclasses import replace
from typing import Any

import pytest

from signaling.line_check import Advice, Device, Measured, Verdict, Way, judge
from signaling.sdp import Endpoint

_GOOD = Measured(
    mic=Device.OK,
    speaker=Device.OK,
    camera=Device.OK,
    udp=Way.OK,
    tcp=Way.OK,
    relay=Way.NOT_TRIED,
    kbit_up=1800,
    kbit_down=1800,
    loss_up=0.0,
    loss_down=0.001,
    rtt_ms=40,
    browser="Chrome 140",
)


@pytest.mark.parametrize(
    ("found", "verdict", "advice"),
    [
        ({}, Verdict.GOOD, Advice.GOOD),
        ({"udp": Way.FAILED, "tcp": Way.FAILED}, Verdict.BAD, Advice.BLOCKED),
        ({"kbit_down": None}, Verdict.BAD, Advice.NO_MEDIA),
        ({"kbit_up": 60}, Verdict.BAD, Advice.TOO_SLOW),
        ({"loss_down": 0.2}, Verdict.BAD, Advice.HARMFUL_LOSS),
        ({"mic": Device.REFUSED}, Verdict.BAD, Advice.NO_MIC),
        ({"kbit_up": 300}, Verdict.FAIR, Advice.VOICE_ONLY),
        ({"loss_up": 0.05}, Verdict.FAIR, Advice.LOSSY),
        ({"udp": Way.FAILED}, Verdict.FAIR, Advice.UDP_BLOCKED),
        ({"kbit_down": 800}, Verdict.FAIR, Advice.NARROW),
        ({"speaker": Device.MISSING}, Verdict.FAIR, Advice.NO_SPEAKER),
        ({"camera": Device.MISSING}, Verdict.FAIR, Advice.NO_CAMERA),
    ],
)
def test_q5_the_most_important_thing_is_said(
    found: dict[str, Any], verdict: Verdict, advice: Advice
) -> None:
    assert judge(replace(_GOOD, **found)) == (verdict, advice)


def test_q5_a_relay_alone_is_a_way() -> None:
    relayed = replace(_GOOD, udp=Way.FAILED, tcp=Way.FAILED, relay=Way.OK)
    assert judge(relayed) == (Verdict.FAIR, Advice.UDP_BLOCKED)


def test_q5_an_engine_that_cannot_tell_ways_apart_is_judged_by_what_flowed() -> None:
    untold = replace(_GOOD, udp=Way.NOT_TRIED, tcp=Way.NOT_TRIED)
    assert judge(untold) == (Verdict.GOOD, Advice.GOOD)
    assert judge(replace(untold, kbit_up=None)) == (Verdict.BAD, Advice.BLOCKED)


def test_q5_a_test_is_offered_one_protocol_only() -> None:
    udp, tcp = (
        "1 1 udp 9 10.0.0.1 7000 typ host",
        "t 1 tcp 8 10.0.0.1 7000 typ host tcptype passive",
    )
    both = Endpoint("sha-256 AA", (udp, tcp))
    assert both.only("udp").candidates == (udp,)
    assert both.only("tcp").candidates == (tcp,)
    assert both.only("").candidates == both.only("carrier pigeon").candidates == (udp, tcp)
    assert Endpoint("sha-256 AA", (udp,)).only("tcp").candidates == (udp,)
