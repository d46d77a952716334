"""Which microphones of a room are passed on: the loudest few, without cutting words. Pure.

Loudness is 127 minus the level of RFC 6464, so 0 is silence and 127 the loudest. It rises at once
and falls slowly, as a voice falls between syllables. Who is heard keeps the place for a while after
the last word; another speaker takes it then, or sooner when clearly louder than all.
"""

DEFAULT_VOICES = 3
UNKNOWN_LEVEL = 40  # of a client that measures none: it counts as somebody who speaks
SILENCE = 127
_SPEECH = 127 - 60  # loudness of words
_NOISE = 127 - 80  # loudness below which a microphone does not compete for a place
_FALL_PER_SECOND = 40.0  # dB
_MARGIN_DB = 6.0  # by which a newcomer must be louder
_HOLD_SECONDS = 0.8  # a pause within a sentence
_TURN_SECONDS = 1.5  # a place is held at least so long among people who all speak


class Voice:
    """One microphone; `is_open` while its packets are passed on. Times are seconds of one clock."""

    __slots__ = ("_room", "heard_at", "is_open", "loudness", "opened_at", "spoke_at")

    def __init__(self, room: "Voices") -> None:
        self._room = room
        self.is_open = False
        self.loudness = 0.0
        self.heard_at = self.spoke_at = self.opened_at = float("-inf")

    def hear(self, level: int, now: float) -> bool:
        """A packet of `level` (-dBov) came; whether it is to be passed on."""
        loud = SILENCE - level
        if not self.is_open and loud < _NOISE and self._room.is_full:
            return False  # what nearly all packets of a large room come to
        self.loudness, self.heard_at = max(loud, self.loudness_at(now)), now
        if loud >= _SPEECH:
            self.spoke_at = now
        return self.is_open or self._room.admit(self, now)

    def loudness_at(self, now: float) -> float:
        """The loudness that is left now of what was heard."""
        return self.loudness - (now - self.heard_at) * _FALL_PER_SECOND

    def leave(self) -> None:
        """The microphone is muted or gone: its place is free."""
        self._room.close(self)

    def yields_to(self, other: "Voice", now: float) -> bool:
        """Whether `other` takes this one's place."""
        pauses = now - self.spoke_at > _HOLD_SECONDS
        had_turn = now - self.opened_at > _TURN_SECONDS
        return (pauses or had_turn) and other.loudness >= self.loudness_at(now) + _MARGIN_DB


class Voices:
    """The places of one room; none at all (0) means that every voice is passed on."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._open: list[Voice] = []
        self.is_full = False

    def admit(self, voice: Voice, now: float) -> bool:
        """Opens `voice` if there is a place, or one who must yield theirs."""
        if self.is_full:
            weakest = min(self._open, key=lambda held: held.loudness_at(now))
            if not weakest.yields_to(voice, now):
                return False
            self.close(weakest)
        voice.is_open, voice.opened_at = True, now
        self._open.append(voice)
        self.is_full = len(self._open) == self._places
        return True

    def close(self, voice: Voice) -> None:
        """Takes a voice's place away, if it has one."""
        if voice.is_open:
            voice.is_open = False
            self._open.remove(voice)
            self.is_full = False
