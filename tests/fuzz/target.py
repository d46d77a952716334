"""What a fuzzer feeds: a reader of outside bytes, real inputs to begin with, what it may refuse."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

FRAME_BYTES = 2  # the length before each message of an input that holds several


@dataclass(frozen=True)
class Target:
    """`run` may return anything and raise `refusals`; whatever else comes out of it is a fault."""

    name: str
    seeds: tuple[bytes, ...]
    run: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()
    max_bytes: int = 4096

    def __call__(self, data: bytes) -> None:
        """One input. Raises whatever the reader should not have let out."""
        with contextlib.suppress(*self.refusals):
            self.run(data)


def framed(*messages: bytes) -> bytes:
    """Several messages as one input."""
    return b"".join(len(each).to_bytes(FRAME_BYTES, "big") + each for each in messages)


def frames(data: bytes) -> Iterator[bytes]:
    """The messages of an input; the last one may be cut short."""
    at = 0
    while at < len(data):
        end = at + FRAME_BYTES + int.from_bytes(data[at : at + FRAME_BYTES], "big")
        yield data[at + FRAME_BYTES : end]
        at = end


def by_name(targets: Sequence[Target]) -> dict[str, Target]:
    """Each under its name."""
    return {target.name: target for target in targets}
