"""A listener's side of session descriptions: read the server's offer, answer with voices only."""

from collections.abc import Mapping
from dataclasses import dataclass

from signaling.errors import MalformedMessage
from signaling.media_codecs import OPUS, VP8
from signaling.sdp import LEVEL_EXTENSION, Credentials, Description, Section, parse


@dataclass(frozen=True)
class ServerOffer:
    """What a listener needs of an offer."""

    description: Description
    password: str
    candidates: tuple[str, ...]  # values of a=candidate
    is_lite: bool

    def tracks_by_ssrc(self, tracks_by_mid: Mapping[str, str]) -> dict[int, str]:
        """Which track's packets carry which SSRC."""
        return {
            ssrc: tracks_by_mid.get(section.mid) or section.track_id
            for section in self.description.sections
            if section.kind == "audio" and section.sends
            for ssrc in section.ssrcs
        }

    @property
    def level_extension(self) -> int:
        """Id of the audio level header extension, 0 where the server has none."""
        ids = {s.extensions.get(LEVEL_EXTENSION, 0) for s in self.description.sections}
        return max(ids)


@dataclass(frozen=True)
class LocalSide:
    """What our answer says of ourselves."""

    credentials: Credentials
    fingerprint: str  # "sha-256 AB:CD…"
    candidates: tuple[str, ...]
    version: int


def read_offer(text: str) -> ServerOffer:
    """Read a server's offer; MalformedMessage tells what is wrong."""
    description = parse(text)
    lines = text.replace("\r", "").split("\n")
    password = next((line[10:] for line in lines if line.startswith("a=ice-pwd:")), "")
    if not password:
        raise MalformedMessage("sdp ice-pwd")
    candidates = tuple(
        dict.fromkeys(line[12:] for line in lines if line.startswith("a=candidate:"))
    )
    return ServerOffer(description, password, candidates, "a=ice-lite" in lines)


def write_answer(offer: ServerOffer, local: LocalSide) -> str:
    """The answer: data and voices are taken, everything else rests."""
    sections = offer.description.sections
    mids = " ".join(section.mid for section in sections if not section.rejected)
    lines = [
        "v=0",
        f"o=- 1 {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mids}",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
    ]
    for section in sections:
        lines += _section(section, local)
    return "\r\n".join(lines) + "\r\n"


def _section(section: Section, local: LocalSide) -> list[str]:
    if section.kind == "application":
        head = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 0.0.0.0"]
        return [*head, *_transport(section, local), "a=sctp-port:5000"]
    codecs = [codec for codec in section.codecs if codec.name in (OPUS, VP8)]
    if section.rejected or not codecs:
        refused = f"m={section.kind} 0 UDP/TLS/RTP/SAVPF {' '.join(section.formats) or '0'}"
        return [refused, "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive"]
    numbers = " ".join(str(codec.payload_type) for codec in codecs)
    lines = [f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0"]
    lines += [*_transport(section, local), "a=rtcp-mux", "a=rtcp-rsize"]
    for codec in codecs:
        lines.append(f"a=rtpmap:{codec.payload_type} {codec.rtpmap}")
        if codec.fmtp:
            lines.append(f"a=fmtp:{codec.payload_type} {codec.fmtp}")
    level = section.extensions.get(LEVEL_EXTENSION)
    if level:
        lines.append(f"a=extmap:{level} {LEVEL_EXTENSION}")
    heard = section.kind == "audio" and section.sends
    return [*lines, "a=recvonly" if heard else "a=inactive"]


def _transport(section: Section, local: LocalSide) -> list[str]:
    return [
        f"a=mid:{section.mid}",
        f"a=ice-ufrag:{local.credentials.ufrag}",
        f"a=ice-pwd:{local.credentials.password}",
        f"a=fingerprint:{local.fingerprint}",
        "a=setup:active",
        *(f"a=candidate:{candidate}" for candidate in local.candidates),
    ]
