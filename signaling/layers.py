"""Which simulcast layer a receiver gets, and which layers the publisher must send (dynacast). Pure.

Layers are counted from the smallest: 0 low, 1 medium, 2 high, as LiveKit's VideoQuality.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

_BY_RID = {"q": 0, "h": 1, "f": 2}
HIGHEST = 2


def layer_of(rid: str, rids: Sequence[str]) -> int:
    """The layer a rid names; unknown names count in the order they were offered."""
    if rid in _BY_RID:
        return _BY_RID[rid]
    return min(rids.index(rid), HIGHEST) if rid in rids else 0


@dataclass(frozen=True)
class Wish:
    """What a receiver asked for; a zero size means: go by quality."""

    disabled: bool = False
    quality: int = HIGHEST
    width: int = 0
    height: int = 0


def wanted_layer(wish: Wish, sizes: Sequence[tuple[int, int]]) -> int | None:
    """The smallest layer that fills the receiver's tile; None when it wants nothing.

    `sizes` are (width, height) of the published layers, smallest first; may be empty.
    """
    if wish.disabled or wish.quality > HIGHEST:
        return None
    if not (wish.width and wish.height) or not sizes:
        return wish.quality
    for layer, (width, height) in enumerate(sizes):
        if max(width, height) >= max(wish.width, wish.height):
            return min(layer, HIGHEST)
    return min(len(sizes) - 1, HIGHEST)


def best_layer(wanted: int, flowing: Collection[int]) -> int | None:
    """The highest flowing layer not above `wanted`, else the lowest flowing one."""
    below = [layer for layer in flowing if layer <= wanted]
    if below:
        return max(below)
    return min(flowing, default=None)


def needed_layers(wanted: Iterable[int | None]) -> frozenset[int]:
    """The layers somebody wants; nobody at all means the publisher may send none."""
    return frozenset(layer for layer in wanted if layer is not None)
