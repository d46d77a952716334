"""One contract, two storages: in memory and in the database."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from signaling.live_errors import AlreadyLogged, LogMoved
from signaling.live_log import Event, Identity, SessionId
from signaling.live_presence import Arrived, Left, Seen
from signaling.live_storage import Batch, Snapshot, Stay
from signaling.live_store import LiveStore
from telehealth.live_storage import DatabaseLiveStorage
from tests.support.live_tally import SESSION, START, MemoryStorage

OTHER = SessionId(UUID(int=8))
AN = Identity("an")


def event(seq: int, client_id: str | None = None) -> Event:
    at = START + timedelta(milliseconds=seq)
    return Event(seq, at, AN, client_id or f"id-{seq}", "chat_message", {"text": f"tin {seq} ớ"})


async def no_effects(tx, session_id, events):
    """The log alone."""


@pytest.fixture(params=["memory", "database"])
def storage(request, database):
    if request.param == "memory":
        return MemoryStorage()
    return DatabaseLiveStorage(database, no_effects)


async def test_a_new_session_is_empty(storage):
    stored = await storage.open(SESSION)
    assert (stored.snapshot, list(stored.events)) == (None, [])


async def test_ll8_events_come_back_as_written(storage):
    events = [event(1), event(2), event(3)]
    await storage.write(SESSION, Batch(events[:2]))
    await storage.write(SESSION, Batch(events[2:]))
    assert list((await storage.open(SESSION)).events) == events
    assert list((await storage.open(OTHER)).events) == []


async def test_ll4_a_known_client_id_is_told_with_its_number(storage):
    await storage.write(SESSION, Batch([event(1), event(2)]))
    with pytest.raises(AlreadyLogged) as caught:
        await storage.write(SESSION, Batch([event(3), event(4, client_id="id-2")]))
    assert caught.value.seqs == {(AN, "id-2"): 2}
    assert len((await storage.open(SESSION)).events) == 2


async def test_ll11_a_number_that_is_taken_is_refused(storage):
    await storage.write(SESSION, Batch([event(1), event(2)]))
    with pytest.raises(LogMoved):
        await storage.write(SESSION, Batch([event(2, client_id="new")]))
    assert [one.client_id for one in (await storage.open(SESSION)).events] == ["id-1", "id-2"]


async def test_ll10_only_events_after_the_snapshot_are_read(storage):
    for seq, state in ((1, {"said": ["một"]}), (2, {"said": ["một", "hai"]})):
        await storage.write(SESSION, Batch([event(seq)], Snapshot(seq, state)))
    await storage.write(SESSION, Batch([event(3)]))
    stored = await storage.open(SESSION)
    assert stored.snapshot == Snapshot(2, {"said": ["một", "hai"]})
    assert list(stored.events) == [event(3)]


async def test_pr4_stays_are_kept_and_open_ones_end_when_last_seen(database):
    storage = DatabaseLiveStorage(database, no_effects)
    stay, crashed, later = uuid4(), uuid4(), START + timedelta(minutes=5)
    arrivals = [Arrived(stay, AN, "chair", START), Arrived(crashed, Identity("b"), "member", START)]
    await storage.write(SESSION, Batch(attendance=arrivals))
    await storage.write(SESSION, Batch(attendance=[Left(stay, later), Seen((crashed,), later)]))
    async with database.reading() as tx:
        before = await LiveStore(tx).attendance(SESSION)
    assert before == [Stay("an", "chair", START, later), Stay("b", "member", START, None)]
    await storage.open(SESSION)
    async with database.reading() as tx:
        assert [stay.left_at for stay in await LiveStore(tx).attendance(SESSION)] == [later] * 2


async def test_five_thousand_events_page(database):
    storage = DatabaseLiveStorage(database, no_effects)
    for first in range(1, 5_001, 250):
        await storage.write(SESSION, Batch([event(seq) for seq in range(first, first + 250)]))
    seqs: list[int] = []
    async with database.reading() as tx:
        while page := await LiveStore(tx).events(SESSION, seqs[-1] if seqs else 0, 700):
            seqs += [one.seq for one in page]
    assert seqs == list(range(1, 5_001))


async def test_effects_and_events_are_stored_together_or_not_at_all(database):
    async def failing(tx, session_id, events):
        raise OSError("the agenda cannot be written")

    with pytest.raises(OSError, match="agenda"):
        await DatabaseLiveStorage(database, failing).write(SESSION, Batch([event(1)]))
    assert list((await DatabaseLiveStorage(database, no_effects).open(SESSION)).events) == []
