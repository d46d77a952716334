"""A gateway keeps the week's packs for its hospital's browsers, and can read none. GA6-GA8."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import select

from telehealth.gateway_home import Config, ConfigWrong, GatewayIdentity
from telehealth.gateway_near import NearFetching, NearShelf, near_app
from telehealth.gateway_process import enrol, origin_of, run
from telehealth.near_origins import NearOrigins
from telehealth.tables import AuditRow
from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import OTHER_SPOKE, SPOKE
from tests.support.core import facility_id
from tests.support.gateways import PATH, configure, enrolled
from tests.support.image_doors import image_conference, served
from tests.support.ports import free_port
from tests.support.shared_case import CT, SharedCase
from viewer.near import PIECE_BYTES, TAG_BYTES, opened_piece, piece_length

PACKS = "/api/gateway/packs"


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[SharedCase]:
    async with image_conference(tmp_path, MONDAY) as (meeting, images):
        made = SharedCase(meeting, images)
        await made.prepare()
        yield made


@pytest.fixture
async def url(case: SharedCase) -> AsyncIterator[str]:
    async with served(case.meeting) as address:
        yield address


def by(url: str, identity: GatewayIdentity) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {identity.secret}"}
    return httpx.AsyncClient(base_url=url, headers=headers)


async def at_facility(case: SharedCase, url: str, home: Path, code: str) -> GatewayIdentity:
    """A gateway of another hospital than the tests' usual one."""

    body = {"facility_id": str(facility_id(code)), "name": "Máy khác"}
    answer: dict[str, Any] = await case.meeting.call("quantri", "POST", PATH, body, 201)
    return await enrol(home, url, answer["code"])


async def the_series(case: SharedCase, who: str = "bacsi") -> dict[str, Any]:
    """The CT in this person's plan of what to fetch ahead."""
    plan = await case.meeting.call(who, "GET", f"/api/sessions/{case.session_id}/images")
    (found,) = [s for c in plan["items"] for s in c["series"] if s["series_uid"] == CT]
    return dict(found)


