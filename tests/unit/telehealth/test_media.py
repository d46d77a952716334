"""What a media worker is told of its addresses, and the ports it opens then."""

import json
from pathlib import Path

import pytest

from signaling.worker import WorkerConfig, every_address
from telehealth.media import media_address, worker_config
from telehealth.settings import Settings


def told(settings: Settings, index: int) -> WorkerConfig:
    return WorkerConfig.from_json(json.dumps(worker_config(settings, index)))


def test_each_worker_has_a_port_of_its_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, media_port=7000, media_addresses="10.0.0.5=203.0.113.9")
    (listen,) = told(settings, 2).addresses
    assert (listen.bind, listen.advertise, listen.port) == ("10.0.0.5", "203.0.113.9", 7002)
    assert told(Settings(data_dir=tmp_path), 2).port == 0


def test_the_port_holds_for_every_own_address_too(tmp_path: Path) -> None:
    config = told(Settings(data_dir=tmp_path, media_port=7000), 1)
    assert (config.addresses, config.port) == ((), 7001)
    assert {listen.port for listen in every_address(config.loopback, config.port)} == {7001}


def test_workers_are_told_how_many_voices_are_heard(tmp_path: Path) -> None:
    assert told(Settings(data_dir=tmp_path), 0).voices == 3
    assert told(Settings(data_dir=tmp_path, media_voices=0), 0).voices == 0


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "ws://127.0.0.1:8000"),
        ("::", "ws://[::1]:8000"),
        ("10.1.1.1", "ws://10.1.1.1:8000"),
    ],
)
def test_the_engine_of_this_machine_is_reached_at_the_own_door(host: str, address: str) -> None:
    assert media_address(Settings(host=host)) == address


def test_a_livekit_server_is_reached_at_its_address() -> None:
    settings = Settings(media_engine="livekit", livekit_url="wss://media.example")
    assert media_address(settings) == "wss://media.example"
