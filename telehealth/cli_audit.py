"""`telehealth audit`: the trail for an auditor without a browser; reading it is a line of it."""

import csv
import getpass
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import click
from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.audit import Act, Source, record
from telehealth.cli_database import in_transaction, now
from telehealth.directory import person_card
from telehealth.settings import Settings
from telehealth.store import AccountStore, AuditStore
from telehealth.tables import AuditRow

PAGE_ROWS: Final = 1000
COLUMNS: Final = (
    "id", "at", "username", "full_name", "facility", "action", "object_kind", "object_id",
    "case_id", "outcome", "address", "request_id", "detail",
)  # fmt: skip
_DATES = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")


@click.command()
@click.option("--from", "since", type=click.DateTime(_DATES), help="From this local time on.")
@click.option("--to", "until", type=click.DateTime(_DATES), help="Before this local time.")
@click.option("--user", "username", help="Acts of this account only.")
@click.option("--case", "case_id", type=click.UUID, help="Acts on this case only.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.pass_obj
def audit(settings: Settings, /, form: str, username: str | None, **limits: Any) -> None:
    """Write who opened or changed what, newest first, to standard output.

    Times are of the product's time zone. The reading itself is written into the trail, with the
    name of the shell's user.
    """
    zone = ZoneInfo(settings.time_zone)
    since, until = (_instant(limits[name], zone) for name in ("since", "until"))
    write = _csv_writer() if form == "csv" else _json_lines

    async def work(tx: AsyncSession) -> int:
        person_id = await _person(tx, username) if username else None
        names, count = _Names(tx), 0
        async for row in _rows(tx, limits["case_id"], person_id, since, until):
            write(await _line(row, names, zone))
            count += 1
        await record(tx, _source(), _reading(count, form, limits["case_id"]))
        return count

    click.echo(f"{in_transaction(settings, work)} lines", err=True)


async def _rows(
    tx: AsyncSession,
    case_id: UUID | None,
    person_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
) -> AsyncIterator[AuditRow]:
    before: int | None = None
    while True:
        rows = await AuditStore(tx).page(
            case_id=case_id,
            person_id=person_id,
            facility_id=None,
            since=since,
            until=until,
            before_id=before,
            limit=PAGE_ROWS,
        )
        for row in rows:
            yield row
        if len(rows) < PAGE_ROWS:
            return
        before = rows[-1].id


class _Names:
    """Who the persons of the trail are, each looked up once."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx
        self._known: dict[UUID, Mapping[str, str]] = {}

    async def of(self, person_id: UUID | None) -> Mapping[str, str]:
        if person_id is None:
            return {}
        if person_id not in self._known:
            card = await person_card(self._tx, person_id)
            user = await AccountStore(self._tx).user(person_id)
            self._known[person_id] = {
                "username": user.username if user else "",
                "full_name": card.full_name if card else "",
                "facility": card.facility_name if card else "",
            }
        return self._known[person_id]


async def _line(row: AuditRow, names: _Names, zone: ZoneInfo) -> dict[str, Any]:
    values = {**row.model_dump(), **await names.of(row.person_id)}
    line = {name: values.get(name) for name in COLUMNS}
    line["at"] = row.at.astimezone(zone).isoformat(timespec="milliseconds")
    line["case_id"] = str(row.case_id) if row.case_id else None
    return line


def _json_lines(line: Mapping[str, Any]) -> None:
    click.echo(json.dumps(line, ensure_ascii=False))


def _csv_writer() -> Callable[[Mapping[str, Any]], None]:
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()

    def write(line: Mapping[str, Any]) -> None:
        writer.writerow({**line, "detail": json.dumps(line["detail"], ensure_ascii=False)})

    return write


async def _person(tx: AsyncSession, username: str) -> UUID:
    row = await AccountStore(tx).user_named(username)
    if row is None:
        raise click.ClickException(f"no account {username}")
    return row.id


def _instant(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    return local and local.replace(tzinfo=zone)


def _source() -> Source:
    return Source(None, "shell", uuid4().hex, now())


def _reading(rows: int, form: str, case_id: UUID | None) -> Act:
    detail = {"rows": rows, "format": form, "shell_user": getpass.getuser()}
    return Act("audit_export", "audit", "shell", case_id, detail=detail)
