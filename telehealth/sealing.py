"""The installation's own key: closes passwords of other systems, gives each person a key."""

import logging
from base64 import b64encode
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from telehealth.key_files import kept
from viewer.pacs import Peer

KEY_FILE: Final = "seal-key.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sealing:
    """Authenticated encryption (Fernet: AES-128-CBC, HMAC-SHA-256) under the installation's key."""

    key: Fernet
    root: bytes = field(repr=False)

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """With the key in the data folder, made once."""
        (key,) = kept(data_dir / KEY_FILE, lambda: [Fernet.generate_key().decode()])
        return cls(Fernet(key), key.encode())

    def key_for(self, person_id: UUID) -> str:
        """A person's own AES-256 key (HKDF, RFC 5869), base64; the same at every call."""
        derive = HKDF(SHA256(), 32, salt=None, info=b"kept images " + person_id.bytes)
        return b64encode(derive.derive(self.root)).decode()

    def pack_key(self, pack_id: UUID) -> bytes:
        """The AES-256 key of a pack that lies at gateways."""
        derive = HKDF(SHA256(), 32, salt=None, info=b"packs at gateways " + pack_id.bytes)
        return derive.derive(self.root)

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
