"""What a gateway decides: rates by hour, waits, what an answer means."""

import pytest

from viewer.gateway_rules import RateRuleWrong, Rates, Step, step_after, wait_seconds


def test_a_rate_by_hour_and_another_for_the_rest() -> None:
    rates = Rates.parse("06-17=1mbit, *=8mbit")
    assert [rates.by_hour[hour] for hour in (5, 6, 16, 17)] == [
        8_000_000,
        1_000_000,
        1_000_000,
        8_000_000,
    ]


def test_hours_go_over_midnight_and_what_is_not_named_is_unlimited() -> None:
    rates = Rates.parse("22-6=500kbit")
    assert {hour for hour in range(24) if rates.by_hour[hour]} == {22, 23, 0, 1, 2, 3, 4, 5}
    assert rates.pause_seconds(12, 1 << 20, 0.1) == 0


def test_the_pause_is_what_the_rate_leaves() -> None:
    rates = Rates.parse("*=8kbit")
    assert rates.pause_seconds(0, 1_000, 0.25) == 0.75
    assert rates.pause_seconds(0, 1_000, 3.0) == 0


@pytest.mark.parametrize("text", ["1mbit", "25-3=1mbit", "6-6=1mbit", "*=fast", "06-17=1gbit"])
def test_a_rate_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RateRuleWrong):
        Rates.parse(text)


def test_waits_grow_to_five_minutes_and_no_further() -> None:
    assert [wait_seconds(failures) for failures in (1, 2, 3, 9, 10_000)] == [1, 2, 4, 256, 300]


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (200, Step.DONE),
        (204, Step.GO_ON),
        (401, Step.STOP),
        (409, Step.ASK_AGAIN),
        (413, Step.SET_ASIDE),
        (422, Step.SEND_AGAIN),
        (500, Step.WAIT),
        (502, Step.WAIT),
        (301, Step.WAIT),
        (404, Step.WAIT),
    ],
)
def test_what_is_not_foreseen_is_waited_out(status: int, step: Step) -> None:
    assert step_after(status) is step
