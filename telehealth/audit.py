"""The audit trail: who did or saw what, written in the transaction of the act itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from telehealth.access import Caller
from telehealth.store import AuditStore

WHILE: Final = timedelta(minutes=10)
KEYS_MAX: Final = 10_000


@dataclass(frozen=True)
class Source:
    """Where a request came from: a person's, or a machine's of `facility_id`."""

    caller: Caller | None
    address: str
    request_id: str
    at: datetime
    facility_id: UUID | None = None


@dataclass(frozen=True)
class Act:
    """What was done to which thing; `detail` carries ids and counts, never words of a patient."""

    action: str
    object_kind: str
    object_id: str
    case_id: UUID | None = None
    refused: bool = False
    detail: Mapping[str, Any] | None = None


class OncePerWhile:
    """Makes one line of the trail of many requests that are one reading: see DO6 and R-32.

    In memory of one process: after a restart, or beyond `KEYS_MAX` keys, there are more lines
    rather than fewer.
    """

    def __init__(self) -> None:
        self._noted: dict[tuple[UUID, UUID], datetime] = {}

    def is_due(self, who: UUID, what: UUID, now: datetime) -> bool:
        """Whether this reading has no line of the last ten minutes."""
        last = self._noted.get((who, what))
        return last is None or now - last >= WHILE

    def noted(self, who: UUID, what: UUID, now: datetime) -> None:
        """Its line is written and committed."""
        if len(self._noted) >= KEYS_MAX:
            self._noted.clear()
        self._noted[who, what] = now


async def record(tx: AsyncSession, source: Source, act: Act) -> None:
    """Append one event; it stands or falls with the transaction."""
    await record_all(tx, [(source, act)])


async def record_all(tx: AsyncSession, events: Sequence[tuple[Source, Act]]) -> None:
    """Append events in their order."""
    await AuditStore(tx).add([_row(source, act) for source, act in events])


def _row(source: Source, act: Act) -> dict[str, Any]:
    return dict(
        at=source.at,
        person_id=source.caller.person_id if source.caller else None,
        facility_id=source.caller.facility_id if source.caller else source.facility_id,
        action=act.action,
        object_kind=act.object_kind,
        object_id=act.object_id,
        case_id=act.case_id,
        outcome="refused" if act.refused else "ok",
        address=source.address,
        request_id=source.request_id,
        detail=dict(act.detail or {}),
    )
