"""Real third-party servers; `make peers` installs them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from telehealth import schema  # noqa: F401
from tests.support import postgres


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """A cluster whose new databases have every table from the start."""
    with postgres.cluster() as url:
        server, _, _ = url.rpartition("/")
        template = create_engine(f"{server}/template1")
        SQLModel.metadata.create_all(template)
        template.dispose()
        yield url


@pytest.fixture
def postgres_url(postgres_cluster: str) -> str:
    """A database for one test, without rows."""
    return postgres.fresh_database(postgres_cluster)
