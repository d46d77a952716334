"""Passwords of the hospital's other systems: unreadable in the database and in its dumps."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from cryptography.fernet import Fernet, InvalidToken

from telehealth.key_files import kept
from viewer.pacs import Peer

KEY_FILE: Final = "seal-key.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sealing:
    """Authenticated encryption (Fernet: AES-128-CBC, HMAC-SHA-256) under the installation's key."""

    key: Fernet

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """With the key in the data folder, made once."""
        (key,) = kept(data_dir / KEY_FILE, lambda: [Fernet.generate_key().decode()])
        return cls(Fernet(key))

    def close(self, password: str) -> str:
        """For the database; nothing stays nothing."""
        return self.key.encrypt(password.encode()).decode() if password else ""

    def opened(self, peer: Peer) -> Peer:
        """The peer with its password readable.

        Without it where another key closed it: the peer then says that the account is wrong.
        """
        return replace(peer, dicomweb_password=self._open(peer.dicomweb_password))

    def _open(self, closed: str) -> str:
        try:
            return self.key.decrypt(closed).decode() if closed else ""
        except InvalidToken:
            log.error("a stored password was closed with another %s", KEY_FILE)
            return ""
