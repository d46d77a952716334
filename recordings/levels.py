"""Loudness of a voice over time, from what the packets say about themselves: nothing is decoded.

A level line is one byte for each tenth of a second from the start of its segment: 0 silence, 127
loudest, that is 127 less the -dBov of RFC 6464.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10

BIN_S = 0.1
SPEAKING_LEVEL = 77
"""-50 dBov: room noise lies below, speech above."""
PAUSE_S = 0.801
"""A silence of eight bins does not end a span: people breathe."""


@dataclass(frozen=True)
class Voice:
    """One segment's speaker: who, from which second of the recording, how loud."""

    identity: str
    offset_s: float
    levels: bytes


class LevelLine:
    """Gathers levels of one segment in order of time."""

    def __init__(self) -> None:
        """An empty line."""
        self._levels = bytearray()
        self._taken = 0
        self._held: int = 0

    def packet(self, at_s: float, level: int) -> None:
        """A packet at `at_s` of the segment with `level` 0..127; the loudest of a bin counts."""
        bin_number = self._reach(at_s)
        self._levels[bin_number] = max(self._levels[bin_number], min(level, 127))

    def hold(self, at_s: float, level: int) -> None:
        """From `at_s` on this loud until told otherwise, as in a server's speaker update."""
        self._reach(at_s)
        self._held = min(level, 127)
        self.packet(at_s, self._held)

    def take(self, until_s: float) -> bytes:
        """Bins that are complete at `until_s` and were not taken before."""
        whole = max(self._taken, int(until_s / BIN_S))
        self._reach(whole * BIN_S)
        taken, self._taken = bytes(self._levels[self._taken : whole]), whole
        return taken

    def _reach(self, at_s: float) -> int:
        bin_number = max(self._taken, int(at_s / BIN_S))
        missing = bin_number + 1 - len(self._levels)
        if missing > 0:
            self._levels += bytes((self._held,)) * missing
        return bin_number


def loudness(dbov: int) -> int:
    """Level 0..127 of a -dBov value as in RFC 6464 (0 loudest, 127 silence)."""
    return 127 - min(127, max(0, dbov))


def linear_loudness(amplitude: float) -> int:
    """Level 0..127 of an amplitude 0..1, as media servers tell it."""
    return loudness(round(-20 * log10(amplitude))) if amplitude > 0 else 0


def spans(voice: Voice) -> list[tuple[float, float]]:
    """When somebody spoke, in seconds of the recording, pauses for breath bridged."""
    found: list[tuple[float, float]] = []
    for number, level in enumerate(voice.levels):
        if level < SPEAKING_LEVEL:
            continue
        start = voice.offset_s + number * BIN_S
        if found and start - found[-1][1] <= PAUSE_S:
            start = found.pop()[0]
        found.append((start, voice.offset_s + (number + 1) * BIN_S))
    return found


def join_spans(all_spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans in order, overlapping ones and those a breath apart made one."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(all_spans):
        if joined and start - joined[-1][1] <= PAUSE_S:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def peaks(voices: Sequence[Voice], duration_s: float, count: int) -> list[float]:
    """`count` heights 0..1 over the whole recording: the loudest voice in each stretch.

    The scale is linear in decibels from the quietest speech to full scale, as an ear would draw it.
    """
    heights = [0.0] * count
    if duration_s <= 0:
        return heights
    for voice in voices:
        for number, level in enumerate(voice.levels):
            place = int((voice.offset_s + number * BIN_S) / duration_s * count)
            if 0 <= place < count:
                heights[place] = max(heights[place], round(level / 127, 3))
    return heights
