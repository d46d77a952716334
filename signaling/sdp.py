"""Session descriptions (RFC 8866, 9429): the parts of an offer or answer that a forwarder needs.

Parsing keeps values, not text; only numbers and single tokens are ever echoed back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from signaling.errors import MalformedMessage
from signaling.limits import SDP_BYTES, SDP_SECTIONS
from signaling.media_codecs import (
    OFFERED,
    Codec,
    numbers_of,
    preferring,
    read_codecs,
    read_number,
    with_dtx,
    write_codec,
)

MID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
LEVEL_EXTENSION = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
TRANSPORT_EXTENSION = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_EXTENSIONS = {
    MID_EXTENSION,
    RID_EXTENSION,
    REPAIRED_RID_EXTENSION,
    LEVEL_EXTENSION,
    TRANSPORT_EXTENSION,
}
_OFFERED_TRANSPORT_ID = 3
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}")
_ICE = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")
_DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


@dataclass(frozen=True)
class Section:
    """One m= section of the client, reduced to what we use."""

    kind: str  # audio, video, application
    mid: str
    direction: str
    rejected: bool
    codecs: tuple[Codec, ...] = ()
    formats: tuple[str, ...] = ()
    extensions: Mapping[str, int] = field(default_factory=dict)
    track_id: str = ""
    ssrcs: tuple[int, ...] = ()
    repair_ssrcs: Mapping[int, int] = field(default_factory=dict)  # RTX ssrc -> what it repeats
    rids: tuple[str, ...] = ()

    @property
    def transport_id(self) -> int:
        """Id of the extension with the transport-wide number, 0 for none."""
        return self.extensions.get(TRANSPORT_EXTENSION, 0)

    @property
    def is_usable(self) -> bool:
        """Whether an answer can accept it: not rejected, and with a codec we forward."""
        return not self.rejected and (self.kind == "application" or bool(self.codecs))

    @property
    def sends(self) -> bool:
        """Whether the client sends in this section."""
        return self.is_usable and self.direction in ("sendrecv", "sendonly")

    @property
    def is_free_to_receive(self) -> bool:
        """Whether the client waits for a track here."""
        return self.is_usable and self.direction == "recvonly"


@dataclass(frozen=True)
class Description:
    """A whole offer or answer of a client."""

    sections: tuple[Section, ...]
    ufrag: str
    fingerprints: tuple[tuple[str, str], ...]


def parse(text: str) -> Description:
    """Reads a client's description; MalformedMessage tells what is wrong."""
    if len(text) > SDP_BYTES:
        raise MalformedMessage("sdp size")
    session: list[tuple[str, str]] = []
    media: list[tuple[str, list[tuple[str, str]]]] = []
    for line in text.replace("\r", "").split("\n"):
        if line.startswith("m="):
            media.append((line[2:], []))
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            (media[-1][1] if media else session).append((name, value))
    if not 1 <= len(media) <= SDP_SECTIONS:
        raise MalformedMessage("sdp sections")
    sections = tuple(_section(line, attributes) for line, attributes in media)
    if len({section.mid for section in sections}) != len(sections):
        raise MalformedMessage("sdp mid")
    everything = session + [pair for _, attributes in media for pair in attributes]
    ufrag = next((value for name, value in everything if name == "ice-ufrag"), "")
    if not _ICE.fullmatch(ufrag):
        raise MalformedMessage("sdp ice-ufrag")
    return Description(sections, ufrag, _fingerprints(everything))


