"""A real worker whose TCP port is flooded: it counts, stays, and ends in order."""

import asyncio
import json
import sys
from pathlib import Path

from signaling.workers import Workers
from tests.support.media import KEY, SECRET, until
from tests.support.ports import free_port

_CONNECTIONS = 400
_OPENINGS = (b"\x16\x03\x01\x02\x00", b"\x00\x04\x80\x00\x00\x00", b"GET / HTTP")  # TLS, media, web


async def test_tcp4_a_flood_of_connections_is_counted_and_survived(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "worker.sock"
    listens = [{"bind": host, "advertise": host, "tcp_port": port} for host in ("127.0.0.1", "::1")]
    told = json.dumps({"keys": {KEY: SECRET}, "addresses": listens}).encode() + b"\n"
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "signaling.worker", "--socket", str(path)),
        stdin=asyncio.subprocess.PIPE,
    )
    assert worker.stdin is not None
    worker.stdin.write(told)
    workers = Workers((path,))

    async def refused() -> int:
        (reply,) = await workers.stats()
        return int(json.loads(reply.body)["datagrams_refused"]) if reply.status == 200 else -1

    async def ready() -> bool:
        return await refused() == 0

    async def counted() -> bool:
        return await refused() >= _CONNECTIONS

    await until(ready, "the worker")
    for number in range(_CONNECTIONS):
        _, writer = await asyncio.open_connection(("127.0.0.1", "::1")[number % 2], port)
        writer.write(_OPENINGS[number % len(_OPENINGS)])
        writer.close()
    await until(counted, "every connection refused")
    worker.stdin.close()
    assert await worker.wait() == 0
