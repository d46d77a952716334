"""What the DIMSE server asks of the product. Methods block; they are called from its threads."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from viewer.dicomweb_query import Json
from viewer.dimse_query import Wanted
from viewer.dimse_sending import StoredFile
from viewer.pacs import Peer

SopPair = tuple[str, str]


class Desk(Protocol):
    """Peers, the archive of each one's facility, and the trail."""

    def peers(self) -> Sequence[Peer]:
        """Every known peer, now."""

    def keep(self, peer: Peer, path: Path, sop_uid: str) -> str:
        """Store a received file durably; empty, or the slug of the refusal. Takes the file over."""

    def find(self, peer: Peer, wanted: Wanted) -> list[Json]:
        """What of the peer's facility fits."""

    def files(self, peer: Peer, wanted: Wanted) -> list[StoredFile]:
        """The files of a retrieval; reading them is written to the trail."""

    def destination(self, peer: Peer, ae_title: str) -> Peer | None:
        """The peer of the same facility that has this AE title."""

    def converted(self, file: StoredFile, syntax: str) -> AbstractContextManager[Path]:
        """The file in another syntax, while the block runs. Raises ValueError."""

    def commit(self, peer: Peer, transaction_uid: str, items: Sequence[SopPair]) -> None:
        """Begin to check these instances and to report the result to the peer."""
