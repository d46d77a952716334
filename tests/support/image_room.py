"""The viewer room over a real SQLite file, real blobs and real processes, with one case."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import data_store
import pydicom

from scheduling.tables import CaseRow, FacilityRow, PersonRow
from telehealth import schema  # noqa: F401
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.databases import make_tables
from viewer.archive_file import ArchiveLimits
from viewer.arrival_store import ArrivalStore
from viewer.delivery import DeliveryWorker
from viewer.delivery_store import DeliveryStore
from viewer.header_reading import HeaderReaders
from viewer.ingest import Ingest, IntakeStores
from viewer.intake import Intake, Sender
from viewer.pool import ProcessPool
from viewer.publication import DeliveryFolder
from viewer.upload import NewUpload, UploadLimits
from viewer.upload_store import Upload, UploadStore

PYDICOM_FILES = Path(pydicom.__file__).parent / "data"
PYDICOM_DATA_FILES = Path(data_store.__file__).parent / "data"
CT_SMALL = PYDICOM_FILES / "test_files" / "CT_small.dcm"


def utc_now() -> datetime:
    return datetime.now(UTC)


def a_sample(name: str) -> Path:
    """One of pydicom's own test files."""
    return next(PYDICOM_FILES.rglob(name))


@dataclass
class ImageRoom:
    """Everything between an arriving file and a published series."""

    folder: Path
    database: Database
    blobs: FolderBlobs
    readers: ProcessPool
    coders: ProcessPool
    delivery_folder: DeliveryFolder
    worker: DeliveryWorker
    ingest: Ingest
    intake: Intake
    sender: Sender
    counted: list[int]

    @property
    def transactions(self) -> int:
        """How many the desk has made."""
        return len(self.counted)

    @asynccontextmanager
    async def stores(self) -> AsyncIterator[IntakeStores]:
        async with self.database.transaction() as tx:
            yield IntakeStores(ArrivalStore(tx), UploadStore(tx))

    async def send(self, body: bytes, name: str, sender: Sender | None = None) -> Upload:
        """One file through the desk, in one piece; its outcome."""
        upload = await self.intake.create(sender or self.sender, NewUpload(len(body), name, False))
        await self.intake.append(upload, 0, len(body), in_one_piece(body))
        return await self.intake.finish(upload)


async def in_one_piece(body: bytes) -> AsyncIterator[bytes]:
    """A body as a request stream."""
    yield body


@asynccontextmanager
async def image_room(folder: Path) -> AsyncIterator[ImageRoom]:
    """A room with one facility, one person and one case."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'room.sqlite3'}")
    await make_tables(database)
    blobs = FolderBlobs(folder / "blobs")
    readers, coders = ProcessPool(1, 0), ProcessPool(2, 5)
    delivery_folder = DeliveryFolder(folder / "images")

    @asynccontextmanager
    async def delivery_stores() -> AsyncIterator[DeliveryStore]:
        async with database.transaction() as tx:
            yield DeliveryStore(tx)

    counted: list[int] = []

    @asynccontextmanager
    async def intake_stores() -> AsyncIterator[IntakeStores]:
        counted.append(1)
        async with database.transaction() as tx:
            yield IntakeStores(ArrivalStore(tx), UploadStore(tx))

    worker = DeliveryWorker(delivery_stores, blobs, delivery_folder, coders, utc_now)
    ingest = Ingest(intake_stores, blobs, HeaderReaders([readers], "/dicomweb"), worker.wake)
    intake = Intake(
        folder / "uploads", intake_stores, ingest, utc_now, UploadLimits(), ArchiveLimits()
    )
    sender = await add_case(database, "01001")
    try:
        yield ImageRoom(
            folder,
            database,
            blobs,
            readers,
            coders,
            delivery_folder,
            worker,
            ingest,
            intake,
            sender,
            counted,
        )
    finally:
        readers.close()
        coders.close()
        await database.close()


async def add_case(database: Database, facility_code: str) -> Sender:
    """A facility with a person and a draft of a case."""
    facility, person, case = uuid4(), uuid4(), uuid4()
    async with database.transaction() as tx:
        tx.add(_facility(facility, facility_code))
        await tx.flush()
        tx.add(_person(person, facility))
        await tx.flush()
        tx.add(_case(case, facility, person))
    return Sender(case, facility, person)


def _facility(facility: UUID, code: str) -> FacilityRow:
    return FacilityRow(
        id=facility,
        code=code,
        name=f"Bệnh viện {code}",
        search_key=code,
        site_role="spoke",
        care_level="basic",
    )


def _person(person: UUID, facility: UUID) -> PersonRow:
    return PersonRow(
        id=person,
        facility_id=facility,
        full_name="Lò Thị Thử",
        search_key="lo thi thu",
        sort_key="thu lo thi",
        title="BS.",
        specialty="Nội",
    )


def _case(case: UUID, facility: UUID, person: UUID) -> CaseRow:
    now = datetime.combine(date(2026, 11, 26), datetime.min.time(), UTC)
    return CaseRow(
        id=case,
        facility_id=facility,
        presenter_id=person,
        state="draft",
        version=1,
        saved_at=now,
        saved_by=person,
        created_at=now,
    )
