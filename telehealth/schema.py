"""Every table of every room, for migrations and tests: importing this fills the metadata."""

from recordings import archive_tables, minutes_tables, recording_tables
from scheduling import tables as scheduling_tables
from signaling import line_tables, live_tables
from telehealth import tables
from viewer import gateway_tables, pacs_tables
from viewer import tables as viewer_tables

MODULES = (
    tables,
    scheduling_tables,
    line_tables,
    live_tables,
    viewer_tables,
    pacs_tables,
    gateway_tables,
    archive_tables,
    minutes_tables,
    recording_tables,
)
