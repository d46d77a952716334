"""What a gateway's DIMSE server asks: known peers, and a place on the disk."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from viewer.dicomweb_query import Json
from viewer.dimse_desk import SopPair
from viewer.dimse_query import Wanted
from viewer.dimse_sending import StoredFile
from viewer.gateway_queue import GatewayQueue
from viewer.pacs import Peer

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GatewayDesk:
    """Keeps what peers send; a gateway has no archive, so nothing is found or given out."""

    known: Sequence[Peer]
    queue: GatewayQueue

    def peers(self) -> Sequence[Peer]:
        """Those of `gateway.toml`."""
        return self.known

    def keep(self, peer: Peer, path: Path, sop_uid: str) -> str:
        """On the disk before the sender is told."""
        try:
            self.queue.add(path)
        except OSError as error:
            log.error("cannot keep what a peer sent error=%s", error.strerror)
            return "no-room"
        return ""

    def find(self, peer: Peer, wanted: Wanted) -> list[Json]:
        """Nothing."""
        return []

    def files(self, peer: Peer, wanted: Wanted) -> list[StoredFile]:
        """Nothing."""
        return []

    def destination(self, peer: Peer, ae_title: str) -> Peer | None:
        """Nowhere."""
        return None

    @contextmanager
    def converted(self, file: StoredFile, syntax: str) -> Iterator[Path]:
        """Nothing is given out, so nothing is converted. Raises ValueError."""
        raise ValueError(syntax)
        yield  # a context manager by its shape

    def commit(self, peer: Peer, transaction_uid: str, items: Sequence[SopPair]) -> None:
        """Not offered: what the gateway holds is not the archive yet."""
