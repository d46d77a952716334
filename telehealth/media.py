"""The media workers of this machine: where they listen, what they are told."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from telehealth.processes import Child
from telehealth.settings import Settings, livekit_key, split_list

# sun_path of a Unix socket address holds 108 bytes with its end mark (unix(7)).
LONGEST_SOCKET_PATH: Final = 100
LOCAL_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def socket_paths(settings: Settings) -> tuple[Path, ...]:
    """One Unix socket a worker: in the data folder, or in the temporary one if that is too deep."""
    folder = settings.data_dir.absolute() / "run"
    names = [f"media-{index}.sock" for index in range(settings.media_workers)]
    if any(len(str(folder / name).encode()) > LONGEST_SOCKET_PATH for name in names):
        mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"telehealth-{mark}"
    return tuple(folder / name for name in names)


def media_address(settings: Settings) -> str:
    """Where the server reaches its media engine: LiveKit, or the web process of this machine."""
    if settings.media_engine == "livekit" and settings.livekit_url:
        return settings.livekit_url
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)
    return f"ws://{host}:{settings.port}"


def children(settings: Settings) -> list[Child]:
    """The workers to keep running; none when another server does the media."""
    if settings.media_engine != "embedded":
        return []
    return [
        Child(
            f"media-{index}",
            ("signaling.worker", "--socket", str(path)),
            told=json.dumps(worker_config(settings, index)).encode() + b"\n",
        )
        for index, path in enumerate(socket_paths(settings))
    ]


def worker_config(settings: Settings, index: int) -> dict[str, Any]:
    """What worker number `index` is told: a `signaling.worker.WorkerConfig` as JSON."""
    port = settings.media_port and settings.media_port + index
    ports = {"port": port, "tcp_port": _tcp_port(settings, port, index)}
    listens = [_listen(text) | ports for text in split_list(settings.media_addresses)]
    key, secret = livekit_key(settings)
    return {
        "keys": {key: secret},
        "addresses": listens,
        **ports,
        "loopback": settings.host in LOCAL_HOSTS,
        "turn_urls": split_list(settings.turn_urls),
        "turn_secret": settings.turn_secret.get_secret_value() if settings.turn_secret else "",
        "voices": settings.media_voices,
    }


def _tcp_port(settings: Settings, udp_port: int, index: int) -> int | None:
    if settings.media_tcp_port < 0:
        return None
    return settings.media_tcp_port + index if settings.media_tcp_port else udp_port


def _listen(text: str) -> dict[str, Any]:
    own, _, public = text.partition("=")
    return {"bind": own, "advertise": public or own}
