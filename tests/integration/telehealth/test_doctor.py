"""What the doctor says of the media's ports and of the relay."""

import socket
from pathlib import Path
from typing import Any

from telehealth.doctor import State, examine
from telehealth.settings import Settings


async def _findings(folder: Path, **settings: Any) -> dict[str, State]:
    found = await examine(Settings(data_dir=folder, **settings))
    return {finding.what: finding.state for finding in found}


async def test_a_taken_media_port_and_a_foreign_address_are_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = {"media_port": port, "media_addresses": "127.0.0.1,192.0.2.1"}
        found = await _findings(tmp_path, **told)
    assert found[f"media UDP 127.0.0.1 port {port}"] is State.OK
    assert found[f"media TCP 127.0.0.1 port {port}"] is State.WARNING
    assert found[f"media UDP 192.0.2.1 port {port}"] is State.FAILED


async def test_ports_that_any_number_serves_are_not_asked_about(tmp_path: Path) -> None:
    assert not [what for what in await _findings(tmp_path) if what.startswith("media ")]


async def test_a_relay_without_its_secret_is_a_fault(tmp_path: Path) -> None:
    urls = "turns:turn.example:443?transport=tcp"
    assert (await _findings(tmp_path, turn_urls=urls))["TURN relay"] is State.FAILED
    whole = await _findings(tmp_path, turn_urls=urls, turn_secret="word")
    assert "TURN relay" not in whole
