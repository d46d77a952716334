"""One hub with connections in memory: LL2-LL4, LL11, LC2, LC3, LC7-LC9, PR1-PR3, PT1, PT2."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from signaling.live_audience import Mailbox
from signaling.live_errors import EventRefused, LogClosed, LogMoved, SocketGone
from signaling.live_hubs import LiveHubs
from signaling.live_log import Refusal
from signaling.live_socket import serve
from signaling.live_storage import Batch
from tests.support.live_tally import SESSION, MemoryStorage, draft, person, tally_parts

POINTER = {
    **{"type": "pointer", "viewport": 0, "sop_uid": "1.2", "frame": 1},
    **{"at": [1, 2], "visible": True},
}


class Line:
    """A WebSocket in memory; the test is the client."""

    def __init__(self) -> None:
        self.to_server: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.to_client: asyncio.Queue[str] = asyncio.Queue()
        self.reading = asyncio.Event()
        self.reading.set()
        self.closed: int | None = None

    async def receive(self) -> str | bytes | None:
        return await self.to_server.get()

    async def send(self, text: str) -> None:
        await self.reading.wait()
        if self.closed:
            raise SocketGone
        self.to_client.put_nowait(text)

    async def close(self, code: int, reason: str) -> None:
        self.closed = code


class Client:
    """One participant's end of a line."""

    def __init__(self, hub: Any, identity: str, seat: str = "member") -> None:
        self.line = Line()
        self.task = asyncio.create_task(serve(self.line, person(identity, seat), hub, Mailbox()))

    def say(self, type_: str, **fields: Any) -> None:
        self.line.to_server.put_nowait(json.dumps({"type": type_, **fields}))

    def event(self, id_: str, kind: str = "say", **body: Any) -> None:
        self.say("event", id=id_, kind=kind, body=body)

    async def hear(self, type_: str) -> dict[str, Any]:
        """The next message of this type; others are passed over."""
        async with asyncio.timeout(5):
            while True:
                message: dict[str, Any] = json.loads(await self.line.to_client.get())
                if message["type"] == type_:
                    return message

    async def hello(self, last_seq: int | None = None) -> dict[str, Any]:
        self.say("hello", last_seq=last_seq)
        return await self.hear("welcome")

    async def leave(self) -> None:
        self.line.to_server.put_nowait(None)
        await self.task

    async def ended(self) -> int | None:
        async with asyncio.timeout(5):
            await self.task
        return self.line.closed


@asynccontextmanager
async def hub_over(storage: Any) -> AsyncIterator[Any]:
    hubs = LiveHubs(tally_parts(storage))
    try:
        yield await hubs.hub(SESSION)
    finally:
        await hubs.close()


async def test_lc2_the_welcome_comes_first_then_events():
    async with hub_over(MemoryStorage()) as hub:
        an = Client(hub, "an", "chair")
        welcome = await an.hello()
        assert welcome["session_id"] == str(SESSION)
        assert (welcome["identity"], welcome["seat"], welcome["seq"]) == ("an", "chair", 0)
        assert welcome["state"] == {"said": []}
        assert [one["identity"] for one in welcome["presence"]] == ["an"]
        assert "events" not in welcome
        an.event("1", text="chào")
        event = await an.hear("event")
        assert (event["seq"], event["by"], event["body"]["text"]) == (1, "an", "chào")
        assert await an.hear("ack") == {"type": "ack", "id": "1", "seq": 1}


async def test_ll2_nothing_is_acknowledged_or_spread_before_it_is_stored():
    class SlowStorage(MemoryStorage):
        gate = asyncio.Event()

        async def write(self, session_id: Any, batch: Batch) -> None:
            if batch.events:
                await self.gate.wait()
            await super().write(session_id, batch)

    storage = SlowStorage()
    async with hub_over(storage) as hub:
        an, binh = Client(hub, "an"), Client(hub, "binh")
        await an.hello()
        await binh.hello()
        an.event("1", text="chào")
        an.say("ping", t=1)
        await an.hear("pong")
        assert hub.seq == 0
        storage.gate.set()
        assert (await binh.hear("event"))["seq"] == 1
        assert (await an.hear("ack"))["seq"] == 1


