"""Backup and restore of a PostgreSQL installation by the real pg_dump and pg_restore."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from telehealth.blobs import FolderBlobs
from telehealth.cli import main
from tests.support import postgres


@pytest.fixture
def cluster() -> Iterator[str]:
    """A server of this test alone: its databases are empty."""
    with postgres.cluster() as url:
        yield url


def telehealth(data_dir: Path, url: str, *command: str) -> Result:
    environment = {"TELEHEALTH_DATA_DIR": str(data_dir), "TELEHEALTH_DATABASE_URL": url}
    return CliRunner().invoke(main, list(command), env=environment)


def test_a_postgresql_installation_comes_back(tmp_path: Path, cluster: str) -> None:
    first, second = postgres.fresh_database(cluster), postgres.fresh_database(cluster)
    old, new, kept = tmp_path / "old", tmp_path / "new", str(tmp_path / "kept")
    assert telehealth(old, first, "migrate").exit_code == 0
    made = telehealth(old, first, "facility", "add", "00101", "Bệnh viện Nậm Khê")
    assert made.exit_code == 0, made.output
    ref = FolderBlobs(old / "blobs").put(b"a slice")
    made = telehealth(old, first, "backup", kept)
    assert made.exit_code == 0, made.output
    made = telehealth(new, second, "restore", kept)
    assert made.exit_code == 0, made.output
    assert FolderBlobs(new / "blobs").read(ref.sha256) == b"a slice"
    again = telehealth(new, second, "facility", "add", "00101", "Bệnh viện Nậm Khê")
    assert again.exit_code != 0  # it is there: the code is unique
    over = telehealth(new, second, "restore", kept)
    assert (over.exit_code, "already exists" in over.output) == (1, True)
    other = telehealth(tmp_path / "third", f"sqlite+aiosqlite:///{tmp_path}/x", "restore", kept)
    assert (other.exit_code, "the backup is of postgresql" in other.output) == (1, True)
