"""A web process with nothing but the live log: `python -m tests.support.live_server FD DATABASE`.

The listening socket comes from the test, so that connections wait in its queue while the process
starts, also after it was killed. Who comes in says so: `?as=chinh`; every `site-…` is an observer.
"""

import socket
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import uvicorn
import uvloop
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette.websockets import WebSocket

from signaling.live_hubs import LiveHubs
from signaling.live_log import Draft, Event, Identity, SessionId
from signaling.live_presence import Person
from signaling.live_writer import Parts
from telehealth import schema  # noqa: F401
from telehealth.api.live import LiveDoor
from telehealth.database import Database
from telehealth.errors import NotAllowed
from telehealth.live_facts import LiveFacts
from telehealth.live_rules import LiveRules
from telehealth.live_sign_ins import LiveSignIns
from telehealth.live_state import LiveState
from telehealth.live_storage import DatabaseLiveStorage
from tests.support.live_vectors import FACTS, SEATS


async def no_effects(tx: AsyncSession, session_id: SessionId, events: Sequence[Event]) -> None:
    """The log alone."""


async def fixed_facts(
    session_id: SessionId, state: LiveState, drafts: Sequence[Draft]
) -> LiveFacts:
    return FACTS


async def entrance(websocket: WebSocket, session_id: SessionId) -> tuple[Person, UUID]:
    identity = websocket.query_params.get("as", "")
    seat = "observer" if identity.startswith("site-") else SEATS.get(identity)
    if seat is None:
        raise NotAllowed
    return Person(Identity(identity), f"BS. {identity}", "BV Nậm Khê", seat), uuid4()


def clock() -> datetime:
    return datetime.now(UTC)


async def main(fd: int, path: str) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    storage = DatabaseLiveStorage(database, no_effects)
    parts = Parts(LiveRules(), fixed_facts, storage, clock)
    app = Starlette(routes=[LiveDoor(LiveHubs(parts), entrance, LiveSignIns()).route()])
    config = uvicorn.Config(
        app, ws="wsproto", log_level="critical", lifespan="off", ws_per_message_deflate=False
    )
    await uvicorn.Server(config).serve(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
