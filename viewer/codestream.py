"""Where each resolution of an HTJ2K codestream ends (ITU-T T.800 A.4.2, T.814).

Our derivatives have one tile and one tile-part per resolution in RPCL order, so every resolution is
a prefix. A prefix cut anywhere else decodes to garbage without an error: cut only at these ends.
"""

from dataclasses import dataclass
from typing import Final

SOC: Final = b"\xff\x4f"
SOT: Final = b"\xff\x90"
_SOT_SEGMENT_BYTES: Final = 12
# 1/8, 1/4, 1/2 and full: what the viewer asks for; finer steps cost more requests than they help.
LEVELS: Final = 4


class CodestreamMalformed(ValueError):
    """Not a codestream of one tile with one tile-part per resolution."""


@dataclass(frozen=True, slots=True)
class ResolutionEnds:
    """Cumulative byte ends of every resolution, the coarsest first."""

    ends: tuple[int, ...]

    def of_viewer(self) -> tuple[int, int, int, int]:
        """Ends of 1/8, 1/4, 1/2 and full."""
        eighth, quarter, half, full = self.ends[-LEVELS:]
        return eighth, quarter, half, full


def resolution_ends(codestream: bytes) -> ResolutionEnds:
    """Walk the tile-part headers. Raises CodestreamMalformed."""
    if codestream[:2] != SOC:
        raise CodestreamMalformed("no SOC")
    at = _first_tile_part(codestream)
    ends: list[int] = []
    while codestream[at : at + 2] == SOT:
        length = int.from_bytes(codestream[at + 6 : at + 10], "big")
        if length < _SOT_SEGMENT_BYTES or at + length > len(codestream):
            raise CodestreamMalformed("tile-part length")
        at += length
        ends.append(at)
    if len(ends) < LEVELS:
        raise CodestreamMalformed(f"{len(ends)} tile-parts")
    ends[-1] = len(codestream)  # the last one carries the end marker
    return ResolutionEnds(tuple(ends))


def _first_tile_part(codestream: bytes) -> int:
    at = len(SOC)
    while at + 4 <= len(codestream):
        if codestream[at : at + 2] == SOT:
            return at
        at += 2 + int.from_bytes(codestream[at + 2 : at + 4], "big")
    raise CodestreamMalformed("no tile-part")