async def until(happened: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, for a while."""
    async with asyncio.timeout(60):
        while not await happened():
            await asyncio.sleep(0.05)


async def test_ga6_a_gateway_is_told_what_its_hospital_needs_and_no_more(
    case: SharedCase, url: str, tmp_path: Path
) -> None:
    mine = await enrolled(case.meeting, url, tmp_path / "mine")
    other = await at_facility(case, url, tmp_path / "other", OTHER_SPOKE)
    series = await the_series(case)
    async with by(url, mine) as gateway:
        listed = await gateway.get(PACKS)
        wanted = {each["pack_id"]: each["bytes"] for each in listed.json()["items"]}
        assert wanted[series["pack_id"]] == series["bytes"]
        assert CT not in listed.text
        one = f"{PACKS}/{series['pack_id']}/pieces"
        assert (await gateway.get(f"{one}/0")).status_code == 200
        for tail in ("1", "-1", "x", "99999999999999"):
            assert (await gateway.get(f"{one}/{tail}")).status_code == 404, tail
        strange = f"{PACKS}/{UUID(int=5)}/pieces/0"
        assert (await gateway.get(strange)).status_code == 404
    async with by(url, other) as gateway:
        assert series["pack_id"] not in (await gateway.get(PACKS)).text
        assert (await gateway.get(f"{one}/0")).status_code == 404
    person = await case.meeting.client("bacsi")
    assert (await person.get(PACKS)).status_code == 401
    async with case.meeting.parts.database.reading() as tx:
        rows = (await tx.exec(select(AuditRow).where(AuditRow.action == "images_near"))).all()
    assert [(row.object_id, str(row.facility_id)) for row in rows] == [
        (series["pack_id"], str(facility_id(SPOKE)))
    ]


async def test_ga6_what_it_gets_is_opened_by_the_key_of_who_may_see_it(
    case: SharedCase, url: str, tmp_path: Path
) -> None:
    mine = await enrolled(case.meeting, url, tmp_path / "mine")
    series = await the_series(case)
    assert series["near"] is None  # nobody said that it lies anywhere
    pack = UUID(series["pack_id"])
    kept = {
        "address": "http://10.0.0.2:8077",
        "packs": [{"pack_id": str(pack), "bytes": series["bytes"]}],
    }
    alive = {"files": 0, "bytes": 0, "refused": 0, "near": kept}
    async with by(url, mine) as gateway:
        closed = (await gateway.get(f"{PACKS}/{pack}/pieces/0")).content
        assert (await gateway.put("/api/gateway/status", json=alive)).status_code == 204
    near = (await the_series(case))["near"]
    assert near["url"] == f"http://10.0.0.2:8077/near/{pack}"
    client = await case.meeting.client("bacsi")
    whole = (await client.get(f"/api/image-series/{CT}/pack")).content
    assert opened_piece(base64.b64decode(near["key"]), pack, 0, closed) == whole[:PIECE_BYTES]
    # A specialist of the hub sits elsewhere: that network is not his.
    assert (await the_series(case, "chuyengia"))["near"] is None
    assert await NearOrigins(case.meeting.parts).now() == ("http://10.0.0.2:8077",)


@pytest.mark.parametrize("change", ["late", "revoked", "grown"])
async def test_ga7_only_what_is_whole_at_a_living_gateway_is_offered(
    case: SharedCase, url: str, tmp_path: Path, change: str
) -> None:
    mine = await enrolled(case.meeting, url, tmp_path / "mine")
    series = await the_series(case)
    size = series["bytes"] - (change == "grown")
    kept = {
        "address": "http://10.0.0.2:8077",
        "packs": [{"pack_id": series["pack_id"], "bytes": size}],
    }
    alive = {"files": 0, "bytes": 0, "refused": 0, "near": kept}
    async with by(url, mine) as gateway:
        assert (await gateway.put("/api/gateway/status", json=alive)).status_code == 204
    if change != "grown":
        assert (await the_series(case))["near"] is not None
    if change == "late":
        case.meeting.clock.now += timedelta(seconds=61)
    if change == "revoked":
        await case.meeting.call("quantri", "DELETE", f"{PATH}/{mine.gateway_id}", None, 204)
    assert (await the_series(case))["near"] is None


@pytest.mark.parametrize(
    "address", ["https://example.com", "http://10.0.0.2:8077/x", "http://10.0.0.2;script-src *"]
)
async def test_ga7_a_gateway_cannot_send_browsers_elsewhere(
    case: SharedCase, url: str, tmp_path: Path, address: str
) -> None:
    mine = await enrolled(case.meeting, url, tmp_path / "mine")
    alive = {"files": 0, "bytes": 0, "refused": 0, "near": {"address": address, "packs": []}}
    async with by(url, mine) as gateway:
        assert (await gateway.put("/api/gateway/status", json=alive)).status_code == 422


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[None]:
    """The gateway as `telehealth gateway run` runs it."""
    stop = asyncio.Event()
    task = asyncio.create_task(run(home, stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def test_ga8_the_gateway_fetches_keeps_gives_and_lets_go(
    case: SharedCase, url: str, tmp_path: Path
) -> None:
    home, port = tmp_path / "home", free_port()
    await enrolled(case.meeting, url, home)
    near = f'[near]\nhost = "127.0.0.1"\nport = {port}\naddress = "http://127.0.0.1:{port}"\n'
    configure(home, url, free_port(), 0, near)
    series = await the_series(case)
    pack = series["pack_id"]

    async def is_offered() -> bool:
        return (await the_series(case))["near"] is not None

    shelf = NearShelf(home / "near")
    shelf.put(UUID(int=9), 0, b"of last week")
    async with running(home):
        fetched = f"http://127.0.0.1:{port}/near/{pack}/0"
        async with httpx.AsyncClient() as browser:
            await until(lambda: _has(browser, fetched))
            got = await browser.get(fetched)
            assert got.headers["access-control-allow-origin"] == url
            asked = await browser.options(fetched)
            assert asked.headers["access-control-allow-private-network"] == "true"
            for tail in (f"{pack}/7", f"{UUID(int=9)}/0", f"{pack}/../{pack}/0%00", "x/0", ""):
                answer = await browser.get(f"http://127.0.0.1:{port}/near/{tail}")
                assert answer.status_code == 404 or answer.content == got.content, tail
    client = await case.meeting.client("bacsi")
    whole = (await client.get(f"/api/image-series/{CT}/pack")).content
    key = case.meeting.parts.sealing.pack_key(UUID(pack))
    assert opened_piece(key, UUID(pack), 0, got.content) == whole[:PIECE_BYTES]
    assert not shelf.path(UUID(int=9), 0).exists()
    async with running(home):  # what is here is not fetched again, and told at once
        await until(is_offered)
    assert await _fetched(case) == 2  # the CT and the ultrasound, once each


async def _has(browser: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await browser.get(address)).status_code == 200
    except httpx.ConnectError:
        return False


async def _fetched(case: SharedCase) -> int:
    async with case.meeting.parts.database.reading() as tx:
        rows = (await tx.exec(select(AuditRow).where(AuditRow.action == "images_near"))).all()
    return len(rows)


@pytest.fixture
def shelf(tmp_path: Path) -> NearShelf:
    return NearShelf(tmp_path / "near")


def fetching(
    shelf: NearShelf, handler: Callable[[httpx.Request], httpx.Response], **change: Any
) -> NearFetching:
    """Against a server that answers as it is told."""
    client = httpx.AsyncClient(base_url="http://server", transport=httpx.MockTransport(handler))

    async def never() -> bool:
        return False

    async def at_once(_moved: int, _took: float) -> None: ...

    usual: dict[str, Any] = {"limit_bytes": 1 << 30, "is_busy": never, "rest": at_once}
    return NearFetching(shelf, client, "http://10.0.0.2", **(usual | change))


def packs(*sizes: int) -> tuple[list[UUID], Callable[[httpx.Request], httpx.Response]]:
    """A server with packs of these sizes, and their names; it closes nothing."""
    names = [UUID(int=number + 1) for number in range(len(sizes))]
    items = [{"pack_id": str(n), "bytes": size} for n, size in zip(names, sizes, strict=True)]
    sizes_by = dict(zip(map(str, names), sizes, strict=True))

    def answer(request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        if len(parts) == 4:
            return httpx.Response(200, json={"items": items})
        size, number = sizes_by[parts[4]], int(parts[6])
        return httpx.Response(200, content=bytes(piece_length(size, number) + TAG_BYTES))

    return names, answer


async def test_ga8_the_shelf_is_bounded_and_the_next_session_comes_first(shelf: NearShelf) -> None:
    names, answer = packs(1000, PIECE_BYTES + 5, 1000)
    small = fetching(shelf, answer, limit_bytes=2000 + PIECE_BYTES)
    await small.turn(asyncio.Event())
    assert small.whole == {names[0]: 1000, names[1]: PIECE_BYTES + 5}
    assert small.trouble == "near-full"
    assert not shelf.has(names[2], 0, 1000)


async def test_ga8_images_for_the_server_go_first_and_what_is_half_here_goes_on(
    shelf: NearShelf,
) -> None:
    names, answer = packs(PIECE_BYTES + 5)
    asked: list[bool] = []

    async def after_one() -> bool:
        asked.append(True)
        return len(asked) == 2

    one = fetching(shelf, answer, is_busy=after_one)
    await one.turn(asyncio.Event())
    assert (one.whole, shelf.missing(names[0], PIECE_BYTES + 5)) == ({}, [1])
    await one.turn(asyncio.Event())
    assert one.whole == {names[0]: PIECE_BYTES + 5}


async def test_ga8_a_pack_that_grew_is_fetched_from_its_last_piece_on(shelf: NearShelf) -> None:
    names, before = packs(PIECE_BYTES + 5)
    await fetching(shelf, before).turn(asyncio.Event())
    _, now = packs(PIECE_BYTES + 50)
    asked: list[str] = []

    def counted(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return now(request)

    await fetching(shelf, counted).turn(asyncio.Event())
    assert asked[1:] == [f"{PACKS}/{names[0]}/pieces/1"]


async def test_ga8_a_server_out_of_reach_takes_nothing_away(shelf: NearShelf) -> None:
    names, answer = packs(1000)
    one = fetching(shelf, answer)
    await one.turn(asyncio.Event())

    def refusing(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(503)

    assert await fetching(shelf, refusing).turn(asyncio.Event()) < 60
    assert shelf.missing(names[0], 1000) == []


async def test_ga8_a_piece_of_another_length_is_not_kept(shelf: NearShelf) -> None:
    names, answer = packs(1000)

    def short(request: httpx.Request) -> httpx.Response:
        found = answer(request)
        return found if "pieces" not in request.url.path else httpx.Response(200, content=b"x")

    one = fetching(shelf, short)
    await one.turn(asyncio.Event())
    assert shelf.missing(names[0], 1000) == [0]
    assert one.whole == {}


async def test_ga8_the_door_to_the_hospital_names_one_origin_and_lists_nothing(
    shelf: NearShelf,
) -> None:
    shelf.put(UUID(int=1), 0, b"closed")
    app = near_app(shelf, origin_of("https://hoichan.example.vn/base"))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as browser:
        got = await browser.get(f"/near/{UUID(int=1)}/0")
        assert got.content == b"closed"
        assert got.headers["access-control-allow-origin"] == "https://hoichan.example.vn"
        for path in ("/", "/near", f"/near/{UUID(int=1)}", f"/near/{UUID(int=1)}/-1"):
            assert (await browser.get(path)).status_code == 404, path
        assert (await browser.put(f"/near/{UUID(int=1)}/0")).status_code == 405


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('[near]\naddress = "https://example.com"\n', "near.address: Value error, not http"),
        ('[near]\naddress = "http://10.0.0.2"\ndisk_gib = 0\n', "near.disk_gib"),
        ('[near]\naddress = "http://10.0.0.2"\nkey = "/etc/hosts"\n', "certificate and key"),
    ],
)
def test_ga8_settings_that_cannot_be_kept_are_told_by_name(
    tmp_path: Path, more: str, why: str
) -> None:
    configure(tmp_path, "https://hoichan.example.vn", 11112, 8042, more)
    with pytest.raises(ConfigWrong, match=why):
        Config.read(tmp_path)
