"""What the demo remembers between two starts."""

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel


class Memory(BaseModel):
    """When it was seeded, from which folder images come (None: packages), whether all are in."""

    seeded_at: datetime
    images: Path | None = None
    arrived: bool = False


def recalled(data_dir: Path) -> Memory | None:
    """The memory of this data folder; None before the first start."""
    try:
        return Memory.model_validate_json(_place(data_dir).read_bytes())
    except FileNotFoundError:
        return None


def keep(data_dir: Path, memory: Memory) -> None:
    """Write it whole or not at all."""
    place = _place(data_dir)
    draft = place.with_suffix(".draft")
    draft.write_text(memory.model_dump_json())
    draft.replace(place)


def _place(data_dir: Path) -> Path:
    return data_dir / "demo.json"
