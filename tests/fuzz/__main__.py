"""Fuzzes the readers of outside bytes: `python -m tests.fuzz [TARGET ...] [--inputs N] [--seed N]`.

Each target runs in processes of its own, with a limit of time for an input and of memory. A fault
ends its target: the input is kept in var/fuzz, and `--again FILE` shows what it does.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from tests.fuzz.one import MODULES, targets

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / "var/fuzz"
_TAIL_LINES = 30


class Limits(NamedTuple):
    """What one input may take."""

    seconds: int = 2
    mib: int = 2048  # of the whole process; looked at once a second


USUAL: Final = Limits()


@dataclass(frozen=True)
class Outcome:
    """What became of one target."""

    target: str
    inputs: int
    seconds: float
    fault: str  # the last words of the process; empty when all went well

    @property
    def text(self) -> str:
        """A line for people."""
        return f"{self.target}: {self.inputs:,} inputs in {self.seconds:.0f} s" + (
            f"\n{self.fault}" if self.fault else ""
        )


def fuzz(
    name: str,
    inputs: int,
    seed: int,
    kept: Path = KEPT,
    modules: Sequence[str] = MODULES,
    limits: Limits = USUAL,
) -> Outcome:
    """So many inputs for one target, or fewer if one is a fault."""
    kept.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as corpus:
        command = [sys.executable, "-m", "tests.fuzz.one", name, corpus]
        command += [f"-runs={inputs}", f"-seed={seed}", f"-timeout={limits.seconds}"]
        command += [f"-rss_limit_mb={limits.mib}", f"-artifact_prefix={kept}/{name}-"]
        told = os.environ | {"TELEHEALTH_FUZZ_MODULES": " ".join(modules)}
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}  # tracebacks go to one
        ended = subprocess.run(command, cwd=ROOT, env=told, text=True, errors="replace", **both)
    words = ended.stdout.splitlines()
    done = re.search(r"^#(\d+)\s+DONE", ended.stdout, re.MULTILINE)
    last = re.findall(r"^#(\d+)\s", ended.stdout, re.MULTILINE)
    count = int(done[1] if done else last[-1] if last else 0)
    fault = "" if ended.returncode == 0 and done else "\n".join(words[-_TAIL_LINES:])
    return Outcome(name, count, time.monotonic() - began, fault)


def main() -> int:
    """Process entry: 1 when there was a fault."""
    known = targets()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="*", choices=[*known, []], help=f"of {', '.join(known)}")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=Path, help="give this input to the one TARGET")
    chosen = parser.parse_args()
    names = chosen.target or list(known)
    if chosen.again:
        known[names[0]](chosen.again.read_bytes())
        return 0
    each = -(-chosen.inputs // len(names))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = []
        for outcome in pool.map(lambda name: fuzz(name, each, chosen.seed), names):
            sys.stdout.write(f"{outcome.text}\n")
            sys.stdout.flush()
            found.append(outcome)
    total, faults = sum(one.inputs for one in found), [one for one in found if one.fault]
    sys.stdout.write(f"{total:,} inputs, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
