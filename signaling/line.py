"""One client's connection as a line: what it bears, and how its tracks share that. No socket."""

from collections.abc import Mapping

from signaling.allocation import Wanted, share
from signaling.estimator import Estimate, observe, rest, wait
from signaling.layers import HIGHEST
from signaling.outbound import OutboundTrack
from signaling.twcc import ArrivalLog, Feedback, SendLog

TICK_SECONDS = 0.1
_FIRST_SECONDS = 3.0  # feedback must come by then, or the client sends none
_NARROW_BPS, _WIDE_BPS = 300_000, 450_000  # below the first RED comes plain, above the other whole


class Line:
    """Both directions: arrivals to tell the client of, and what it tells us of ours."""

    __slots__ = (
        "_checked",
        "_since",
        "_unheard_since",
        "arrivals",
        "estimate",
        "is_measured",
        "log",
        "remb_bps",
        "rtt",
    )

    def __init__(self) -> None:
        self.arrivals, self.log = ArrivalLog(), SendLog()
        self.estimate = Estimate()
        self.is_measured = False  # the client sends transport-wide feedback
        self.remb_bps: int | None = None
        self.rtt: float | None = None  # seconds, by the newest report that tells it
        self._checked = 0  # the number next to send, at the last check
        self._unheard_since: float | None = None  # packets were sent, no feedback came
        self._since: float | None = None  # packets with transport-wide numbers are sent

    def budget_bps(self, now: float) -> float | None:
        """What may be sent on it, None when nobody measures."""
        starts = self._since is not None and now - self._since < _FIRST_SECONDS
        if self.is_measured or (starts and self.remb_bps is None):
            return self.estimate.budget_bps
        return self.remb_bps

    def heard(self, feedback: Feedback, now: float) -> None:
        """The client told what arrived."""
        self.is_measured, self._unheard_since = True, None
        self.estimate = observe(self.estimate, self.log.outcomes(feedback), now)

    def check(self, now: float) -> None:
        """Called ten times a second: notices a client that falls silent, and a line at rest."""
        if self.log.next != self._checked:
            self._checked = self.log.next
            self._unheard_since = now if self._unheard_since is None else self._unheard_since
        if not self.is_measured:
            return
        if self._unheard_since is None:
            self.estimate = rest(self.estimate, TICK_SECONDS, now)
        else:
            self.estimate = wait(self.estimate, self._unheard_since, now)

    def divide(self, outs: list[OutboundTrack], now: float) -> list[OutboundTrack]:
        """Decides anew what its tracks may have; those whose share changed."""
        if self._since is None and any(out.transport_id for out in outs):
            self._since = now
        budget = self.budget_bps(now)
        if budget is None:
            return _allow(outs, {out.ssrc: HIGHEST for out in outs})
        self._save(outs, budget)
        pictures = [_wanted(out) for out in outs if out.kind == "video" and out.wanted is not None]
        voices = sum(
            out.current.rate_bps / (2 if out.unwraps else 1)
            for out in outs
            if out.kind == "audio" and out.current is not None
        )
        may_pause = all(out.delivery.may_pause for out in outs)
        shares = share(budget, voices, pictures, may_pause)
        return _allow(outs, shares)

    def _save(self, outs: list[OutboundTrack], budget: float) -> None:
        """On a narrow line redundancy of voices costs more words than it saves."""
        if budget < _NARROW_BPS or budget > _WIDE_BPS:
            for out in outs:
                if out.kind == "audio":
                    out.save(budget < _NARROW_BPS)


def _allow(outs: list[OutboundTrack], shares: Mapping[int, int | None]) -> list[OutboundTrack]:
    changed = [out for out in outs if shares.get(out.ssrc, out.allowed) != out.allowed]
    for out in changed:
        out.allowed = shares[out.ssrc]
    return changed


def _wanted(out: OutboundTrack) -> Wanted:
    streams = out.track.streams.values()
    return Wanted(
        key=out.ssrc,
        most=min(out.wanted or 0, out.ladder.ceiling),
        rates={stream.layer: stream.rate_bps for stream in streams if stream.alive},
        is_screen=out.delivery.is_screen,
        now=out.current.layer if out.current else None,
    )
