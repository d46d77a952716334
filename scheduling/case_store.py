"""The SQL of cases: one row for lists, every saved content, every consent, every step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.agenda import AgendaItem
from scheduling.case import WAITING, Case, CaseId, CaseState
from scheduling.consent import (
    Basis,
    Consent,
    ConsentForm,
    ConsentId,
    ConsentMethod,
    GivenBy,
)
from scheduling.content import CaseContent, from_json, to_json
from scheduling.errors import NotFound, VersionConflict
from scheduling.facility import FacilityId
from scheduling.person import PersonId
from scheduling.search import search_key
from scheduling.session import OVER, SessionId
from scheduling.session_store import Step
from scheduling.tables import CaseContentRow, CaseEventRow, CaseRow, ConsentRow, SeatRow, SessionRow


@dataclass(frozen=True)
class Reach:
    """The farthest a person can see: the own facility, the own hub's sessions, own seats."""

    person_id: UUID
    facility_id: UUID


@dataclass(frozen=True)
class CaseFilter:
    """Which cases a list shows; empty parts do not narrow it."""

    reach: Reach
    presenter_id: UUID | None = None
    session_id: UUID | None = None
    states: frozenset[CaseState] | None = None
    query: str = ""
    before: tuple[datetime, UUID] | None = None
    limit: int = 200


