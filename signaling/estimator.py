"""How much a receiver's line bears, judged from what became of every packet sent. Pure.

A standing queue (the one-way delay stays above its least) or loss beyond what the line loses
anyway means that more was sent than the line bears. What arrived meanwhile is its capacity: the
budget falls below it, for a moment far below so that the queue drains and voices come through.
Then it grows back to that capacity, and tries beyond it ever more rarely while tries fail.
Nobody can send more than publishers make, so growth is not bound to what is being sent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from signaling.twcc import Outcome

FIRST_BPS, LEAST_BPS, MOST_BPS = 1_000_000.0, 30_000.0, 50_000_000.0
_WINDOW_SECONDS = 1.0  # of rates and losses
_BATCHES_AT_MOST = 64
_BASE_SECONDS = 15.0  # the least delay is one of the last 15 to 30 s
_QUEUE_SECONDS, _LONG_QUEUE_SECONDS = 0.06, 0.3
_STANDING_SECONDS, _STANDING_BATCHES = 0.35, 3
_FALLING = 0.95  # of its highest: a key frame queues as well, but then its queue falls
_LOSS, _MOST_OWN_LOSS = 0.1, 0.2
_LOSS_PACKETS = 20  # fewer say nothing about loss
_CUT, _DRAIN = 0.85, 0.5
_SAFE = 0.95  # of the capacity: what may be used without a try
_DRAINED_SECONDS, _DRAIN_AT_MOST_SECONDS = 0.03, 2.0
_FIRST_PATIENCE, _LONGEST_PATIENCE = 8.0, 64.0
_SILENCE_SECONDS = 1.5  # without feedback while sending
_DOUBLING, _RECOVERY, _TRY = 2.0, 1.15, 1.3  # growth factors in a second
_SUCCESS = 1.2  # times the old capacity arrived: it was too low


class Batch(NamedTuple):
    """One feedback in sum; arrivals by the receiver's clock, the rest by ours."""

    at: float
    sent_at: float  # of its first packet
    arrived_at: float  # of its last packet
    received_bytes: int
    received: int
    lost: int
    queue: float  # seconds that even its luckiest packet waited


@dataclass(frozen=True)
class Estimate:
    """State of one line; `budget_bps` is what may be sent on it."""

    limit_bps: float = FIRST_BPS
    ceiling_bps: float = float("inf")  # capacity seen at the last congestion
    patience: float = _FIRST_PATIENCE
    congested_at: float = float("-inf")
    draining: bool = False
    queue_at_cut: float = 0.0
    own_loss: float = 0.0  # what the line loses however little is sent
    least_delays: tuple[float, float] = (float("inf"), float("inf"))  # before, and in this time
    least_since: float = float("-inf")
    heard_at: float = float("-inf")
    batches: tuple[Batch, ...] = ()

    @property
    def budget_bps(self) -> float:
        """Bits per second that the line bears now, headers of RTP included."""
        return self.limit_bps * (_DRAIN if self.draining else 1.0)

    @property
    def loss(self) -> float:
        """Share of packets lost within the last second."""
        received, lost = _counts(self.batches)
        return lost / max(received + lost, 1)

    @property
    def acked_bps(self) -> float:
        """Bits per second that arrived within the last second."""
        return _rate(self.batches)

    @property
    def capacity_bps(self) -> float:
        """What arrived per second while a queue stood: all that the line bears."""
        freely = (at for at, b in enumerate(reversed(self.batches)) if b.queue <= _QUEUE_SECONDS)
        queued = self.batches[len(self.batches) - next(freely, len(self.batches)) :]
        return _rate(queued if len(queued) >= _STANDING_BATCHES else self.batches)


def _rate(batches: Sequence[Batch]) -> float:
    if len(batches) < 2:
        return 0.0
    span = batches[-1].arrived_at - batches[0].arrived_at
    return 8 * sum(batch.received_bytes for batch in batches[1:]) / max(span, 0.05)


def observe(before: Estimate, outcomes: Sequence[Outcome], now: float) -> Estimate:
    """The estimate after one feedback."""
    if not outcomes:
        return before
    total = _total(outcomes)
    least_delays, least_since = before.least_delays, before.least_since
    if total.received:
        older, recent = least_delays
        if now - least_since > _BASE_SECONDS:
            least_delays, least_since = (recent, total.delay), now
        elif total.delay < recent:
            least_delays = (older, total.delay)
    batch = _batch(before, total, min(least_delays), now)
    kept = [old for old in before.batches if now - old.at <= _WINDOW_SECONDS]
    seconds = min(now - before.heard_at, 0.25)
    estimate = replace(
        before,
        batches=(*kept, batch)[-_BATCHES_AT_MOST:],
        heard_at=now,
        least_delays=least_delays,
        least_since=least_since,
    )
    if _is_congested(estimate, now):
        return _cut(estimate, now)
    return _grow(_drain(estimate, now), seconds, now)


def wait(estimate: Estimate, since: float, now: float) -> Estimate:
    """Called now and then while packets sent `since` are unanswered: silence halves the limit."""
    if now - max(since, estimate.congested_at) <= _SILENCE_SECONDS:
        return estimate
    limit = max(LEAST_BPS, estimate.limit_bps / 2)
    ceiling = min(estimate.ceiling_bps, estimate.limit_bps)
    return replace(estimate, limit_bps=limit, ceiling_bps=ceiling, congested_at=now)


