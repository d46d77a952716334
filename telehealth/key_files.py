"""Secrets that an installation makes for itself: written once, whole, for its own user only."""

import json
import os
from collections.abc import Callable
from pathlib import Path


def kept(path: Path, fresh: Callable[[], list[str]]) -> list[str]:
    """What the file holds; a fresh value is written first if there is none (mode 0600)."""
    if not path.exists():
        _write(path, fresh())
    found: list[str] = json.loads(path.read_text())
    return found


def _write(path: Path, value: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # the first process wins; the others read what it wrote
    except FileExistsError:
        pass
    finally:
        draft.unlink()
