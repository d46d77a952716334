"""Sending over real sockets: a train of packets arrives as the packets it was made of."""

import socket

import pytest

from signaling.udp import UdpPath, bound


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_train_arrives_packet_by_packet(address: str) -> None:
    ours = bound(address, 0, socket.SOCK_DGRAM)
    theirs = bound(address, 0, socket.SOCK_DGRAM)
    theirs.setblocking(True)
    theirs.settimeout(10)
    packets = [bytes([number]) * 1_100 for number in range(15)] + [b"the last is shorter"]
    path = UdpPath(ours, theirs.getsockname())
    assert path.send_train(memoryview(b"".join(packets)), 1_100) == 16
    assert [theirs.recv(2048) for _ in packets] == packets
    ours.close()
    theirs.close()


def test_what_cannot_be_cut_up_is_sent_one_by_one() -> None:
    ours = bound("127.0.0.1", 0, socket.SOCK_DGRAM)
    theirs = bound("127.0.0.1", 0, socket.SOCK_DGRAM)
    theirs.setblocking(True)
    theirs.settimeout(10)
    train = memoryview(bytes(400))  # more segments than the kernel takes at once
    assert UdpPath(ours, theirs.getsockname()).send_train(train, 1) == 400
    assert {len(theirs.recv(2048)) for _ in range(200)} == {1}
    ours.close()
    theirs.close()
