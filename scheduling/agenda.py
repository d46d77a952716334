"""The agenda: which cases, in which order, for how many minutes, against the slot."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from scheduling.case import CaseState
from scheduling.errors import AgendaRefused, VersionConflict
from scheduling.session import TAKES_CASES, Session

LEAST_MINUTES = 1
MOST_MINUTES = 240
MOST_CASES = 40
DEFAULT_MINUTES = 15
# What may be put on an agenda, or stay there.
_ADMISSIBLE = frozenset({CaseState.ACCEPTED, CaseState.SCHEDULED})


@dataclass(frozen=True)
class AgendaItem:
    """One case and the minutes it is given."""

    case_id: UUID
    planned_minutes: int


@dataclass(frozen=True)
class AgendaChange:
    """What must happen so that the cases follow the new agenda."""

    placed: tuple[AgendaItem, ...]
    added: tuple[UUID, ...]
    removed: tuple[UUID, ...]


def total_minutes(items: Iterable[AgendaItem]) -> int:
    """Sum of the planned minutes."""
    return sum(item.planned_minutes for item in items)


def minutes_over(items: Iterable[AgendaItem], slot_minutes: int) -> int:
    """How many minutes the agenda exceeds the slot, 0 when it fits. It warns, it never blocks."""
    return max(0, total_minutes(items) - slot_minutes)


def planned_starts(starts_at: datetime, items: Sequence[AgendaItem]) -> tuple[datetime, ...]:
    """When each case should begin if all keep to their minutes."""
    starts, at = [], starts_at
    for item in items:
        starts.append(at)
        at += timedelta(minutes=item.planned_minutes)
    return tuple(starts)


def _check(items: Sequence[AgendaItem]) -> None:
    if len(items) > MOST_CASES:
        raise AgendaRefused("too-many-cases")
    seen: set[UUID] = set()
    for item in items:
        if item.case_id in seen:
            raise AgendaRefused("case-twice", item.case_id)
        seen.add(item.case_id)
        if not LEAST_MINUTES <= item.planned_minutes <= MOST_MINUTES:
            raise AgendaRefused("minutes-out-of-range", item.case_id)


def replan(
    session: Session,
    version: int,
    items: Sequence[AgendaItem],
    current: Collection[UUID],
    states: dict[UUID, CaseState],
) -> AgendaChange:
    """Decide what a new agenda changes.

    `current` are the cases on the agenda now, `states` the states of all cases named or present.
    Raises VersionConflict, or AgendaRefused with the first broken rule.
    """
    if version != session.version:
        raise VersionConflict("session", session.id, session.version)
    if session.state not in TAKES_CASES:
        raise AgendaRefused("agenda-locked")
    _check(items)
    for item in items:
        if states.get(item.case_id) not in _ADMISSIBLE:
            raise AgendaRefused("case-not-accepted", item.case_id)
    wanted = [item.case_id for item in items]
    return AgendaChange(
        placed=tuple(items),
        added=tuple(case_id for case_id in wanted if states[case_id] is not CaseState.SCHEDULED),
        removed=tuple(case_id for case_id in current if case_id not in set(wanted)),
    )
