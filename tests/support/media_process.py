"""A media server as a process of its own, for tests that put it into a network namespace.

    python -m tests.support.media_process FOLDER HOST PORT WORKER_JSON

Prints its port as JSON when it serves; ends when its standard input does.
"""

import asyncio
import json
import sys
from pathlib import Path

from tests.support.media import media_server


async def _serve(folder: Path, host: str, port: int, worker: dict[str, object]) -> None:
    loop = asyncio.get_running_loop()
    async with media_server(folder, host, port, worker=worker) as server:
        sys.stdout.write(json.dumps({"port": server.port}) + "\n")
        sys.stdout.flush()
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    place, where, at, told = sys.argv[1:]
    asyncio.run(_serve(Path(place), where, int(at), json.loads(told)))
