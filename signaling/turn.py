"""TURN credentials that expire by themselves (draft-uberti-behave-turn-rest-00, coturn). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

LIFE = timedelta(hours=12)  # a meeting must not lose its relay in the middle


def ice_servers(
    urls: Sequence[str], secret: str | None, identity: str, now: datetime
) -> list[dict[str, Any]]:
    """RTCIceServer entries for one person, none without TURN addresses and a secret."""
    if not urls or not secret:
        return []
    username = f"{int((now + LIFE).timestamp())}:{identity}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(digest).decode()
    return [{"urls": list(urls), "username": username, "credential": credential}]
