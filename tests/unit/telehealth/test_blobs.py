"""Stored bytes: a batch is taken over whole, or left for each file to be tried by itself."""

import hashlib
from pathlib import Path

import pytest

from telehealth.blobs import FolderBlobs


def _files(folder: Path, *bodies: bytes) -> list[Path]:
    paths = [folder / f"in-{number}" for number in range(len(bodies))]
    for path, body in zip(paths, bodies, strict=True):
        path.write_bytes(body)
    return paths


def test_files_are_taken_over_by_their_hash(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    paths = _files(tmp_path, b"one", b"two", b"one")
    refs = blobs.put_files([(path, "") for path in paths])
    assert [ref.sha256 for ref in refs] == [
        hashlib.sha256(body).hexdigest() for body in (b"one", b"two", b"one")
    ]
    assert [blobs.read(ref.sha256) for ref in refs] == [b"one", b"two", b"one"]
    assert not any(path.exists() for path in paths)


def test_a_hash_that_was_taken_as_the_bytes_came_is_not_taken_again(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    one, two = _files(tmp_path, b"one", b"two")
    told = hashlib.sha256(b"one").hexdigest()
    refs = blobs.put_files([(one, told), (two, "")])
    assert [(ref.sha256, ref.size) for ref in refs] == [
        (told, 3),
        (hashlib.sha256(b"two").hexdigest(), 3),
    ]


def test_a_batch_that_fails_can_be_tried_again_file_by_file(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    good, bad = _files(tmp_path, b"good", b"bad")
    # Nothing can be put where the second belongs: as on a disk that is full or broken.
    (tmp_path / "blobs" / hashlib.sha256(b"bad").hexdigest()[:2]).write_bytes(b"")
    with pytest.raises(OSError, match="exists"):
        blobs.put_files([(good, ""), (bad, "")])
    assert blobs.read(blobs.put_file(good).sha256) == b"good"
    with pytest.raises(OSError, match="exists"):
        blobs.put_file(bad)
    assert bad.read_bytes() == b"bad"