class CaseStore:
    """Cases within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def add(self, case: Case) -> None:
        """Insert a case with its first content."""
        self._tx.add(_row(case))
        await self._tx.flush()
        await self._add_content(case)

    async def save_content(self, case: Case, was_version: int) -> None:
        """Add the next version of the content; VersionConflict when somebody was faster."""
        result = await self._tx.exec(
            update(CaseRow)
            .where(col(CaseRow.id) == case.id, col(CaseRow.version) == was_version)
            .values(
                version=case.version,
                saved_at=case.saved_at,
                saved_by=case.saved_by,
                search_key=_search_key(case.content),
            )
        )
        if result.rowcount != 1:
            raise VersionConflict("case", case.id, was_version + 1)
        await self._add_content(case)

    async def save_place(self, case: Case, step: Step | None = None) -> None:
        """Write state, session, place and minutes; keep the step that led there."""
        await self._tx.exec(
            update(CaseRow)
            .where(col(CaseRow.id) == case.id)
            .values(
                state=case.state,
                session_id=case.session_id,
                presenter_id=case.presenter_id,
                position=case.position,
                planned_minutes=case.planned_minutes,
            )
        )
        if step is not None:
            await self._note(case.id, step)

    async def place(self, session_id: UUID, items: Sequence[AgendaItem]) -> None:
        """Put these cases on the session's agenda in this order, and no others."""
        # Two steps, because (session, position) is unique and rows are written one by one.
        await self._tx.exec(
            update(CaseRow).where(col(CaseRow.session_id) == session_id).values(position=None)
        )
        for position, item in enumerate(items, start=1):
            await self._tx.exec(
                update(CaseRow)
                .where(col(CaseRow.id) == item.case_id)
                .values(
                    session_id=session_id,
                    position=position,
                    planned_minutes=item.planned_minutes,
                )
            )

    async def hide_identity(self, case_id: UUID, hidden: bool) -> None:
        """Begin or end showing the case for teaching."""
        await self._tx.exec(
            update(CaseRow).where(col(CaseRow.id) == case_id).values(identity_hidden=hidden)
        )

    async def file_consent(self, case_id: UUID, consent: Consent) -> None:
        """Keep a filed form and make it the one that counts."""
        self._tx.add(_consent_row(case_id, consent))
        await self._tx.flush()
        await self._tx.exec(
            update(CaseRow).where(col(CaseRow.id) == case_id).values(consent_id=consent.id)
        )

    async def withdraw_consent(self, consent: Consent) -> None:
        """Write the withdrawal into the filed form."""
        await self._tx.exec(
            update(ConsentRow)
            .where(col(ConsentRow.id) == consent.id)
            .values(
                withdrawn_at=consent.withdrawn_at,
                withdrawn_by=consent.withdrawn_by,
                withdrawal_reason=consent.withdrawal_reason,
            )
        )

    async def get(self, case_id: UUID) -> Case:
        """One case with its newest content, or NotFound."""
        row = await self._tx.get(CaseRow, case_id, populate_existing=True)
        if row is None:
            raise NotFound("case", str(case_id))
        return (await self._whole([row]))[0]

    async def find(self, case_ids: Iterable[UUID]) -> dict[UUID, Case]:
        """Several cases by id."""
        query = select(CaseRow).where(col(CaseRow.id).in_(list(case_ids)))
        cases = await self._whole(list(await self._tx.exec(query)))
        return {case.id: case for case in cases}

    async def of_sessions(self, session_ids: Iterable[UUID]) -> list[Case]:
        """Cases attached to these sessions: on the agenda first, by place, then by age."""
        query = (
            select(CaseRow)
            .where(col(CaseRow.session_id).in_(list(session_ids)))
            .order_by(
                col(CaseRow.position).is_(None), col(CaseRow.position), col(CaseRow.created_at)
            )
        )
        return await self._whole(list(await self._tx.exec(query)))

    async def waiting(self, session_id: UUID, hub_id: UUID) -> list[Case]:
        """Cases that wait for this session, or were left over by earlier ones of its hub."""
        query = (
            select(CaseRow)
            .join(SessionRow, col(SessionRow.id) == col(CaseRow.session_id))
            .where(
                col(CaseRow.state).in_(list(WAITING)),
                or_(
                    col(SessionRow.id) == session_id,
                    (col(SessionRow.hub_id) == hub_id) & col(SessionRow.state).in_(list(OVER)),
                ),
            )
            .order_by(col(CaseRow.created_at))
        )
        return await self._whole(list(await self._tx.exec(query)))

    async def listed(self, wanted: CaseFilter) -> list[Case]:
        """Cases newest first."""
        query = (
            select(CaseRow)
            .where(_within(wanted.reach))
            .order_by(col(CaseRow.created_at).desc(), col(CaseRow.id).desc())
        )
        if wanted.presenter_id is not None:
            query = query.where(CaseRow.presenter_id == wanted.presenter_id)
        if wanted.session_id is not None:
            query = query.where(CaseRow.session_id == wanted.session_id)
        if wanted.states is not None:
            query = query.where(col(CaseRow.state).in_(list(wanted.states)))
        for word in search_key(wanted.query).split():
            query = query.where(col(CaseRow.search_key).contains(word, autoescape=True))
        if wanted.before is not None:
            at, case_id = wanted.before
            query = query.where(
                or_(
                    col(CaseRow.created_at) < at,
                    (col(CaseRow.created_at) == at) & (col(CaseRow.id) < case_id),
                )
            )
        return await self._whole(list(await self._tx.exec(query.limit(wanted.limit))))

    async def versions(self, case_id: UUID) -> list[tuple[int, datetime, UUID, CaseContent]]:
        """Every saved content: version, time, person, content."""
        query = (
            select(CaseContentRow)
            .where(CaseContentRow.case_id == case_id)
            .order_by(col(CaseContentRow.version))
        )
        return [
            (row.version, row.saved_at, row.saved_by, from_json(row.content))
            for row in await self._tx.exec(query)
        ]

    async def history(self, case_id: UUID) -> list[Step]:
        """Every step of the case, oldest first."""
        query = (
            select(CaseEventRow)
            .where(CaseEventRow.case_id == case_id)
            .order_by(col(CaseEventRow.at))
        )
        return [
            Step(row.event, row.state_before, row.state_after, row.by, row.at, row.reason)
            for row in await self._tx.exec(query)
        ]

    async def _note(self, case_id: UUID, step: Step) -> None:
        self._tx.add(
            CaseEventRow(
                case_id=case_id,
                event=step.event,
                state_before=step.before,
                state_after=step.after,
                by=step.by,
                at=step.at,
                reason=step.reason,
            )
        )
        await self._tx.flush()

    async def _add_content(self, case: Case) -> None:
        self._tx.add(
            CaseContentRow(
                case_id=case.id,
                version=case.version,
                content=to_json(case.content),
                saved_at=case.saved_at,
                saved_by=case.saved_by,
            )
        )
        await self._tx.flush()

    async def _whole(self, rows: list[CaseRow]) -> list[Case]:
        ids = [row.id for row in rows]
        newest = (
            select(CaseContentRow)
            .join(CaseRow, col(CaseRow.id) == col(CaseContentRow.case_id))
            .where(col(CaseRow.id).in_(ids), CaseContentRow.version == CaseRow.version)
        )
        contents = {row.case_id: from_json(row.content) for row in await self._tx.exec(newest)}
        filed = (
            select(ConsentRow)
            .where(col(ConsentRow.id).in_([row.consent_id for row in rows if row.consent_id]))
            .execution_options(populate_existing=True)
        )
        consents = {row.case_id: _consent(row) for row in await self._tx.exec(filed)}
        return [_case(row, contents[row.id], consents.get(row.id)) for row in rows]


