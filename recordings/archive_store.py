"""The SQL of the archive ledger, the same on SQLite and PostgreSQL."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.archive_step import (
    LEASE,
    ArchivedFile,
    ArchiveStep,
    Claim,
    DeliveryKind,
    SinkKind,
    StepId,
    StepState,
    Trouble,
)
from recordings.archive_tables import ArchiveStepNeedRow, ArchiveStepRow
from recordings.errors import StepNotFound

_SETTLED = (StepState.VERIFIED, StepState.NEEDS_PERSON)


class ArchiveStore:
    """The ledger within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add(self, steps: Iterable[ArchiveStep]) -> None:
        """Enter the plan of a case, in the transaction that closes it."""
        steps = tuple(steps)
        self._tx.add_all(
            ArchiveStepRow(id=step.id, **_fixed(step), **_moving(step)) for step in steps
        )
        await self._tx.flush()
        self._tx.add_all(
            ArchiveStepNeedRow(step_id=step.id, needs_id=needed)
            for step in steps
            for needed in step.depends_on
        )
        await self._tx.flush()

    async def counts(self) -> dict[str, int]:
        """How many steps stand in each state, for metrics; states without a step too."""
        state = col(ArchiveStepRow.state)
        rows = await self._tx.exec(select(state, func.count()).group_by(state))
        return dict.fromkeys(StepState, 0) | dict(rows.all())

    async def claim(self, owner: str, now: datetime) -> ArchiveStep | None:
        """Take the step that has waited longest, or None: one UPDATE, safe among many workers."""
        step = ArchiveStepRow
        candidate = (
            select(step.id)
            .where(_free(step, now), _lane_is_free(step), _its_turn(step), _needs_are_met(step))
            .order_by(col(step.due_at), col(step.case_id), col(step.order_in_lane))
            .limit(1)
            .with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer anyway
        )
        taking = (
            update(step)
            .where(col(step.id) == candidate.scalar_subquery())
            .values(
                owner=owner,
                lease_until=now + LEASE,
                attempts=step.attempts + 1,
                state=_claimed_state(),
            )
            .returning(step)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        try:
            async with self._tx.begin_nested():
                row = (await self._tx.exec(taking)).scalar_one_or_none()
        except IntegrityError:  # another worker took a step of the same lane in this instant
            return None
        return await self._step(row) if row else None

    async def renew(self, step_id: StepId, owner: str, until: datetime) -> bool:
        """Keep holding a step; False when somebody else has it now."""
        changed = await self._tx.exec(
            update(ArchiveStepRow)
            .where(col(ArchiveStepRow.id) == step_id, col(ArchiveStepRow.owner) == owner)
            .values(lease_until=until)
        )
        return changed.rowcount == 1

    async def keep(self, step: ArchiveStep, owner: str | None) -> bool:
        """Write what became of a step, if `owner` (None: nobody) still holds it; else False."""
        held = col(ArchiveStepRow.owner)
        changed = await self._tx.exec(
            update(ArchiveStepRow)
            .where(
                col(ArchiveStepRow.id) == step.id,
                held.is_(None) if owner is None else held == owner,
            )
            .values(**_moving(step))
        )
        return changed.rowcount == 1

    async def get(self, step_id: StepId) -> ArchiveStep:
        """One step; StepNotFound."""
        row = await self._tx.get(ArchiveStepRow, step_id)
        if row is None:
            raise StepNotFound(step_id)
        return await self._step(row)

    async def of_case(self, case_id: UUID) -> list[ArchiveStep]:
        """Every step of a case, in plan order."""
        query = select(ArchiveStepRow).where(ArchiveStepRow.case_id == case_id)
        return await self._steps(query)

    async def in_states(
        self, states: Sequence[StepState], facility_id: UUID | None, limit: int
    ) -> list[ArchiveStep]:
        """Steps in these states (all states when empty), of one facility or of all."""
        query = select(ArchiveStepRow).limit(limit)
        if states:
            query = query.where(col(ArchiveStepRow.state).in_(states))
        if facility_id:
            query = query.where(ArchiveStepRow.facility_id == facility_id)
        return await self._steps(query)

    async def _steps(self, query: Any) -> list[ArchiveStep]:
        row = ArchiveStepRow
        ordered = query.order_by(col(row.planned_at).desc(), col(row.sink), col(row.order_in_lane))
        return [await self._step(one) for one in (await self._tx.exec(ordered)).all()]

    async def _step(self, row: ArchiveStepRow) -> ArchiveStep:
        needs = await self._tx.exec(
            select(ArchiveStepNeedRow.needs_id).where(ArchiveStepNeedRow.step_id == row.id)
        )
        return _step_of(row, tuple(StepId(one) for one in needs))


def _free(step: Any, now: datetime) -> ColumnElement[bool]:
    waiting = and_(
        col(step.state).in_((StepState.PLANNED, StepState.SENT)),
        col(step.owner).is_(None),
        step.due_at <= now,
    )
    abandoned = and_(col(step.owner).is_not(None), step.lease_until < now)
    return or_(waiting, abandoned)


def _lane_is_free(step: Any) -> ColumnElement[bool]:
    other = aliased(ArchiveStepRow)
    return ~exists().where(
        other.lane == step.lane, col(other.owner).is_not(None), other.id != step.id
    )


def _its_turn(step: Any) -> ColumnElement[bool]:
    earlier = aliased(ArchiveStepRow)
    return ~exists().where(
        earlier.case_id == step.case_id,
        earlier.lane == step.lane,
        earlier.order_in_lane < step.order_in_lane,
        col(earlier.state).not_in(_SETTLED),
    )


def _needs_are_met(step: Any) -> ColumnElement[bool]:
    needed = aliased(ArchiveStepRow)
    return ~exists().where(
        col(ArchiveStepNeedRow.step_id) == step.id,
        col(needed.id) == ArchiveStepNeedRow.needs_id,
        col(needed.state) != StepState.VERIFIED,
    )


def _claimed_state() -> Any:
    return case(
        (col(ArchiveStepRow.state) == StepState.SENT, StepState.SENT.value),
        else_=StepState.SENDING.value,
    )


def _fixed(step: ArchiveStep) -> dict[str, Any]:
    return {
        "case_id": step.case_id,
        "facility_id": step.facility_id,
        "revision": step.revision,
        "kind": step.kind,
        "subject": step.subject,
        "sink": step.sink,
        "lane": step.lane,
        "order_in_lane": step.order,
        "snapshot_sha256": step.snapshot_sha256,
        "planned_at": step.planned_at,
    }


def _moving(step: ArchiveStep) -> dict[str, Any]:
    return {
        "due_at": step.due_at,
        "patient_until": step.patient_until,
        "state": step.state,
        "attempts": step.attempts,
        "owner": step.claim.owner if step.claim else None,
        "lease_until": step.claim.until if step.claim else None,
        "files": [asdict(one) for one in step.files],
        "receipt": dict(step.receipt),
        "sent_at": step.sent_at,
        "verified_at": step.verified_at,
        "error_slug": step.trouble.slug if step.trouble else None,
        "error_detail": step.trouble.detail if step.trouble else None,
    }


def _step_of(row: ArchiveStepRow, needs: tuple[StepId, ...]) -> ArchiveStep:
    claim = Claim(row.owner, row.lease_until) if row.owner and row.lease_until else None
    return ArchiveStep(
        id=StepId(row.id),
        case_id=row.case_id,
        facility_id=row.facility_id,
        revision=row.revision,
        kind=DeliveryKind(row.kind),
        subject=row.subject,
        sink=SinkKind(row.sink),
        lane=row.lane,
        order=row.order_in_lane,
        depends_on=needs,
        snapshot_sha256=row.snapshot_sha256,
        planned_at=row.planned_at,
        due_at=row.due_at,
        patient_until=row.patient_until,
        state=StepState(row.state),
        attempts=row.attempts,
        claim=claim,
        files=tuple(ArchivedFile(**one) for one in row.files),
        receipt=row.receipt,
        sent_at=row.sent_at,
        verified_at=row.verified_at,
        trouble=Trouble(row.error_slug, row.error_detail or "") if row.error_slug else None,
    )
