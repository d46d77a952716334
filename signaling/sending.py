"""Writing, encrypting and sending one receiver's copy of a packet: the innermost loop.

Per copy: a header packed into a reused buffer, payload copied, encrypted in place, sent.
"""

from collections.abc import Sequence
from typing import Any

from signaling.outbound import OutboundTrack, Segment
from signaling.rtp import HEADER, NUMBERED_HEADER, Header, shift_vp8
from signaling.srtp import PacketBuffer
from signaling.streams import InboundStream, Stored
from signaling.twcc import LOG

_ONE_WORD = 0xBEDE0001  # one-byte header extensions (RFC 8285), one word of them
_PLAIN, _NUMBERED = HEADER.size, NUMBERED_HEADER.size


class Counters:
    """What passed, for metrics."""

    __slots__ = ("dropped", "packets_in", "packets_out", "resent", "unheard", "unknown")

    def __init__(self) -> None:
        self.packets_in = self.packets_out = self.resent = self.dropped = self.unknown = 0
        self.unheard = 0  # of voices that are not among the loudest


class Sender:
    """Sends copies from one buffer."""

    def __init__(self, packet: PacketBuffer, counters: Counters) -> None:
        self._packet, self._counters = packet, counters

    def pass_on(
        self,
        stream: InboundStream,
        outs: Sequence[OutboundTrack],
        header: Header | Stored,
        payload: memoryview | bytes,
    ) -> None:
        """The stream's newest packet to all of `outs`, who got every one before it."""
        packet, now, size = self._packet, stream.last_seen, len(payload)
        buffer, view, protect = packet.bytes, packet.view, packet.protect_rtp
        pointer, box, descriptor = packet.pointer, packet.length, stream.descriptor
        sequence, timestamp, marker = header.sequence, header.timestamp, header.marker
        sent = 0
        for out in outs:
            transport: Any = out.transport
            path, tx = transport.path, transport.tx
            if path is None or tx is None:
                continue
            numbers = (
                marker | out.payload_type,
                sequence + out.sequence_offset & 0xFFFF,
                timestamp + out.timestamp_offset & 0xFFFFFFFF,
                out.ssrc,
            )
            if out.transport_id:
                end = _NUMBERED + size
                _pack_numbered(buffer, 0, out, numbers, end, now)
                buffer[_NUMBERED:end] = payload
            else:
                HEADER.pack_into(buffer, 0, 0x80, *numbers)
                end = _PLAIN + size
                buffer[_PLAIN:end] = payload
            if out.shifts:
                shift_vp8(buffer, end - size, descriptor, out.picture_offset, out.tl0_offset)
            box[0] = end
            if not protect(tx, pointer, box) and path.send(view[: box[0]]):
                sent += 1
        self._counters.packets_out += sent
        self._counters.dropped += len(outs) - sent

    def pass_train(
        self, stream: InboundStream, outs: Sequence[OutboundTrack], train: Sequence[Stored]
    ) -> None:
        """The newest packets of a picture to all of `outs`, as few system calls as can be."""
        now, runs, sent, view = stream.last_seen, _runs(train), 0, self._packet.view
        for out in outs:
            transport: Any = out.transport
            path, tx = transport.path, transport.tx
            if path is None or tx is None:
                continue
            for run in runs:
                end, size = self._couple(out, tx, run, now)
                if end:
                    sent += path.send_train(view[:end], size)
        self._counters.packets_out += sent
        self._counters.dropped += len(outs) * len(train) - sent

    def _couple(
        self, out: OutboundTrack, tx: Any, run: Sequence[Stored], now: float
    ) -> tuple[int, int]:
        """Encrypts packets one behind the other; where they end, and the size of the first."""
        packet, payload_type, ssrc = self._packet, out.payload_type, out.ssrc
        buffer, pointer, box, protect = (
            packet.bytes,
            packet.pointer,
            packet.length,
            packet.protect_rtp,
        )
        sequence_offset, timestamp_offset = out.sequence_offset, out.timestamp_offset
        at = first = 0
        for sequence, timestamp, marker, payload, descriptor in run:
            numbers = (
                marker | payload_type,
                sequence + sequence_offset & 0xFFFF,
                timestamp + timestamp_offset & 0xFFFFFFFF,
                ssrc,
            )
            size = len(payload)
            if out.transport_id:
                start = at + _NUMBERED
                _pack_numbered(buffer, at, out, numbers, _NUMBERED + size, now)
            else:
                start = at + _PLAIN
                HEADER.pack_into(buffer, at, 0x80, *numbers)
            buffer[start : start + size] = payload
            if out.shifts:
                shift_vp8(buffer, start, descriptor, out.picture_offset, out.tl0_offset)
            box[0] = start + size - at
            if not protect(tx, pointer + at, box):
                first = first or box[0]
                at += box[0]
        return at, first

    def pass_late(
        self, stream: InboundStream, outs: Sequence[OutboundTrack], stored: Stored
    ) -> None:
        """An older packet to those who got its neighbours, with the numbers it would have had."""
        for out in outs:
            segment = out.late(stream, stored.sequence)
            if segment is not None:
                sequence = stored.sequence + segment.sequence & 0xFFFF
                head = (stored.marker | out.payload_type, sequence, out.ssrc)
                self._write(out, stored, segment, head, b"", stream.last_seen)

    def resend(self, out: OutboundTrack, sequences: Sequence[int], now: float) -> None:
        """Answers a receiver's NACK, as RTX (RFC 4588) if agreed, else by repeating the packet."""
        for sequence in sequences[: out.resend_room(now)]:
            out.resends += 1
            found = out.find(sequence)
            if found is None:
                continue
            stored, segment = found
            self._counters.resent += 1
            if not (out.delivery.rtx_ssrc and out.rtx_payload_type):
                head = (stored.marker | out.payload_type, sequence, out.ssrc)
                self._write(out, stored, segment, head, b"", None)
                continue
            out.rtx_sequence = out.rtx_sequence + 1 & 0xFFFF
            second = stored.marker | out.rtx_payload_type
            head = (second, out.rtx_sequence, out.delivery.rtx_ssrc)
            self._write(out, stored, segment, head, sequence.to_bytes(2, "big"), now)

    def _write(
        self,
        out: OutboundTrack,
        stored: Stored,
        segment: Segment,
        head: tuple[int, int, int],
        before: bytes,
        now: float | None,
    ) -> None:
        """One copy off the hot path; `head` is second byte, number and ssrc. Without `now` it
        carries no transport-wide number: a packet that is repeated must stay what it was."""
        buffer = self._packet.bytes
        second, sequence, ssrc = head
        numbers = (second, sequence, stored.timestamp + segment.timestamp & 0xFFFFFFFF, ssrc)
        payload = before + stored.payload
        if out.transport_id and now is not None:
            at = _NUMBERED
            _pack_numbered(buffer, 0, out, numbers, at + len(payload), now)
        else:
            at = _PLAIN
            HEADER.pack_into(buffer, 0, 0x80, *numbers)
        end = at + len(payload)
        buffer[at:end] = payload
        if segment.picture or segment.tl0:
            start = at + len(before)
            shift_vp8(buffer, start, stored.descriptor, segment.picture, segment.tl0)
        self._flush(out, end)

    def _flush(self, out: OutboundTrack, size: int) -> None:
        transport: Any = out.transport
        path, tx = transport.path, transport.tx
        if path is None or tx is None:
            return
        length = self._packet.protect(tx, size)
        if length and path.send(self._packet.view[:length]):
            self._counters.packets_out += 1
        else:
            self._counters.dropped += 1


def _runs(train: Sequence[Stored]) -> list[list[Stored]]:
    """Stretches of packets of one size; the last of each may be shorter, and ends it."""
    runs: list[list[Stored]] = []
    size = before = -1
    for stored in train:
        length = len(stored.payload)
        if before != size or length > size:
            runs.append([])
            size = length
        runs[-1].append(stored)
        before = length
    return runs


def _pack_numbered(
    buffer: bytearray,
    at: int,
    out: OutboundTrack,
    numbers: tuple[int, int, int, int],
    size: int,
    now: float,
) -> None:
    """A header at `at` with the next transport-wide number, which is noted as sent."""
    log = out.log
    number = log.next
    index = number & LOG - 1
    log.next = number + 1 & 0xFFFF
    log.times[index], log.sizes[index] = now, size
    NUMBERED_HEADER.pack_into(
        buffer, at, 0x90, *numbers, _ONE_WORD, out.transport_id << 4 | 1, number, 0
    )
