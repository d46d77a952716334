"""STUN binding requests and answers (RFC 8489), as much as an ICE-lite agent needs."""

import hashlib
import hmac
import struct
import zlib
from dataclasses import dataclass
from ipaddress import ip_address

from signaling.errors import MalformedMessage

_COOKIE = 0x2112A442
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_BINDING_REQUEST, _BINDING_SUCCESS = 0x0001, 0x0101
_USERNAME, _INTEGRITY, _XOR_MAPPED, _USE_CANDIDATE, _FINGERPRINT = 6, 8, 0x20, 0x25, 0x8028
_FINGERPRINT_XOR = 0x5354554E


@dataclass(frozen=True)
class BindingRequest:
    """A connectivity check; `signed` is the part the integrity covers, length already adjusted."""

    transaction_id: bytes
    local_ufrag: str
    nominates: bool
    signed: bytes
    integrity: bytes

    def is_signed_with(self, password: str) -> bool:
        """Whether MESSAGE-INTEGRITY was made with `password` (RFC 8489 section 14.5)."""
        made = hmac.new(password.encode(), self.signed, hashlib.sha1).digest()
        return hmac.compare_digest(made, self.integrity)


def read_binding_request(data: bytes) -> BindingRequest | None:
    """The check in `data`, None for another STUN message; MalformedMessage for broken bytes."""
    if len(data) < _HEADER.size:
        raise MalformedMessage("stun header")
    kind, length, cookie, transaction_id = _HEADER.unpack_from(data)
    if cookie != _COOKIE or length != len(data) - _HEADER.size or length % 4:
        raise MalformedMessage("stun header")
    if kind != _BINDING_REQUEST:
        return None
    username, nominates, signed, integrity = "", False, b"", b""
    at = _HEADER.size
    while at < len(data):
        name, size = _ATTRIBUTE.unpack_from(data, at)
        value = data[at + 4 : at + 4 + size]
        if len(value) != size:
            raise MalformedMessage("stun attribute")
        if name == _INTEGRITY:  # what follows is not protected: stop reading
            # The covered length ends with this attribute (RFC 8489 section 14.5).
            covered = struct.pack("!H", at + 24 - _HEADER.size)
            signed, integrity = data[:2] + covered + data[4:at], value
            break
        if name == _USERNAME:
            username = value.decode("ascii", "replace")
        nominates = nominates or name == _USE_CANDIDATE
        at += 4 + ((size + 3) & ~3)
    if not integrity:
        raise MalformedMessage("stun integrity")
    local_ufrag = username.partition(":")[0]
    return BindingRequest(transaction_id, local_ufrag, nominates, signed, integrity)


def write_binding_success(request: BindingRequest, source: tuple[str, int], password: str) -> bytes:
    """The success answer: the address we saw, integrity, fingerprint."""
    address = ip_address(source[0].partition("%")[0])
    mask = struct.pack("!I", _COOKIE) + request.transaction_id
    packed = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    mapped = struct.pack("!BBH", 0, family, source[1] ^ (_COOKIE >> 16)) + packed
    body = _ATTRIBUTE.pack(_XOR_MAPPED, len(mapped)) + mapped

    def message(length: int) -> bytes:
        head = _HEADER.pack(_BINDING_SUCCESS, length, _COOKIE, request.transaction_id)
        return head + body

    digest = hmac.new(password.encode(), message(len(body) + 24), hashlib.sha1).digest()
    body += _ATTRIBUTE.pack(_INTEGRITY, 20) + digest
    crc = zlib.crc32(message(len(body) + 8)) ^ _FINGERPRINT_XOR
    body += _ATTRIBUTE.pack(_FINGERPRINT, 4) + struct.pack("!I", crc)
    return message(len(body))
