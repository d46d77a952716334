"""nginx with TLS in front of the product, set up by docs/nginx.conf."""

import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from tests.support.installation import ROOT
from tests.support.processes import as_user, give_to

USER = "nobody"
_NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
_AROUND = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{ {temporary} include /etc/nginx/mime.types;
{servers}
}}
"""


@dataclass(frozen=True)
class Front:
    """What is needed to start it, and to trust it."""

    folder: Path
    address: str
    port: int

    @property
    def url(self) -> str:
        """The address people type."""
        return f"https://{self.address}:{self.port}"

    @property
    def certificate(self) -> Path:
        """PEM; signed by its own key."""
        return self.folder / "front.pem"

    @property
    def key_hash(self) -> str:
        """What Chromium is told to trust, so that it caches as it does behind a bought one."""
        key = load_pem_x509_certificate(self.certificate.read_bytes()).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b64encode(sha256(der).digest()).decode()

    @property
    def log(self) -> Path:
        """Of requests."""
        return self.folder / "access.log"

    def command(self) -> list[str]:
        """Runs it; never as root."""
        place = str(self.folder / "nginx.conf")
        return as_user(USER, _NGINX, "-e", str(self.folder / "error.log"), "-c", place)


def prepare_front(
    folder: Path, address: str, port: int, product_port: int, more: Sequence[str] = ()
) -> Front:
    """Certificate and configuration; `more` servers are added as they are."""
    folder.mkdir()
    front = Front(folder, address, port)
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", "/CN=hoichan", "-addext", f"subjectAltName=IP:{address}"]
    files = ["-keyout", str(folder / "front.key"), "-out", str(front.certificate)]
    made = ["openssl", "req", *kind, *files, *subject]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    ways = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{way}_temp_path {folder}/{way};" for way in ways)
    servers = "\n".join([_as_here(front, product_port), *more])
    whole = _AROUND.format(folder=folder, temporary=temporary, servers=servers)
    (folder / "nginx.conf").write_text(whole)
    for each in (folder, *folder.iterdir()):
        give_to(USER, each)
    return front


def _as_here(front: Front, product_port: int) -> str:
    """The documented servers with our names, ports and files; the one on port 80 is left out."""
    text = (ROOT / "docs/nginx.conf").read_text()
    for pattern, here in (
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{product_port}"),
        (r"listen 443", f"listen {front.address}:{front.port}"),
        (r"server_name hoichan\.example\.vn", f"server_name {front.address}"),
        (r"/etc/ssl/hoichan\.pem", str(front.certificate)),
        (r"/etc/ssl/hoichan\.key", str(front.folder / "front.key")),
        (r"/var/log/nginx/hoichan\.log", str(front.log)),
    ):
        text, count = re.subn(pattern, here, text)
        assert count, f"docs/nginx.conf no longer says {pattern}"
    return text.rsplit("\nserver {", 1)[0]
