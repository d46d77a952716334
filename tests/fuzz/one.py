"""One target under Atheris: `python -m tests.fuzz.one TARGET CORPUS [libFuzzer options]`.

Coverage of the product, and of the library that reads SCTP, guides what is tried next. The process
ends with its inputs, or at the first fault, which libFuzzer writes to a file: an exception, a hang,
too much memory.
"""

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.target import Target, by_name

MODULES = ("tests.fuzz.media_packets", "tests.fuzz.media_messages", "tests.fuzz.images")
_GUIDED_BY = ["signaling", "viewer", "telehealth", "scheduling", "recordings", "aiortc"]


def targets(modules: Sequence[str] = MODULES) -> dict[str, Target]:
    """All of these modules."""
    return by_name([each for name in modules for each in importlib.import_module(name).TARGETS])


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris  # not for every machine: `make fuzz` brings it

    name, corpus, *options = sys.argv[1:]
    modules = os.environ.get("TELEHEALTH_FUZZ_MODULES", "").split() or MODULES
    with atheris.instrument_imports(include=[*_GUIDED_BY, *modules]):
        target = targets(modules)[name]
    for number, seed in enumerate(target.seeds):
        (Path(corpus) / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], corpus, f"-max_len={target.max_bytes}", *options], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
