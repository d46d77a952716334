"""Packets that would keep aiortc's reader busy for ever are known beforehand."""

import struct

import pytest
from aiortc.rtcsctptransport import DataChunk, HeartbeatChunk, InitChunk, ReconfigChunk

from signaling.sctp import leads_on

HEAD = bytes(12)


def _reconfig(parameter_length: int) -> bytes:
    parameter = struct.pack("!HH", 13, parameter_length) + bytes(12)
    return struct.pack("!BBH", 130, 0, 4 + len(parameter)) + parameter


def test_x5_what_clients_send_leads_on() -> None:
    init = InitChunk()
    init.params = [(0xC000, b""), (0x8008, b"\xc0\x82\x0f")]
    heartbeat = HeartbeatChunk()
    heartbeat.params = [(1, b"now")]
    reconfig = ReconfigChunk()
    reconfig.params = [(13, bytes(14))]
    data = DataChunk(flags=3)
    data.user_data = b"\x00\x00\x00\x00"
    for chunk in (init, heartbeat, reconfig, data):
        assert leads_on(HEAD + bytes(chunk))
    assert leads_on(HEAD + b"".join(map(bytes, (data, init, heartbeat))))


@pytest.mark.parametrize("length", [0, 3])
def test_x5_a_parameter_shorter_than_its_head_stands_still(length: int) -> None:
    assert leads_on(HEAD + _reconfig(16))
    assert not leads_on(HEAD + _reconfig(length))
    init = InitChunk()
    init.params = [(0xC000, b"")]
    broken = bytes(init)[:-2] + struct.pack("!H", length)
    assert not leads_on(HEAD + broken)


def test_x5_a_chunk_shorter_than_its_head_stands_still() -> None:
    assert not leads_on(HEAD + bytes(8))
    assert leads_on(HEAD)
    assert leads_on(b"")
