"""SRTP in place on one reused buffer, through pylibsrtp's own binding.

`Session.protect` copies twice and builds two cffi objects a call; calling the library on a
buffer that is kept saves about 0.85 us a packet. The names used are guarded by a unit test.
"""

from socket import htonl
from typing import Any

from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

from signaling.limits import DATAGRAM_BYTES

TRAILER_BYTES = 4 + 16 + 128  # SRTCP index, tag, MKI
_OK = lib.srtp_err_status_ok


class PacketBuffer:
    """A buffer that libsrtp works on in place; `bytes` and `view` show the same memory.

    The hot path calls `protect_rtp` itself: (session, pointer, length) -> 0 when all is well,
    `length[0]` being the size before and after.
    """

    __slots__ = ("bytes", "length", "pointer", "view")
    protect_rtp = lib.srtp_protect

    def __init__(self, packets: int = 1) -> None:
        self.bytes = bytearray(packets * (DATAGRAM_BYTES + TRAILER_BYTES))
        self.view = memoryview(self.bytes)
        self.pointer = ffi.cast("char *", ffi.from_buffer(self.bytes))
        self.length = ffi.new("int *")

    def protect(self, session: Any, length: int) -> int:
        """Encrypts an RTP packet of `length` bytes; its new length, or 0 when refused."""
        return self._run(lib.srtp_protect, session, length)

    def unprotect(self, session: Any, length: int) -> int:
        """Decrypts an RTP packet; its new length, or 0 for a forged or replayed one."""
        return self._run(lib.srtp_unprotect, session, length)

    def protect_rtcp(self, session: Any, length: int) -> int:
        """As `protect`, for RTCP."""
        return self._run(lib.srtp_protect_rtcp, session, length)

    def unprotect_rtcp(self, session: Any, length: int) -> int:
        """As `unprotect`, for RTCP."""
        return self._run(lib.srtp_unprotect_rtcp, session, length)

    def _run(self, function: Any, session: Any, length: int) -> int:
        self.length[0] = length
        if function(session, self.pointer, self.length) != _OK:
            return 0
        return int(self.length[0])


def handle_of(session: Session) -> Any:
    """libsrtp's handle inside a pylibsrtp session; valid as long as the session lives."""
    return session._srtp[0]


def forget_ssrc(session: Any, ssrc: int) -> bool:
    """Frees what libsrtp keeps of an ssrc it has sent under; False for one it never heard of.

    It counts packets of each anew: what is forgotten must never be sent under again, or AES-GCM
    would use a nonce twice.
    """
    return bool(lib.srtp_remove_stream(session, htonl(ssrc)) == _OK)
