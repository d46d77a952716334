from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support.databases import made_database
from tests.support.fhir_server import fhir_server
from tests.support.orthanc import NAME, PASSWORD, orthanc


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    async with made_database(postgres_url) as made:
        yield made


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    async with made_database(f"sqlite+aiosqlite:///{tmp_path / 'one.sqlite3'}") as made:
        yield made


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.fixture(scope="session")
def pacs_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as address:
        yield address


@pytest.fixture(scope="session")
def fhir_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fhir_server(tmp_path_factory.mktemp("fhir")) as address:
        yield address


@pytest.fixture
async def pacs_client(pacs_address: str) -> AsyncIterator[httpx.AsyncClient]:
    root = f"{pacs_address}dicom-web/"
    async with httpx.AsyncClient(base_url=root, auth=(NAME, PASSWORD)) as client:
        yield client


@pytest.fixture
async def fhir_client(fhir_address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=fhir_address) as client:
        yield client
