"""Fetch a study from a peer by C-MOVE or C-GET. Blocks; `abandon` may be called meanwhile."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from pydicom.dataset import Dataset
from pynetdicom import evt, sop_class
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.presentation import build_context

from viewer.damage import DAMAGE
from viewer.dimse_get import classes_of, get_contexts
from viewer.dimse_stack import OwnEntity, entity, line_to
from viewer.dimse_status import status_of
from viewer.errors import PeerFailed
from viewer.pacs import Ending, Peer

# A peer may say nothing while it sends images on another line: who watches that decides.
_SAYS_NOTHING_SECONDS: Final = 24 * 3600.0
# A peer that has stalled will not close its end either (ARTIM, PS3.8 9.1.5).
_HANG_UP_SECONDS: Final = 2.0
_PENDING: Final = frozenset({0xFF00, 0xFF01})
_WARNING: Final = 0xB000
_REASONS: Final = {
    0xA701: "peer-out-of-resources",
    0xA702: "peer-out-of-resources",
    0xA801: "our-ae-unknown",
    0xFE00: "cancelled",
}
_MOVE: Final = sop_class.StudyRootQueryRetrieveInformationModelMove  # type: ignore[attr-defined]
_GET: Final = sop_class.StudyRootQueryRetrieveInformationModelGet  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the peer said of its sub-operations so far."""

    remaining: int
    completed: int
    failed: int


Keep = Callable[[Path, str], str]


class Retrieval:
    """One try to fetch one study."""

    def __init__(self, own: OwnEntity, peer: Peer, study_uid: str, keep: Keep) -> None:
        self._own = own
        self._peer = peer
        self._study_uid = study_uid
        self._keep = keep
        self._lock = threading.Lock()
        self._line: Association | None = None
        self._is_abandoned = False
        self.heard: Heard | None = None

    def abandon(self) -> None:
        """Hang up; `run` then ends as stalled."""
        with self._lock:
            self._is_abandoned = True
            line = self._line
        if line is not None:
            line.acse_timeout = _HANG_UP_SECONDS
            line.abort()
            line.dimse.msg_queue.put((None, None))  # pynetdicom leaves who waits for an answer

    def move(self) -> Ending:
        """C-MOVE to ourselves: the images come in at our own server."""
        made = entity(self._own)
        try:
            with line_to(made, self._own, self._peer, [build_context(_MOVE)]) as line:
                self._take(line)
                own = self._own.ae_title
                return self._ending(line.send_c_move(self._identifier(), own, _MOVE))
        except PeerFailed as failure:
            return Ending(failure.reason)
        except DAMAGE:
            return Ending("not-understood")

    def get(self) -> Ending:
        """C-GET: the images come in on this line."""
        made = entity(self._own)
        handlers = [(evt.EVT_C_STORE, self._on_store)]
        try:
            contexts, roles = get_contexts(classes_of(self._own, self._peer, self._study_uid))
            contexts = [build_context(_GET), *contexts]
            more = {"ext_neg": roles, "evt_handlers": handlers}
            with line_to(made, self._own, self._peer, contexts, **more) as line:
                self._take(line)
                return self._ending(line.send_c_get(self._identifier(), _GET))
        except PeerFailed as failure:
            return Ending(failure.reason)
        except DAMAGE:
            return Ending("not-understood")

    def _take(self, line: Association) -> None:
        line.dimse_timeout = line.network_timeout = _SAYS_NOTHING_SECONDS
        with self._lock:
            self._line = line
        if self._is_abandoned:
            line.abort()

    def _identifier(self) -> Dataset:
        asked = Dataset()
        asked.QueryRetrieveLevel = "STUDY"
        asked.StudyInstanceUID = self._study_uid
        return asked

    def _on_store(self, event: evt.Event) -> int:
        sop_uid = str(cast(C_STORE, event.request).AffectedSOPInstanceUID)
        return status_of(self._keep(event.dataset_path, sop_uid))

    def _ending(self, answers: Iterator[tuple[Dataset, Dataset | None]]) -> Ending:
        code, failed = None, 0
        for status, _ in answers:
            code = status.get("Status")
            failed = int(status.get("NumberOfFailedSuboperations") or 0)
            self.heard = Heard(
                int(status.get("NumberOfRemainingSuboperations") or 0),
                int(status.get("NumberOfCompletedSuboperations") or 0)
                + int(status.get("NumberOfWarningSuboperations") or 0),
                failed,
            )
            if code not in _PENDING:
                break
        if self._is_abandoned:
            return Ending("stalled")
        if code is None or code in _PENDING:
            return Ending("line-broke")
        if code in (0x0000, _WARNING):
            return Ending("", failed)
        return Ending(_REASONS.get(code, "refused"), failed)
