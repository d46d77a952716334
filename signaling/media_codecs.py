"""Codecs that are passed on (opus, RED, VP8, H264) and which payload type is which for whom. Pure.

Payload types are each client's own: a packet changes its number between the one who sends it and
the one who receives it, if both mean the same (RFC 8829, RFC 6184 section 8.2.2).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from signaling.errors import MalformedMessage

FORWARDED: Mapping[str, frozenset[str]] = {
    "audio": frozenset({"opus", "red"}),
    "video": frozenset({"vp8", "h264"}),
}
OPUS, RED, VP8, H264 = "opus", "red", "vp8", "h264"
_RTX = "rtx"
_CODECS_PER_SECTION = 64
_FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
# profile_idc and the profile-iop bits that must be set and clear, as RFC 6184 table 5 has them.
_PROFILES = (
    ("constrained-baseline", 0x42, 0x40, 0x00),
    ("constrained-baseline", 0x4D, 0x80, 0x00),
    ("constrained-baseline", 0x58, 0xC0, 0x00),
    ("baseline", 0x42, 0x00, 0x40),
    ("main", 0x4D, 0x00, 0x80),
    ("constrained-high", 0x64, 0x0C, 0x00),
    ("high", 0x64, 0x00, 0x0C),
)


@dataclass(frozen=True)
class Codec:
    """One payload type that we forward."""

    payload_type: int
    name: str  # lower case
    rtpmap: str  # as offered: "opus/48000/2"
    fmtp: str
    rtx: int = 0  # payload type of its retransmissions, 0 for none

    @property
    def meaning(self) -> tuple[str, ...]:
        """What two payload types must share for their packets to be the same."""
        if self.name != H264:
            return (self.name,)
        values = dict(
            (name.strip().lower(), value.strip())
            for name, _, value in (part.partition("=") for part in self.fmtp.split(";"))
        )
        mode = values.get("packetization-mode", "0")
        return (self.name, _profile(values.get("profile-level-id", "42000a")), mode)


def _profile(text: str) -> str:
    """The H264 profile behind profile-level-id; levels are not compared (asymmetry is allowed)."""
    if not re.fullmatch(r"[0-9a-fA-F]{6}", text):
        return text
    idc, flags = int(text[:2], 16), int(text[2:4], 16)
    for name, of, present, absent in _PROFILES:
        if idc == of and flags & present == present and not flags & absent:
            return name
    return text[:4].lower()


def read_codecs(kind: str, values: Mapping[str, list[str]]) -> tuple[Codec, ...]:
    """The codecs of a section's rtpmap and fmtp lines that we forward, in their order."""
    formats = dict(_split(value) for value in values.get("fmtp", []))
    found: list[Codec] = []
    repairs: dict[int, int] = {}
    for value in values.get("rtpmap", [])[:_CODECS_PER_SECTION]:
        text, rtpmap = _split(value)
        name = rtpmap.partition("/")[0].lower()
        if not re.fullmatch(r"[\w/-]+", rtpmap, re.ASCII):
            continue
        if name == _RTX:
            repaired = re.fullmatch(r"apt=(\d{1,3})(;.*)?", formats.get(text, ""), re.ASCII)
            if repaired:
                repairs[int(repaired[1])] = read_number(text, 127)
        elif name in FORWARDED.get(kind, frozenset()):
            found.append(Codec(read_number(text, 127), name, rtpmap, formats.get(text, "")))
    return tuple(replace(codec, rtx=repairs.get(codec.payload_type, 0)) for codec in found)


def _split(value: str) -> tuple[str, str]:
    head, _, tail = value.partition(" ")
    return head, tail.strip()


def read_number(text: str, most: int) -> int:
    """A decimal of a description; MalformedMessage when it is none or above `most`."""
    if not text.isascii() or not text.isdigit() or int(text[:12]) > most:
        raise MalformedMessage("sdp number")
    return int(text)


def write_codec(kind: str, codec: Codec, transport_cc: bool) -> list[str]:
    """The attribute lines of one codec and its retransmissions."""
    number = codec.payload_type
    lines = [f"a=rtpmap:{number} {codec.rtpmap}"]
    if codec.fmtp:
        lines.append(f"a=fmtp:{number} {codec.fmtp}")
    feedback = _FEEDBACK if kind == "video" else ("transport-cc",)
    lines += [
        f"a=rtcp-fb:{number} {name}" for name in feedback if transport_cc or name != "transport-cc"
    ]
    if codec.rtx:
        lines += [f"a=rtpmap:{codec.rtx} rtx/90000", f"a=fmtp:{codec.rtx} apt={number}"]
    return lines


def numbers_of(codecs: Iterable[Codec]) -> list[int]:
    """All payload types of a media line, retransmissions after what they repeat."""
    return [number for codec in codecs for number in (codec.payload_type, codec.rtx) if number]


def preferring(codecs: Iterable[Codec], names: tuple[str, ...]) -> tuple[Codec, ...]:
    """The codecs with those of `names` first: a sender takes the first of an answer."""
    order = {name: index for index, name in enumerate(names)}
    return tuple(sorted(codecs, key=lambda codec: order.get(codec.name, len(order))))


def with_dtx(codec: Codec) -> Codec:
    """Opus that pauses in silence; the same in all sections, as one number means one thing."""
    if codec.name != OPUS or "usedtx=" in codec.fmtp:
        return codec
    return replace(codec, fmtp=";".join(filter(None, (codec.fmtp, "usedtx=1"))))


def mapped(sent: Iterable[Codec], received: Iterable[Codec]) -> tuple[tuple[int, Codec], ...]:
    """For each payload type that is sent, the receiver's codec of the same meaning, if any."""
    known: dict[tuple[str, ...], Codec] = {}
    for codec in received:
        known.setdefault(codec.meaning, codec)
    return tuple(
        (codec.payload_type, known[codec.meaning]) for codec in sent if codec.meaning in known
    )


def _h264(number: int, profile: str, mode: int) -> Codec:
    fmtp = f"level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}"
    return Codec(number, H264, "H264/90000", fmtp, rtx=number + 1)


OFFERED: Mapping[str, tuple[Codec, ...]] = {
    "audio": (
        Codec(111, OPUS, "opus/48000/2", "minptime=10;useinbandfec=1"),
        Codec(63, RED, "red/48000/2", "111/111"),
    ),
    "video": (
        Codec(96, VP8, "VP8/90000", "", rtx=97),
        _h264(98, "42e01f", 1),
        _h264(100, "42e01f", 0),
        _h264(102, "42001f", 1),
        _h264(104, "42001f", 0),
        _h264(106, "4d001f", 1),
        _h264(108, "64001f", 1),
        _h264(112, "640c1f", 1),
    ),
}
"""What we offer clients that let us offer, with numbers of our own."""
