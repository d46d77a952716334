"""multipart/related (RFC 2387, RFC 2046 5.1) written and read piece by piece, never whole."""

import re
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Final, Protocol

from viewer.errors import MultipartInvalid

HEADERS_MAX_BYTES: Final = 16 << 10
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")


def media_type(header: str) -> tuple[str, dict[str, str]]:
    """A media type in lower case, and its parameters (RFC 9110 8.3.1)."""
    message = Message()
    message["content-type"] = header.replace("\r", " ").replace("\n", " ")[:2000] or "x/x"
    parameters = message.get_params() or []
    return parameters[0][0].strip().lower(), {k.lower(): v for k, v in parameters[1:]}


def boundary_of(content_type: str, *allowed: str) -> str:
    """The boundary of a multipart/related request whose parts are of an allowed type.

    Raises MultipartInvalid.
    """
    kind, parameters = media_type(content_type)
    if kind != "multipart/related":
        raise MultipartInvalid("not-multipart")
    if parameters.get("type", allowed[0]).lower() not in allowed:
        raise MultipartInvalid("wrong-part-type")
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise MultipartInvalid("no-boundary")
    return boundary


class PartSink(Protocol):
    """Takes the parts of a message as they come; methods may block."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """A part starts; header names in lower case."""

    def write(self, data: bytes) -> None:
        """More of its body."""

    def end(self) -> None:
        """It is complete."""


class MultipartReader:
    """Feeds a message cut at any place to a sink; holds back at most one delimiter's length.

    Raises MultipartInvalid: no delimiter at the start, headers too long, or an end too early.
    """

    def __init__(self, boundary: str, sink: PartSink) -> None:
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        self._sink = sink
        # The first delimiter stands at the very start, without the line break.
        self._buffer = b"\r\n"
        self._state = "preamble"

    def feed(self, data: bytes) -> None:
        """More of the message."""
        self._buffer += data
        while self._step():
            pass

    def finish(self) -> None:
        """The message has ended."""
        if self._state != "epilogue":
            raise MultipartInvalid("ends-early")

    def _step(self) -> bool:
        match self._state:
            case "preamble" | "body":
                return self._to_delimiter()
            case "delimiter":
                return self._after_delimiter()
            case "headers":
                return self._headers()
            case _:
                self._buffer = b""
                return False

    def _to_delimiter(self) -> bool:
        at = self._buffer.find(self._delimiter)
        if at < 0:
            keep = len(self._delimiter) - 1
            self._pass_on(self._buffer[:-keep])
            self._buffer = self._buffer[-keep:]
            return False
        self._pass_on(self._buffer[:at])
        if self._state == "body":
            self._sink.end()
        self._buffer = self._buffer[at + len(self._delimiter) :]
        self._state = "delimiter"
        return True

    def _pass_on(self, data: bytes) -> None:
        if self._state == "body" and data:
            self._sink.write(data)

    def _after_delimiter(self) -> bool:
        """`--` closes the message; else white space to the end of the line, then headers."""
        if len(self._buffer) < 2:
            return False
        if self._buffer.startswith(b"--"):
            self._state = "epilogue"
            return True
        at = self._buffer.find(b"\r\n")
        if at < 0:
            if len(self._buffer) > HEADERS_MAX_BYTES:
                raise MultipartInvalid("bad-delimiter")
            return False
        if self._buffer[:at].strip():
            raise MultipartInvalid("bad-delimiter")
        # Keep the line break: an empty header block then ends like any other.
        self._buffer = self._buffer[at:]
        self._state = "headers"
        return True

    def _headers(self) -> bool:
        at = self._buffer.find(b"\r\n\r\n")
        if at < 0 or at > HEADERS_MAX_BYTES:
            if len(self._buffer) > HEADERS_MAX_BYTES:
                raise MultipartInvalid("headers-too-long")
            return False
        self._sink.begin(_parse_headers(self._buffer[:at]))
        # The break before a body may at once be that of the next delimiter (an empty body).
        self._buffer = self._buffer[at + 4 :]
        if self._buffer.startswith(self._delimiter[2:]):
            self._buffer = b"\r\n" + self._buffer
        self._state = "body"
        return True


def _parse_headers(block: bytes) -> dict[str, str]:
    headers = {}
    for line in block.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers


def part_header(boundary: str, content_type: str, location: str = "") -> bytes:
    """Delimiter and header block before a part's body."""
    lines = [f"--{boundary}", f"Content-Type: {content_type}"]
    if location:
        lines.append(f"Content-Location: {location}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def part_trailer(boundary: str) -> bytes:
    """After the last part's body."""
    return f"\r\n--{boundary}--\r\n".encode("ascii")


def whole_multipart(boundary: str, parts: Iterator[tuple[str, bytes]]) -> bytes:
    """A small message in one piece, of (media type, body) pairs."""
    pieces = []
    for content_type, body in parts:
        pieces += [part_header(boundary, content_type), body, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode("ascii")])
