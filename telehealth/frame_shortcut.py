"""The short way to image frames: what a sign-in was allowed a moment ago, from the disk's cache.

A viewer that scrolls asks for hundreds of frames of a series it has just been let into. The first
goes the long way, through sign-in, rights and audit; that answer is believed for some seconds (rule
DO3), and where the frames lie never changes, since stored bytes do not. Everything that is not
known here, or would have to wait for the disk, goes the long way.
"""

import os
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from telehealth.beliefs import Beliefs
from telehealth.identity import Clock
from viewer.dicomweb_multipart import part_header, part_trailer

Headers = tuple[tuple[bytes, bytes], ...]
_PLACES_MAX: Final = 20_000
_WORDS: Final = frozenset((b"authorization", b"cookie", b"origin", b"accept"))
# "/dicomweb/studies/STUDY/series/SERIES/instances/INSTANCE/frames/NUMBER", split at the slashes.
_PARTS: Final = 10


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where the bytes of an answer lie; `kind` is their media type."""

    path: str
    offset: int
    length: int
    kind: str
    multipart: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    place: FramePlace
    headers: Headers
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class _Grant:
    login_id: UUID
    series_id: UUID


class FrameShortcut:
    """What is known of recent readers and of frames; filled by the long way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: Beliefs[tuple[bytes, ...], _Grant] = Beliefs()
        self._answers: dict[tuple[UUID, str, str, bytes], _Answer] = {}

    def remember(self, scope: Scope, login_id: UUID, series_id: UUID, place: FramePlace) -> None:
        """This sign-in was just let into the series; the frame it asked for lies there."""
        names, words = scope["path"].split("/"), _words(scope)
        if len(names) != _PARTS:
            return
        grant = _Grant(login_id, series_id)
        self._grants.keep(_credentials(words, names), grant, self._clock())
        if len(self._answers) >= _PLACES_MAX:
            self._answers.clear()
        key = series_id, names[7], names[9], words.get(b"accept", b"")
        self._answers[key] = _answer(place)

    def forget(self, login_id: UUID) -> None:
        """The sign-in has ended."""
        self._grants.forget(lambda grant: grant.login_id == login_id)

    def find(self, scope: Scope) -> tuple[Headers, bytearray] | None:
        """Headers and body of the answer, None when only the long way can tell."""
        names = scope["path"].split("/")
        if len(names) != _PARTS or names[8] != "frames":
            return None
        words = _words(scope)
        grant = self._grants.get(_credentials(words, names), self._clock())
        if grant is None:
            return None
        key = grant.series_id, names[7], names[9], words.get(b"accept", b"")
        answer = self._answers.get(key)
        body = _read_at_once(answer) if answer else None
        return (answer.headers, body) if answer and body is not None else None


class ShortWay:
    """ASGI: answers what the shortcut knows, hands on the rest."""

    def __init__(self, app: ASGIApp, shortcut: FrameShortcut, headers: Headers) -> None:
        self._app = app
        self._shortcut = shortcut
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""
        reads = scope["type"] == "http" and scope["method"] == "GET"
        found = self._shortcut.find(scope) if reads else None
        if found is None:
            await self._app(scope, receive, send)
            return
        headers, body = found
        named = (b"x-request-id", uuid4().hex.encode())
        start = [*headers, *self._headers, named]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": body})


def _words(scope: Scope) -> dict[bytes, bytes]:
    return {name: value for name, value in scope["headers"] if name in _WORDS}


def _credentials(words: dict[bytes, bytes], names: list[str]) -> tuple[bytes, ...]:
    """All that the long way judges a reader by, and what it was judged about."""
    said = (words.get(name, b"") for name in (b"authorization", b"cookie", b"origin"))
    return (*said, names[3].encode(), names[5].encode())


def _answer(place: FramePlace) -> _Answer:
    before = after = b""
    kind = place.kind
    if place.multipart:
        boundary = secrets.token_hex(16)
        before, after = part_header(boundary, kind), part_trailer(boundary)
        kind = f'multipart/related; type="{kind.split(";")[0]}"; boundary={boundary}'
    length = len(before) + place.length + len(after)
    headers = (
        (b"content-type", kind.encode()),
        (b"content-length", str(length).encode()),
        (b"cache-control", b"private, max-age=3600"),
    )
    return _Answer(place, headers, before, after)


def _read_at_once(answer: _Answer) -> bytearray | None:
    """The body if the disk's cache has all of it; None where a read would wait or fails."""
    place, start = answer.place, len(answer.before)
    end = start + place.length
    body = bytearray(end + len(answer.after))
    body[:start], body[end:] = answer.before, answer.after
    try:
        file = os.open(place.path, os.O_RDONLY)
        try:
            room = memoryview(body)[start:end]
            size = os.preadv(file, [room], place.offset, os.RWF_NOWAIT)
        finally:
            os.close(file)
    except OSError:
        return None
    return body if size == place.length else None
