"""Which form of an answer a DICOMweb client takes (PS3.18 8.7). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from viewer.dicomweb_multipart import media_type
from viewer.errors import NotAcceptable

EXPLICIT_LITTLE: Final = "1.2.840.10008.1.2.1"
HTJ2K_RPCL: Final = "1.2.840.10008.1.2.4.202"
NATIVE: Final = frozenset(
    {"1.2.840.10008.1.2", EXPLICIT_LITTLE, "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"}
)
# PS3.18 table 8.7.3-5: media types of compressed frames.
_JPEG: Final = (
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
)
MEDIA_OF_SYNTAX: Final[dict[str, str]] = {
    **dict.fromkeys(_JPEG, "image/jpeg"),
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    HTJ2K_RPCL: "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
    "1.2.840.10008.1.2.5": "image/dicom-rle",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """One acceptable form: the type of the parts, and a transfer syntax, `*`, or none named."""

    kind: str
    syntax: str
    multipart: bool
    quality: float


@dataclass(frozen=True, slots=True)
class FrameForm:
    """How image frames are sent: decoded, as stored, or from the HTJ2K delivery copy."""

    source: str  # native, stored, htj2k
    content_type: str
    multipart: bool = True


def parse_accept(header: str) -> list[Accepted]:
    """The acceptable forms, best first; nothing named means anything."""
    forms = []
    for item in _split(header[:4000]) or ["*/*"]:
        kind, parameters = media_type(item)
        multipart = kind == "multipart/related"
        if multipart:
            kind = parameters.get("type", "*/*").lower()
        quality = parameters.get("q", "1")
        forms.append(
            Accepted(
                kind,
                parameters.get("transfer-syntax", ""),
                multipart,
                float(quality) if quality.replace(".", "", 1).isdigit() else 1.0,
            )
        )
    kept = [form for form in forms if form.quality > 0]
    return sorted(kept, key=lambda form: -form.quality)


def _split(header: str) -> list[str]:
    """Split at commas outside of quotes."""
    items, quoted, start = [], False, 0
    for at, character in enumerate(header):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            items.append(header[start:at].strip())
            start = at + 1
    items.append(header[start:].strip())
    return [item for item in items if item]


def choose_frames(forms: Sequence[Accepted], stored: str, has_delivery: bool) -> FrameForm:
    """The form for image frames stored in the syntax `stored`. Raises NotAcceptable.

    HTJ2K only when asked for by name: it is a derived copy, and old readers fail on it.
    """
    for form in forms:
        if found := _frames_in(form, stored, has_delivery):
            return found
    raise NotAcceptable


def _frames_in(form: Accepted, stored: str, has_delivery: bool) -> FrameForm | None:
    as_stored = MEDIA_OF_SYNTAX.get(stored)
    multipart = form.multipart or form.kind == "*/*"
    if form.kind in ("*/*", "application/*") and form.syntax in ("", "*"):
        if as_stored and form.kind == "*/*":
            return FrameForm("stored", f"{as_stored}; transfer-syntax={stored}", multipart)
        return _native(multipart)
    if form.kind == "application/octet-stream":
        if form.syntax == "*" and as_stored:
            return FrameForm(
                "stored", f"application/octet-stream; transfer-syntax={stored}", multipart
            )
        return _native(multipart) if form.syntax in ("", "*", EXPLICIT_LITTLE) else None
    if form.kind == "image/jphc" and form.syntax in ("", "*", HTJ2K_RPCL) and has_delivery:
        return FrameForm("htj2k", f"image/jphc; transfer-syntax={HTJ2K_RPCL}", multipart)
    if form.kind in (as_stored, "image/*") and form.syntax in ("", "*", stored) and as_stored:
        return FrameForm("stored", f"{as_stored}; transfer-syntax={stored}", multipart)
    return None


def _native(multipart: bool) -> FrameForm:
    kind = f"application/octet-stream; transfer-syntax={EXPLICIT_LITTLE}"
    return FrameForm("native", kind, multipart)


def choose_instance(forms: Sequence[Accepted], stored: str) -> str:
    """The transfer syntax a whole instance is sent in: always the stored bytes.

    Raises NotAcceptable when the client names another one than the stored (we do not recompress).
    """
    for form in forms:
        # Explicit little endian is the default of the standard: readers of it take the stored too
        # rather than nothing, as every other archive does.
        takes_syntax = form.syntax in ("", "*", stored, EXPLICIT_LITTLE)
        if form.kind in ("*/*", "application/*", "application/dicom") and takes_syntax:
            return stored
    raise NotAcceptable


def wants_json(forms: Sequence[Accepted]) -> bool:
    """Whether DICOM JSON is acceptable; DICOM XML is not offered. Raises NotAcceptable."""
    kinds = {"*/*", "application/*", "application/dicom+json", "application/json"}
    if any(form.kind in kinds for form in forms):
        return True
    raise NotAcceptable


def choose_rendered(forms: Sequence[Accepted]) -> str:
    """image/jpeg or image/png. Raises NotAcceptable."""
    for form in forms:
        if form.kind in ("*/*", "image/*", "image/jpeg"):
            return "image/jpeg"
        if form.kind == "image/png":
            return "image/png"
    raise NotAcceptable
