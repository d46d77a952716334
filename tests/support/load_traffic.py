"""What a load client sends: RTP streams at a fixed rate, while every receiver is drained."""

import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from signaling.rtp import HEADER
from signaling.srtp import PacketBuffer
from tests.support.load_link import Link
from tests.support.load_sdp import LEVEL_ID, PAYLOAD_TYPES, Media

VIDEO_BYTES, AUDIO_BYTES = 1_100, 120  # RTP packets before encryption
WORDS_BYTES = AUDIO_BYTES - 20  # behind header and level
SENT_AT = struct.Struct("!Q")  # ns since 1970: what the words begin with
SPEECH_LEVEL, HISS_LEVEL = 20, 65  # -dBov: a voice, and a room where nobody speaks
_PACKETS_A_FRAME = 2
_KEY_FRAME_EVERY = 60  # frames
_DRAIN_SECONDS = 0.004
_NAP_SECONDS = 0.0005


class Stream:
    """One track of a publisher; packets look like a browser's, their content is noise."""

    def __init__(
        self, link: Link, media: Media, packets_per_second: float, level: int = SPEECH_LEVEL
    ) -> None:
        self.link, self.kind, self._ssrc = link, media.kind, media.ssrc
        self._level = 0x80 | level
        self.interval = 1 / packets_per_second
        self.due = 0.0
        self.sent = 0
        self._sequence, self._timestamp, self._frame = 1_000, 10_000, 0
        self._packet = PacketBuffer()
        self._noise = bytes(range(256)) * 6

    def send(self, *, key_frame: bool = False) -> None:
        """The next packet, encrypted."""
        size = self._video(key_frame) if self.kind == "video" else self._audio()
        self._sequence = self._sequence + 1 & 0xFFFF
        length = self._packet.protect(self.link.tx, size)
        try:
            self.link.sock.send(self._packet.view[:length])
            self.sent += 1
        except BlockingIOError:  # the machine is full: the packet is lost, as on a line
            return

    def _video(self, key_frame: bool) -> int:
        """VP8 with picture id, TL0 and TID (RFC 7741), a frame in two packets."""
        data, part = self._packet.bytes, self.sent % _PACKETS_A_FRAME
        if part == 0:
            self._frame += 1
            self._timestamp += 3_000
        is_key = key_frame or self._frame % _KEY_FRAME_EVERY == 1
        picture, tl0 = self._frame & 0x7FFF, self._frame & 0xFF
        descriptor = bytes(
            (0x90 if part == 0 else 0x80, 0xE0, 0x80 | picture >> 8, picture & 0xFF, tl0, 0)
        )
        # A frame tag of RFC 6386 section 9.1, in a key frame with start code and 640 x 360.
        head = b"\x10\x02\x00\x9d\x01\x2a\x80\x02\x68\x01" if is_key else b"\x31\x02\x00"
        head = descriptor + (head if part == 0 else b"")
        self._head(0x80, 0x80 if part == _PACKETS_A_FRAME - 1 else 0)
        data[12:VIDEO_BYTES] = (head + self._noise)[: VIDEO_BYTES - 12]
        return VIDEO_BYTES

    def _audio(self) -> int:
        """Opus with the level extension (RFC 6464); its words say when they were sent."""
        data = self._packet.bytes
        self._timestamp += 960
        self._head(0x90, 0)
        data[12:20] = bytes((0xBE, 0xDE, 0, 1, LEVEL_ID << 4, self._level, 0, 0))
        data[20:AUDIO_BYTES] = self._noise[:WORDS_BYTES]
        SENT_AT.pack_into(data, 20, time.time_ns())
        return AUDIO_BYTES

    def _head(self, first: int, marker: int) -> None:
        kind, stamp = marker | PAYLOAD_TYPES[self.kind], self._timestamp & 0xFFFFFFFF
        HEADER.pack_into(self._packet.bytes, 0, first, kind, self._sequence, stamp, self._ssrc)


@dataclass(frozen=True)
class Traffic:
    """What a window carried."""

    seconds: float
    sent: int
    received: int


def run(streams: Sequence[Stream], drain: Callable[[], int], seconds: float) -> Traffic:
    """Sends every stream at its rate for so long, alone on this thread.

    `drain` takes all that lies in the receivers' sockets and tells how many packets it was.
    """
    drain()
    sent = sum(stream.sent for stream in streams)
    received, start = 0, time.perf_counter()
    now = drained = start
    for number, stream in enumerate(streams):
        stream.due = start + stream.interval * number / len(streams)
    while now < start + seconds:
        is_idle = True
        for stream in streams:
            if stream.due <= now:
                stream.send()
                stream.due = max(stream.due + stream.interval, now - 0.05)
                is_idle = False
        if now - drained > _DRAIN_SECONDS:
            drained, received = now, received + drain()
        elif is_idle:
            time.sleep(_NAP_SECONDS)
        now = time.perf_counter()
    elapsed = time.perf_counter() - start
    time.sleep(0.05)  # what the server still holds
    received += drain()
    return Traffic(elapsed, sum(stream.sent for stream in streams) - sent, received)