async def test_ll4_a_repeated_event_is_acknowledged_with_its_first_number():
    storage = MemoryStorage()
    async with hub_over(storage) as hub:
        an = Client(hub, "an")
        await an.hello()
        an.event("1", text="một")
        an.event("1", text="một")
        assert [(await an.hear("ack"))["seq"] for _ in range(2)] == [1, 1]
    async with hub_over(storage) as hub:  # after a restart only the storage remembers
        an = Client(hub, "an")
        assert (await an.hello())["seq"] == 1
        an.event("2", text="hai")
        an.event("1", text="một")
        assert [(await an.hear("ack"))["seq"] for _ in range(2)] == [2, 1]
        assert hub.state.said == ("an:một", "an:hai")


async def test_ll6_a_refusal_leaves_the_connection_open():
    async with hub_over(MemoryStorage()) as hub:
        an = Client(hub, "an")
        await an.hello()
        an.event("1", kind="forbidden")
        refused = await an.hear("refused")
        assert refused["id"] == "1"
        assert refused["problem"]["type"] == "/problems/not-allowed"
        an.event("2")
        assert (await an.hear("ack"))["seq"] == 1


async def test_lc3_who_returns_gets_what_was_missed():
    async with hub_over(MemoryStorage()) as hub:
        for number in range(3):
            await hub.post(draft("server", str(number), text=number))
        welcome = await Client(hub, "an").hello(last_seq=1)
        assert [event["seq"] for event in welcome["events"]] == [2, 3]
        assert welcome["seq"] == 3
        assert (await Client(hub, "binh").hello(last_seq=3))["events"] == []
        assert "events" not in await Client(hub, "chi").hello(last_seq=99)


async def test_lc3_a_long_absence_gets_the_state_alone():
    async with hub_over(MemoryStorage()) as hub:
        await asyncio.gather(*(hub.post(draft("server", str(i), text="x")) for i in range(502)))
        welcome = await Client(hub, "an").hello(last_seq=1)
        assert "events" not in welcome
        assert len(welcome["state"]["said"]) == 502
        assert len((await Client(hub, "binh").hello(last_seq=2))["events"]) == 500


async def test_ll7_what_waits_together_is_stored_together():
    storage = MemoryStorage()
    async with hub_over(storage) as hub:
        await asyncio.gather(*(hub.post(draft("server", str(i), text="x")) for i in range(100)))
        assert hub.seq == 100
        assert storage.writes < 10


async def test_ll10_a_log_opens_from_its_snapshot():
    storage = MemoryStorage()
    async with hub_over(storage) as hub:
        await asyncio.gather(*(hub.post(draft("server", str(i), text="x")) for i in range(700)))
    storage.events[SESSION][:500] = [None] * 500  # they must not be read again
    async with hub_over(storage) as hub:
        assert (hub.seq, len(hub.state.said)) == (700, 700)


@pytest.mark.parametrize("error", [LogMoved(), OSError("disk full")])
async def test_ll11_a_failed_log_is_dropped_and_opened_anew(error, caplog):
    class FailingStorage(MemoryStorage):
        broken = False

        async def write(self, session_id: Any, batch: Batch) -> None:
            if self.broken:
                raise error
            await super().write(session_id, batch)

    storage = FailingStorage()
    hubs = LiveHubs(tally_parts(storage))
    hub = await hubs.hub(SESSION)
    an = Client(hub, "an")
    await an.hello()
    storage.broken = True
    an.event("1", text="chào")
    assert await an.ended() == 1013
    assert hub.closed
    (said,) = [record.getMessage() for record in caplog.records]
    assert said == f"live log dropped session_id={SESSION} error={type(error).__name__}"
    with pytest.raises(LogClosed):
        await hubs.post(SESSION, draft("server", "2", text="nothing"))
    storage.broken = False
    fresh = await hubs.hub(SESSION)
    assert fresh is not hub
    an = Client(fresh, "an")
    assert (await an.hello())["seq"] == 0
    an.event("1", text="chào")
    assert (await an.hear("ack"))["seq"] == 1
    await hubs.close()


