"""Session descriptions of a load client: what it sends and how much it can receive."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from signaling.sdp import LEVEL_EXTENSION, Credentials
from signaling.tap_sdp import ServerOffer, read_offer
from tests.support.load_link import Link, Remote

PAYLOAD_TYPES = {"audio": 111, "video": 96}
LEVEL_ID = 1
_CODECS = {
    "audio": ("opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"),
    "video": ("VP8/90000", "a=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli"),
}


@dataclass(frozen=True)
class Media:
    """One m= section of ours; with an ssrc we send in it, else we receive."""

    kind: str
    ssrc: int = 0
    cid: str = ""


def offer(link: Link, media: Sequence[Media], version: int, *, data: bool) -> str:
    """An offer of these sections, in order, after one for data; mids are numbers from 1."""
    sections = [_data(link, "0", "actpass")] if data else []
    sections += [_section(link, str(at), item, "actpass") for at, item in enumerate(media, 1)]
    return _description(sections, version)


def answer(link: Link, offered: str) -> str:
    """Takes everything that a server offers."""
    sections = [
        _section(link, section.mid, Media(section.kind), "active")
        for section in read_offer(offered).description.sections
    ]
    return _description(sections, 1)


def remote_of(text: str, trickled: Sequence[str] = ()) -> Remote | None:
    """How to reach the server that wrote this; None while it named no UDP candidate."""
    theirs: ServerOffer = read_offer(text)
    for candidate in (*theirs.candidates, *trickled):
        words = candidate.split()
        if words[2].lower() == "udp" and words[4].startswith("127."):
            setup = re.search(r"a=setup:(\w+)", text)
            return Remote(
                (words[4], int(words[5])),
                Credentials(theirs.description.ufrag, theirs.password),
                theirs.description.fingerprints,
                is_dtls_server=setup is None or setup.group(1) != "active",
            )
    return None


def _description(sections: list[list[str]], version: int) -> str:
    mids = " ".join(line[6:] for lines in sections for line in lines if line.startswith("a=mid:"))
    head = ["v=0", f"o=- 7 {version} IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {mids}"]
    head.append("a=msid-semantic: WMS *")
    return "\r\n".join(line for lines in [head, *sections] for line in lines) + "\r\n"


def _transport(link: Link, mid: str, setup: str) -> list[str]:
    own = link.sock.getsockname()
    return [
        "c=IN IP4 127.0.0.1",
        f"a=mid:{mid}",
        f"a=ice-ufrag:{link.credentials.ufrag}",
        f"a=ice-pwd:{link.credentials.password}",
        f"a=fingerprint:{link.fingerprint}",
        f"a=setup:{setup}",
        f"a=candidate:1 1 udp 2113937151 {own[0]} {own[1]} typ host",
    ]


def _section(link: Link, mid: str, media: Media, setup: str) -> list[str]:
    number = PAYLOAD_TYPES[media.kind]
    rtpmap, rest = _CODECS[media.kind]
    lines = [f"m={media.kind} 9 UDP/TLS/RTP/SAVPF {number}", *_transport(link, mid, setup)]
    lines += ["a=rtcp-mux", "a=rtcp-rsize", f"a=rtpmap:{number} {rtpmap}", rest]
    if media.kind == "audio":
        lines.append(f"a=extmap:{LEVEL_ID} {LEVEL_EXTENSION}")
    if not media.ssrc:
        return [*lines, "a=recvonly"]
    name = f"a=ssrc:{media.ssrc}"
    lines += ["a=sendonly", f"a=msid:load {media.cid}", f"{name} cname:load"]
    return [*lines, f"{name} msid:load {media.cid}"]


def _data(link: Link, mid: str, setup: str) -> list[str]:
    head = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
    return [head, *_transport(link, mid, setup), "a=sctp-port:5000"]
