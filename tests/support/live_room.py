"""The whole application on a real port, and people in a live session of it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import aiohttp
import uvicorn

from scheduling.person import PersonId
from telehealth.app import build
from tests.integration.scheduling.steps import submitted, this_weeks_session, weekly_series
from tests.support.conference import Conference
from tests.support.core import facility_id, person_id
from viewer.store import ImageStore
from viewer.tables import StudyRow

SEATS = {
    "chutoa": "chair",
    "thuky": "secretary",
    "chuyengia": "member",
    "bacsi": "presenter",
    "hocvien": "observer",
}


class Participant:
    """One person's live connection: keeps its state as a browser would need it."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.count = 0

    async def hear(self, *types: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                message: dict[str, Any] = await self.ws.receive_json()
                if message["type"] in types:
                    return message

    async def hello(self, last_seq: int | None = None) -> dict[str, Any]:
        await self.ws.send_json({"type": "hello", "last_seq": last_seq})
        return await self.hear("welcome")

    async def does(self, kind: str, **body: Any) -> str:
        """`ok`, or the slug of the refusal."""
        self.count += 1
        event = {"type": "event", "id": f"{id(self)}-{self.count}", "kind": kind, "body": body}
        await self.ws.send_json(event)
        answer = await self.hear("ack", "refused")
        if answer["type"] == "ack":
            return "ok"
        return str(answer["problem"]["type"]).removeprefix("/problems/")


class LiveRoom:
    """A server over a conference, with a session of two accepted cases."""

    def __init__(self, meeting: Conference, port: int) -> None:
        self.meeting = meeting
        self.origin = f"http://127.0.0.1:{port}"
        self.session_id = ""
        self.case_ids: list[str] = []

    @property
    def path(self) -> str:
        return f"/api/sessions/{self.session_id}"

    async def prepare(self) -> None:
        """A weekly session with its people, two cases on the agenda, not locked yet."""
        await weekly_series(self.meeting)
        self.session_id = (await this_weeks_session(self.meeting))["id"]
        cases = [await submitted(self.meeting), await submitted(self.meeting)]
        self.case_ids = [case["id"] for case in cases]
        for case_id in self.case_ids:
            await self.meeting.call("dieuphoi", "POST", f"/api/cases/{case_id}/accept", {})
        items = [{"person_id": str(person_id(who)), "seat": seat} for who, seat in SEATS.items()]
        seated = await self.meeting.call("dieuphoi", "PUT", self.path + "/people", {"items": items})
        agenda = {
            "version": seated["version"],
            "items": [{"case_id": case_id} for case_id in self.case_ids],
        }
        await self.meeting.call("dieuphoi", "PUT", self.path + "/agenda", agenda)

    async def case_state(self, place: int) -> str:
        case = await self.meeting.call("bacsi", "GET", f"/api/cases/{self.case_ids[place]}")
        return str(case["state"])

    async def session_state(self) -> str:
        return str((await self.meeting.call("dieuphoi", "GET", self.path))["state"])

    async def link_study(self, place: int, study_uid: str) -> None:
        """A study without bytes, linked to a case."""
        now = self.meeting.clock()
        words = "study_date study_time description accession_number study_text_id patient_id"
        words += " referring_physician patient_name patient_birth_date patient_sex"
        study = StudyRow(
            facility_id=facility_id("00101"),
            study_uid=study_uid,
            patients=[],
            created_at=now,
            **dict.fromkeys(words.split(), ""),
        )
        async with self.meeting.parts.database.transaction() as tx:
            tx.add(study)
            await tx.flush()
            by = PersonId(person_id("bacsi"))
            await ImageStore(tx).link(UUID(self.case_ids[place]), study.id, by, now)

    @asynccontextmanager
    async def enter(self, username: str) -> AsyncIterator[Participant]:
        """A live connection of this person, signed in by bearer token."""
        headers = {"Authorization": (await self.meeting.client(username)).headers["Authorization"]}
        url = f"{self.origin}/live/{self.session_id}"
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.ws_connect(url, max_msg_size=0) as ws,
        ):
            yield Participant(ws)


@asynccontextmanager
async def live_room(meeting: Conference) -> AsyncIterator[LiveRoom]:
    """The application served over the conference's parts, with a session ready to start."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            build(meeting.parts), ws="wsproto", log_level="critical", lifespan="off"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        room = LiveRoom(meeting, listener.getsockname()[1])
        try:
            await room.prepare()
            yield room
        finally:
            server.should_exit = True
            await serving
