"""Ask a peer for a person who waits: searching and checking, away from the web's own loop."""

from dataclasses import dataclass
from typing import Final

from telehealth.dimse_process import own_entity
from telehealth.sealing import Sealing
from telehealth.settings import Settings
from viewer import pacs_web
from viewer.dimse_client import echo, find
from viewer.errors import PeerFailed
from viewer.pacs import FoundStudy, Peer, Retrieve, Terms
from viewer.pool import ProcessCrashed, ProcessPool

SECONDS_MAX: Final = 45


@dataclass(frozen=True)
class PeerAsking:
    """DIMSE in a pool process, bounded in time; DICOMweb on the loop."""

    pool: ProcessPool
    settings: Settings
    sealing: Sealing

    async def search(self, peer: Peer, terms: Terms) -> list[FoundStudy]:
        """Studies at the peer. Raises PeerFailed."""
        if peer.retrieve is Retrieve.WEB:
            found = await pacs_web.search(self.sealing.opened(peer), terms)
        else:
            found = await self._find(peer, terms)
        if isinstance(found, str):
            raise PeerFailed(found)
        return found

    async def check(self, peer: Peer) -> str:
        """Whether the peer answers now: empty, else a slug."""
        if peer.retrieve is Retrieve.WEB:
            return await pacs_web.probe(self.sealing.opened(peer))
        try:
            return await self.pool.run(SECONDS_MAX, echo, own_entity(self.settings), peer)
        except ProcessCrashed:
            return "silent"

    async def _find(self, peer: Peer, terms: Terms) -> list[FoundStudy] | str:
        try:
            return await self.pool.run(SECONDS_MAX, find, own_entity(self.settings), peer, terms)
        except ProcessCrashed:
            return "silent"
