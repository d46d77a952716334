"""Liveness, readiness, metrics and the OpenAPI document."""

from collections.abc import Callable
from typing import Any

from alembic.runtime.migration import MigrationContext
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from telehealth.doors import Call, Door, Open
from telehealth.metrics import exposition
from telehealth.migrate import head_revision
from telehealth.parts import Parts


class ServerApi:
    """What machines ask of the server."""

    def __init__(self, parts: Parts, openapi: Callable[[], dict[str, Any]]) -> None:
        self._parts = parts
        self._openapi = openapi

    def doors(self) -> list[Door]:
        """The doors of this class."""
        json, text = ("application/json",), ("text/plain",)
        return [
            Door("GET", "/healthz", self.alive, Open.PUBLIC, "The process lives", gives_raw=text),
            Door("GET", "/readyz", self.ready, Open.PUBLIC, "It can serve", gives_raw=json),
            Door("GET", "/metrics", self.metrics, Open.PUBLIC, "Prometheus", gives_raw=text),
            Door(
                "GET",
                "/api/openapi.json",
                self.openapi,
                Open.PUBLIC,
                "This document",
                gives_raw=json,
            ),
        ]

    async def alive(self, _call: Call) -> Response:
        """The process answers."""
        return Response("ok\n", media_type="text/plain")

    async def ready(self, _call: Call) -> Response:
        """The database answers and is at the newest migration."""
        checks = {"database": await self._database_state()}
        good = all(state == "ok" for state in checks.values())
        return JSONResponse({"ready": good, "checks": checks}, 200 if good else 503)

    async def metrics(self, _call: Call) -> Response:
        """Counters and gauges; no patient words."""
        return Response(await exposition(self._parts), media_type=CONTENT_TYPE_LATEST)

    async def openapi(self, _call: Call) -> Response:
        """OpenAPI 3.1, generated from the doors."""
        return JSONResponse(self._openapi())

    async def _database_state(self) -> str:
        try:
            async with self._parts.database.engine.connect() as connection:
                current = await connection.run_sync(_revision)
        except (SQLAlchemyError, OSError):
            return "unreachable"
        return "ok" if current == head_revision() else "needs-migration"


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
