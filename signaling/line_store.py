"""Reads and writes the connection tests; the transaction belongs to the caller."""

from collections.abc import Iterable
from dataclasses import asdict
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from signaling.line_check import Device, LineCheck, Measured, Way
from signaling.line_tables import LineCheckRow


class LineStore:
    """The tests in one transaction; never commits."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def put(self, check: LineCheck) -> None:
        """This person's test at this facility, in place of the earlier one."""
        row = LineCheckRow(
            facility_id=check.facility_id,
            person_id=check.person_id,
            checked_at=check.checked_at,
            **asdict(check.measured),
        )
        await self._tx.merge(row)

    async def latest(self, facilities: Iterable[UUID]) -> dict[UUID, LineCheck]:
        """The newest test of each facility that has one."""
        rows = await self._tx.exec(
            select(LineCheckRow)
            .where(col(LineCheckRow.facility_id).in_(list(facilities)))
            .order_by(col(LineCheckRow.checked_at))
        )
        return {row.facility_id: _check(row) for row in rows}


def _check(row: LineCheckRow) -> LineCheck:
    measured = Measured(
        mic=Device(row.mic),
        speaker=Device(row.speaker),
        camera=Device(row.camera),
        udp=Way(row.udp),
        tcp=Way(row.tcp),
        relay=Way(row.relay),
        kbit_up=row.kbit_up,
        kbit_down=row.kbit_down,
        loss_up=row.loss_up,
        loss_down=row.loss_down,
        rtt_ms=row.rtt_ms,
        browser=row.browser,
    )
    return LineCheck(row.facility_id, row.person_id, row.checked_at, measured)