def _within(reach: Reach) -> ColumnElement[bool]:
    hub_sessions = select(SessionRow.id).where(SessionRow.hub_id == reach.facility_id)
    own_seats = select(SeatRow.session_id).where(SeatRow.person_id == reach.person_id)
    sent = col(CaseRow.state) != CaseState.DRAFT
    return or_(
        col(CaseRow.facility_id) == reach.facility_id,
        sent & col(CaseRow.session_id).in_(hub_sessions),
        sent & col(CaseRow.session_id).in_(own_seats),
    )


def _search_key(content: CaseContent) -> str:
    patient = content.patient_full
    return search_key(
        " ".join(
            (
                patient.full_name,
                patient.local_patient_code,
                patient.personal_id_number,
                content.diagnosis.main_text,
                content.diagnosis.main_icd10,
            )
        )
    )


def _row(case: Case) -> CaseRow:
    return CaseRow(
        id=case.id,
        facility_id=case.facility_id,
        presenter_id=case.presenter_id,
        session_id=case.session_id,
        state=case.state,
        version=case.version,
        saved_at=case.saved_at,
        saved_by=case.saved_by,
        created_at=case.created_at,
        position=case.position,
        planned_minutes=case.planned_minutes,
        search_key=_search_key(case.content),
    )


def _case(row: CaseRow, content: CaseContent, consent: Consent | None) -> Case:
    return Case(
        id=CaseId(row.id),
        facility_id=FacilityId(row.facility_id),
        presenter_id=PersonId(row.presenter_id),
        state=CaseState(row.state),
        content=content,
        version=row.version,
        saved_at=row.saved_at,
        saved_by=PersonId(row.saved_by),
        created_at=row.created_at,
        session_id=SessionId(row.session_id) if row.session_id else None,
        position=row.position,
        planned_minutes=row.planned_minutes,
        consent=consent,
        identity_hidden=row.identity_hidden,
    )


def _consent_row(case_id: UUID, consent: Consent) -> ConsentRow:
    return ConsentRow(
        id=consent.id,
        case_id=case_id,
        filed_by=consent.filed_by,
        filed_at=consent.filed_at,
        **vars(consent.form),
    )


def _consent(row: ConsentRow) -> Consent:
    form = ConsentForm(
        basis=Basis(row.basis),
        given_by=GivenBy(row.given_by),
        method=ConsentMethod(row.method),
        given_at=row.given_at,
        share=row.share,
        record=row.record,
        teaching=row.teaching,
        giver_name=row.giver_name,
        relation=row.relation,
        emergency_reason=row.emergency_reason,
        confirmed_by=PersonId(row.confirmed_by) if row.confirmed_by else None,
    )
    return Consent(
        id=ConsentId(row.id),
        form=form,
        filed_by=PersonId(row.filed_by),
        filed_at=row.filed_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=PersonId(row.withdrawn_by) if row.withdrawn_by else None,
        withdrawal_reason=row.withdrawal_reason,
    )