def _fingerprints(attributes: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    found = {value for name, value in attributes if name == "fingerprint"}
    pairs = tuple(tuple(value.split(" ", 1)) for value in sorted(found) if " " in value)
    if not 1 <= len(pairs) <= 8:
        raise MalformedMessage("sdp fingerprint")
    return tuple((pair[0], pair[1].strip()) for pair in pairs)


def _section(line: str, attributes: list[tuple[str, str]]) -> Section:
    words = line.split()
    if len(words) < 4 or words[0] not in ("audio", "video", "application"):
        raise MalformedMessage("sdp media line")
    values: dict[str, list[str]] = {}
    for name, value in attributes:
        values.setdefault(name, []).append(value)
    mid = values.get("mid", [""])[0]
    if not _TOKEN.fullmatch(mid):
        raise MalformedMessage("sdp mid")
    msid = values.get("msid", [""])[0].split()
    repair_ssrcs = _repair_ssrcs(values.get("ssrc-group", []))
    return Section(
        kind=words[0],
        mid=mid,
        direction=next((name for name in _DIRECTIONS if name in values), "sendrecv"),
        rejected=words[1] == "0" and "bundle-only" not in values,
        codecs=read_codecs(words[0], values),
        formats=tuple(word for word in words[3:] if _TOKEN.fullmatch(word))[:1],
        extensions=_extensions(values.get("extmap", [])),
        track_id=msid[-1][:256] if msid else "",
        ssrcs=tuple(s for s in _ssrcs(values.get("ssrc", [])) if s not in repair_ssrcs),
        repair_ssrcs=repair_ssrcs,
        rids=_rids(values.get("rid", [])),
    )


def _split(value: str) -> tuple[str, str]:
    head, _, tail = value.partition(" ")
    return head, tail.strip()


def _extensions(lines: list[str]) -> Mapping[str, int]:
    found = {}
    for line in lines:
        head, uri = _split(line)
        uri = uri.split(" ")[0]
        if uri in _EXTENSIONS:
            found[uri] = read_number(head.partition("/")[0], 255)
    return found


def _ssrcs(lines: list[str]) -> tuple[int, ...]:
    heads = dict.fromkeys(_split(line)[0] for line in lines[:256])
    return tuple(read_number(head, 0xFFFFFFFF) for head in heads)


def _repair_ssrcs(groups: list[str]) -> dict[int, int]:
    """ssrc-group:FID lines (RFC 5576): first the stream, then its retransmissions."""
    found = {}
    for group in groups[:64]:
        words = group.split()
        if len(words) == 3 and words[0] == "FID":
            found[read_number(words[2], 0xFFFFFFFF)] = read_number(words[1], 0xFFFFFFFF)
    return found


def _rids(lines: list[str]) -> tuple[str, ...]:
    heads = [_split(line)[0] for line in lines[:8]]
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{1,16}", head) for head in heads):
        raise MalformedMessage("sdp rid")
    return tuple(dict.fromkeys(heads))


@dataclass(frozen=True)
class Endpoint:
    """What every description of one worker says about it."""

    fingerprint: str  # "sha-256 AB:CD…"
    candidates: tuple[str, ...]  # values of a=candidate

    def only(self, protocol: str) -> "Endpoint":
        """With the candidates of one protocol ("udp", "tcp"); all of them for any other word."""
        kept = tuple(each for each in self.candidates if each.split()[2] == protocol)
        return replace(self, candidates=kept or self.candidates)


@dataclass(frozen=True)
class Credentials:
    """ICE credentials of one transport of ours."""

    ufrag: str
    password: str


@dataclass(frozen=True)
class Outgoing:
    """A track that we send in a section."""

    participant_sid: str
    track_sid: str
    ssrc: int
    rtx_ssrc: int  # for retransmissions, where the section has a codec for them

    @property
    def stream_id(self) -> str:
        """LiveKit's stream id, from which clients learn participant and track."""
        return f"{self.participant_sid}|{self.track_sid}"


@dataclass(frozen=True)
class Local:
    """Our side of one transport."""

    endpoint: Endpoint
    credentials: Credentials
    setup: str  # active or actpass
    version: int


def write_answer(
    local: Local,
    offer: Description,
    receiving: Mapping[str, tuple[str, ...]],
    sending: Mapping[str, Outgoing],
    *,
    quiet: bool = False,
) -> str:
    """The answer to `offer`: sections by mid are received, sent in, or inactive.

    `receiving` names the codecs that a client shall prefer to send in each section; `quiet` asks
    it to send next to nothing while nobody speaks (DTX, RFC 7587).
    """
    lines = _head(local, [section.mid for section in offer.sections if section.is_usable])
    candidates = local.endpoint.candidates
    for section in offer.sections:
        if not section.is_usable:
            lines += _refused(section)
            continue
        if section.kind == "application":
            lines += _data_section(local, section.mid, candidates)
        else:
            preferred = preferring(section.codecs, receiving.get(section.mid, ()))
            codecs = tuple(map(with_dtx, preferred)) if quiet else preferred
            lines += _media_answer(local, section, codecs, candidates)
            lines += _answer_direction(section, receiving, sending.get(section.mid))
        candidates = ()
    return _join(lines)


def _media_answer(
    local: Local, section: Section, codecs: tuple[Codec, ...], candidates: tuple[str, ...]
) -> list[str]:
    lines = _media_line(section.kind, codecs) + _transport(local, section.mid, candidates)
    lines += _codec_lines(section.kind, codecs, bool(section.transport_id))
    return lines + [f"a=extmap:{number} {uri}" for uri, number in section.extensions.items()]


def _media_line(kind: str, codecs: tuple[Codec, ...]) -> list[str]:
    numbers = " ".join(map(str, numbers_of(codecs)))
    return [f"m={kind} 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0"]


def _codec_lines(kind: str, codecs: tuple[Codec, ...], transport_cc: bool) -> list[str]:
    lines = ["a=rtcp-mux", "a=rtcp-rsize"]
    for codec in codecs:
        lines += write_codec(kind, codec, transport_cc)
    return lines


def _answer_direction(
    section: Section, receiving: Mapping[str, tuple[str, ...]], outgoing: Outgoing | None
) -> list[str]:
    if outgoing is not None:
        return _sending(outgoing, any(codec.rtx for codec in section.codecs))
    if section.mid not in receiving:
        return ["a=inactive"]
    lines = ["a=recvonly"]
    if section.rids:
        lines += [f"a=rid:{rid} recv" for rid in section.rids]
        lines.append("a=simulcast:recv " + ";".join(section.rids))
    return lines


def _refused(section: Section) -> list[str]:
    proto = "UDP/DTLS/SCTP" if section.kind == "application" else "UDP/TLS/RTP/SAVPF"
    line = f"m={section.kind} 0 {proto} {' '.join(section.formats) or '0'}"
    return [line, "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive"]


@dataclass(frozen=True)
class OfferedSection:
    """One section of an offer of ours; without `outgoing` it rests inactive."""

    kind: str
    mid: str
    outgoing: Outgoing | None


def write_offer(local: Local, sections: tuple[OfferedSection, ...]) -> str:
    """Our offer to a dual-connection client: a data section first, then what it receives."""
    lines = _head(local, ["0", *(section.mid for section in sections)])
    lines += _data_section(local, "0", local.endpoint.candidates)
    for section in sections:
        codecs = OFFERED[section.kind]
        lines += _media_line(section.kind, codecs) + _transport(local, section.mid, ())
        lines += _codec_lines(section.kind, codecs, transport_cc=True)
        lines.append(f"a=extmap:{_OFFERED_TRANSPORT_ID} {TRANSPORT_EXTENSION}")
        has_rtx = section.kind == "video"
        lines += _sending(section.outgoing, has_rtx) if section.outgoing else ["a=inactive"]
    return _join(lines)


def _head(local: Local, mids: list[str]) -> list[str]:
    return [
        "v=0",
        f"o=- {int.from_bytes(local.credentials.ufrag.encode()[:6], 'big')} {local.version}"
        " IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE " + " ".join(mids),
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
    ]


def _transport(local: Local, mid: str, candidates: tuple[str, ...]) -> list[str]:
    lines = [
        f"a=mid:{mid}",
        f"a=ice-ufrag:{local.credentials.ufrag}",
        f"a=ice-pwd:{local.credentials.password}",
        f"a=fingerprint:{local.endpoint.fingerprint}",
        f"a=setup:{local.setup}",
    ]
    if candidates:
        lines += [f"a=candidate:{candidate}" for candidate in candidates]
        lines.append("a=end-of-candidates")
    return lines


def _data_section(local: Local, mid: str, candidates: tuple[str, ...]) -> list[str]:
    head = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0"]
    tail = ["a=sctp-port:5000", "a=max-message-size:65536"]
    return head + _transport(local, mid, candidates) + tail


def _sending(outgoing: Outgoing, has_rtx: bool) -> list[str]:
    msid = f"{outgoing.stream_id} {outgoing.track_sid}"
    lines = ["a=sendonly", f"a=msid:{msid}"]
    ssrcs = (outgoing.ssrc, outgoing.rtx_ssrc) if has_rtx else (outgoing.ssrc,)
    if has_rtx:
        lines.append(f"a=ssrc-group:FID {outgoing.ssrc} {outgoing.rtx_ssrc}")
    for ssrc in ssrcs:
        lines += [f"a=ssrc:{ssrc} cname:{outgoing.participant_sid}", f"a=ssrc:{ssrc} msid:{msid}"]
    return lines


def _join(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"
