"""Offers and answers of one participant: which m= section carries which track. No I/O.

Answering  the client offers, we answer: all of v1, and what v0 clients send
Offering   we offer what v0 clients receive, one offer at a time
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from signaling.media_codecs import OFFERED, Codec
from signaling.sdp import (
    Credentials,
    Description,
    Endpoint,
    Local,
    OfferedSection,
    Outgoing,
    Section,
    write_answer,
    write_offer,
)


@dataclass(frozen=True)
class Bound:
    """A subscription that found its section, and what the client understands there."""

    track_sid: str
    outgoing: Outgoing
    codecs: tuple[Codec, ...]
    transport_id: int  # of the transport-wide number's extension, 0 for none


@dataclass(frozen=True)
class Claim:
    """A track that a participant shall get, and the ssrcs it will have there."""

    kind: str
    owner_sid: str
    ssrc: int
    rtx_ssrc: int

    def outgoing(self, track_sid: str) -> Outgoing:
        """The claim in the terms of a description."""
        return Outgoing(self.owner_sid, track_sid, self.ssrc, self.rtx_ssrc)


class Answering:
    """The client's latest offer and what its sections are used for."""

    def __init__(self, endpoint: Endpoint, credentials: Credentials) -> None:
        self._endpoint, self.credentials = endpoint, credentials
        self._offer: Description | None = None
        self._version = 0
        self.publishing: dict[str, str] = {}  # mid -> track sid
        self.preferred: dict[str, tuple[str, ...]] = {}  # mid -> codecs to send there, best first
        self.sending: dict[str, Outgoing] = {}  # mid -> what we send there
        self.quiet = False  # the client shall send next to nothing while nobody speaks
        self.waiting: dict[str, Claim] = {}  # by track sid
        self.asked = False  # media_sections_requirement is out

    @property
    def ufrag(self) -> str:
        """The client's ICE username of the latest offer, empty before the first."""
        return self._offer.ufrag if self._offer else ""

    def take(self, offer: Description) -> None:
        """A new offer replaces the last one; uses of sections that vanished are dropped."""
        self._offer, self.asked = offer, False
        usable = {section.mid for section in offer.sections if section.is_usable}
        self.sending = {mid: out for mid, out in self.sending.items() if mid in usable}

    def restart(self, credentials: Credentials) -> None:
        """ICE restarts: answers carry new credentials."""
        self.credentials = credentials

    def want(self, track_sid: str, claim: Claim) -> None:
        """A track shall be sent as soon as a section is free."""
        self.waiting[track_sid] = claim

    def drop(self, track_sid: str) -> bool:
        """A track is no longer sent; True when a section carried it, so that one must re-offer."""
        self.waiting.pop(track_sid, None)
        before = len(self.sending)
        self.sending = {m: out for m, out in self.sending.items() if out.track_sid != track_sid}
        return len(self.sending) != before

    def bind_waiting(self) -> list[Bound]:
        """Gives free receiving sections of the latest offer to the tracks that wait."""
        bound = []
        for track_sid, claim in list(self.waiting.items()):
            section = next(self._free(claim.kind), None)
            if section is None:
                continue
            outgoing = claim.outgoing(track_sid)
            self.sending[section.mid] = outgoing
            del self.waiting[track_sid]
            bound.append(Bound(track_sid, outgoing, section.codecs, section.transport_id))
        return bound

    def lacking(self) -> tuple[int, int]:
        """How many more audio and video sections the waiting tracks need."""
        counts = []
        for kind in ("audio", "video"):
            waiting = sum(1 for claim in self.waiting.values() if claim.kind == kind)
            counts.append(max(0, waiting - sum(1 for _ in self._free(kind))))
        return counts[0], counts[1]

    def answer(self) -> tuple[str, Mapping[str, str]]:
        """The answer to the latest offer, and which track each section of ours carries."""
        assert self._offer is not None  # called only after take()
        self._version += 1
        local = Local(self._endpoint, self.credentials, "active", self._version)
        receiving = {mid: self.preferred.get(mid, ()) for mid in self.publishing}
        text = write_answer(local, self._offer, receiving, self.sending, quiet=self.quiet)
        return text, {mid: out.track_sid for mid, out in self.sending.items()}

    def _free(self, kind: str) -> Iterator[Section]:
        sections = self._offer.sections if self._offer else ()
        for section in sections:
            usable = section.kind == kind and section.is_free_to_receive
            if usable and section.mid not in self.sending and section.mid not in self.publishing:
                yield section


class Offering:
    """What we send a dual-connection client; sections are never removed, only reused."""

    def __init__(self, endpoint: Endpoint, credentials: Credentials) -> None:
        self._endpoint, self.credentials = endpoint, credentials
        self._sections: list[OfferedSection] = []
        self._version = 0
        self._outstanding = False
        self._changed = True
        self._offered: set[str] = set()  # track sids in the outstanding offer
        self._answered: set[str] = set()
        self.offer_id = 0

    def want(self, track_sid: str, claim: Claim) -> None:
        """A track shall be sent from the next answered offer on."""
        kind, outgoing = claim.kind, claim.outgoing(track_sid)
        self._changed = True
        for index, section in enumerate(self._sections):
            if section.kind == kind and section.outgoing is None and not self._outstanding:
                self._sections[index] = replace(section, outgoing=outgoing)
                return
        mid = str(len(self._sections) + 1)  # 0 is the data section
        self._sections.append(OfferedSection(kind, mid, outgoing))

    def drop(self, track_sid: str) -> None:
        """The track's section rests from the next offer on."""
        self._answered.discard(track_sid)
        for index, section in enumerate(self._sections):
            if section.outgoing is not None and section.outgoing.track_sid == track_sid:
                self._sections[index] = replace(section, outgoing=None)
                self._changed = True

    def restart(self, credentials: Credentials) -> None:
        """ICE restarts: the next offer carries new credentials, whatever was outstanding."""
        self.credentials = credentials
        self._outstanding, self._changed = False, True

    def offer(self) -> tuple[str, Mapping[str, str]] | None:
        """The next offer, or None when nothing changed or one is still unanswered."""
        if self._outstanding or not self._changed:
            return None
        self._outstanding, self._changed = True, False
        self._version += 1
        self.offer_id += 1
        local = Local(self._endpoint, self.credentials, "actpass", self._version)
        carried = {s.mid: s.outgoing.track_sid for s in self._sections if s.outgoing}
        self._offered = set(carried.values())
        return write_offer(local, tuple(self._sections)), carried

    def take_answer(self, answer_id: int, answer: Description) -> list[Bound]:
        """The client answered: the tracks that may be sent from now on."""
        if not self._outstanding or answer_id not in (0, self.offer_id):
            return []
        self._outstanding = False
        agreed = {section.mid: section for section in answer.sections}
        new = [
            _bound(section.outgoing, section.kind, agreed.get(section.mid))
            for section in self._sections
            if section.outgoing is not None
            and section.outgoing.track_sid in self._offered - self._answered
        ]
        self._answered |= {bound.track_sid for bound in new}
        return new


def _bound(outgoing: Outgoing, kind: str, agreed: Section | None) -> Bound:
    """What the client accepted of our offer; our own numbers count, whatever it repeats."""
    taken = {codec.payload_type for codec in agreed.codecs} if agreed else set()
    codecs = tuple(codec for codec in OFFERED[kind] if codec.payload_type in taken)
    return Bound(outgoing.track_sid, outgoing, codecs, agreed.transport_id if agreed else 0)