def rest(estimate: Estimate, seconds: float, now: float) -> Estimate:
    """Called now and then while nothing is sent, so that a line once too narrow is tried again."""
    if estimate.ceiling_bps == float("inf"):
        return estimate
    return replace(estimate, draining=False, limit_bps=_higher(estimate, seconds, now))


class _Total(NamedTuple):
    sent_at: float
    arrived_at: float
    delay: float  # the least one
    received_bytes: int
    received: int
    lost: int


def _total(outcomes: Sequence[Outcome]) -> _Total:
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
    return _Total(first, last, delay, size, received, len(outcomes) - received)


def _batch(before: Estimate, total: _Total, least_delay: float, now: float) -> Batch:
    arrived_at, queue = total.arrived_at, total.delay - least_delay
    if not total.received:  # all lost: the queue is as long as it was
        last = before.batches[-1] if before.batches else None
        arrived_at, queue = (last.arrived_at, last.queue) if last else (0.0, 0.0)
    return Batch(
        now, total.sent_at, arrived_at, total.received_bytes, total.received, total.lost, queue
    )


def _counts(batches: Sequence[Batch]) -> tuple[int, int]:
    return sum(batch.received for batch in batches), sum(batch.lost for batch in batches)


def _is_congested(estimate: Estimate, now: float) -> bool:
    """Judged by packets that were sent after the last cut only."""
    fresh = [batch for batch in estimate.batches if batch.sent_at > estimate.congested_at]
    if len(fresh) < 2:
        return False
    standing = [batch for batch in fresh if now - batch.at <= _STANDING_SECONDS]
    queues = [batch.queue for batch in standing]
    if estimate.draining and fresh[-1].queue < 1.5 * estimate.queue_at_cut + _QUEUE_SECONDS:
        queues = [0.0]  # it was cut for this queue already
    stands = len(standing) >= _STANDING_BATCHES and queues[-1] >= _FALLING * max(queues)
    if stands and (min(queues) > _QUEUE_SECONDS or min(queues[-2:]) > _LONG_QUEUE_SECONDS):
        return True
    received, lost = _counts(fresh)
    tolerated = max(_LOSS, 1.5 * estimate.own_loss)
    often = sum(1 for batch in fresh if batch.lost) >= 2
    return often and received + lost >= _LOSS_PACKETS and lost > tolerated * (received + lost)


def _cut(estimate: Estimate, now: float) -> Estimate:
    acked = max(estimate.capacity_bps, LEAST_BPS)
    tried = estimate.limit_bps >= _SAFE * estimate.ceiling_bps
    patience = estimate.patience
    if acked < estimate.ceiling_bps / 2:
        patience = _FIRST_PATIENCE  # another line than it was
    elif tried:
        patience = min(2 * patience, _LONGEST_PATIENCE)
    fresh = estimate.batches[-1]
    return replace(
        estimate,
        limit_bps=max(LEAST_BPS, min(_CUT * acked, estimate.limit_bps)),
        ceiling_bps=acked,
        patience=patience,
        congested_at=now,
        draining=fresh.queue > _QUEUE_SECONDS,
        queue_at_cut=fresh.queue,
        own_loss=_learned_loss(estimate, acked),
    )


def _learned_loss(estimate: Estimate, acked: float) -> float:
    """Loss without a queue, at much less than was borne before, is the line's own."""
    queued = any(batch.queue > _QUEUE_SECONDS for batch in estimate.batches)
    if queued or acked > 0.9 * estimate.ceiling_bps:
        return estimate.own_loss
    return min(_MOST_OWN_LOSS, max(estimate.own_loss, estimate.loss))


def _drain(estimate: Estimate, now: float) -> Estimate:
    if not estimate.draining:
        return estimate
    queue = estimate.batches[-1].queue
    if queue < _DRAINED_SECONDS:
        return replace(estimate, draining=False)
    if now - estimate.congested_at <= _DRAIN_AT_MOST_SECONDS:
        return estimate
    if queue < _QUEUE_SECONDS:
        return replace(estimate, draining=False)
    # Half the rate did not shorten it: no queue of ours, but a longer way than before.
    delay = min(estimate.least_delays) + queue
    now_least = (float("inf"), delay)
    return replace(estimate, draining=False, least_delays=now_least, least_since=now, batches=())


def _grow(estimate: Estimate, seconds: float, now: float) -> Estimate:
    if not estimate.batches or estimate.draining or estimate.batches[-1].queue > _QUEUE_SECONDS / 2:
        return estimate
    if estimate.limit_bps > estimate.ceiling_bps and estimate.acked_bps > (
        _SUCCESS * estimate.ceiling_bps
    ):
        return replace(estimate, ceiling_bps=float("inf"), patience=_FIRST_PATIENCE)
    return replace(estimate, limit_bps=_higher(estimate, seconds, now))


def _higher(estimate: Estimate, seconds: float, now: float) -> float:
    limit, ceiling = estimate.limit_bps, estimate.ceiling_bps
    if ceiling == float("inf"):
        return min(MOST_BPS, limit * math.pow(_DOUBLING, seconds))
    safe = _SAFE * ceiling
    if limit < safe:
        return min(safe, limit * math.pow(_RECOVERY, seconds))
    if now - estimate.congested_at < estimate.patience:
        return limit
    return min(MOST_BPS, limit * math.pow(_TRY, seconds))
