"""Readers with a fault each, for what must find them."""

from tests.fuzz.target import Target

MAGIC = b"DI"


def _raises(data: bytes) -> None:
    if data[:2] == MAGIC and data[4:5] == b"\x07":
        raise IndexError("planted")


def _hangs(data: bytes) -> None:
    at = 0
    while at < len(data):
        at += data[at]  # stands still at a zero


def _swells(data: bytes) -> None:
    if data[:1] == b"\xff":
        kept = [bytearray(1 << 20) for _ in range(1 << 10)]
        while kept:
            pass


TARGETS = (
    Target("raises", (b"DICM\x00",), _raises, (ValueError,)),
    Target("hangs", (b"\x02\x01\x01",), _hangs),
    Target("swells", (b"\x01",), _swells),
    Target("refuses", (b"\x01",), lambda data: int(data[:1].hex() or "x", 2), (ValueError,)),
)
