"""Relay credentials, held against the numbers that `openssl dgst -sha1 -hmac` gives."""

from datetime import UTC, datetime

import pytest

from signaling.turn import LIFE, ice_servers

_NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)


def test_t5_a_credential_is_the_signed_expiry_and_identity() -> None:
    (server,) = ice_servers(("turns:turn.example:443",), "shared", "carol", _NOW)
    assert server == {
        "urls": ["turns:turn.example:443"],
        "username": f"{int((_NOW + LIFE).timestamp())}:carol",
        "credential": "ofQNVKpmtZl/GWGjyVD0Bpbpy38=",
    }


def test_t5_another_person_has_another_credential() -> None:
    made = [ice_servers(("turn:x",), "shared", who, _NOW)[0] for who in ("carol", "dave")]
    assert made[0]["credential"] != made[1]["credential"]


@pytest.mark.parametrize(
    ("urls", "secret"), [((), "shared"), (("turn:x",), None), (("turn:x",), "")]
)
def test_t5_without_a_relay_or_its_secret_there_is_nothing(
    urls: tuple[str, ...], secret: str | None
) -> None:
    assert ice_servers(urls, secret, "carol", _NOW) == []
