"""Files as memory: the right bytes when they are cached, nothing when a read would wait."""

import os
from pathlib import Path

from telehealth.warm_files import WarmFiles

BODY = os.urandom(300_000)


def test_view_gives_the_bytes_of_any_place(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(BODY)
    files = WarmFiles()
    for offset, length in ((0, 300_000), (1, 4096), (4095, 2), (299_999, 1), (123_456, 70_000)):
        view = files.view(str(path), offset, length)
        assert view is not None
        assert bytes(view) == BODY[offset : offset + length]


def test_view_is_none_outside_the_file_and_without_one(tmp_path: Path) -> None:
    path, empty = tmp_path / "a", tmp_path / "empty"
    path.write_bytes(BODY)
    empty.touch()
    files = WarmFiles()
    assert files.view(str(path), 299_999, 2) is None
    assert files.view(str(empty), 0, 1) is None
    assert files.view(str(tmp_path / "none"), 0, 1) is None


def test_view_is_none_after_the_file_was_removed_though_it_was_mapped(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(BODY)
    files = WarmFiles()
    assert files.view(str(path), 0, 10) is not None
    path.unlink()
    assert files.view(str(path), 0, 10) is None


def test_view_is_none_when_the_disk_would_have_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as file:
        file.truncate(300_000)  # a hole: no page of it is in the cache
    assert WarmFiles().view(str(path), 0, 300_000) is None
    path.read_bytes()
    assert WarmFiles().view(str(path), 0, 300_000) is not None
