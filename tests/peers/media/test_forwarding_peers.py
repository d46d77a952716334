"""The load that `make bench` measures is the same work for all: nobody loses a packet of it.

Janus offers no loopback device to ICE, so this runs in a network of its own.
"""

import json
import subprocess
import sys

import pytest

from tests.support.installation import ROOT

SERVERS = ("janus", "livekit-server", "telehealth")


@pytest.fixture(scope="module")
def carried() -> dict[str, dict[str, list[int]]]:
    """Server -> what was sent, and what each receiver got of it."""
    command = ["scripts/loopback-only", sys.executable, "-m", "tests.support.same_load"]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found: dict[str, dict[str, list[int]]] = json.loads(said)
    assert tuple(sorted(found)) == SERVERS
    return found


@pytest.mark.parametrize("server", SERVERS)
def test_f1_every_receiver_gets_every_packet_of_pictures_and_voices(
    carried: dict[str, dict[str, list[int]]], server: str
) -> None:
    (sent,) = carried[server]["sent"]
    assert sent > 0
    assert carried[server]["received"] == [sent] * len(carried[server]["received"])
