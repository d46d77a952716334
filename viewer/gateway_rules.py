"""What a gateway decides: how fast, how long to wait, what an answer means. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self

_RULE: Final = re.compile(r"(?:(\d{1,2})-(\d{1,2})|\*)=(\d+(?:\.\d+)?)(k|m)bit")
_UNITS: Final[Mapping[str, int]] = {"k": 1_000, "m": 1_000_000}
_WAIT_SECONDS_MAX: Final = 300.0


class RateRuleWrong(ValueError):
    """A rate is not written as `06-17=1mbit,*=8mbit`."""


@dataclass(frozen=True)
class Rates:
    """Bits per second by hour of the local day; 0 or none: as fast as the line."""

    by_hour: tuple[int, ...] = (0,) * 24

    @classmethod
    def parse(cls, text: str) -> Self:
        """`06-17=1mbit,*=8mbit`: from 06:00 to 17:00 one, else eight. Raises RateRuleWrong."""
        hours: dict[int, int] = {}
        usual = 0
        for part in filter(None, (each.strip().lower() for each in text.split(","))):
            found = _RULE.fullmatch(part)
            if found is None:
                raise RateRuleWrong(part)
            first, end, number, unit = found.groups()
            rate = round(float(number) * _UNITS[unit])
            if first is None:
                usual = rate
            else:
                hours |= dict.fromkeys(_hours(int(first), int(end), part), rate)
        return cls(tuple(hours.get(hour, usual) for hour in range(24)))

    def pause_seconds(self, hour: int, sent_bytes: int, took_seconds: float) -> float:
        """How long to rest after a piece, so that the hour's rate is kept."""
        rate = self.by_hour[hour]
        return max(0.0, sent_bytes * 8 / rate - took_seconds) if rate else 0.0


def _hours(first: int, end: int, part: str) -> list[int]:
    """From one hour to before the other; over midnight if the second is the smaller."""
    if first > 23 or end > 24 or first == end:
        raise RateRuleWrong(part)
    return [hour % 24 for hour in range(first, end if end > first else end + 24)]


def wait_seconds(failures: int) -> float:
    """How long to wait after so many failures in a row: 1, 2, 4 ... 300 s."""
    return min(_WAIT_SECONDS_MAX, 2.0 ** min(failures - 1, 10))


class Step(Enum):
    """What follows an answer of the server."""

    GO_ON = auto()
    DONE = auto()  # the outcome is in the body
    ASK_AGAIN = auto()  # how much has come there
    SEND_AGAIN = auto()  # from the first byte
    SET_ASIDE = auto()  # this object will never be taken
    STOP = auto()  # this gateway is not, or no more, known there
    WAIT = auto()


_STEPS: Final[Mapping[int, Step]] = {
    200: Step.DONE,
    204: Step.GO_ON,
    401: Step.STOP,
    403: Step.STOP,
    409: Step.ASK_AGAIN,
    413: Step.SET_ASIDE,
    422: Step.SEND_AGAIN,
}


def step_after(status: int) -> Step:
    """By the HTTP status; what is not foreseen is waited out, and nothing thrown away for it."""
    return _STEPS.get(status, Step.WAIT)
