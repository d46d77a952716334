"""The SQL of known peers, of pulls, and of studies that arrived for no case yet."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import and_, col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from viewer.errors import PeerTaken, PeerUnknown, PullRunning, PullUnknown
from viewer.pacs import (
    PULL_LEASE,
    PULLS_AT_ONCE_MAX,
    Peer,
    Pull,
    PullState,
    Retrieve,
)
from viewer.pacs_tables import PacsPeerRow, PacsPullRow
from viewer.tables import CaseStudyRow, ImageSeriesRow, InstanceRow, StudyRow

_OPEN = (PullState.WAITING.value, PullState.RUNNING.value)


class PacsStore:
    """Peers and pulls within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def peers(self, facility_id: UUID | None = None) -> list[Peer]:
        """The known peers by name, of all facilities or of one."""
        wanted = select(PacsPeerRow).where(col(PacsPeerRow.removed_at).is_(None))
        if facility_id is not None:
            wanted = wanted.where(col(PacsPeerRow.facility_id) == facility_id)
        rows = await self._tx.exec(wanted.order_by(col(PacsPeerRow.name), col(PacsPeerRow.id)))
        return [_peer(row) for row in rows.all()]

    async def peer(self, peer_id: UUID) -> Peer:
        """One known peer. Raises PeerUnknown."""
        return _peer(await self._peer_row(peer_id))

    async def peer_names(self, facility_id: UUID) -> dict[UUID, str]:
        """What a facility's peers are called, the removed ones too."""
        wanted = select(PacsPeerRow.id, PacsPeerRow.name)
        rows = await self._tx.exec(wanted.where(col(PacsPeerRow.facility_id) == facility_id))
        return dict(rows.all())

    async def save_peer(self, peer: Peer) -> None:
        """Insert or change. Raises PeerTaken."""
        try:
            async with self._tx.begin_nested():
                await self._tx.merge(PacsPeerRow(**asdict(peer)))
        except IntegrityError:
            raise PeerTaken from None

    async def remove_peer(self, peer_id: UUID, now: datetime) -> None:
        """Not known any more; what waits to be fetched from it fails. Raises PeerUnknown."""
        (await self._peer_row(peer_id)).removed_at = now
        await self._tx.exec(
            update(PacsPullRow)
            .where(col(PacsPullRow.peer_id) == peer_id, col(PacsPullRow.state).in_(_OPEN))
            .values(state=PullState.FAILED.value, reason="peer-removed", changed_at=now, owner=None)
        )

    async def _peer_row(self, peer_id: UUID) -> PacsPeerRow:
        row = await self._tx.get(PacsPeerRow, peer_id)
        if row is None or row.removed_at is not None:
            raise PeerUnknown
        return row

    async def add_pull(self, pull: Pull) -> None:
        """Ask for a study. Raises PullRunning while it is on its way into this case."""
        waiting = await self._tx.exec(
            select(PacsPullRow).where(
                col(PacsPullRow.case_id) == pull.case_id, col(PacsPullRow.state).in_(_OPEN)
            )
        )
        rows = waiting.all()
        if len(rows) >= PULLS_AT_ONCE_MAX or pull.study_uid in {row.study_uid for row in rows}:
            raise PullRunning
        self._tx.add(PacsPullRow(**asdict(pull)))
        await self._tx.flush()

    async def pull(self, pull_id: UUID) -> Pull:
        """One pull. Raises PullUnknown."""
        return _pull(await self._pull_row(pull_id))

    async def pulls_of(self, case_id: UUID) -> list[Pull]:
        """What was fetched into a case, the latest first."""
        rows = await self._tx.exec(
            select(PacsPullRow)
            .where(col(PacsPullRow.case_id) == case_id)
            .order_by(col(PacsPullRow.requested_at).desc(), col(PacsPullRow.id))
            .limit(PULLS_AT_ONCE_MAX)
        )
        return [_pull(row) for row in rows.all()]

    async def retry(self, pull_id: UUID, by: UUID, now: datetime) -> Pull:
        """Ask again for what did not come. Raises PullUnknown and PullRunning."""
        row = await self._pull_row(pull_id)
        if not PullState(row.state).is_over:
            raise PullRunning
        row.state, row.reason = PullState.WAITING.value, ""
        row.arrived = row.failed = 0  # whatever is here is shown with the case anew
        row.requested_by, row.requested_at, row.changed_at = by, now, now
        await self._tx.flush()
        return _pull(row)

    async def any_free(self, now: datetime) -> bool:
        """Whether `claim` would find something."""
        wanted = select(PacsPullRow.id).where(_is_free(now)).limit(1)
        return (await self._tx.exec(wanted)).first() is not None

    async def claim(self, owner: str, now: datetime) -> Pull | None:
        """Take the oldest pull that waits, or whose worker fell silent."""
        found = await self._tx.exec(
            select(PacsPullRow)
            .where(_is_free(now))
            .order_by(col(PacsPullRow.requested_at))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = found.first()
        if row is None:
            return None
        row.state, row.attempts = PullState.RUNNING.value, row.attempts + 1
        row.owner, row.lease_until, row.changed_at = owner, now + PULL_LEASE, now
        await self._tx.flush()
        return _pull(row)

    async def keep_pull(self, pull: Pull, owner: str, now: datetime) -> bool:
        """Note how far it is and hold it longer, or give it back when over; False if lost."""
        row = await self._pull_row(pull.id)
        if row.owner != owner:
            return False
        row.state, row.reason = pull.state.value, pull.reason
        row.expected, row.arrived, row.failed = pull.expected, pull.arrived, pull.failed
        row.changed_at, row.lease_until = now, now + PULL_LEASE
        if pull.state is not PullState.RUNNING:
            row.owner = row.lease_until = None
        await self._tx.flush()
        return True

    async def _pull_row(self, pull_id: UUID) -> PacsPullRow:
        row = await self._tx.get(PacsPullRow, pull_id)
        if row is None:
            raise PullUnknown
        return row

    async def study(self, facility_id: UUID, study_uid: str) -> StudyRow | None:
        """The study of this UID in a facility's archive."""
        wanted = select(StudyRow).where(
            col(StudyRow.facility_id) == facility_id, col(StudyRow.study_uid) == study_uid
        )
        return (await self._tx.exec(wanted)).one_or_none()

    async def instances_of(self, study_id: UUID) -> int:
        """How many instances of a study are here."""
        counted = await self._tx.exec(
            select(func.count())
            .select_from(InstanceRow)
            .where(
                col(InstanceRow.series_id) == col(ImageSeriesRow.id),
                col(ImageSeriesRow.study_id) == study_id,
                col(InstanceRow.variant) == 0,
            )
        )
        return counted.one()

    async def studies(
        self,
        facility_id: UUID,
        study_uids: Sequence[str],
        exactly: Mapping[str, str],
        limit: int,
    ) -> Sequence[StudyRow]:
        """Studies of a facility, the newest first: of these UIDs if any are named, and with these
        values (by column) exactly."""
        wanted = select(StudyRow).where(col(StudyRow.facility_id) == facility_id)
        if study_uids:
            wanted = wanted.where(col(StudyRow.study_uid).in_(study_uids))
        for column, value in exactly.items():
            wanted = wanted.where(getattr(StudyRow, column) == value)
        ordered = wanted.order_by(col(StudyRow.study_date).desc(), col(StudyRow.study_uid))
        return (await self._tx.exec(ordered.limit(limit))).all()

    async def instances_named(
        self, facility_id: UUID, sop_uids: Sequence[str]
    ) -> Sequence[InstanceRow]:
        """The instances of these SOP UIDs in a facility's archive."""
        found: list[InstanceRow] = []
        for start in range(0, len(sop_uids), 500):
            rows = await self._tx.exec(
                select(InstanceRow).where(
                    col(InstanceRow.series_id) == col(ImageSeriesRow.id),
                    col(ImageSeriesRow.study_id) == col(StudyRow.id),
                    col(StudyRow.facility_id) == facility_id,
                    col(InstanceRow.variant) == 0,
                    col(InstanceRow.sop_uid).in_(sop_uids[start : start + 500]),
                )
            )
            found += rows.all()
        return found

    async def instances_in(self, study_ids: Sequence[UUID]) -> Sequence[InstanceRow]:
        """Every stored file of these studies, later bytes under a known SOP UID too."""
        rows = await self._tx.exec(
            select(InstanceRow).where(
                col(InstanceRow.series_id) == col(ImageSeriesRow.id),
                col(ImageSeriesRow.study_id).in_(study_ids),
            )
        )
        return rows.all()

    async def caseless(self, facility_id: UUID, limit: int) -> Sequence[StudyRow]:
        """Studies in a facility's archive that no case shows, the latest first."""
        shown = select(CaseStudyRow.study_id).where(col(CaseStudyRow.unlinked_at).is_(None))
        rows = await self._tx.exec(
            select(StudyRow)
            .where(col(StudyRow.facility_id) == facility_id, col(StudyRow.id).not_in(shown))
            .order_by(col(StudyRow.created_at).desc(), col(StudyRow.study_uid))
            .limit(limit)
        )
        return rows.all()


def _is_free(now: datetime) -> ColumnElement[bool]:
    silent = and_(
        col(PacsPullRow.state) == PullState.RUNNING.value, col(PacsPullRow.lease_until) < now
    )
    return or_(col(PacsPullRow.state) == PullState.WAITING.value, silent)


def _peer(row: PacsPeerRow) -> Peer:
    values = row.model_dump(exclude={"removed_at", "retrieve"})
    return Peer(**values, retrieve=Retrieve(row.retrieve))


def _pull(row: PacsPullRow) -> Pull:
    values = row.model_dump(exclude={"owner", "lease_until", "state"})
    return Pull(**values, state=PullState(row.state))
