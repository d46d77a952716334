"""What an HTTP answer of a peer means for a step: go on, try again, or ask a person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from recordings.errors import DeliveryFailed, DeliveryRefused

RETRY_STATUSES = frozenset({408, 409, 412, 425, 429})
"""4xx that a later attempt may overcome; every other 4xx needs a person (AR-40)."""
ANSWER_LIMIT_BYTES = 512 << 20
CONNECT_SECONDS, READ_SECONDS = 10.0, 120.0
TIMEOUT = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)


def judge(answer: httpx.Response) -> None:
    """Return when the peer said yes; else raise what its status means."""
    status = answer.status_code
    if 200 <= status < 300:
        return
    if status >= 500 or status in RETRY_STATUSES:
        raise DeliveryFailed(f"http-{status}", "the peer cannot now", _retry_after(answer))
    raise DeliveryRefused(f"http-{status}", "the peer refuses")


@asynccontextmanager
async def peer(client: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """The client; a peer that is away, slow or unintelligible is a failure to try again."""
    try:
        yield client
    except httpx.TimeoutException as error:
        raise DeliveryFailed("timeout", type(error).__name__) from error
    except httpx.HTTPError as error:
        raise DeliveryFailed("unreachable", type(error).__name__) from error


def _retry_after(answer: httpx.Response) -> float:
    """Seconds of a Retry-After header (RFC 9110 10.2.3); the date form is not worth a clock."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0
