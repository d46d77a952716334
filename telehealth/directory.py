"""People as others see them: scheduling's directory joined with the accounts of this package."""

from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.directory_store import DirectoryStore
from scheduling.errors import NotFound
from scheduling.facility import Facility
from scheduling.person import Person
from telehealth.access import Role
from telehealth.identity import PersonCard
from telehealth.store import AccountStore

# Those who may vouch for an emergency basis: doctors, not administrators or technicians.
DOCTORS: Final = frozenset({Role.PRESENTER, Role.TREATING_DOCTOR, Role.CHAIR, Role.SPECIALIST})


def card_of(person: Person, facility: Facility) -> PersonCard:
    """Person and facility as one card."""
    return PersonCard(
        id=person.id,
        full_name=person.full_name,
        title=person.title,
        specialty=person.specialty,
        facility_id=facility.id,
        facility_code=facility.code,
        facility_name=facility.name,
        site_role=facility.site_role,
    )


async def person_card(tx: AsyncSession, person_id: UUID) -> PersonCard | None:
    """The card of an active person at an active facility; `identity.Directory` of the product."""
    store = DirectoryStore(tx)
    person = await store.person(person_id)
    if person is None or not person.active:
        return None
    try:
        return card_of(person, await store.facility(person.facility_id))
    except NotFound:
        return None


async def is_doctor_of(tx: AsyncSession, person_id: UUID, facility_id: UUID) -> bool:
    """Whether this person is a doctor of this facility and may confirm an emergency basis."""
    person = await DirectoryStore(tx).person(person_id)
    account = await AccountStore(tx).user(person_id)
    if person is None or account is None or not (person.active and account.active):
        return False
    return person.facility_id == facility_id and bool(DOCTORS & {Role(r) for r in account.roles})
