"""Figures beside each other: order of rounds, medians, ratios, promises."""

import json
import os
from pathlib import Path

from tests.bench.__main__ import subjects
from tests.bench.harness import OURS, Row, Target, cpu_seconds, interleaved, table, write

UNIT = "CPU us"


def test_rounds_are_interleaved_and_targets_belong_to_ours() -> None:
    order: list[str] = []

    def contender(name: str, value: float) -> dict[str, float]:
        order.append(name)
        return {UNIT: value + len(order)}

    rows = interleaved(
        "work",
        {OURS: lambda: contender("a", 1), "janus 1": lambda: contender("b", 9)},
        3,
        {UNIT: Target(3)},
    )
    assert order == ["a", "b"] * 3
    assert [(row.contender, row.rounds, row.target) for row in rows] == [
        (OURS, (2, 4, 6), Target(3)),
        ("janus 1", (11, 13, 15), None),
    ]
    assert [row.median for row in rows] == [4, 13]


def test_the_table_says_ratio_and_whether_the_promise_is_kept() -> None:
    rows = [
        Row("work", OURS, UNIT, (4.0, 5.0, 6.0), Target(0.4, peer="janus")),
        Row("work", "janus 1.1.2", UNIT, (10.0,)),
    ]
    ours, peer = table(rows).splitlines()[2:]
    assert ours == "| work | telehealth | CPU us | 5 | 4 to 6 |  | <= 0.4 x janus: MISSED |"
    assert peer == "| work | janus 1.1.2 | CPU us | 10 | 10 to 10 | 0.50 |  |"
    assert Target(2.5, at_most=False, peer="janus").is_met(26, 10)
    assert not Target(6).is_met(6.1, 0)


def test_a_file_holds_every_round_the_machine_and_the_command(tmp_path: Path) -> None:
    path = write(tmp_path / "bench", "media", "make bench", [Row("w", OURS, UNIT, (1.0, 3.0))])
    content = json.loads(path.read_text())
    assert (content["command"], content["rows"][0]["median"]) == ("make bench", 2)
    assert content["rows"][0]["rounds"] == [1, 3]
    assert content["machine"]["cores"] == os.cpu_count()


def test_cpu_time_of_a_process_grows_with_its_work() -> None:
    before = cpu_seconds(os.getpid())
    sum(range(200_000))
    assert cpu_seconds(os.getpid()) > before


def test_subjects_are_the_files_that_measure() -> None:
    assert "harness" not in subjects()
    assert "__main__" not in subjects()
