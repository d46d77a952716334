"""Names and secrets of the media plane, from the system's generator."""

import secrets
import string

from signaling.sdp import Credentials

_LETTERS = string.ascii_letters + string.digits


class RandomNames:
    """Names and secrets from the system's generator."""

    def sid(self, prefix: str) -> str:
        """A new sid."""
        return f"{prefix}_{_word(12)}"

    def ssrc(self) -> int:
        """A new ssrc; 0 and 1 have meanings of their own."""
        return secrets.randbelow(0xFFFFFFFD) + 2

    def credentials(self) -> Credentials:
        """New ICE credentials (RFC 8445: at least 24 and 128 random bits)."""
        return Credentials(_word(12), _word(32))


def _word(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
