"""A real livekit-server on loopback, built by scripts/livekit-server."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.ports import free_port
from tests.support.processes import running

_ASK = "import sys, urllib.request as web; web.build_opener(web.ProxyHandler({})).open(sys.argv[1])"
PROGRAM = Path(__file__).parents[2] / ".tools/bin/livekit-server"


@dataclass(frozen=True)
class LiveKit:
    """One node."""

    port: int
    pid: int
    address: str = "127.0.0.1"

    @property
    def ws(self) -> str:
        """Where clients join."""
        return f"ws://{self.address}:{self.port}"

    @property
    def http(self) -> str:
        """Where its RoomService listens."""
        return f"http://{self.address}:{self.port}"


@contextmanager
def livekit_server(
    folder: Path,
    keys: dict[str, str],
    *,
    webhook: str = "",
    redis: str = "",
    prefix: tuple[str, ...] = (),
    name: str = "livekit",
    address: str = "127.0.0.1",
    **rtc: Any,
) -> Iterator[LiveKit]:
    """A node while the block runs; `prefix` is a command it runs under, `rtc` changes that part."""
    assert PROGRAM.exists(), f"{PROGRAM} is missing: `make {PROGRAM.relative_to(Path.cwd())}`"
    port = free_port()
    config: dict[str, Any] = {
        "port": port,
        "bind_addresses": [address],
        "keys": keys,
        "log_level": "warn",
        "logging": {"level": "warn", "pion_level": "error"},
        "rtc": {
            "node_ip": address,
            "use_external_ip": False,
            "enable_loopback_candidate": True,
            "interfaces": {"includes": ["lo"]},
            "udp_port": free_port(),
            "tcp_port": free_port(),
            **rtc,
        },
        "room": {"departure_timeout": 2},
        # By default one speaks who is loud for 40 % of the time; Chromium's microphone only beeps.
        "audio": {"min_percentile": 5},
    }
    if webhook:
        config["webhook"] = {"urls": [webhook], "api_key": next(iter(keys))}
    if redis:
        config["redis"] = {"address": redis}
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps(config))  # YAML reads JSON
    command = [*prefix, str(PROGRAM), "--config", str(path)]

    def ready() -> bool:  # asked from where it runs: a network namespace may hold it
        ask = [*prefix, sys.executable, "-c", _ASK, f"http://{address}:{port}/"]
        return subprocess.run(ask, capture_output=True, timeout=10).returncode == 0

    # Asked politely it waits until everybody has left, which nobody does who is gone.
    with running(command, ready, folder / f"{name}.log", end=signal.SIGKILL) as process:
        yield LiveKit(port, process.pid, address)
