"""Facilities: the hub that advises and the spokes that ask."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID

FacilityId = NewType("FacilityId", UUID)


class SiteRole(StrEnum):
    """Which end of the conference a facility is."""

    HUB = "hub"
    SPOKE = "spoke"


class CareLevel(StrEnum):
    """Levels of care of the Law on Medical Examination and Treatment 15/2023, art. 104."""

    INITIAL = "initial"
    BASIC = "basic"
    SPECIALISED = "specialised"


@dataclass(frozen=True)
class Facility:
    """A hospital or health centre; `code` is its MA_CSKCB, five digits."""

    id: FacilityId
    code: str
    name: str
    site_role: SiteRole
    care_level: CareLevel
    uplink_kbps: int | None = None
    active: bool = True
