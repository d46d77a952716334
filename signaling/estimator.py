"""How much a receiver's line bears, judged from what became of every packet sent. Pure.

A standing queue (the one-way delay stays above its least) or loss beyond what the line loses
anyway means that more was sent than the line bears. What arrived meanwhile is its capacity: the
budget falls below it, for a moment far below so that the queue drains and voices come through.
Then it grows back to that capacity, and tries beyond it ever more rarely while tries fail.
Loss without a queue is doubtful: after a second with less on the line it either went, or is the
line's own and everything is as it was.
Nobody can send more than publishers make, so growth is not bound to what is being sent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from signaling.batches import Batch, arrived_bps, batch_of, counts, total_of
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
_DOUBT_SECONDS, _DOUBTFUL_LOSS, _DOUBT_BPS = 1.0, 0.3, 500_000.0  # the picture does not rest for it
_CUT, _DRAIN = 0.85, 0.5
_SAFE = 0.95  # of the capacity: what may be used without a try
_DRAINED_SECONDS, _DRAIN_AT_MOST_SECONDS = 0.03, 2.0
_FIRST_PATIENCE, _LONGEST_PATIENCE = 8.0, 64.0
_SILENCE_SECONDS = 1.5  # without feedback while sending
_DOUBLING, _RECOVERY, _TRY = 2.0, 1.15, 1.3  # growth factors in a second
_SUCCESS = 1.2  # times the old capacity arrived: it was too low


class Doubt(NamedTuple):
    """What was believed when packets were lost without a queue."""

    limit_bps: float
    ceiling_bps: float
    patience: float
    loss: float


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
    doubt: Doubt | None = None
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
        received, lost = counts(self.batches)
        return lost / max(received + lost, 1)

    @property
    def acked_bps(self) -> float:
        """Bits per second that arrived within the last second."""
        return arrived_bps(self.batches)

    @property
    def capacity_bps(self) -> float:
        """What arrived per second while a queue stood: all that the line bears."""
        freely = (at for at, b in enumerate(reversed(self.batches)) if b.queue <= _QUEUE_SECONDS)
        queued = self.batches[len(self.batches) - next(freely, len(self.batches)) :]
        return arrived_bps(queued if len(queued) >= _STANDING_BATCHES else self.batches)


def observe(before: Estimate, outcomes: Sequence[Outcome], now: float) -> Estimate:
    """The estimate after one feedback."""
    if not outcomes:
        return before
    total = total_of(outcomes)
    least_delays, least_since = before.least_delays, before.least_since
    if total.received:
        older, recent = least_delays
        if now - least_since > _BASE_SECONDS:
            least_delays, least_since = (recent, total.delay), now
        elif total.delay < recent:
            least_delays = (older, total.delay)
    last = before.batches[-1] if before.batches else None
    batch = batch_of(last, total, min(least_delays), now)
    kept = [old for old in before.batches if now - old.at <= _WINDOW_SECONDS]
    seconds = min(now - before.heard_at, 0.25)
    estimate = replace(
        before,
        batches=(*kept, batch)[-_BATCHES_AT_MOST:],
        heard_at=now,
        least_delays=least_delays,
        least_since=least_since,
    )
    if _is_queueing(estimate, now):
        return _cut(estimate, now)
    if estimate.doubt:
        return _decide(estimate, estimate.doubt, now)
    if _is_losing(estimate):
        return _doubt(estimate, now)
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


def _fresh(estimate: Estimate) -> list[Batch]:
    """Of packets that were sent after the last cut: only they can tell of congestion."""
    return [batch for batch in estimate.batches if batch.sent_at > estimate.congested_at]


def _is_queueing(estimate: Estimate, now: float) -> bool:
    fresh = _fresh(estimate)
    standing = [batch for batch in fresh if now - batch.at <= _STANDING_SECONDS]
    queues = [batch.queue for batch in standing]
    if len(standing) < _STANDING_BATCHES or queues[-1] < _FALLING * max(queues):
        return False
    if estimate.draining and queues[-1] < 1.5 * estimate.queue_at_cut + _QUEUE_SECONDS:
        return False  # it was cut for this queue already
    return min(queues) > _QUEUE_SECONDS or min(queues[-2:]) > _LONG_QUEUE_SECONDS


def _is_losing(estimate: Estimate) -> bool:
    fresh = sorted(_fresh(estimate), key=lambda batch: batch.lost)[:-1]
    received, lost = counts(fresh)  # without the worst: a key frame overflows a small buffer once
    tolerated = max(_LOSS, 1.5 * estimate.own_loss)
    return _is_surely_above(tolerated, lost, received + lost)


def _is_surely_above(share: float, lost: int, packets: int) -> bool:
    """Two deviations of a binomial above it: a few packets lose much by chance."""
    chance = 2 * math.sqrt(share * (1 - share) * packets)
    return packets >= _LOSS_PACKETS and lost > share * packets + chance


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
        doubt=None,
    )


def _doubt(estimate: Estimate, now: float) -> Estimate:
    """Cuts, and remembers what was believed; a loss that may be the line's own rests no picture."""
    cut, fresh = _cut(estimate, now), _fresh(estimate)
    if any(batch.queue > _QUEUE_SECONDS for batch in fresh):
        return cut
    received, lost = counts(fresh)
    limit, loss = cut.limit_bps, lost / (received + lost)
    if not _is_surely_above(_DOUBTFUL_LOSS, lost, received + lost):
        limit = max(limit, min(estimate.limit_bps, _DOUBT_BPS))
    before = Doubt(estimate.limit_bps, estimate.ceiling_bps, estimate.patience, loss)
    return replace(cut, limit_bps=limit, doubt=before)


def _decide(estimate: Estimate, doubt: Doubt, now: float) -> Estimate:
    """Whether the loss went with what caused it, or is the line's own."""
    received, lost = counts(_fresh(estimate))
    packets = received + lost
    if now - estimate.congested_at < _DOUBT_SECONDS or packets < _LOSS_PACKETS:
        return estimate
    loss, unknown = lost / packets, max(_LOSS / 2, 1.5 * estimate.own_loss)
    if loss < min(doubt.loss / 2, unknown) or loss > _DOUBTFUL_LOSS:
        return replace(estimate, doubt=None)
    return replace(
        estimate,
        limit_bps=doubt.limit_bps,
        ceiling_bps=doubt.ceiling_bps,
        patience=doubt.patience,
        own_loss=min(_MOST_OWN_LOSS, max(estimate.own_loss, loss)),
        doubt=None,
    )


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
