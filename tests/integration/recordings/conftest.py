from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlmodel import SQLModel

from telehealth import schema  # noqa: F401
from telehealth.blobs import FolderBlobs
from telehealth.database import Database
from tests.support import postgres_cluster
from tests.support.fhir_server import fhir_server
from tests.support.orthanc import NAME, PASSWORD, orthanc


@asynccontextmanager
async def made_database(url: str) -> AsyncIterator[Database]:
    made = Database(url)
    async with made.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield made
    await made.close()


ENGINES = ["sqlite", "postgresql"] if postgres_cluster.installed() else ["sqlite"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with postgres_cluster.cluster() as url:
        yield url


def fresh_database(url: str) -> str:
    """The URL of a new database of the cluster."""
    server, _, _ = url.rpartition("/")
    name = f"t{uuid4().hex}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.fixture(params=ENGINES)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite3'}"
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgres"))
    async with made_database(url) as made:
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
