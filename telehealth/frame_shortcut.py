"""The short way to image frames: what a sign-in was allowed a moment ago, from the disk's cache.

A viewer that scrolls asks for hundreds of frames of a series it has just been let into. The first
goes the long way, through sign-in, rights and audit; that answer is believed for some seconds (rule
DO3), and where the frames lie never changes, since stored bytes do not. Everything that is not
known here, or would have to wait for the disk, goes the long way.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from telehealth.beliefs import Beliefs
from telehealth.identity import Clock
from telehealth.warm_files import WarmFiles
from viewer.dicomweb_accept import FrameForm
from viewer.dicomweb_multipart import part_header, part_trailer

Headers = tuple[tuple[bytes, bytes], ...]
Answer = tuple[Headers, tuple[bytes | memoryview, ...]]
_SERIES_MAX: Final = 500
_WORDS: Final = frozenset((b"authorization", b"cookie", b"origin", b"accept"))
# "/dicomweb/studies/STUDY/series/SERIES/instances/INSTANCE/frames/NUMBER", split at the slashes.
_PARTS: Final = 10


@dataclass(frozen=True, slots=True)
class FramePlaces:
    """Where the uncompressed frames of an instance lie: `count` of `length` bytes from `offset`."""

    path: str
    offset: int
    length: int
    count: int


@dataclass(frozen=True, slots=True)
class _Grant:
    """A sign-in may read this series; answers to the same Accept have this form."""

    login_id: UUID
    series_id: UUID
    form: FrameForm


class FrameShortcut:
    """What is known of recent readers and of frames; filled by the long way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: Beliefs[tuple[bytes, ...], _Grant] = Beliefs()
        self._series: dict[UUID, Mapping[str, FramePlaces]] = {}
        self._instances: dict[UUID, int] = {}
        self._files = WarmFiles()

    def remember(self, scope: Scope, login_id: UUID, series_id: UUID, form: FrameForm) -> None:
        """This sign-in was just let into the series, and answered in this form."""
        key = _key(scope, scope["path"].split("/"))
        self._grants.keep(key, _Grant(login_id, series_id, form), self._clock())

    def learn(self, series_id: UUID, places: Mapping[str, FramePlaces], instances: int) -> None:
        """Where the frames of a series lie, by SOP UID, when it had so many instances."""
        while len(self._series) >= _SERIES_MAX:
            oldest = next(iter(self._series))
            del self._series[oldest], self._instances[oldest]
        self._series[series_id], self._instances[series_id] = places, instances

    def knows(self, series_id: UUID, instances: int) -> bool:
        """Whether the series was learnt with so many instances."""
        return self._instances.get(series_id) == instances

    def forget(self, login_id: UUID) -> None:
        """The sign-in has ended."""
        self._grants.forget(lambda grant: grant.login_id == login_id)

    def find(self, scope: Scope) -> Answer | None:
        """Headers and pieces of the answer, None when only the long way can tell."""
        names = scope["path"].split("/")
        if len(names) != _PARTS or names[8] != "frames":
            return None
        grant = self._grants.get(_key(scope, names), self._clock())
        places = self._series.get(grant.series_id, {}).get(names[7]) if grant else None
        number = int(names[9]) if names[9].isascii() and names[9].isdigit() else 0
        if grant is None or places is None or not 0 < number <= places.count:
            return None
        offset = places.offset + (number - 1) * places.length
        frame = self._files.view(places.path, offset, places.length)
        return _answer(grant.form, frame) if frame is not None else None


class ShortWay:
    """ASGI: answers what the shortcut knows, hands on the rest."""

    def __init__(
        self,
        app: ASGIApp,
        shortcut: FrameShortcut,
        headers: Headers,
        counted: Callable[[], None],
    ) -> None:
        self._app = app
        self._counted = counted
        self._shortcut = shortcut
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        reads = scope["type"] == "http" and scope["method"] == "GET"
        found = self._shortcut.find(scope) if reads else None
        if found is None:
            await self._app(scope, receive, send)
            return
        headers, pieces = found
        self._counted()
        named = (b"x-request-id", uuid4().hex.encode())
        start = [*headers, *self._headers, named]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


def _key(scope: Scope, names: list[str]) -> tuple[bytes, ...]:
    """All that the long way judges a reader by, what about, and how the answer is to look."""
    words = {name: value for name, value in scope["headers"] if name in _WORDS}
    said = (words.get(name, b"") for name in (b"authorization", b"cookie", b"origin", b"accept"))
    return (*said, names[3].encode(), names[5].encode())


def _answer(form: FrameForm, frame: memoryview) -> Answer:
    before = after = b""
    kind = form.content_type
    if form.multipart:
        boundary = secrets.token_hex(16)
        before, after = part_header(boundary, kind), part_trailer(boundary)
        kind = f'multipart/related; type="{kind.split(";")[0]}"; boundary={boundary}'
    length = len(before) + len(frame) + len(after)
    headers = (
        (b"content-type", kind.encode()),
        (b"content-length", str(length).encode()),
        (b"cache-control", b"private, max-age=3600"),
    )
    return headers, (before, frame, after)
