"""Measuring beside peers: interleaved rounds, medians, ratios, one table and one JSON file.

A subject is a module of this folder with `measure() -> list[Row]`. It starts every contender
itself, on loopback, and lets `interleaved` measure them in turn, so that a slow phase of the
machine hits all.
"""

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OURS = "telehealth"
Figures = Mapping[str, float]  # unit -> value, for example {"CPU us per packet": 5.1}


@dataclass(frozen=True)
class Target:
    """What we promise: a bound on our own figure, or on ours divided by the named peer's."""

    limit: float
    at_most: bool = True
    peer: str = ""

    def text(self) -> str:
        """As printed: "<= 6" or ">= 2.5 x janus"."""
        bound = f"{'<=' if self.at_most else '>='} {self.limit:g}"
        return f"{bound} x {self.peer}" if self.peer else bound

    def is_met(self, ours: float, peer: float) -> bool:
        """Whether our figure keeps the promise; `peer` counts only when one is named."""
        bound = self.limit * peer if self.peer else self.limit
        return ours <= bound if self.at_most else ours >= bound


@dataclass(frozen=True)
class Row:
    """One figure of one contender, a value per round."""

    work: str  # "1 publisher to 50 receivers, 1,100 bytes, saturated"
    contender: str  # OURS, or a peer with its version
    unit: str  # "CPU us per packet out"
    rounds: tuple[float, ...]
    target: Target | None = None  # of our row only

    @property
    def median(self) -> float:
        """The figure."""
        return statistics.median(self.rounds)


def interleaved(
    work: str,
    contenders: Mapping[str, Callable[[], Figures]],
    rounds: int,
    targets: Mapping[str, Target] | None = None,
) -> list[Row]:
    """Every contender once a round, in turn; `targets` by unit hold for OURS."""
    taken: dict[tuple[str, str], list[float]] = {}
    for number in range(rounds):
        for name, measure in contenders.items():
            figures = measure()
            for unit, value in figures.items():
                taken.setdefault((name, unit), []).append(value)
            said = ", ".join(f"{unit} {value:.4g}" for unit, value in figures.items())
            progress(f"{work}: round {number + 1} of {rounds}, {name}: {said}")
    return [
        Row(work, name, unit, tuple(values), (targets or {}).get(unit) if name == OURS else None)
        for (name, unit), values in taken.items()
    ]


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, all threads, ns resolution (clock_getcpuclockid(3))."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in RAM, shared pages included (proc_pid_statm(5))."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def machine() -> dict[str, Any]:
    """Where it was measured."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = [round(value, 2) for value in os.getloadavg()]
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": load,
    }


def table(rows: Sequence[Row]) -> str:
    """Markdown: a line per figure, with ours / peer beside each peer."""
    lines = [
        "| work | contender | figure | median | range | ours / peer | target |",
        "|" + "---|" * 7,
    ]
    for row in rows:
        lines.append(f"| {' | '.join(_cells(row, rows))} |")
    return "\n".join(lines)


def _cells(row: Row, rows: Sequence[Row]) -> tuple[str, ...]:
    ours = _beside(row, rows, OURS)
    ratio = f"{ours / row.median:.2f}" if ours and row.median and row.contender != OURS else ""
    verdict = ""
    if row.target is not None:
        peer = _beside(row, rows, row.target.peer) if row.target.peer else 0.0
        kept = peer is not None and row.target.is_met(row.median, peer)
        verdict = f"{row.target.text()}: {'met' if kept else 'MISSED'}"
    spread = f"{_number(min(row.rounds))} to {_number(max(row.rounds))}"
    return row.work, row.contender, row.unit, _number(row.median), spread, ratio, verdict


def _beside(row: Row, rows: Sequence[Row], contender: str) -> float | None:
    """The same figure of another contender, whose name may go on with a version."""
    for other in rows:
        same = (other.work, other.unit) == (row.work, row.unit)
        if same and other.contender.split(" ")[0] == contender:
            return other.median
    return None


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def write(folder: Path, subject: str, command: str, rows: Sequence[Row]) -> Path:
    """FOLDER/SUBJECT.json: machine, command, and every round of every figure."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{subject}.json"
    content = {
        "subject": subject,
        "command": command,
        "machine": machine(),
        "rows": [{**asdict(row), "median": row.median} for row in rows],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return path


def progress(line: str) -> None:
    """One line for who waits at the terminal."""
    os.write(2, f"{line}\n".encode())
