"""A hospital's gateway: enrolled once, sends in pieces, may do nothing else, gone when revoked."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from telehealth.gateway_home import CONFIG, Config, ConfigWrong, GatewayIdentity
from telehealth.gateway_process import enrol, now, run
from telehealth.gateway_sending import PIECE_BYTES, Sending
from telehealth.images import Images
from tests.integration.scheduling.steps import MONDAY
from tests.support.conference import OTHER_SPOKE, Conference
from tests.support.dimse import stored_files
from tests.support.gateways import PATH, configure, enrolled, made
from tests.support.image_doors import image_conference, served
from tests.support.image_room import CT_SMALL
from tests.support.ports import free_port
from viewer.gateway_queue import GatewayQueue
from viewer.gateway_rules import Rates
from viewer.upload import CHUNK_TYPE

CT = CT_SMALL.read_bytes()
PACS = '[[pacs]]\nname = "PACS"\nae_title = "PACS"\nhost = "10.0.0.5"\nport = 104\n'


@pytest.fixture
async def hospital(tmp_path: Path) -> AsyncIterator[tuple[Conference, Images]]:
    async with image_conference(tmp_path, MONDAY) as made_of:
        yield made_of


@pytest.fixture
async def url(hospital: tuple[Conference, Images]) -> AsyncIterator[str]:
    async with served(hospital[0]) as address:
        yield address


def client(url: str, identity: GatewayIdentity) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {identity.secret}"}
    return httpx.AsyncClient(base_url=url, headers=headers)


async def piece(
    sender: httpx.AsyncClient, body: bytes, offset: int, part: bytes, length: int | None = None
) -> httpx.Response:
    """One PATCH of an object."""
    return await sender.patch(
        f"/api/gateway/objects/{hashlib.sha256(body).hexdigest()}",
        content=part,
        headers={
            "Content-Type": CHUNK_TYPE,
            "Upload-Offset": str(offset),
            "Upload-Length": str(len(body) if length is None else length),
        },
    )


async def test_a_code_enrols_once_and_for_a_day(
    hospital: tuple[Conference, Images], url: str, tmp_path: Path
) -> None:
    meeting, _ = hospital
    code = (await made(meeting))["code"]
    identity = await enrol(tmp_path / "home", url, code.lower())
    assert GatewayIdentity.read(tmp_path / "home") == identity
    assert (tmp_path / "home" / "gateway-identity.json").stat().st_mode & 0o777 == 0o600
    assert url in (tmp_path / "home" / CONFIG).read_text()
    assert (tmp_path / "home" / CONFIG).stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigWrong, match="wrong, used or older"):
        await enrol(tmp_path / "other", url, code)
    late = (await made(meeting))["code"]
    meeting.clock.now += timedelta(hours=25)
    with pytest.raises(ConfigWrong, match="older than a day"):
        await enrol(tmp_path / "other", url, late)
    with pytest.raises(ConfigWrong, match="cannot be reached"):
        await enrol(tmp_path / "other", f"http://127.0.0.1:{free_port()}", "X")
    listed = (await meeting.call("quantri", "GET", PATH))["items"]
    assert sorted(item["enrolled_at"] is None for item in listed) == [False, True]


async def test_only_the_administrator_manages_gateways(
    hospital: tuple[Conference, Images],
) -> None:
    meeting, _ = hospital
    one = f"{PATH}/{(await made(meeting))['gateway']['id']}"
    body = {"facility_id": str(UUID(int=1)), "name": "x"}
    for username in ("dieuphoi", "chutoa", "bacsi", "kythuat", "dieuphoixa"):
        await meeting.call(username, "GET", PATH, expect=403)
        await meeting.call(username, "POST", PATH, body, 403)
        await meeting.call(username, "POST", f"{one}/code", {}, 403)
        await meeting.call(username, "DELETE", one, expect=403)
    await meeting.call("quantri", "POST", PATH, body, 404)
    await meeting.call("quantri", "POST", PATH, body | {"name": " "}, 422)
    await meeting.call("quantri", "DELETE", f"{PATH}/{UUID(int=3)}", expect=404)


async def test_a_gateway_may_do_nothing_else_and_nothing_once_revoked(
    hospital: tuple[Conference, Images], url: str, tmp_path: Path
) -> None:
    meeting, _ = hospital
    identity = await enrolled(meeting, url, tmp_path / "home")
    alive = {"files": 2, "bytes": 9, "refused": 1, "trouble": "unreachable"}
    async with client(url, identity) as gateway:
        for path in ("/api/me", "/api/cases", PATH, "/dicomweb/studies", "/api/people"):
            assert (await gateway.get(path)).status_code == 401, path
        assert (await gateway.put("/api/gateway/status", json=alive)).status_code == 204
        (seen,) = (await meeting.call("quantri", "GET", PATH))["items"]
        assert (seen["waiting_files"], seen["refused_files"]) == (2, 1)
        assert (seen["trouble"], seen["waiting_bytes"]) == ("unreachable", 9)
        assert seen["seen_at"] is not None
        wrong = await gateway.put("/api/gateway/status", json=alive | {"trouble": "Bà X"})
        assert wrong.status_code == 422
        await meeting.call("quantri", "DELETE", f"{PATH}/{identity.gateway_id}", None, 204)
        assert (await gateway.put("/api/gateway/status", json=alive)).status_code == 401
        assert (await piece(gateway, CT, 0, CT)).status_code == 401
    person = await meeting.client("bacsi")
    assert (await piece(person, CT, 0, CT)).status_code == 401


async def test_an_object_comes_in_pieces_and_lies_in_its_hospitals_archive(
    hospital: tuple[Conference, Images], url: str, tmp_path: Path
) -> None:
    meeting, _ = hospital
    identity = await enrolled(meeting, url, tmp_path / "home")
    async with client(url, identity) as gateway:
        half = await piece(gateway, CT, 0, CT[:10_000])
        assert (half.status_code, half.headers["upload-offset"]) == (204, "10000")
        head = await gateway.head(f"/api/gateway/objects/{hashlib.sha256(CT).hexdigest()}")
        assert head.headers["upload-offset"] == "10000"
        again = await piece(gateway, CT, 0, CT[:10_000])
        assert (again.status_code, again.json()["type"]) == (409, "/problems/upload-offset")
        done = await piece(gateway, CT, 10_000, CT[10_000:])
        assert (done.status_code, done.json()) == (200, {"state": "stored", "reason_slug": None})
        twice = await piece(gateway, CT, 0, CT)
        assert twice.json()["state"] == "stored"
    assert await stored_files(meeting) == [CT]
    assert await stored_files(meeting, OTHER_SPOKE) == []
    assert not any(path.is_file() for path in (tmp_path / "gateway").rglob("*"))


async def test_what_is_no_image_or_not_what_was_announced_is_refused(
    hospital: tuple[Conference, Images], url: str, tmp_path: Path
) -> None:
    meeting, _ = hospital
    identity = await enrolled(meeting, url, tmp_path / "home")
    async with client(url, identity) as gateway:
        text = await piece(gateway, b"no image", 0, b"no image")
        assert text.json() == {"state": "refused", "reason_slug": "not-dicom"}
        changed = await piece(gateway, CT, 0, CT[:-1] + b"?")
        assert (changed.status_code, changed.json()["type"]) == (422, "/problems/digest-wrong")
        assert (await piece(gateway, CT, 0, b"x" * 11, length=10)).status_code == 413
        assert (await piece(gateway, CT, 0, b"", length=5 << 30)).status_code == 413
        for name in ("..%2f..%2fetc", "0" * 63, "A" * 64):
            answer = await gateway.head(f"/api/gateway/objects/{name}")
            assert answer.status_code in (400, 404), name
        nothing = await gateway.patch(f"/api/gateway/objects/{'0' * 64}", content=b"x")
        assert nothing.status_code == 400
    assert await stored_files(meeting) == []


@pytest.fixture
def queue(tmp_path: Path) -> GatewayQueue:
    return GatewayQueue(tmp_path / "queue")


def received(queue: GatewayQueue, body: bytes) -> None:
    path = queue.receiving / "one"
    path.write_bytes(body)
    queue.add(path)


async def until_empty(sending: Sending) -> None:
    """Send until nothing waits."""
    stop = asyncio.Event()
    running = asyncio.create_task(sending.run(stop))
    async with asyncio.timeout(60):
        while sending.queue.totals().files:
            await asyncio.sleep(0.02)
    stop.set()
    await running


async def test_the_queue_goes_out_and_a_refused_object_stops_nobody(
    hospital: tuple[Conference, Images], url: str, tmp_path: Path, queue: GatewayQueue
) -> None:
    meeting, _ = hospital
    identity = await enrolled(meeting, url, tmp_path / "home")
    large = bytes(PIECE_BYTES + 5)
    for body in (b"no image", large, CT):
        received(queue, body)
    async with client(url, identity) as outward:
        sending = Sending(queue, outward, Rates(), now)
        await until_empty(sending)
    assert await stored_files(meeting) == [CT]
    assert sorted(path.name.partition(".")[2] for path in queue.refused.iterdir()) == [
        "not-dicom",
        "not-dicom",
    ]
    assert (sending.delivered, sending.trouble) == (3, "")


async def test_a_server_out_of_reach_loses_nothing_and_a_revoked_gateway_says_so(
    hospital: tuple[Conference, Images], url: str, tmp_path: Path, queue: GatewayQueue
) -> None:
    meeting, _ = hospital
    identity = await enrolled(meeting, url, tmp_path / "home")
    received(queue, CT)
    stop = asyncio.Event()
    async with client(f"http://127.0.0.1:{free_port()}", identity) as nowhere:
        lost = Sending(queue, nowhere, Rates(), now)
        running = asyncio.create_task(lost.run(stop))
        async with asyncio.timeout(30):
            while lost.trouble != "unreachable":
                await asyncio.sleep(0.02)
        stop.set()
        await running
    assert queue.totals().files == 1
    await meeting.call("quantri", "DELETE", f"{PATH}/{identity.gateway_id}", None, 204)
    stop = asyncio.Event()
    async with client(url, identity) as outward:
        known = Sending(queue, outward, Rates(), now)
        running = asyncio.create_task(known.run(stop))
        async with asyncio.timeout(30):
            while known.trouble != "revoked":
                await asyncio.sleep(0.02)
        stop.set()
        await running
    assert queue.totals().files == 1
    assert await stored_files(meeting) == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("tls = true\n", "a peer asks for TLS, but \\[tls\\] is missing"),
        ('[tls]\ncertificate = "/gone.pem"\nkey = "/gone.key"\n', "tls.certificate: Path does not"),
        (2 * PACS, "pacs: Value error, two have the same name"),
        (PACS + 'retrieve = "guess"\n', "pacs.0.retrieve: Input should be 'move', 'get' or 'web'"),
    ],
)
def test_gw_settings_that_cannot_be_kept_are_told_by_name(
    tmp_path: Path, more: str, why: str
) -> None:
    configure(tmp_path, "https://hoichan.example.vn", 11112, 8042, more)
    with pytest.raises(ConfigWrong, match=why):
        Config.read(tmp_path)


async def test_a_pacs_that_cannot_be_spoken_to_stops_the_start_by_name(
    hospital: tuple[Conference, Images], url: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    await enrolled(hospital[0], url, home)
    configure(home, url, free_port(), 0, PACS + 'retrieve = "web"\n')
    with pytest.raises(ConfigWrong, match="pacs/dicomweb_url: needed to fetch by DICOMweb"):
        await run(home, asyncio.Event())
