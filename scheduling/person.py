"""People of the directory. Their sign-in accounts, with roles, belong to telehealth."""

from dataclasses import dataclass
from typing import NewType
from uuid import UUID

from scheduling.facility import FacilityId

PersonId = NewType("PersonId", UUID)


@dataclass(frozen=True)
class Person:
    """One member of staff at one facility; an account of the same id lets the person sign in."""

    id: PersonId
    facility_id: FacilityId
    full_name: str
    title: str
    specialty: str
    active: bool = True
