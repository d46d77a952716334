"""Deliveries of closed cases: what arrived where, with proof; try again, or settle by hand."""

import json
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings import archive_step as life
from recordings.archive_step import ArchiveStep, DeliveryKind, SinkKind, StepId, StepState
from recordings.archive_store import ArchiveStore
from recordings.errors import StepNotFound, StepTransitionRefused
from scheduling.case_store import CaseStore
from scheduling.errors import NotFound
from telehealth.access import Permission, may
from telehealth.api.case_answer import known_file
from telehealth.audit import Act, record
from telehealth.case_record import case_label
from telehealth.casefile import CaseFile, case_file, case_files
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed
from telehealth.ledger_worker import CaseLedger
from telehealth.parts import Parts

MOST: Final = 500
_REFUSALS: Final = (NotAllowed, NotFound, StepNotFound)


class Delivery(BaseModel):
    """One step of the archive and how far it got."""

    id: UUID
    case_id: UUID
    case_label: str
    sink: SinkKind
    kind: DeliveryKind
    state: StepState
    attempts: int
    next_attempt_at: datetime | None
    planned_at: datetime
    sha256: str | None
    size: int | None
    receipt: str | None
    sent_at: datetime | None
    verified_at: datetime | None
    error_slug: str | None
    error_detail: str | None


class Deliveries(BaseModel):
    """Newest first."""

    items: list[Delivery]


class Settlement(BaseModel):
    """How a person brought it there by hand."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=3, max_length=500)


class DeliveriesApi:
    """The archive ledger as people see it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._material = parts.material

    def doors(self) -> list[Door]:
        """The doors of this class."""
        one = "/api/deliveries/{delivery_id}"
        return [
            Door(
                "GET",
                "/api/cases/{case_id}/deliveries",
                self.of_case,
                Permission.READ_DELIVERIES,
                "Deliveries of a case",
                gives=Deliveries,
                raises=_REFUSALS,
            ),
            Door(
                "GET",
                "/api/deliveries",
                self.list,
                Permission.READ_DELIVERIES,
                "Deliveries of every case the caller looks after",
                gives=Deliveries,
                query=("state",),
                raises=(BadParameter,),
            ),
            Door(
                "POST",
                one + "/retry",
                self.retry,
                Permission.DELIVER,
                "Try again now",
                gives=Delivery,
                raises=(*_REFUSALS, StepTransitionRefused),
            ),
            Door(
                "POST",
                one + "/settle",
                self.settle,
                Permission.DELIVER,
                "Say that it was brought there by hand",
                takes=Settlement,
                gives=Delivery,
                raises=(*_REFUSALS, StepTransitionRefused),
            ),
        ]

    async def of_case(self, call: Call) -> Deliveries:
        """In the order they are made."""
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            file = await known_file(tx, call, case_id, self._material)
            file.require(call.caller, Permission.READ_DELIVERIES)
            steps = await ArchiveStore(tx).of_case(case_id)
        return Deliveries(items=[_delivery(one, file) for one in steps])

    async def list(self, call: Call) -> Deliveries:
        """What needs somebody's eyes, across cases."""
        states = _states(call)
        async with self._parts.database.reading() as tx:
            steps = await ArchiveStore(tx).in_states(states, None, MOST)
            cases = await CaseStore(tx).find({one.case_id for one in steps})
            found = await case_files(tx, list(cases.values()), self._material, call.at)
        files: dict[UUID, CaseFile] = {
            one.case.id: one
            for one in found
            if may(call.caller, Permission.READ_DELIVERIES, one.facts)
        }
        return Deliveries(
            items=[_delivery(one, files[one.case_id]) for one in steps if one.case_id in files]
        )

    async def retry(self, call: Call) -> Delivery:
        """Due at once, with fresh patience."""
        async with self._parts.database.transaction() as tx:
            step, file = await self._step(tx, call)
            return await self._kept(tx, call, life.retried(step, call.at), file, "delivery_retry")

    async def settle(self, call: Call) -> Delivery:
        """Counts as verified; who said so and how stays with it."""
        note = call.parsed(Settlement).note
        async with self._parts.database.transaction() as tx:
            step, file = await self._step(tx, call)
            settled = life.settled(step, call.caller.person_id, note, call.at)
            return await self._kept(tx, call, settled, file, "delivery_settle")

    async def _step(self, tx: AsyncSession, call: Call) -> tuple[ArchiveStep, CaseFile]:
        step = await ArchiveStore(tx).get(StepId(call.uuid("delivery_id")))
        file = await case_file(tx, step.case_id, self._material, call.at)
        file.require(call.caller, Permission.DELIVER)
        return step, file

    async def _kept(
        self, tx: AsyncSession, call: Call, step: ArchiveStep, file: CaseFile, action: str
    ) -> Delivery:
        if not await CaseLedger(tx, call.at).keep(step, None):
            raise StepTransitionRefused(StepState.SENDING, action)  # a worker took it just now
        detail = {"sink": step.sink, "kind": step.kind}
        act = Act(action, "delivery", str(step.id), step.case_id, detail=detail)
        await record(tx, call.source, act)
        return _delivery(step, file)


def _states(call: Call) -> tuple[StepState, ...]:
    asked = call.query("state")
    try:
        return tuple(StepState(part) for part in asked.split(",")) if asked else ()
    except ValueError:
        raise BadParameter("state") from None


def _delivery(step: ArchiveStep, file: CaseFile) -> Delivery:
    waits = step.state in (StepState.PLANNED, StepState.SENT) and step.claim is None
    title = file.session.title if file.session else ""
    return Delivery(
        id=step.id,
        case_id=step.case_id,
        case_label=f"{title} · {case_label(file)}" if title else case_label(file),
        sink=step.sink,
        kind=step.kind,
        state=step.state,
        attempts=step.attempts,
        next_attempt_at=step.due_at if waits else None,
        planned_at=step.planned_at,
        sha256=step.sha256,
        size=step.size if step.files else None,
        receipt=json.dumps(dict(step.receipt), ensure_ascii=False) if step.receipt else None,
        sent_at=step.sent_at,
        verified_at=step.verified_at,
        error_slug=step.trouble.slug if step.trouble else None,
        error_detail=step.trouble.detail if step.trouble else None,
    )