async def test_lc7_a_slow_reader_is_closed_and_the_others_go_on():
    async with hub_over(MemoryStorage()) as hub:
        slow, quick = Client(hub, "slow"), Client(hub, "quick")
        await slow.hello()
        await quick.hello()
        slow.line.reading.clear()
        for number in range(40):
            await hub.post(draft("server", str(number), text="x" * 60_000))
        assert await slow.ended() == 4408
        assert (await quick.hear("event"))["seq"] == 1


async def test_lc8_ping():
    async with hub_over(MemoryStorage()) as hub:
        an = Client(hub, "an")
        await an.hello()
        an.say("ping", t=12.5)
        assert await an.hear("pong") == {"type": "pong", "t": 12.5}


async def test_lc9_a_banned_person_is_closed_and_stays_out():
    async with hub_over(MemoryStorage()) as hub:
        an = Client(hub, "an")
        await an.hello()
        await hub.post(draft("server", "1", "ban", identity="an"))
        assert await an.ended() == 4403
        assert isinstance(hub.entry("an"), Refusal)
        again = Client(hub, "an")
        again.say("hello", last_seq=None)
        assert await again.ended() == 4403


async def test_lc4_a_bad_message_closes():
    async with hub_over(MemoryStorage()) as hub:
        an = Client(hub, "an")
        await an.hello()
        an.line.to_server.put_nowait(b"\x00")
        assert await an.ended() == 4400


async def test_pr1_pr3_a_second_tab_replaces_the_first_without_a_departure():
    storage = MemoryStorage()
    async with hub_over(storage) as hub:
        binh, first = Client(hub, "binh"), Client(hub, "an")
        await binh.hello()
        await first.hello()
        second = Client(hub, "an")
        await second.hello()
        assert await first.ended() == 4409
        assert [one["online"] for one in (await binh.hear("presence"))["people"]] == [True, True]
        await second.leave()
        assert [one["online"] for one in (await binh.hear("presence"))["people"]] == [True, False]
    stays = [stay for stay in storage.stays.values() if stay.identity == "an"]
    assert len(stays) == 1
    assert stays[0].left_at is not None


async def test_pt1_a_pointer_reaches_the_others_and_is_not_stored():
    storage = MemoryStorage()
    async with hub_over(storage) as hub:
        an, binh = Client(hub, "an"), Client(hub, "binh")
        await an.hello()
        await binh.hello()
        an.line.to_server.put_nowait(json.dumps(POINTER))
        assert await binh.hear("pointer") == {**POINTER, "by": "an"}
        an.say("ping", t=1)
        await an.hear("pong")
        assert hub.seq == 0


async def test_pt2_who_may_not_point_is_not_shown():
    async with hub_over(MemoryStorage()) as hub:
        an, binh = Client(hub, "an", "observer"), Client(hub, "binh")
        await an.hello()
        await binh.hello()
        an.line.to_server.put_nowait(json.dumps(POINTER))
        an.say("ping", t=1)
        await an.hear("pong")
        binh.line.to_server.put_nowait(json.dumps(POINTER))
        assert (await an.hear("pointer"))["by"] == "binh"
        assert binh.line.to_client.empty()


async def test_post_tells_a_refusal():
    async with hub_over(MemoryStorage()) as hub:
        with pytest.raises(EventRefused):
            await hub.post(draft("server", "1", "forbidden"))


async def test_ct6_the_server_writes_what_is_due_when_somebody_is_away():
    async with hub_over(MemoryStorage()) as hub:
        keeper, an = Client(hub, "keeper"), Client(hub, "an")
        await keeper.hello()
        await an.hello()
        keeper.event("1", text="here")
        assert (await an.hear("event"))["by"] == "keeper"
        await keeper.leave()
        event = await an.hear("event")
        assert (event["by"], event["body"]["text"]) == ("server", "gone")


async def test_idle_hubs_are_swept_and_used_ones_stay():
    hubs = LiveHubs(tally_parts(MemoryStorage()))
    hub = await hubs.hub(SESSION)
    an = Client(hub, "an")
    await an.hello()
    await hubs.sweep()
    assert await hubs.hub(SESSION) is hub
    await an.leave()
    await hub.post(draft("server", "1", text="x"))  # the departure is stored before it
    await hubs.sweep()
    assert hub.closed
    assert (await hubs.hub(SESSION)).seq == 1
    await hubs.close()
