"""Debian's coturn on a host of the line lab, set up as docs/operations.md says, and a small client.

python -m tests.support.turn ADDRESS PORT USERNAME CREDENTIAL      prints "relayed" or "401"
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aioice.stun import TransactionFailed
from aioice.turn import create_turn_endpoint

from tests.support.line_lab import Host
from tests.support.processes import running

SECRET = "a-shared-secret-of-coturn-and-the-product"
PLAIN_PORT, TLS_PORT = 3478, 443


@contextmanager
def coturn(host: Host, folder: Path, media: Host) -> Iterator[None]:
    """A relay to the media server and to nothing else."""
    certificate, key = folder / "turn.crt", folder / "turn.key"
    subject = ["-subj", "/CN=turn", "-addext", f"subjectAltName=IP:{host.address}"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made = ["openssl", "req", *kind, "-keyout", str(key), "-out", str(certificate), *subject]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    config = folder / "turnserver.conf"
    config.write_text(
        f"""listening-ip={host.address}
listening-port={PLAIN_PORT}
tls-listening-port={TLS_PORT}
cert={certificate}
pkey={key}
realm=hoichan
use-auth-secret
static-auth-secret={SECRET}
fingerprint
stale-nonce=600
no-multicast-peers
no-tcp-relay
denied-peer-ip=0.0.0.0-255.255.255.255
denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
allowed-peer-ip={media.address}
no-cli
no-rfc5780
simple-log
log-file=stdout
pidfile={folder / "turn.pid"}
userdb={folder / "turn.sqlite"}
"""
    )
    command = host.inside(["turnserver", "-c", str(config)])
    listens = f":{TLS_PORT:04X} "
    with running(command, lambda: listens in host.run("cat", "/proc/net/tcp"), folder / "turn.log"):
        yield


async def _ask(address: str, port: int, username: str, credential: str) -> str:
    try:
        transport, _ = await create_turn_endpoint(
            asyncio.DatagramProtocol, (address, port), username, credential
        )
    except TransactionFailed as error:
        return str(error.response.attributes["ERROR-CODE"][0])
    transport.close()
    return "relayed"


if __name__ == "__main__":
    where, at, name, word = sys.argv[1:]
    sys.stdout.write(asyncio.run(_ask(where, int(at), name, word)))
