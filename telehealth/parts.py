"""What the doors are made of: built once in `app`, handed to each API class."""

from dataclasses import dataclass
from functools import cached_property

from signaling.workers import Workers
from telehealth.blobs import FolderBlobs
from telehealth.casefile import Material, no_material
from telehealth.database import Database
from telehealth.frame_shortcut import FrameShortcut
from telehealth.identity import Clock, Identity
from telehealth.images import Images
from telehealth.live_session import LiveSessions, live_sessions
from telehealth.live_sign_ins import LiveSignIns
from telehealth.live_storage import Afterwards, nothing
from telehealth.recording_effects import follow_recordings
from telehealth.sealing import Sealing
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
    images: Images | None = None
    afterwards: Afterwards = nothing
    media: Workers | None = None

    @cached_property
    def live(self) -> LiveSessions:
        """The live sessions of this process, opened at first need."""
        effects = (follow_recordings,)
        return live_sessions(self.database, self.clock, self.material, effects, self.afterwards)

    @cached_property
    def sealing(self) -> Sealing:
        """Closes what other systems' passwords are."""
        return Sealing.of(self.settings.data_dir)

    @cached_property
    def frames(self) -> FrameShortcut:
        """Image frames that were read a moment ago."""
        return FrameShortcut(self.clock)

    @cached_property
    def live_sign_ins(self) -> LiveSignIns:
        """What signing out has to close."""
        return LiveSignIns()
