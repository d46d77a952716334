"""What one feedback told in sum, and what several tell together. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from signaling.twcc import Outcome


class Batch(NamedTuple):
    """One feedback in sum; arrivals by the receiver's clock, the rest by ours."""

    at: float
    sent_at: float  # of its first packet
    arrived_at: float  # of its last packet
    received_bytes: int
    received: int
    lost: int
    queue: float  # seconds that even its luckiest packet waited


class Total(NamedTuple):
    """Outcomes in sum; minus infinity and infinity where nothing arrived."""

    sent_at: float
    arrived_at: float
    delay: float  # the least one
    received_bytes: int
    received: int
    lost: int


def total_of(outcomes: Sequence[Outcome]) -> Total:
    """At least one."""
    first, last, delay = outcomes[0].sent_at, float("-inf"), float("inf")
    size = received = 0
    for sent_at, arrived_at, bytes_ in outcomes:
        if sent_at < first:
            first = sent_at
        if arrived_at is None:
            continue
        received += 1
        size += bytes_
        if arrived_at > last:
            last = arrived_at
        if arrived_at - sent_at < delay:
            delay = arrived_at - sent_at
    return Total(first, last, delay, size, received, len(outcomes) - received)


def batch_of(last: Batch | None, total: Total, least_delay: float, now: float) -> Batch:
    """After the `last` one."""
    arrived_at, queue = total.arrived_at, total.delay - least_delay
    if not total.received:  # all lost: the queue is as long as it was
        arrived_at, queue = (last.arrived_at, last.queue) if last else (0.0, 0.0)
    return Batch(
        now, total.sent_at, arrived_at, total.received_bytes, total.received, total.lost, queue
    )


def counts(batches: Sequence[Batch]) -> tuple[int, int]:
    """Packets received and lost."""
    return sum(batch.received for batch in batches), sum(batch.lost for batch in batches)


def arrived_bps(batches: Sequence[Batch]) -> float:
    """Bits per second of these, 0 for fewer than two."""
    if len(batches) < 2:
        return 0.0
    span = batches[-1].arrived_at - batches[0].arrived_at
    return 8 * sum(batch.received_bytes for batch in batches[1:]) / max(span, 0.05)
