"""A wire that takes its time: repeats every frame of one device at the other, later.

python -m tests.support.slow_wire A B MILLISECONDS      prints "ready" when it carries
"""

import select
import socket
import sys
import time
from collections import deque

_ALL_PROTOCOLS = 3  # ETH_P_ALL (linux/if_ether.h)
_OUTGOING = 4  # PACKET_OUTGOING (packet(7)): our own frames, seen again
_FRAME_BYTES = 65536
_BUFFER_BYTES = 8 * 1024 * 1024


def carry(ends: tuple[socket.socket, socket.socket], delay: float) -> None:
    """Never returns; frames leave in the order in which they came, `delay` seconds later."""
    waiting: deque[tuple[float, socket.socket, bytes]] = deque()
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, end, frame = waiting.popleft()
            end.send(frame)
        patience = waiting[0][0] - now if waiting else None
        for end in select.select(ends, (), (), patience)[0]:
            frame, address = end.recvfrom(_FRAME_BYTES)
            if address[2] != _OUTGOING:
                waiting.append((time.monotonic() + delay, other[end], frame))


def _open(device: str) -> socket.socket:
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    end.bind((device, 0))
    return end


if __name__ == "__main__":
    pair = (_open(sys.argv[1]), _open(sys.argv[2]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    carry(pair, int(sys.argv[3]) / 1000)
