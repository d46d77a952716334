"""The send-side estimator on simulated lines: capacity found, voices never starved."""

import random
from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.allocation import Wanted, share
from signaling.estimator import LEAST_BPS, MOST_BPS, Estimate, observe, rest, wait
from signaling.twcc import Outcome

_STEP = 0.01  # seconds
_LAYERS = {0: 150_000.0, 1: 500_000.0, 2: 1_500_000.0}
_VOICES = 3
_VOICE_BYTES, _VIDEO_BYTES = 110, 1100


@dataclass
class _Line:
    """A bottleneck: a rate, a bounded queue, a fixed delay, and loss of its own."""

    rate_bps: float
    buffer_seconds: float = 0.5
    delay: float = 0.04
    loss: float = 0.0
    free_at: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def carry(self, size: int, now: float) -> float | None:
        """When a packet arrives, None if it is lost."""
        start = max(self.free_at, now)
        if start - now > self.buffer_seconds:
            return None
        self.free_at = start + size * 8 / self.rate_bps
        return None if self.chance.random() < self.loss else self.free_at + self.delay + 1000.0


@dataclass
class _Run:
    """One receiver behind a line: three voices and a picture whose layer the budget decides."""

    line: _Line
    elastic: bool = False  # the picture takes all it gets
    now: float = 100.0
    estimate: Estimate = field(default_factory=Estimate)
    layer: int | None = 2
    sent: list[Outcome] = field(default_factory=list)
    feedback: deque[tuple[float, list[Outcome]]] = field(default_factory=deque)
    owed: float = 0.0
    layers: list[tuple[float, int | None]] = field(default_factory=list)
    voices: list[tuple[float, float | None]] = field(default_factory=list)  # sent at, delay
    video_bits: float = 0.0

    def seconds(self, count: float) -> None:
        """Time passes."""
        for _ in range(round(count / _STEP)):
            self._step()

    def _step(self) -> None:
        tick = round((self.now - 100) / _STEP)
        for _ in range(_VOICES if tick % 2 == 0 else 0):
            arrived = self._send(_VOICE_BYTES)
            self.voices.append((self.now, None if arrived is None else arrived - 1000 - self.now))
        self.owed += self._video_bps() / 8 * _STEP
        if tick % 3 == 0:
            while self.owed >= _VIDEO_BYTES:
                self.owed -= _VIDEO_BYTES
                if self._send(_VIDEO_BYTES) is not None:
                    self.video_bits += _VIDEO_BYTES * 8
        if tick % 10 == 0:
            self._answer()
        while self.feedback and self.feedback[0][0] <= self.now:
            self.estimate = observe(self.estimate, self.feedback.popleft()[1], self.now)
            self._share()
        self.estimate = (
            wait(self.estimate, self.estimate.heard_at, self.now) if tick > 200 else self.estimate
        )
        self.now += _STEP

    def _video_bps(self) -> float:
        if self.elastic:
            return max(0.0, self.estimate.budget_bps - 150_000)
        return _LAYERS[self.layer] if self.layer is not None else 0.0

    def _send(self, size: int) -> float | None:
        arrived = self.line.carry(size, self.now)
        self.sent.append(Outcome(self.now, arrived, size))
        return arrived

    def _answer(self) -> None:
        """The receiver tells of what has arrived by now, and of losses before it."""
        clock = self.now + 1000.0
        known = [o for o in self.sent if o.arrived_at is not None and o.arrived_at <= clock]
        if known:
            last = known[-1].sent_at
            lost = [o for o in self.sent if o.arrived_at is None and o.sent_at < last]
            told = known + lost
            self.sent = [o for o in self.sent if o not in told]
            self.feedback.append((self.now + self.line.delay, told))

    def _share(self) -> None:
        picture = Wanted(1, 2, _LAYERS, now=self.layer)
        voices = _VOICES * _VOICE_BYTES * 8 * 50.0
        layer = share(self.estimate.budget_bps, voices, [picture], may_pause=True)[1]
        if layer != self.layer:
            self.layers.append((self.now, layer))
            if layer is not None:
                self.owed += _LAYERS[layer] * 0.25 / 8  # a key frame
        self.layer = layer

    def voice_delays(self, start: float, end: float) -> list[float | None]:
        """What became of voice packets sent in these seconds of the run."""
        return [d for at, d in self.voices if start <= at - 100 < end]


def _prompt(delays: list[float | None], limit: float = 0.15) -> float:
    return sum(1 for delay in delays if delay is not None and delay <= limit) / len(delays)


@pytest.mark.parametrize("buffer_seconds", [0.05, 0.5, 3.0])
def test_g40_on_500_kbit_s_video_steps_down_within_three_seconds_and_voices_live(
    buffer_seconds: float,
) -> None:
    run = _Run(_Line(500_000, buffer_seconds))
    run.seconds(60)
    first = next(at for at, layer in run.layers if layer in (0, None)) - 100
    assert first <= 3
    assert run.video_bits / 60 > 100_000  # the small picture runs
    delays = run.voice_delays(3, 60)
    assert _prompt(delays) > 0.95
    assert sum(1 for delay in delays if delay is None) < 0.03 * len(delays)


def test_g41_on_4_mbit_s_the_largest_picture_comes_within_two_seconds_and_stays() -> None:
    run = _Run(_Line(4_000_000), layer=0)
    run.seconds(60)
    assert run.layers[-1][1] == 2
    assert run.layers[-1][0] - 100 <= 2
    assert _prompt(run.voice_delays(0, 60)) > 0.99


