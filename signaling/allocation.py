"""Sharing one receiver's line: voices first, then the pictures, each as good as fits. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_RAISE_HEADROOM = 1.1  # a layer is added only with room to spare, and kept without


@dataclass(frozen=True)
class Wanted:
    """One picture a receiver wants: up to layer `most`; `rates` of what flows, bits per second."""

    key: int
    most: int
    rates: Mapping[int, float]
    is_screen: bool = False
    now: int | None = None  # the layer it has


def share(
    budget_bps: float, voices_bps: float, pictures: Sequence[Wanted], may_pause: bool
) -> dict[int, int | None]:
    """The layer of each picture, None for one that rests until the line bears it.

    Screens come first, then in the order given; every one gets its smallest layer before any gets
    a larger one, and larger ones are given a step at a time.
    """
    left = budget_bps - voices_bps
    chosen: dict[int, int | None] = {}
    order = sorted(pictures, key=lambda wanted: not wanted.is_screen)
    ladders = {wanted.key: _ladder(wanted) for wanted in order}
    for wanted in order:
        if not ladders[wanted.key]:  # nothing flows yet: no obstacle when it comes
            chosen[wanted.key] = wanted.most
            continue
        lowest = ladders[wanted.key][0]
        cost = wanted.rates[lowest] * (_RAISE_HEADROOM if wanted.now is None else 1.0)
        fits = cost <= left or not may_pause
        chosen[wanted.key] = lowest if fits else None
        left -= wanted.rates[lowest] if fits else 0.0
    _raise(order, ladders, chosen, left)
    return chosen


def _ladder(wanted: Wanted) -> list[int]:
    """Layers it may have, smallest first; when all flow above what is wanted, the smallest."""
    below = sorted(layer for layer in wanted.rates if layer <= wanted.most)
    return below or sorted(wanted.rates)[:1]


def _raise(
    order: Sequence[Wanted],
    ladders: Mapping[int, list[int]],
    chosen: dict[int, int | None],
    left: float,
) -> None:
    raised = True
    while raised:
        raised = False
        for wanted in order:
            ladder, has = ladders[wanted.key], chosen[wanted.key]
            if has is None or has not in ladder or ladder.index(has) + 1 == len(ladder):
                continue
            higher = ladder[ladder.index(has) + 1]
            more = wanted.rates[higher] - wanted.rates[has]
            kept = wanted.now is not None and wanted.now >= higher
            if more * (1.0 if kept else _RAISE_HEADROOM) <= left:
                chosen[wanted.key], left, raised = higher, left - more, True
