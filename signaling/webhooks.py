"""Signed webhooks: what happened in rooms, told to the product as LiveKit tells it."""

import asyncio
import contextlib
import hashlib
import logging
import uuid
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx
import jwt
from google.protobuf.json_format import MessageToJson
from livekit.protocol import models, webhook

from signaling.effects import Notify

_log = logging.getLogger(__name__)
_WAITING_AT_MOST = 1000
_TRIES = 4
_TIMEOUT_SECONDS = 5
_DRAIN_SECONDS = 2


class Webhooks:
    """Sends events in order, to every address; gives one up after a few tries."""

    def __init__(self, urls: tuple[str, ...], keys: Mapping[str, str]) -> None:
        self._urls = urls
        self._key, self._secret = next(iter(keys.items()))
        self._waiting: asyncio.Queue[webhook.WebhookEvent] = asyncio.Queue(_WAITING_AT_MOST)

    def put(self, room_name: str, notice: Notify) -> None:
        """Queues an event; the newest is dropped when the receiver is down for long."""
        if not self._urls or self._waiting.full():
            return
        event = webhook.WebhookEvent(
            event=notice.event,
            room=models.Room(name=room_name),
            participant=notice.participant,
            track=notice.track,
            id=f"EV_{uuid.uuid4().hex[:12]}",
            created_at=int(datetime.now(UTC).timestamp()),
        )
        self._waiting.put_nowait(event)

    async def run(self) -> None:
        """Sends until cancelled."""
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            while True:
                event = await self._waiting.get()
                body = MessageToJson(event, indent=None).encode()
                for url in self._urls:
                    await self._send(client, url, body)
                self._waiting.task_done()

    async def drain(self) -> None:
        """Waits a little for what is queued to be sent."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), _DRAIN_SECONDS)

    async def _send(self, client: httpx.AsyncClient, url: str, body: bytes) -> None:
        headers = {
            "Authorization": signature(body, self._key, self._secret, datetime.now(UTC)),
            "Content-Type": "application/webhook+json",
        }
        for attempt in range(_TRIES):
            try:
                answer = await client.post(url, content=body, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(2**attempt)
                continue
            if answer.status_code < 500:
                return
            await asyncio.sleep(2**attempt)
        _log.warning("a webhook could not be delivered")


def signature(body: bytes, key: str, secret: str, now: datetime) -> str:
    """The token that proves a webhook: its `sha256` claim is the body's digest in base64."""
    claims = {
        "iss": key,
        "exp": int((now + timedelta(minutes=5)).timestamp()),
        "sha256": b64encode(hashlib.sha256(body).digest()).decode(),
    }
    return jwt.encode(claims, secret, algorithm="HS256")
