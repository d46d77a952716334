"""A hub, two spokes and their people over a real database and the real application."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.completeness import MaterialFacts
from scheduling.contract import ContractId, SupportContract
from scheduling.directory_store import DirectoryStore
from scheduling.facility import CareLevel, Facility, FacilityId, SiteRole
from scheduling.person import Person, PersonId
from telehealth import schema  # noqa: F401
from telehealth.access import Role
from telehealth.app import build
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from telehealth.directory import person_card
from telehealth.identity import Identity
from telehealth.parts import Parts
from telehealth.settings import Settings
from telehealth.store import AccountStore
from telehealth.tables import UserRow
from tests.support.core import ORIGIN, PASSWORD, facility_id, person_id
from tests.support.databases import make_tables

HUB, SPOKE, OTHER_SPOKE = "00901", "00101", "00102"
# username -> (facility, full name, roles)
PEOPLE: Mapping[str, tuple[str, str, tuple[Role, ...]]] = {
    "dieuphoi": (HUB, "Đỗ Thị Điều Phối", (Role.HUB_COORDINATOR,)),
    "chutoa": (HUB, "Hoàng Minh Hoạ", (Role.CHAIR, Role.SPECIALIST)),
    "thuky": (HUB, "Trần Thị Mẫu", (Role.SECRETARY,)),
    "chuyengia": (HUB, "Đinh Ngọc Hư Cấu", (Role.SPECIALIST,)),
    "bacsi": (SPOKE, "Lò Văn Thử", (Role.PRESENTER,)),
    "dongnghiep": (SPOKE, "Cà Thị Ví Dụ", (Role.PRESENTER,)),
    "dieuphoixa": (SPOKE, "Vi Văn Liên Lạc", (Role.SPOKE_COORDINATOR,)),
    "kythuat": (SPOKE, "Hà Văn Kỹ Thuật", (Role.TECHNICIAN,)),
    "nguoikhac": (OTHER_SPOKE, "Huỳnh Văn Mẫu", (Role.PRESENTER,)),
    "quantri": (HUB, "Quản Trị", (Role.SYS_ADMIN,)),
    "hocvien": (HUB, "Học Viên", (Role.OBSERVER,)),
}


class TurnableClock:
    """A clock that tests set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class KnownMaterial:
    """Image facts as tests set them, in place of the viewer's store."""

    def __init__(self) -> None:
        self.known: dict[UUID, MaterialFacts] = {}

    async def __call__(
        self, tx: AsyncSession, case_ids: Sequence[UUID]
    ) -> Mapping[UUID, MaterialFacts]:
        return {key: self.known[key] for key in case_ids if key in self.known}


class Conference:
    """The parts, and a signed-in client for each person."""

    def __init__(self, parts: Parts, clock: TurnableClock, material: KnownMaterial) -> None:
        self.parts, self.clock, self.material = parts, clock, material
        self._app = build(parts)
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def client(self, username: str) -> httpx.AsyncClient:
        """A client signed in as this person; signed in once."""
        if username not in self._clients:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
            credentials = {"username": username, "password": PASSWORD}
            answer = await client.post("/api/login", json=credentials)
            assert answer.status_code == 200, answer.text
            client.cookies.clear()
            client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
            self._clients[username] = client
        return self._clients[username]

    async def call(
        self, username: str, method: str, path: str, body: Any = None, expect: int = 200
    ) -> Any:
        """One request as this person; the answer's JSON."""
        client = await self.client(username)
        answer = await client.request(method, path, json=body)
        assert answer.status_code == expect, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def close(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            await client.aclose()


def _facilities() -> list[Facility]:
    names = {HUB: "Bệnh viện Trung ương", SPOKE: "Bệnh viện Nậm Khê", OTHER_SPOKE: "Cửa Vàm"}
    return [
        Facility(
            FacilityId(facility_id(code)),
            code,
            name,
            SiteRole.HUB if code == HUB else SiteRole.SPOKE,
            CareLevel.SPECIALISED if code == HUB else CareLevel.BASIC,
        )
        for code, name in names.items()
    ]


async def _seed(parts: Parts) -> None:
    hashed = parts.identity.hash_password(PASSWORD)
    async with parts.database.transaction() as tx:
        store, accounts = DirectoryStore(tx), AccountStore(tx)
        for facility in _facilities():
            await store.save_facility(facility)
        for username, (code, full_name, roles) in PEOPLE.items():
            key = PersonId(person_id(username))
            home = FacilityId(facility_id(code))
            await store.save_person(Person(key, home, full_name, "BS.", "Nội"))
            await accounts.save_user(
                UserRow(id=key, username=username, password_hash=hashed, roles=list(roles))
            )
        await store.save_contract(
            SupportContract(
                ContractId(facility_id("contract")),
                FacilityId(facility_id(HUB)),
                FacilityId(facility_id(SPOKE)),
                "12/2026/HĐ",
                date(2026, 1, 1),
                date(2027, 12, 31),
            )
        )


@asynccontextmanager
async def conference(
    folder: Path, now: datetime, url: str | None = None
) -> AsyncIterator[Conference]:
    """Parts over an empty database with the people above."""
    settings = Settings(data_dir=folder, database_url=url)
    database = Database(settings.database())
    await make_tables(database)
    clock, material = TurnableClock(now), KnownMaterial()
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(
        database, person_card, clock, timedelta(days=400), frozenset({ORIGIN}), cheap
    )
    parts = Parts(settings, database, identity, FolderBlobs(folder / "blobs"), clock)
    meeting = Conference(replace(parts, material=material), clock, material)
    try:
        await _seed(parts)
        yield meeting
    finally:
        await meeting.close()
        await meeting.parts.live.close()
        await database.close()
