"""What a media worker is told of its addresses, and the ports it opens then."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from signaling.machine import every_address, worth_offering
from signaling.worker import WorkerConfig
from telehealth.cli import main
from telehealth.media import media_address, worker_config
from telehealth.settings import Settings


def told(settings: Settings, index: int) -> WorkerConfig:
    return WorkerConfig.from_json(json.dumps(worker_config(settings, index)))


def test_each_worker_has_a_port_of_its_own(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, media_port=7000, media_addresses="10.0.0.5=203.0.113.9")
    (listen,) = told(settings, 2).addresses
    assert (listen.bind, listen.advertise, listen.port) == ("10.0.0.5", "203.0.113.9", 7002)
    assert told(Settings(data_dir=tmp_path), 2).port == 0


@pytest.mark.parametrize(
    ("udp", "tcp", "made"), [(0, 0, 0), (7000, 0, 7002), (7000, 443, 445), (0, 443, 445)]
)
def test_tcp_has_the_number_of_udp_unless_it_has_its_own(
    tmp_path: Path, udp: int, tcp: int, made: int
) -> None:
    settings = Settings(data_dir=tmp_path, media_port=udp, media_tcp_port=tcp)
    assert told(settings, 2).tcp_port == made
    both = "10.0.0.5,fd00::5=2001:db8::5"
    four, six = told(settings.model_copy(update={"media_addresses": both}), 2).addresses
    assert (four.tcp_port, six.tcp_port) == (made, made)
    assert (six.bind, six.advertise) == ("fd00::5", "2001:db8::5")


def test_tcp_can_be_switched_off(tmp_path: Path) -> None:
    assert told(Settings(data_dir=tmp_path, media_tcp_port=-1), 0).tcp_port is None


def test_addresses_that_nobody_elsewhere_can_use_are_not_offered() -> None:
    every = ["fe80::1%eth0", "2001:db8::7", "127.0.0.1", "10.0.0.5", "::1", "10.0.0.5"]
    assert worth_offering(every, loopback=False) == ("10.0.0.5", "2001:db8::7")
    assert worth_offering(every, loopback=True)[2:] == ("127.0.0.1", "::1")


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


LIVEKIT = {"url": "wss://media.example.vn", "key": "API1", "secret": "s" * 32}


@pytest.mark.parametrize("missing", sorted(LIVEKIT))
def test_another_engine_is_named_whole_or_the_start_stops(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEHEALTH_MEDIA_ENGINE", "livekit")
    for name, value in LIVEKIT.items():
        monkeypatch.setenv(f"TELEHEALTH_LIVEKIT_{name.upper()}", value)
    assert media_address(Settings()) == LIVEKIT["url"]
    monkeypatch.delenv(f"TELEHEALTH_LIVEKIT_{missing.upper()}")
    refused = CliRunner().invoke(main, ["media"])
    assert refused.exit_code == 1
    assert f"TELEHEALTH_LIVEKIT_{missing.upper()}: Value error, is needed" in refused.output


def test_another_engines_address_is_a_websocket_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEHEALTH_LIVEKIT_URL", "https://media.example.vn")
    refused = CliRunner().invoke(main, ["media"])
    assert "TELEHEALTH_LIVEKIT_URL: Value error, begins with ws:// or wss://" in refused.output
