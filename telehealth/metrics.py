"""What Prometheus is told: counts of this process, of its media workers and of waiting work.

Labels are routes, states and numbers of workers: never an address that was asked for, a name, an
id of a person or a word about a patient.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recordings.archive_store import ArchiveStore
from signaling.line_report import states_of
from signaling.messages import Reply
from telehealth.doors import ROUTE
from telehealth.parts import Parts
from viewer.query_store import QueryStore

REQUESTS: Final = Counter(
    "telehealth_http_requests_total",
    "Answered requests by door and class of status",
    ("method", "route", "status"),
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What a media worker counts up; everything else it tells is a state of now.
_NOW: Final = frozenset({"rooms", "participants", *states_of([])})


class CountedRequests:
    """Pure ASGI: counts each HTTP answer under the door that gave it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, counting as the answer starts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in _METHODS else "other"
                status = f"{message['status'] // 100}xx"
                REQUESTS.labels(method, scope.get(ROUTE, "other"), status).inc()
            await send(message)

        await self._app(scope, receive, sending)


@dataclass(frozen=True)
class Waiting:
    """What the database says of work under way."""

    deliveries: Mapping[str, int] = field(default_factory=dict)
    uploads: int = 0
    images: int = 0
    answered: bool = False


@dataclass(frozen=True, eq=False)  # a registry keeps its collectors by identity
class Facts(Collector):
    """One look at everything that is not counted in this process."""

    live_sessions: int
    live_people: int
    waiting: Waiting
    workers: Sequence[Mapping[str, Any] | None]

    def collect(self) -> Iterable[Metric]:
        """The same as metric families."""
        yield _gauge("live_sessions", "Sessions with an open live log", self.live_sessions)
        yield _gauge("live_participants", "People connected to live logs", self.live_people)
        yield _gauge("database_up", "Whether the database answered", int(self.waiting.answered))
        yield _gauge("uploads_receiving", "Files on their way in", self.waiting.uploads)
        yield _gauge("images_waiting", "Images not yet published", self.waiting.images)
        deliveries = GaugeMetricFamily(
            "telehealth_archive_deliveries", "Deliveries to the record by state", labels=["state"]
        )
        for state, count in sorted(self.waiting.deliveries.items()):
            deliveries.add_metric([state], count)
        yield deliveries
        yield from _media(self.workers)


async def exposition(parts: Parts) -> bytes:
    """The text of `/metrics`."""
    sessions, people = parts.live.counts()
    replies = await parts.media.stats() if parts.media else []
    workers = [_told(reply) for reply in replies]
    registry = CollectorRegistry()
    registry.register(Facts(sessions, people, await _waiting(parts), workers))
    return generate_latest() + generate_latest(registry)


async def _waiting(parts: Parts) -> Waiting:
    try:
        async with parts.database.reading() as tx:
            deliveries = await ArchiveStore(tx).counts()
            uploads, images = await QueryStore(tx).queue()
    except (SQLAlchemyError, OSError):
        return Waiting()
    return Waiting(deliveries, uploads, images, answered=True)


def _told(reply: Reply) -> Mapping[str, Any] | None:
    """What a worker counts; None when it did not answer."""
    if reply.status != 200:
        return None
    told: Mapping[str, Any] = json.loads(reply.body)
    return {name: value for name, value in told.items() if isinstance(value, int | float)}


def _media(workers: Sequence[Mapping[str, Any] | None]) -> Iterable[Metric]:
    up = GaugeMetricFamily(
        "telehealth_media_worker_up", "Whether a worker answered", labels=["worker"]
    )
    for index, told in enumerate(workers):
        up.add_metric([f"{index}"], int(told is not None))
    yield up
    for name in sorted({name for told in workers if told for name in told}):
        kind = GaugeMetricFamily if name in _NOW else CounterMetricFamily
        family = kind(f"telehealth_media_{name}", "Told by the media worker", labels=["worker"])
        for index, told in enumerate(workers):
            if told and name in told:
                family.add_metric([f"{index}"], told[name])
        yield family


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"telehealth_{name}", words, value=value)
