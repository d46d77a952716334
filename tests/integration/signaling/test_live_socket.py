"""The live log over a real server and real WebSockets, with the server killed in the middle."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.live_vectors import CASE_1, CHAIR, MEMBER, OBSERVER, PRESENTER, mark, view

SESSION = "5e5510a0-0000-4000-8000-000000000001"


@dataclass
class Server:
    """A server process on a socket that outlives it."""

    listener: socket.socket
    database: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        fd = self.listener.fileno()
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.support.live_server", str(fd), str(self.database)),
            pass_fds=[fd],
        )

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            await self.process.wait()

    def url(self, identity: str, session: str = SESSION) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/live/{session}?as={identity}"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = Server(listener, tmp_path / "live.sqlite3")
        await running.start()
        yield running
        await running.stop()


class Client:
    """A participant: sends, and keeps what the server said."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.seen: list[dict[str, Any]] = []
        self.acked: dict[str, int] = {}

    async def hear(self, type_: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                message: dict[str, Any] = await self.ws.receive_json()
                if message["type"] == "event":
                    self.seen.append(message)
                if message["type"] == "ack":
                    self.acked[message["id"]] = message["seq"]
                if message["type"] == type_:
                    return message

    async def hello(self, last_seq: int | None = None) -> dict[str, Any]:
        await self.ws.send_json({"type": "hello", "last_seq": last_seq})
        return await self.hear("welcome")

    async def event(self, id_: str, kind: str, **body: Any) -> None:
        await self.ws.send_json({"type": "event", "id": id_, "kind": kind, "body": body})

    async def done(self, id_: str, kind: str, **body: Any) -> int:
        await self.event(id_, kind, **body)
        return int((await self.hear("ack"))["seq"])

    async def until(self, seq: int) -> dict[str, Any]:
        while not self.seen or self.seen[-1]["seq"] < seq:
            await self.hear("event")
        return self.seen[-1]

    async def close_code(self) -> int | None:
        async with asyncio.timeout(60):
            async for _ in self.ws:
                pass
        return self.ws.close_code


@asynccontextmanager
async def joined(server: Server, identity: str) -> AsyncIterator[Client]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(server.url(identity), max_msg_size=0) as ws,
    ):
        yield Client(ws)


async def test_three_people_share_one_state_and_one_returns(server):
    async with joined(server, CHAIR) as chair, joined(server, PRESENTER) as presenter:
        await chair.hello()
        await presenter.hello()
        await chair.done("c1", "session_started")
        await chair.done("c2", "case_opened", case_id=CASE_1)
        async with joined(server, MEMBER) as member:
            assert (await member.hello())["state"]["case_id"] == CASE_1
            await presenter.done("p1", "control_taken")
            seq = await presenter.done("p2", "view_changed", **view(7))
            shown = (await member.until(seq))["body"]["view"]
            assert shown["viewports"][0]["frame"] == 7
        await presenter.done("p3", "mark_added", **mark())
        seq = await presenter.done("p4", "view_changed", **view(9))
        async with joined(server, MEMBER) as member:
            welcome = await member.hello(last_seq=seq - 2)
            assert [event["kind"] for event in welcome["events"]] == ["mark_added", "view_changed"]
            assert welcome["state"]["view"]["viewports"][0]["frame"] == 9
            assert welcome["state"]["marks"][0]["by"] == PRESENTER
            assert welcome["state"]["control"] == PRESENTER
        assert [event["seq"] for event in chair.seen] == list(range(1, chair.seen[-1]["seq"] + 1))


async def test_ll2_ll4_kill_9_loses_nothing_acknowledged_and_repeats_nothing(server):
    said = {f"m{number}": f"tin {number}" for number in range(120)}
    async with joined(server, MEMBER) as member:
        await member.hello()
        for id_, text in said.items():
            await member.event(id_, "chat_message", text=text)
        while len(member.acked) < 40:
            await member.hear("ack")
        await server.stop(signal.SIGKILL)
        acked = dict(member.acked)
    await server.start()
    async with joined(server, MEMBER) as member:
        assert (await member.hello())["seq"] >= max(acked.values())
        for id_, text in said.items():
            await member.event(id_, "chat_message", text=text)
        while len(member.acked) < len(said):
            await member.hear("ack")
        assert acked.items() <= member.acked.items()
        assert sorted(member.acked.values()) == list(range(1, len(said) + 1))
        async with joined(server, CHAIR) as chair:
            welcome = await chair.hello()
            assert welcome["seq"] == len(said)
            kept = [message["text"] for message in welcome["state"]["chat"]]
            assert kept == list(said.values())[-50:]


async def test_ll6_a_wrong_role_is_refused_and_stays_connected(server):
    async with joined(server, OBSERVER) as observer, joined(server, CHAIR) as chair:
        await observer.hello()
        await chair.hello()
        await observer.event("1", "session_started")
        refused = await observer.hear("refused")
        assert refused["problem"]["type"] == "/problems/not-allowed"
        await chair.done("1", "session_started")
        await chair.done("2", "case_opened", case_id=CASE_1)
        await observer.event("2", "control_requested")
        assert (await observer.hear("refused"))["id"] == "2"
        assert await observer.done("3", "hand_raised") == 3


@pytest.mark.parametrize(
    ("identity", "session", "status"), [("ai", SESSION, 403), (CHAIR, "not-a-session", 404)]
)
async def test_lc9_who_may_not_come_in_gets_a_problem_before_the_socket(
    server, identity, session, status
):
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(server.url(identity, session))
    assert caught.value.status == status
    assert caught.value.headers["content-type"] == "application/problem+json"


async def test_lc4_bad_messages_close(server):
    wrong = {
        '{"type":"hello","last_seq":null}' * 2: 4400,
        "[" * 60_000: 4400,
        '{"type":"ping","t":1}': 4400,
        "x" * 70_000: 4413,
    }
    for text, code in wrong.items():
        async with joined(server, MEMBER) as member:
            await member.ws.send_str(text)
            assert await member.close_code() == code


async def test_lc6_a_flood_is_closed(server):
    async with joined(server, MEMBER) as member:
        await member.hello()
        for number in range(400):
            await member.event(str(number), "hand_raised")
        assert await member.close_code() == 4429


async def test_pr1_a_second_tab_replaces_the_first(server):
    async with joined(server, MEMBER) as first:
        await first.hello()
        async with joined(server, MEMBER) as second:
            await second.hello()
            assert await first.close_code() == 4409
            assert await second.done("1", "hand_raised") == 1


async def test_pt1_pointers_pass_by(server):
    pointer = {"viewport": 0, "sop_uid": "1.2", "frame": 1, "at": [3.5, 4.5], "visible": True}
    async with joined(server, CHAIR) as chair, joined(server, MEMBER) as member:
        await chair.hello()
        await member.hello()
        await chair.done("1", "session_started")
        seq = await chair.done("2", "case_opened", case_id=CASE_1)
        await member.until(seq)
        await member.ws.send_json({"type": "pointer", **pointer})
        assert await chair.hear("pointer") == {"type": "pointer", "by": MEMBER, **pointer}
