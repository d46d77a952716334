"""The SQL of facilities, people and contracts."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.contract import ContractId, SupportContract
from scheduling.errors import NotFound
from scheduling.facility import CareLevel, Facility, FacilityId, SiteRole
from scheduling.person import Person, PersonId
from scheduling.search import name_sort_key, search_key
from scheduling.tables import ContractRow, FacilityRow, PersonRow


class DirectoryStore:
    """Facilities, people and contracts within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def save_facility(self, facility: Facility) -> None:
        """Insert or change a facility."""
        await self._tx.merge(
            FacilityRow(
                id=facility.id,
                code=facility.code,
                name=facility.name,
                search_key=search_key(facility.name),
                site_role=facility.site_role,
                care_level=facility.care_level,
                uplink_kbps=facility.uplink_kbps,
                active=facility.active,
            )
        )
        await self._tx.flush()

    async def facility(self, facility_id: UUID) -> Facility:
        """One facility, or NotFound."""
        row = await self._tx.get(FacilityRow, facility_id)
        if row is None:
            raise NotFound("facility", str(facility_id))
        return _facility(row)

    async def facilities(self) -> list[Facility]:
        """Every facility, hubs first, then by code."""
        query = select(FacilityRow).order_by(FacilityRow.site_role, FacilityRow.code)
        return [_facility(row) for row in await self._tx.exec(query)]

    async def save_person(self, person: Person) -> None:
        """Insert or change a person."""
        await self._tx.merge(
            PersonRow(
                id=person.id,
                facility_id=person.facility_id,
                full_name=person.full_name,
                search_key=search_key(person.full_name),
                sort_key=" ".join(name_sort_key(person.full_name)),
                title=person.title,
                specialty=person.specialty,
                active=person.active,
            )
        )
        await self._tx.flush()

    async def person(self, person_id: UUID) -> Person | None:
        """One person, or None."""
        row = await self._tx.get(PersonRow, person_id)
        return _person(row) if row is not None else None

    async def people(self, *, ids: Iterable[UUID] | None = None, query: str = "") -> list[Person]:
        """Active people, sorted as Vietnamese sort names; `query` ignores accents."""
        chosen = select(PersonRow).order_by(PersonRow.sort_key)
        if ids is not None:
            chosen = chosen.where(col(PersonRow.id).in_(list(ids)))
        else:
            chosen = chosen.where(col(PersonRow.active))
        for word in search_key(query).split():
            chosen = chosen.where(col(PersonRow.search_key).contains(word, autoescape=True))
        return [_person(row) for row in await self._tx.exec(chosen)]

    async def save_contract(self, contract: SupportContract) -> None:
        """Insert or change a contract."""
        await self._tx.merge(ContractRow(**vars(contract)))
        await self._tx.flush()

    async def contracts(self, hub_id: UUID | None = None) -> list[SupportContract]:
        """Every contract, or those of one hub."""
        query = select(ContractRow).order_by(ContractRow.number)
        if hub_id is not None:
            query = query.where(ContractRow.hub_id == hub_id)
        return [_contract(row) for row in await self._tx.exec(query)]

    async def contracts_between(self, hub_id: UUID, spoke_id: UUID) -> list[SupportContract]:
        """Contracts of these two, whatever their dates."""
        query = select(ContractRow).where(
            ContractRow.hub_id == hub_id, ContractRow.spoke_id == spoke_id
        )
        return [_contract(row) for row in await self._tx.exec(query)]

    async def hubs_of(self, spoke_id: UUID, on: date) -> set[FacilityId]:
        """Hubs with a contract that covers the day."""
        query = select(ContractRow).where(ContractRow.spoke_id == spoke_id)
        found = [_contract(row) for row in await self._tx.exec(query)]
        return {c.hub_id for c in found if c.covers(c.hub_id, c.spoke_id, on)}


def _facility(row: FacilityRow) -> Facility:
    return Facility(
        id=FacilityId(row.id),
        code=row.code,
        name=row.name,
        site_role=SiteRole(row.site_role),
        care_level=CareLevel(row.care_level),
        uplink_kbps=row.uplink_kbps,
        active=row.active,
    )


def _person(row: PersonRow) -> Person:
    return Person(
        id=PersonId(row.id),
        facility_id=FacilityId(row.facility_id),
        full_name=row.full_name,
        title=row.title,
        specialty=row.specialty,
        active=row.active,
    )


def _contract(row: ContractRow) -> SupportContract:
    return SupportContract(
        id=ContractId(row.id),
        hub_id=FacilityId(row.hub_id),
        spoke_id=FacilityId(row.spoke_id),
        number=row.number,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )
