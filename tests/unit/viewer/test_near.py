"""Packs at gateways: closed for all but whom the server gives a key, at addresses in house."""

from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from viewer.near import (
    PIECE_BYTES,
    TAG_BYTES,
    is_near_address,
    opened_piece,
    piece_length,
    pieces,
    sealed_piece,
)

KEY, PACK = bytes(range(32)), UUID(int=7)


def test_ga6_a_piece_is_opened_as_what_it_was() -> None:
    closed = sealed_piece(KEY, PACK, 3, b"pixels")
    assert len(closed) == len(b"pixels") + TAG_BYTES
    assert b"pixels" not in closed
    assert opened_piece(KEY, PACK, 3, closed) == b"pixels"


@pytest.mark.parametrize(
    ("key", "pack", "number", "change"),
    [
        (bytes(32), PACK, 3, b""),
        (KEY, UUID(int=8), 3, b""),
        (KEY, PACK, 4, b""),
        (KEY, PACK, 3, b"\1"),
    ],
)
def test_ga6_another_key_pack_or_place_opens_nothing(
    key: bytes, pack: UUID, number: int, change: bytes
) -> None:
    closed = sealed_piece(KEY, PACK, 3, b"pixels")
    with pytest.raises(InvalidTag):
        opened_piece(key, pack, number, closed + change)


def test_ga6_the_last_piece_of_a_pack_that_grew_is_closed_by_another_nonce() -> None:
    short, longer = (sealed_piece(KEY, PACK, 0, body) for body in (b"abc", b"abcd"))
    assert short[:3] != longer[:3]


@pytest.mark.parametrize(
    ("total", "lengths"),
    [
        (0, []),
        (1, [1]),
        (PIECE_BYTES, [PIECE_BYTES]),
        (PIECE_BYTES + 1, [PIECE_BYTES, 1]),
    ],
)
def test_ga6_pieces_make_the_pack(total: int, lengths: list[int]) -> None:
    assert [piece_length(total, number) for number in range(pieces(total))] == lengths
    assert piece_length(total, pieces(total)) == 0


@pytest.mark.parametrize(
    "address",
    [
        "http://192.168.1.20:8077",
        "https://10.0.0.2",
        "http://[fd00::2]:8077",
        "http://127.0.0.1:1",
        "https://gateway.benhvien.local:8077",
        "http://gateway",
    ],
)
def test_ga7_browsers_are_sent_to_addresses_in_house(address: str) -> None:
    assert is_near_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "192.168.1.20",
        "http://192.168.1.20/",
        "http://192.168.1.20/x",
        "http://user@192.168.1.20",
        "http://8.8.8.8",
        "https://example.com",
        "ftp://192.168.1.20",
        "http://192.168.1.20:99999",
        "http://192.168.1.20;script-src *",
        "http://a b.local",
        "http://*.local",
        "http://[fd00::2",
        "HTTP://192.168.1.20",
    ],
)
def test_ga7_and_nowhere_else(address: str) -> None:
    assert not is_near_address(address)
