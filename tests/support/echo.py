"""Numbered datagrams to a host that returns them: what a line does to packets.

python -m tests.support.echo return PORT            prints "ready", answers until its end
python -m tests.support.echo ask ADDRESS PORT COUNT BYTES     prints JSON
"""

import json
import select
import socket
import struct
import sys
import time

_NUMBER = struct.Struct("!I")
_PACE_SECONDS, _PATIENCE_SECONDS = 0.001, 2.0


def give_back(port: int) -> None:
    """Never returns."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(("::", port))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            data, address = sock.recvfrom(65536)
            sock.sendto(data, address)


def ask(address: str, port: int, count: int, size: int) -> dict[str, float]:
    """Sends about one a millisecond; the share that came back, fastest return and whole in s."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sent, back = dict[int, float](), dict[int, float]()
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((address, port))
        start = time.monotonic()
        for number in range(count):
            sent[number] = time.monotonic()
            sock.send(_NUMBER.pack(number).ljust(size, b"."))
            _take(sock, back, _PACE_SECONDS)
        while len(back) < count and _take(sock, back, _PATIENCE_SECONDS):
            pass
    fastest = min((at - sent[number] for number, at in back.items()), default=0.0)
    whole = max(back.values(), default=start) - start
    return {"share": len(back) / count, "fastest": fastest, "whole": whole}


def _take(sock: socket.socket, back: dict[int, float], patience: float) -> bool:
    """Whether an answer came in time."""
    if not select.select((sock,), (), (), patience)[0]:
        return False
    (number,) = _NUMBER.unpack_from(sock.recv(65536))
    back[number] = time.monotonic()
    return True


if __name__ == "__main__":
    if sys.argv[1] == "return":
        give_back(int(sys.argv[2]))
    answer = ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
    sys.stdout.write(json.dumps(answer))
