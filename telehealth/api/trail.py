"""The audit page: who opened what, and when."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from telehealth.access import TABLE, Permission, Scope
from telehealth.api.instants import query_period
from telehealth.audit import Act, record
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed
from telehealth.parts import Parts
from telehealth.store import AuditStore
from telehealth.tables import AuditRow

PAGE_ROWS = 100


class AuditPerson(BaseModel):
    """Who did it."""

    id: UUID
    full_name: str
    facility: str


class AuditItem(BaseModel):
    """One line of the trail."""

    id: int
    at: datetime
    person: AuditPerson | None
    action: str
    object_kind: str
    object_id: str
    case_id: UUID | None
    outcome: str
    address: str
    detail: dict[str, Any]


class AuditPage(BaseModel):
    """Newest first; `next` is the cursor of the following page."""

    items: list[AuditItem]
    next: str | None = None


class TrailApi:
    """Reads the trail; reading it is itself an audited act."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "GET",
                "/api/audit",
                self.page,
                Permission.READ_AUDIT,
                "Who opened or changed what, newest first",
                gives=AuditPage,
                query=("case_id", "person_id", "from", "to", "cursor"),
                raises=(NotAllowed, BadParameter),
            )
        ]

    async def page(self, call: Call) -> AuditPage:
        """One page; a site administrator sees the own facility's people only."""
        since, until = query_period(call, ZoneInfo(self._parts.settings.time_zone))
        async with self._parts.database.transaction() as tx:
            rows = await AuditStore(tx).page(
                case_id=call.query_uuid("case_id"),
                person_id=call.query_uuid("person_id"),
                facility_id=_facility_limit(call),
                since=since,
                until=until,
                before_id=_cursor(call),
                limit=PAGE_ROWS + 1,
            )
            items = [await self._item(tx, row) for row in rows[:PAGE_ROWS]]
            await record(tx, call.source, Act("audit_read", "audit", "page"))
        more = len(rows) > PAGE_ROWS
        return AuditPage(items=items, next=str(items[-1].id) if more else None)

    async def _item(self, tx: Any, row: AuditRow) -> AuditItem:
        card = await self._parts.identity.card(tx, row.person_id) if row.person_id else None
        person = card and AuditPerson(
            id=card.id, full_name=card.full_name, facility=card.facility_name
        )
        return AuditItem(person=person, **row.model_dump(include=set(AuditItem.model_fields)))


def _facility_limit(call: Call) -> UUID | None:
    granted = TABLE[Permission.READ_AUDIT]
    scopes = {granted[role] for role in call.caller.roles if role in granted}
    if not scopes:
        raise NotAllowed
    return None if Scope.ALL in scopes else call.caller.facility_id


def _cursor(call: Call) -> int | None:
    value = call.query("cursor", 20)
    if value is None:
        return None
    if not value.isdecimal():
        raise BadParameter("cursor")
    return int(value)
