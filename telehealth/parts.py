"""What the doors are made of: built once in `app`, handed to each API class."""

from dataclasses import dataclass

from telehealth.blobs import FolderBlobs
from telehealth.casefile import Material, no_material
from telehealth.database import Database
from telehealth.identity import Clock, Identity
from telehealth.settings import Settings


@dataclass(frozen=True)
class Parts:
    """The long-lived parts of a web process."""

    settings: Settings
    database: Database
    identity: Identity
    blobs: FolderBlobs
    clock: Clock
    material: Material = no_material
