"""Runs benchmarks: `python -m tests.bench [SUBJECT ...]`, all but long ones when none is named.

Prints a table and writes var/bench/SUBJECT.json. Figures are no tests: nothing here fails on a
slow machine.
"""

import argparse
import importlib
import os
import sys
from pathlib import Path

from tests.bench.harness import machine, progress, table, write

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parents[1] / "var/bench"
LONG = {"media_soak"}  # takes an hour


def subjects() -> dict[str, str]:
    """Subject -> module: the files of this folder that define `measure`."""
    return {
        path.stem: f"tests.bench.{path.stem}"
        for path in sorted(FOLDER.glob("*.py"))
        if "\ndef measure(" in path.read_text()
    }


def main() -> None:
    """Process entry."""
    known = subjects()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subject", nargs="*", help=f"of {', '.join(known)}")
    chosen = parser.parse_args().subject or sorted(set(known) - LONG)
    unknown = sorted(set(chosen) - set(known))
    if unknown:
        parser.error(f"no such subject: {', '.join(unknown)}; there are {', '.join(known)}")
    facts, cores = machine(), os.sched_getaffinity(0)
    for subject in chosen:
        os.sched_setaffinity(0, cores)  # a subject may have bound itself to some
        progress(f"{subject} on {facts['cores']} x {facts['cpu']}, kernel {facts['kernel']}")
        rows = importlib.import_module(known[subject]).measure()
        path = write(RESULTS, subject, f"make bench SUBJECTS={subject}", rows)
        sys.stdout.write(f"\n{table(rows)}\n\nwritten to {path}\n")


if __name__ == "__main__":
    main()
