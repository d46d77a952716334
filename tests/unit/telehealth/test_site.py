"""Assets go out in the smallest coding that is there and accepted, each with its own ETag."""

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from telehealth.codings import accepted_codings
from telehealth.site import site_routes

SCRIPT = b"export const word = 'hoi chan'\n" * 100


@pytest.fixture
def site(tmp_path: Path) -> httpx.AsyncClient:
    assets = tmp_path / "assets"
    assets.mkdir()
    (assets / "main-a1.js").write_bytes(SCRIPT)
    (assets / "main-a1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "main-a1.js.br").write_bytes(b"smaller still")
    (assets / "font-b2.woff2").write_bytes(b"wOF2 as it is")
    transport = httpx.ASGITransport(Starlette(routes=site_routes(tmp_path)))
    return httpx.AsyncClient(transport=transport, base_url="http://site")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("br; q=0.000", None),
        ("identity", None),
    ],
)
async def test_what_is_sent_is_what_is_accepted(
    site: httpx.AsyncClient, accepted: str, coding: str | None
) -> None:
    async with (
        site,
        site.stream("GET", "/assets/main-a1.js", headers={"Accept-Encoding": accepted}) as answer,
    ):
        body = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    expected = {"br": b"smaller still", "gzip": gzip.compress(SCRIPT), None: SCRIPT}[coding]
    assert len(body) == len(expected)


async def test_every_coding_has_its_own_etag_and_says_when_it_is_known(
    site: httpx.AsyncClient,
) -> None:
    async with site:
        etags = []
        for accepted in ("br", "gzip", "identity"):
            headers = {"Accept-Encoding": accepted}
            async with site.stream("GET", "/assets/main-a1.js", headers=headers) as answer:
                etags.append(answer.headers["etag"])
            again = headers | {"If-None-Match": etags[-1]}
            known = await site.get("/assets/main-a1.js", headers=again)
            assert known.status_code == 304
            assert known.headers["vary"] == "Accept-Encoding"
            assert "content-encoding" not in known.headers
    assert len(set(etags)) == 3


async def test_what_has_no_smaller_form_goes_as_it_is(site: httpx.AsyncClient) -> None:
    async with site:
        font = await site.get("/assets/font-b2.woff2", headers={"Accept-Encoding": "br, gzip"})
    assert font.content == b"wOF2 as it is"
    assert "content-encoding" not in font.headers


def test_codings_are_read_whatever_their_case() -> None:
    assert accepted_codings("GZip , BR;q=0.5,*;q=0") == {"gzip", "br"}


async def test_the_page_may_fetch_from_the_server_and_from_living_gateways_only(
    tmp_path: Path,
) -> None:
    async def alive() -> tuple[str, ...]:
        return ("http://10.0.0.2:8077", "https://gw.local")

    (tmp_path / "index.html").write_text("<!doctype html>")
    transport = httpx.ASGITransport(Starlette(routes=site_routes(tmp_path, alive)))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as browser:
        said = (await browser.get("/cases")).headers["content-security-policy"]
    assert "connect-src 'self' http://10.0.0.2:8077 https://gw.local;" in said
    assert said.count("10.0.0.2") == 1
