"""The SQL of gateways; the transaction belongs to the caller."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.errors import GatewayCodeWrong, GatewayUnknown
from viewer.gateway import CODE_LIFE, Gateway, Waiting, digest, spelled
from viewer.gateway_tables import GatewayRow
from viewer.near import Near


class GatewayStore:
    """Gateways within one transaction; revoked ones are nobody."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def all(self) -> list[Gateway]:
        """Every gateway by name."""
        rows = await self._tx.exec(
            select(GatewayRow)
            .where(col(GatewayRow.revoked_at).is_(None))
            .order_by(col(GatewayRow.name), col(GatewayRow.id))
        )
        return [_gateway(row) for row in rows]

    async def add(self, gateway: Gateway, code: str) -> Gateway:
        """A new one, to be enrolled by `code`."""
        row = GatewayRow(
            id=gateway.id,
            facility_id=gateway.facility_id,
            name=gateway.name,
            made_at=gateway.made_at,
        )
        return await self._coded(row, code, gateway.made_at)

    async def renew(self, gateway_id: UUID, code: str, now: datetime) -> Gateway:
        """Another code: for a new computer, which then takes the place of the old one."""
        return await self._coded(await self._row(gateway_id), code, now)

    async def enrol(self, code: str, secret: str, now: datetime) -> Gateway:
        """Exchange a code for a secret; each code works once. Raises GatewayCodeWrong."""
        row = await self._of(GatewayRow.code_sha256, spelled(code))
        if row is None or row.code_until is None or row.code_until < now:
            raise GatewayCodeWrong
        row.code_sha256, row.code_until = None, None
        row.secret_sha256, row.enrolled_at = digest(secret), now
        await self._tx.flush()
        return _gateway(row)

    async def by_secret(self, secret: str) -> Gateway | None:
        """The gateway that holds this secret."""
        row = await self._of(GatewayRow.secret_sha256, secret)
        return None if row is None else _gateway(row)

    async def told(
        self, gateway_id: UUID, waiting: Waiting, near: Near | None, now: datetime
    ) -> None:
        """A sign of life. Raises GatewayUnknown."""
        row = await self._row(gateway_id)
        row.seen_at = now
        row.waiting_files, row.waiting_bytes = waiting.files, waiting.bytes
        row.refused_files, row.trouble = waiting.refused, waiting.trouble
        row.near_address = near.address if near else ""
        row.near_packs = {str(key): size for key, size in near.packs.items()} if near else None

    async def revoke(self, gateway_id: UUID, now: datetime) -> None:
        """From now on it is nobody. Raises GatewayUnknown."""
        row = await self._row(gateway_id)
        row.revoked_at = now
        row.code_sha256 = row.secret_sha256 = None

    async def _coded(self, row: GatewayRow, code: str, now: datetime) -> Gateway:
        row.code_sha256, row.code_until = digest(spelled(code)), now + CODE_LIFE
        self._tx.add(row)
        await self._tx.flush()
        return _gateway(row)

    async def _row(self, gateway_id: UUID) -> GatewayRow:
        row = await self._tx.get(GatewayRow, gateway_id)
        if row is None or row.revoked_at is not None:
            raise GatewayUnknown
        return row

    async def _of(self, column: object, value: str) -> GatewayRow | None:
        rows = await self._tx.exec(select(GatewayRow).where(col(column) == digest(value)))
        return rows.one_or_none()


def _gateway(row: GatewayRow) -> Gateway:
    waiting = Waiting(row.waiting_files, row.waiting_bytes, row.refused_files, row.trouble)
    return Gateway(
        id=row.id,
        facility_id=row.facility_id,
        name=row.name,
        made_at=row.made_at,
        code_until=row.code_until,
        enrolled_at=row.enrolled_at,
        seen_at=row.seen_at,
        waiting=waiting if row.seen_at else None,
        near=_near(row),
    )


def _near(row: GatewayRow) -> Near | None:
    packs = {UUID(key): size for key, size in (row.near_packs or {}).items()}
    return Near(row.near_address, packs) if row.near_address else None