@pytest.mark.parametrize("rate_bps", [500_000, 1_000_000, 4_000_000])
def test_g42_a_source_that_takes_all_it_may_uses_the_line_and_leaves_no_queue(
    rate_bps: int,
) -> None:
    run = _Run(_Line(rate_bps), elastic=True)
    run.seconds(60)
    used = run.video_bits / 60 + _VOICES * _VOICE_BYTES * 8 * 50
    assert 0.8 * rate_bps < used < rate_bps
    assert _prompt(run.voice_delays(3, 60)) > 0.95


def test_g43_a_line_without_room_for_pictures_keeps_its_voices() -> None:
    run = _Run(_Line(180_000))
    run.seconds(60)
    delays = run.voice_delays(5, 60)
    assert _prompt(delays) > 0.9
    assert sum(1 for delay in delays if delay is None) < 0.03 * len(delays)


@pytest.mark.parametrize("loss", [0.03, 0.1, 0.15])
def test_g44_a_line_that_loses_by_itself_keeps_its_picture(loss: float) -> None:
    run = _Run(_Line(4_000_000, loss=loss))
    run.seconds(60)
    assert run.layer == 2


@pytest.mark.parametrize(
    ("rate_bps", "loss"), [(4_000_000, 0.1), (4_000_000, 0.2), (1_000_000, 0.1)]
)
def test_g44_no_chance_of_the_first_packets_rests_the_picture(rate_bps: int, loss: float) -> None:
    for seed in range(25):
        run = _Run(_Line(rate_bps, loss=loss, chance=random.Random(seed)), layer=None)
        run.seconds(15)
        (first, _), *later = run.layers
        assert first < 101
        assert all(layer is not None for _, layer in later)


@pytest.mark.parametrize("loss", [0.0, 0.03, 0.1])
def test_g44_a_key_frame_that_overflows_a_small_buffer_costs_no_layer(loss: float) -> None:
    run = _Run(_Line(2_500_000, buffer_seconds=0.05, loss=loss))
    run.seconds(60)
    assert run.layer == 2
    assert run.video_bits / 60 > 1_250_000


@pytest.mark.parametrize("loss", [0.0, 0.1])
def test_g44_loss_that_goes_with_the_rate_is_the_rates_though_no_queue_stands(loss: float) -> None:
    run = _Run(_Line(1_000_000, buffer_seconds=0.05, loss=loss))
    run.seconds(60)
    lost = [delay for delay in run.voice_delays(3, 60) if delay is None]
    assert len(lost) < (loss + 0.02) * len(run.voice_delays(3, 60))
    assert run.video_bits / 60 > 200_000


def test_g45_tries_that_fail_become_rare() -> None:
    run = _Run(_Line(500_000))
    run.seconds(180)
    raised = [at - 100 for at, layer in run.layers if layer == 1]
    assert len([at for at in raised if at > 10]) <= 4


def test_g46_a_line_that_recovers_is_used_again_within_a_minute() -> None:
    run = _Run(_Line(500_000))
    run.seconds(30)
    run.line.rate_bps = 4_000_000
    run.seconds(45)
    assert run.layer == 2


@pytest.mark.parametrize("longer", [0.07, 0.15, 0.4])
def test_g49_a_longer_way_is_not_taken_for_a_queue_for_long(longer: float) -> None:
    run = _Run(_Line(4_000_000))
    run.seconds(20)
    run.line.delay += longer
    run.seconds(20)
    assert run.layer == 2
    assert run.estimate.limit_bps > 1_500_000
    run.layers.clear()
    run.seconds(20)
    assert run.layers == []


def test_g49_a_line_that_collapses_is_left_at_once() -> None:
    run = _Run(_Line(2_000_000))
    run.seconds(20)
    run.line.rate_bps = 250_000
    run.seconds(5)
    assert run.layer is None
    run.seconds(15)
    assert _prompt(run.voice_delays(26, 40)) > 0.9


def test_g47_silence_of_the_receiver_halves_what_is_sent() -> None:
    estimate = observe(Estimate(), [Outcome(1.0, 9.0, 1000)], 1.1)
    assert wait(estimate, 1.1, 2.0) is estimate
    halved = wait(estimate, 1.1, 3.0)
    assert halved.limit_bps == estimate.limit_bps / 2
    assert wait(halved, 1.1, 4.0) is halved
    for second in range(60):
        halved = wait(halved, 1.1, 4.6 + 2 * second)
    assert halved.limit_bps == LEAST_BPS


def test_g47_a_line_on_which_nothing_is_sent_is_tried_again_in_time() -> None:
    low = Estimate(limit_bps=40_000, ceiling_bps=100_000, congested_at=0.0, draining=True)
    for tick in range(1, 80):
        low = rest(low, 0.1, tick * 0.1)
    assert low.limit_bps == 95_000
    for tick in range(80, 130):
        low = rest(low, 0.1, tick * 0.1)
    assert low.limit_bps > 300_000


_OUTCOMES = st.builds(
    Outcome,
    st.floats(0, 1e5),
    st.none() | st.floats(0, 1.1e6),
    st.integers(0, 1500),
)


@given(st.lists(st.tuples(st.lists(_OUTCOMES, max_size=30), st.floats(0, 2)), max_size=40))
def test_g48_whatever_a_receiver_tells_the_budget_keeps_its_bounds(
    told: list[tuple[list[Outcome], float]],
) -> None:
    estimate, now = Estimate(), 1e5
    for outcomes, later in told:
        now += later
        estimate = wait(observe(estimate, outcomes, now), estimate.heard_at, now)
        assert LEAST_BPS / 2 <= estimate.budget_bps <= MOST_BPS
        assert 0 <= estimate.own_loss <= 0.2
        assert len(estimate.batches) <= 60
