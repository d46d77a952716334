"""Storage commitment (PS3.4 J): what of the asked we hold for good, and telling the asker."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset
from pynetdicom.presentation import build_context, build_role
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

from viewer.dimse_stack import OwnEntity, entity, line_to
from viewer.dimse_status import BYTES_MISSING, NO_SUCH_INSTANCE, OTHER_CLASS
from viewer.errors import PeerFailed
from viewer.pacs import Peer

_ALL_KEPT: Final = 1
_SOME_FAILED: Final = 2
_Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """An instance of the archive: its class, and whether its bytes are on the disk."""

    sop_class_uid: str
    bytes_are_here: bool


def judge(items: Sequence[_Pair], held: Mapping[str, Held]) -> dict[_Pair, int]:
    """The failure reason of each asked instance, 0 for what is kept for good. Pure."""
    return {item: _reason(item, held.get(item[1])) for item in items}


def _reason(item: _Pair, held: Held | None) -> int:
    if held is None:
        return NO_SUCH_INSTANCE
    if held.sop_class_uid != item[0]:
        return OTHER_CLASS
    return 0 if held.bytes_are_here else BYTES_MISSING


def report_of(transaction_uid: str, verdicts: Mapping[_Pair, int]) -> tuple[int, Dataset]:
    """Event type and event information of the N-EVENT-REPORT (PS3.4 J.3.3)."""
    report = Dataset()
    report.TransactionUID = transaction_uid
    kept = [item for item, reason in verdicts.items() if not reason]
    failed = {item: reason for item, reason in verdicts.items() if reason}
    if kept:
        report.ReferencedSOPSequence = list(_references(kept))
    if not failed:
        return _ALL_KEPT, report
    report.FailedSOPSequence = list(_references(failed))
    for entry, reason in zip(report.FailedSOPSequence, failed.values(), strict=True):
        entry.FailureReason = reason
    return _SOME_FAILED, report


def _references(items: Iterable[_Pair]) -> Iterable[Dataset]:
    for sop_class, sop_uid in items:
        entry = Dataset()
        entry.ReferencedSOPClassUID = sop_class
        entry.ReferencedSOPInstanceUID = sop_uid
        yield entry


def report(own: OwnEntity, peer: Peer, event_type: int, information: Dataset) -> str:
    """Tell the peer; empty if it took the report, else a slug. Blocks."""
    model = StorageCommitmentPushModel
    # We report as the provider of the service on a line that we opened (PS3.7 D.3.3.4).
    role = build_role(model, scu_role=False, scp_role=True)
    try:
        context = [build_context(model)]
        with line_to(entity(own), own, peer, context, ext_neg=[role]) as line:
            status, _ = line.send_n_event_report(
                information, event_type, model, StorageCommitmentPushModelInstance
            )
    except PeerFailed as failure:
        return failure.reason
    except ValueError:  # the peer did not agree to our role
        return "no-common-service"
    if "Status" not in status:
        return "silent"
    return "" if status.Status == 0x0000 else "refused"
