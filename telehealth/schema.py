"""Every table of every room, for migrations and tests: importing this fills the metadata."""

from importlib import import_module
from importlib.util import find_spec
from typing import Final

MODULES: Final = (
    "telehealth.tables",
    "scheduling.tables",
    "signaling.live_tables",
    "viewer.tables",
    "recordings.archive_tables",
    "recordings.minutes_tables",
    "recordings.recording_tables",
)

for module in MODULES:
    if find_spec(module) is not None:
        import_module(module)
