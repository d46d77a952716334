"""`telehealth audit`: the trail in files, limited as asked, and the reading told by the trail."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from telehealth.audit import Act, Source, record
from telehealth.cli import main
from telehealth.cli_database import in_transaction
from telehealth.settings import Settings
from tests.support.conference import conference

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CASE = uuid4()


def audit(folder: Path, *options: str) -> Result:
    result = CliRunner().invoke(main, ["audit", *options], env={"TELEHEALTH_DATA_DIR": str(folder)})
    assert result.exit_code == 0, result.output
    return result


def lines(folder: Path, *options: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in audit(folder, *options).stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A trail: two people sign in, then 1,200 readings of a case by nobody in particular."""

    async def fill() -> None:
        async with conference(tmp_path, MONDAY) as meeting:
            await meeting.client("bacsi")
            meeting.clock.now += timedelta(days=1)
            await meeting.client("chutoa")

    async def read_often(tx: Any) -> None:
        for number in range(1200):
            source = Source(None, "10.0.0.9", f"{number}", MONDAY + timedelta(days=2))
            await record(tx, source, Act("case_read", "case", str(CASE), CASE))

    asyncio.run(fill())
    in_transaction(Settings(data_dir=tmp_path), read_often)
    return tmp_path


def test_every_line_says_who_when_and_what(folder: Path) -> None:
    told = lines(folder)
    assert len(told) == 1202
    assert [line["id"] for line in told] == sorted((line["id"] for line in told), reverse=True)
    (doctor,) = [line for line in told if line["username"] == "bacsi"]
    assert doctor["full_name"] == "Lò Văn Thử"
    assert doctor["at"] == "2026-11-23T09:00:00.000+07:00"
    assert doctor["outcome"] == "ok"


def test_it_is_limited_by_person_case_and_local_time(folder: Path) -> None:
    assert {line["username"] for line in lines(folder, "--user", "chutoa")} == {"chutoa"}
    assert len(lines(folder, "--case", str(CASE))) == 1200
    day = lines(folder, "--from", "2026-11-24", "--to", "2026-11-25")
    assert [line["username"] for line in day] == ["chutoa"]


def test_csv_has_the_same_lines(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(audit(folder, "--format", "csv").stdout)))
    assert len(rows) == 1202
    assert UUID(rows[0]["case_id"]) == CASE
    assert json.loads(rows[-1]["detail"]) == lines(folder)[-1]["detail"]


def test_the_reading_is_a_line_of_the_trail(folder: Path) -> None:
    audit(folder, "--case", str(CASE))
    (reading,) = [line for line in lines(folder) if line["action"] == "audit_export"]
    assert reading["detail"]["rows"] == 1200
    assert reading["address"] == "shell"
    assert reading["case_id"] == str(CASE)


def test_an_unknown_account_is_said(folder: Path) -> None:
    unknown = CliRunner().invoke(
        main, ["audit", "--user", "ai.do"], env={"TELEHEALTH_DATA_DIR": str(folder)}
    )
    assert (unknown.exit_code, "no account ai.do" in unknown.output) == (1, True)
