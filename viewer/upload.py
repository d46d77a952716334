"""Resumable uploads after tus 1.0.0: headers, offsets and limits. Pure.

Supported: core, creation, creation-with-upload, termination, expiration.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from viewer.errors import (
    UploadHeaderInvalid,
    UploadOffsetConflict,
    UploadTooLarge,
    UploadTypeWrong,
    UploadVersionUnsupported,
)
from viewer.person_text import fold_nfc

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,expiration"
CHUNK_TYPE: Final = "application/offset+octet-stream"
# Unfinished uploads are kept this long after the last byte: over a weekend.
LIFE: Final = timedelta(days=3)
_NAME_MAX_CHARACTERS: Final = 500
_METADATA_MAX_CHARACTERS: Final = 8192


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bounds of one upload."""

    bytes_max: int = 4 << 30


@dataclass(frozen=True, slots=True)
class NewUpload:
    """What a creation request announces; `name` is the path inside the dragged folder."""

    length: int
    name: str
    has_body: bool


def parse_creation(headers: Mapping[str, str], limits: UploadLimits) -> NewUpload:
    """Read a creation request (header names lower case).

    Raises UploadHeaderInvalid and UploadTooLarge.
    """
    length = _count(headers, "upload-length")
    if length > limits.bytes_max:
        raise UploadTooLarge(limits.bytes_max)
    metadata = parse_metadata(headers.get("upload-metadata", ""))
    name = metadata.get("relpath") or metadata.get("filename") or ""
    has_body = headers.get("content-type", "").split(";")[0].strip().lower() == CHUNK_TYPE
    return NewUpload(length, clean_name(name), has_body)


def parse_metadata(header: str) -> dict[str, str]:
    """Upload-Metadata: comma-separated `key base64(value)` pairs."""
    if len(header) > _METADATA_MAX_CHARACTERS:
        raise UploadHeaderInvalid("Upload-Metadata")
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key.lower()] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise UploadHeaderInvalid("Upload-Metadata") from None
    return found


def clean_name(name: str) -> str:
    """A name to show in a list, never to open a file by: NFC, no controls, bounded."""
    text = "".join(c for c in fold_nfc(name) if c >= " " and c != "\x7f")
    return text.strip()[-_NAME_MAX_CHARACTERS:] or "?"


def chunk_room(headers: Mapping[str, str], received: int, length: int) -> int:
    """How many bytes this PATCH may carry; it must continue exactly where the last one ended.

    Raises UploadTypeWrong, UploadHeaderInvalid, UploadOffsetConflict and UploadTooLarge.
    """
    if headers.get("content-type", "").split(";")[0].strip().lower() != CHUNK_TYPE:
        raise UploadTypeWrong
    if _count(headers, "upload-offset") != received:
        raise UploadOffsetConflict(received)
    room = length - received
    if "content-length" in headers and _count(headers, "content-length") > room:
        raise UploadTooLarge(length)
    return room


def require_version(headers: Mapping[str, str]) -> None:
    """The Tus-Resumable header must name our version. Raises UploadVersionUnsupported."""
    if headers.get("tus-resumable") != VERSION:
        raise UploadVersionUnsupported


def _count(headers: Mapping[str, str], name: str) -> int:
    value = headers.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 18):
        raise UploadHeaderInvalid("-".join(part.capitalize() for part in name.split("-")))
    return int(value)
