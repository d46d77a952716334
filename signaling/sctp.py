"""SCTP packets, looked at before aiortc reads them (RFC 9260 section 3). Pure."""

import struct
from collections.abc import Mapping

_PACKET_HEAD, _CHUNK_HEAD, _PARAMETER_HEAD = 12, 4, 4
# Chunk type -> bytes before its parameters. INIT and INIT ACK begin with fields of their own;
# HEARTBEAT (ACK), ABORT, ERROR and RE-CONFIG (RFC 6525) hold nothing else.
_HOLD_PARAMETERS: Mapping[int, int] = {1: 16, 2: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}


def leads_on(packet: bytes) -> bool:
    """Whether each chunk and parameter is as long as its own head at least.

    A reader that steps by these lengths would else stand still for ever (section 3.2.1).
    """
    at = _PACKET_HEAD
    while at <= len(packet) - _CHUNK_HEAD:
        kind, length = struct.unpack_from("!BxH", packet, at)
        if length < _CHUNK_HEAD:
            return False
        before = _HOLD_PARAMETERS.get(kind)
        if before is not None and not _lead_on(packet[at + _CHUNK_HEAD + before : at + length]):
            return False
        at += length + -length % 4
    return True


def _lead_on(parameters: bytes) -> bool:
    at = 0
    while at <= len(parameters) - _PARAMETER_HEAD:
        (length,) = struct.unpack_from("!2xH", parameters, at)
        if length < _PARAMETER_HEAD:
            return False
        at += length + -length % 4
    return True
