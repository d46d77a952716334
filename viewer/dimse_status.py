"""Answers to C-STORE and to storage commitment: reasons as DICOM statuses. Pure."""

from typing import Final

# PS3.4 B.2.3 and PS3.7 C: what a sender's technician sees.
STORED: Final = 0x0000
_OUT_OF_RESOURCES: Final = 0xA700
_NOT_OF_ITS_CLASS: Final = 0xA900
_NOT_UNDERSTOOD: Final = 0xC000
REFUSED: Final = 0x0122
IDENTIFIER_WRONG: Final = 0xA900
TOO_MUCH: Final = 0xA700
UNKNOWN_DESTINATION: Final = 0xA801
PROCESSING_FAILED: Final = 0xC001

_BY_REASON: Final = {
    "too-large": _OUT_OF_RESOURCES,
    "inflates-too-much": _OUT_OF_RESOURCES,
    "no-room": _OUT_OF_RESOURCES,
    "no-database": _OUT_OF_RESOURCES,
    "missing-uid": _NOT_OF_ITS_CLASS,
    "bad-uid": _NOT_OF_ITS_CLASS,
    "wrong-sop-uid": _NOT_OF_ITS_CLASS,
}


def status_of(reason: str) -> int:
    """The C-STORE status for a refusal's slug; an empty one is success."""
    return _BY_REASON.get(reason, _NOT_UNDERSTOOD) if reason else STORED


# PS3.3 C.14.1.1: Failure Reason of a storage commitment.
NO_SUCH_INSTANCE: Final = 0x0112
OTHER_CLASS: Final = 0x0119
BYTES_MISSING: Final = 0x0110
