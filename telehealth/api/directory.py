"""Facilities and people, for everybody who signs in."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.directory_store import DirectoryStore
from scheduling.facility import CareLevel, SiteRole
from scheduling.plain_text import clean_line
from telehealth.access import Permission, Role
from telehealth.api.account import PersonOut, person_out
from telehealth.directory import card_of
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter
from telehealth.parts import Parts
from telehealth.store import AccountStore
from telehealth.tables import UserRow

_MOST_PEOPLE: Final = 500


class FacilityOut(BaseModel):
    """A hospital or health centre."""

    id: UUID
    code: str
    name: str
    site_role: SiteRole
    care_level: CareLevel
    uplink_kbps: int | None
    active: bool


class FacilityList(BaseModel):
    """Hubs first, then by code."""

    items: list[FacilityOut]


class PersonList(BaseModel):
    """In the order Vietnamese sort names."""

    items: list[PersonOut]


class ContractOut(BaseModel):
    """A support contract."""

    id: UUID
    hub_id: UUID
    spoke_id: UUID
    number: str
    valid_from: date
    valid_until: date | None


class ContractList(BaseModel):
    """Every contract, by number."""

    items: list[ContractOut]


async def people_out(
    tx: AsyncSession, *, ids: Iterable[UUID] | None = None, query: str = ""
) -> dict[UUID, PersonOut]:
    """People by id, in the order Vietnamese sort names.

    A person without an account can be named and seated, but never sign in.
    """
    store = DirectoryStore(tx)
    facilities = {facility.id: facility for facility in await store.facilities()}
    accounts = {user.id: user for user in await AccountStore(tx).users()}
    found: dict[UUID, PersonOut] = {}
    for person in await store.people(ids=ids, query=query):
        nobody = UserRow(id=person.id, username="", password_hash="", roles=[])
        card = card_of(person, facilities[person.facility_id])
        found[person.id] = person_out(accounts.get(person.id, nobody), card)
    return found


class DirectoryApi:
    """Who and what there is."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "GET",
                "/api/facilities",
                self.facilities,
                Permission.READ_DIRECTORY,
                "Every facility",
                gives=FacilityList,
            ),
            Door(
                "GET",
                "/api/people",
                self.people,
                Permission.READ_DIRECTORY,
                "Active people, by role, facility or name without accents",
                gives=PersonList,
                query=("role", "q", "facility_id"),
                raises=(BadParameter,),
            ),
            Door(
                "GET",
                "/api/contracts",
                self.contracts,
                Permission.READ_DIRECTORY,
                "Support contracts between facilities",
                gives=ContractList,
            ),
        ]

    async def facilities(self, _call: Call) -> FacilityList:
        """Hubs first."""
        async with self._parts.database.reading() as tx:
            found = await DirectoryStore(tx).facilities()
        return FacilityList(items=[FacilityOut(**vars(facility)) for facility in found])

    async def people(self, call: Call) -> PersonList:
        """People, narrowed by what was asked."""
        role, facility_id = call.query("role"), call.query_uuid("facility_id")
        if role is not None and role not in set(Role):
            raise BadParameter("role")
        query = clean_line(call.query("q") or "")
        async with self._parts.database.reading() as tx:
            found = (await people_out(tx, query=query)).values()
        kept = [
            person
            for person in found
            if (role is None or role in person.roles)
            and (facility_id is None or person.facility.id == facility_id)
        ]
        return PersonList(items=kept[:_MOST_PEOPLE])

    async def contracts(self, _call: Call) -> ContractList:
        """Every contract."""
        async with self._parts.database.reading() as tx:
            found = await DirectoryStore(tx).contracts()
        return ContractList(items=[ContractOut(**vars(contract)) for contract in found])
