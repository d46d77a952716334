"""The demo's images on their way in: sent to the served address as a doctor's browser sends them.

What has arrived is asked of the server, so that an interrupted arrival goes on where it stopped.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from telehealth.demo.images import Wanted, for_case
from telehealth.demo.seed import PASSWORD, SeededCase
from viewer.upload import CHUNK_TYPE, VERSION

TIMEOUT_SECONDS: Final = 120.0  # the last byte is answered when the file is checked and stored
_TUS: Final = {"Tus-Resumable": VERSION}


@dataclass(frozen=True)
class Counted:
    """How many of the announced images the server has answered for."""

    done: int
    announced: int


class Arrival:
    """Announces every image first, so that the pages know how many are coming; then sends them."""

    def __init__(
        self, client: httpx.AsyncClient, folder: Path | None, tell: Callable[[Counted], None]
    ) -> None:
        self._client = client
        self._folder = folder
        self._tell = tell
        self._tokens: dict[str, str] = {}
        self._announced = 0
        self._done = 0

    async def run(self, cases: Sequence[SeededCase]) -> Counted:
        """Until all are in; httpx.HTTPError when the server refuses or is gone."""
        pairs = [(case, wanted) for case in cases for wanted in case.wanted]
        for case, wanted in pairs:
            await self._announce(case, await self._files(wanted))
        self._tell(Counted(self._done, self._announced))
        for case, wanted in pairs:
            await self._send(case, await self._files(wanted))
        return Counted(self._done, self._announced)

    async def _files(self, wanted: Wanted) -> dict[str, bytes]:
        """The same bytes under the same names every time."""
        made = await asyncio.to_thread(for_case, wanted, self._folder)
        place = f"{wanted.modality}-{wanted.body_part}"
        return {f"{place}/{number:04d}.dcm": data for number, data in enumerate(made, 1)}

    async def _announce(self, case: SeededCase, files: Mapping[str, bytes]) -> None:
        known = await self._known(case) if files else {}
        for name, data in files.items():
            self._announced += 1
            if name not in known:
                await self._create(case, name, len(data))
            elif known[name]["state"] != "receiving":
                self._done += 1

    async def _send(self, case: SeededCase, files: Mapping[str, bytes]) -> None:
        known = await self._known(case) if files else {}
        for name, data in files.items():
            if known[name]["state"] == "receiving":
                await self._continue(case, known[name]["id"], data)
                self._done += 1
                self._tell(Counted(self._done, self._announced))

    async def _known(self, case: SeededCase) -> dict[str, Any]:
        """What the server knows of the case's files, by name; of two of one name the later."""
        answer = await self._ask(case, "GET", f"/api/cases/{case.case_id}/uploads")
        return {item["name"]: item for item in answer.json()["items"]}

    async def _create(self, case: SeededCase, name: str, length: int) -> None:
        metadata = f"relpath {b64encode(name.encode()).decode()}"
        headers = {"Upload-Length": f"{length}", "Upload-Metadata": metadata}
        await self._ask(case, "POST", f"/api/cases/{case.case_id}/uploads", headers=headers)

    async def _continue(self, case: SeededCase, upload_id: str, data: bytes) -> None:
        place = f"/api/uploads/{upload_id}"
        offset = int((await self._ask(case, "HEAD", place)).headers["Upload-Offset"])
        headers = {"Upload-Offset": f"{offset}", "Content-Type": CHUNK_TYPE}
        await self._ask(case, "PATCH", place, headers=headers, content=data[offset:])

    async def _ask(self, case: SeededCase, method: str, path: str, **more: Any) -> httpx.Response:
        token = self._tokens.get(case.username) or await self._sign_in(case.username)
        headers = {**_TUS, "Authorization": f"Bearer {token}", **more.pop("headers", {})}
        answer = await self._client.request(method, path, headers=headers, **more)
        return answer.raise_for_status()

    async def _sign_in(self, username: str) -> str:
        credentials = {"username": username, "password": PASSWORD}
        answer = (await self._client.post("/api/login", json=credentials)).raise_for_status()
        self._client.cookies.clear()
        token: str = answer.json()["token"]
        self._tokens[username] = token
        return token


def by_tenths(say: Callable[[str], None]) -> Callable[[Counted], None]:
    """Says how far it is, once every tenth part of the way."""
    said = -1

    def tell(count: Counted) -> None:
        nonlocal said
        tenth = 10 * count.done // max(count.announced, 1)
        if tenth != said and count.done < count.announced:
            said = tenth
            say(f"  Đang nhận ảnh / images arriving: {count.done}/{count.announced}")

    return tell
