"""Requests that end in the middle: nobody is answered, nothing is logged as an error of ours."""

import asyncio
import logging
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.integration.scheduling.steps import MONDAY
from tests.support.image_doors import bearer, image_conference, served

PATHS = (
    "POST /api/cases",
    "PUT /api/sessions/00000000-0000-4000-8000-000000000000/holdings",
    "POST /api/line-checks",
    "POST /api/login",
)


@pytest.mark.parametrize("line", PATHS)
async def test_a_page_that_closes_while_it_saves_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str
) -> None:
    async with image_conference(tmp_path, MONDAY) as (meeting, _), served(meeting) as url:
        address = urlsplit(url)
        token = (await bearer(meeting, "bacsi"))["Authorization"]
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = (
            f"{line} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: 100\r\n\r\n"
        )
        writer.write(head.encode() + b'{"half": ')
        await writer.drain()
        writer.write_eof()
        with caplog.at_level(logging.ERROR):
            assert b" 500 " not in await reader.read()
            writer.close()
            await writer.wait_closed()
            # Another request is answered: the one before has been dealt with.
            await meeting.call("bacsi", "GET", "/api/me")
    assert [record.getMessage() for record in caplog.records] == []
