"""The way in of images that no person sends: from a peer, into its facility's archive."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from telehealth.audit import Act, OncePerWhile, Source, record
from telehealth.database import Database
from telehealth.identity import Clock
from telehealth.images import Images
from viewer.pacs import Peer
from viewer.study import DirectoryIndex, Refusal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PeerTrail:
    """Writes to the trail what peers do, once in a while for each study."""

    database: Database
    clock: Clock
    _once: Mapping[str, OncePerWhile] = field(default_factory=lambda: defaultdict(OncePerWhile))

    def source(self, peer: Peer) -> Source:
        """A peer as the one who acts."""
        return Source(None, peer.host[:64], peer.id.hex, self.clock(), peer.facility_id)

    async def note(self, action: str, peer: Peer, studies: Iterable[UUID]) -> None:
        """The peer did this to these studies."""
        now, once = self.clock(), self._once[action]
        fresh = [study for study in studies if once.is_due(peer.id, study, now)]
        if not fresh:
            return
        async with self.database.transaction() as tx:
            for study in fresh:
                act = Act(action, "study", str(study), detail={"peer_id": str(peer.id)})
                await record(tx, self.source(peer), act)
        for study in fresh:
            once.noted(peer.id, study, now)


@dataclass(frozen=True)
class Arrivals:
    """Stores what a peer sends; the same reading, bytes and rows as for a person's upload."""

    images: Images
    trail: PeerTrail

    async def keep(self, peer: Peer, path: Path, sop_uid: str = "") -> str:
        """Store a received file durably, or say by slug why not; the file may be gone then.

        `sop_uid` is what the sender said it sends; empty if it did not.
        """
        header = await self.images.ingest.inspect(path)
        if isinstance(header, Refusal):
            return header.reason
        if isinstance(header, DirectoryIndex):
            return "not-dicom"
        if sop_uid and header.instance.sop_uid != sop_uid:
            return "wrong-sop-uid"
        now = self.trail.clock()
        try:
            stored = await self.images.ingest.hold(path, header, peer.facility_id, now)
            await self.trail.note("pacs_store", peer, [stored.study_id])
        except OSError:
            log.exception("cannot store what a peer sent peer_id=%s", peer.id)
            return "no-room"
        except SQLAlchemyError:
            log.exception("cannot index what a peer sent peer_id=%s", peer.id)
            return "no-database"
        self.images.bell.ring()
        return ""
