"""`telehealth backup` and `restore`, as an operator types them."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from telehealth import installation
from telehealth.blobs import FolderBlobs
from telehealth.cli import main
from telehealth.cli_database import now
from telehealth.sealing import KEY_FILE, Sealing
from telehealth.settings import Settings, livekit_key

KEYS = ("media-key.json", KEY_FILE)


def telehealth(data_dir: Path, *command: str | Path) -> Result:
    """The command over this data folder, as from a shell."""
    environment = {"TELEHEALTH_DATA_DIR": str(data_dir)}
    return CliRunner().invoke(main, [str(word) for word in command], env=environment)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An installation with a blob, a pack and its keys."""
    folder = tmp_path / "var"
    settings = Settings(data_dir=folder)
    asyncio.run(installation.migrate(settings))
    livekit_key(settings)
    Sealing.of(folder)
    FolderBlobs(folder / "blobs").put(b"a slice")
    (folder / "images" / "packs").mkdir(parents=True)
    (folder / "images" / "packs" / "one.pack").write_bytes(b"codestreams")
    return folder


def note(data_dir: Path, sha: str) -> None:
    """A row that names a blob, from another connection, as the running product writes it."""
    values = (now().isoformat(sep=" ")[:26], "test", "blob", sha, "ok", "", uuid4().hex, "{}")
    columns = "at, action, object_kind, object_id, outcome, address, request_id, detail"
    with closing(sqlite3.connect(data_dir / "telehealth.sqlite3", timeout=30)) as database:
        database.execute(
            f"INSERT INTO audit_event ({columns}) VALUES ({','.join('?' * 8)})", values
        )
        database.commit()


def noted(data_dir: Path) -> list[str]:
    """The blobs that rows of a database name."""
    with closing(sqlite3.connect(data_dir / "telehealth.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        query = "SELECT object_id FROM audit_event WHERE action = 'test' ORDER BY id"
        return [sha for (sha,) in database.execute(query)]


@contextmanager
def at_work(data_dir: Path) -> Iterator[threading.Event]:
    """Somebody who stores a blob and a row that names it, again and again; set after the first."""
    blobs, begun, over = FolderBlobs(data_dir / "blobs"), threading.Event(), threading.Event()

    def work() -> None:
        while not over.is_set():
            note(data_dir, blobs.put(uuid4().bytes * 5000).sha256)
            begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield begun
    finally:
        over.set()
        thread.join()


def test_a_backup_while_people_work_restores_to_a_whole_installation(
    tmp_path: Path, data_dir: Path
) -> None:
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    with at_work(data_dir) as begun:
        assert begun.wait(60)
        made = telehealth(data_dir, "backup", kept)
    assert made.exit_code == 0, made.output
    restored = telehealth(fresh, "restore", kept)
    assert restored.exit_code == 0, restored.output
    names = noted(fresh)
    assert names
    assert names == noted(data_dir)[: len(names)]
    blobs = FolderBlobs(fresh / "blobs")
    assert all(sha256(blobs.read(sha)).hexdigest() == sha for sha in names)
    for name in ("images/packs/one.pack", *KEYS):
        assert (fresh / name).read_bytes() == (data_dir / name).read_bytes()
    assert {(fresh / name).stat().st_mode & 0o777 for name in KEYS} == {0o600}
    assert telehealth(fresh, "migrate").exit_code == 0


def test_a_second_backup_copies_only_what_is_new(tmp_path: Path, data_dir: Path) -> None:
    kept = tmp_path / "kept"
    assert telehealth(data_dir, "backup", kept).exit_code == 0
    before = {path: path.stat().st_ino for path in (kept / "blobs").rglob("*") if path.is_file()}
    note(data_dir, FolderBlobs(data_dir / "blobs").put(b"another slice").sha256)
    assert telehealth(data_dir, "backup", kept).exit_code == 0
    after = {path: path.stat().st_ino for path in (kept / "blobs").rglob("*") if path.is_file()}
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()


def test_damage_in_the_installation_is_named_and_there_is_no_backup(
    tmp_path: Path, data_dir: Path
) -> None:
    blobs = FolderBlobs(data_dir / "blobs")
    blobs.path(sha256(b"a slice").hexdigest()).write_bytes(b"a slicf")
    made = telehealth(data_dir, "backup", tmp_path / "kept")
    assert made.exit_code == 1
    assert "is not what its name says" in made.output
    assert not (tmp_path / "kept" / "backup.json").exists()


def test_damage_in_a_backup_is_found_before_anything_is_written(
    tmp_path: Path, data_dir: Path
) -> None:
    kept, fresh = tmp_path / "kept", tmp_path / "fresh"
    assert telehealth(data_dir, "backup", kept).exit_code == 0
    (kept / "images/packs/one.pack").write_bytes(b"codestreamz")
    damaged = telehealth(fresh, "restore", kept)
    assert (damaged.exit_code, fresh.exists()) == (1, False)
    assert "one.pack is not what was backed up" in damaged.output
    (kept / "images/packs/one.pack").unlink()
    assert "one.pack is missing" in telehealth(fresh, "restore", kept).output


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", ""])
def test_a_list_that_leads_out_of_its_folder_is_no_backup(
    tmp_path: Path, data_dir: Path, name: str
) -> None:
    kept = tmp_path / "kept"
    assert telehealth(data_dir, "backup", kept).exit_code == 0
    told = json.loads((kept / "backup.json").read_text())
    told["files"][name] = {"size": 1, "sha256": "00"}
    (kept / "backup.json").write_text(json.dumps(told))
    refused = telehealth(tmp_path / "fresh", "restore", kept)
    assert refused.exit_code == 1
    assert "holds no whole backup" in refused.output


def test_what_would_do_harm_is_refused_in_words(tmp_path: Path, data_dir: Path) -> None:
    kept = tmp_path / "kept"
    nothing = telehealth(tmp_path / "none", "backup", kept)
    assert (nothing.exit_code, "nothing to back up" in nothing.output) == (1, True)
    inside = telehealth(data_dir, "backup", data_dir / "kept")
    assert (inside.exit_code, "does not belong" in inside.output) == (1, True)
    empty = telehealth(tmp_path / "fresh", "restore", tmp_path)
    assert (empty.exit_code, "no whole backup" in empty.output) == (1, True)
    assert telehealth(data_dir, "backup", kept).exit_code == 0
    over = telehealth(data_dir, "restore", kept)
    assert (over.exit_code, "holds an installation already" in over.output) == (1, True)
