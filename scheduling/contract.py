"""Support contracts between facilities: without a valid one no case is heard (Law 15/2023)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NewType
from uuid import UUID

from scheduling.facility import FacilityId

ContractId = NewType("ContractId", UUID)


@dataclass(frozen=True)
class SupportContract:
    """The hub advises the spoke from `valid_from` to `valid_until`, both days included."""

    id: ContractId
    hub_id: FacilityId
    spoke_id: FacilityId
    number: str
    valid_from: date
    valid_until: date | None = None

    def covers(self, hub_id: FacilityId, spoke_id: FacilityId, on: date) -> bool:
        """True when this contract binds the two facilities on that day."""
        return (
            (self.hub_id, self.spoke_id) == (hub_id, spoke_id)
            and self.valid_from <= on
            and (self.valid_until is None or on <= self.valid_until)
        )


def contract_stands(
    contracts: Iterable[SupportContract], hub_id: FacilityId, spoke_id: FacilityId, on: date
) -> bool:
    """True when the hub may advise the spoke that day; its own cases need no contract."""
    return hub_id == spoke_id or any(c.covers(hub_id, spoke_id, on) for c in contracts)


def hubs_of(
    contracts: Iterable[SupportContract], spoke_id: FacilityId, on: date
) -> frozenset[FacilityId]:
    """The hubs that may advise this facility that day."""
    return frozenset(c.hub_id for c in contracts if c.covers(c.hub_id, spoke_id, on))
