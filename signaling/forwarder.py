"""What happens to each packet of a publisher, and to what receivers report: no decoding, no socket.

Only receivers that get every packet of a stream are looked at for each packet; who waits, rests or
switches costs nothing in between.
"""

from collections.abc import Callable, Sequence
from typing import Any

from signaling import rtcp
from signaling.congestion import step
from signaling.layers import best_layer
from signaling.limits import TRAIN_PACKETS
from signaling.media_codecs import H264, VP8
from signaling.media_peer import MediaPeer
from signaling.outbound import OutboundTrack
from signaling.payloads import primary_of_red, read_h264
from signaling.rtp import NO_DESCRIPTOR, Descriptor, Header, read_vp8
from signaling.sending import Counters, Sender
from signaling.srtp import PacketBuffer
from signaling.streams import ALIVE_SECONDS, VIDEO_RING, InboundStream, InboundTrack, Stored

_KEY_FRAME_SECONDS = 0.5  # requests for one stream are not sent closer together
_NACK_AGAIN_SECONDS = 0.1
_REPORT_SECONDS = 0.7  # reports that come closer together count once


class Forwarder:
    """Sends every stream to its receivers; shared by all rooms of a worker."""

    def __init__(self, packet_out: PacketBuffer, clock: Callable[[], float]) -> None:
        self.clock, self.counters = clock, Counters()
        self._sender = Sender(packet_out, self.counters)
        self._publishers: dict[str, MediaPeer] = {}  # by track sid
        self._is_holding = False
        self._held: list[InboundStream] = []  # those with a train

    def hold(self) -> None:
        """More packets follow at once: those of one picture may leave together."""
        self._is_holding = True

    def release(self) -> None:
        """Nothing more came: all that waits leaves."""
        self._is_holding = False
        self.flush()

    def flush(self) -> None:
        """Sends what waits; before receivers change, or a packet goes out of turn."""
        if not self._held:
            return
        held, self._held = self._held, []
        for stream in held:
            train, stream.train = stream.train, []
            if len(train) == 1:
                self._sender.pass_on(stream, stream.outs, train[0], train[0].payload)
            else:
                self._sender.pass_train(stream, stream.outs, train)

    def _queue(self, stream: InboundStream, stored: Stored) -> None:
        if not stream.train:
            self._held.append(stream)
        stream.train.append(stored)
        if not self._is_holding or len(stream.train) == TRAIN_PACKETS:
            self.flush()

    def add(self, track: InboundTrack, peer: MediaPeer) -> None:
        """`peer` is asked for key frames and missing packets of `track`."""
        self._publishers[track.sid] = peer

    def remove(self, track: InboundTrack) -> None:
        """The opposite of `add`."""
        self._publishers.pop(track.sid, None)
        if track.voice is not None:
            track.voice.leave()

    def connect(self, peer: MediaPeer, out: OutboundTrack) -> None:
        """`peer` receives a track from now on."""
        peer.outbound[out.ssrc] = out
        out.track.receivers.append(out)
        if out.delivery.every_voice:
            out.track.taps.append(out)
        self.divide(peer)
        self.retarget(out.track)

    def disconnect(self, peer: MediaPeer | None, out: OutboundTrack) -> None:
        """The opposite of `connect`; without `peer` when that is gone altogether."""
        self.flush()
        if peer is not None:
            peer.outbound.pop(out.ssrc, None)
        out.leave()
        out.track.receivers.remove(out)
        if out.delivery.every_voice:
            out.track.taps.remove(out)
        if peer is not None:
            for ssrc in out.delivery.ssrcs:
                peer.transport.retire(ssrc)

    def forward(
        self, stream: InboundStream, packet: PacketBuffer, header: Header, length: int, now: float
    ) -> None:
        """One packet of a picture to all receivers of its stream."""
        self.counters.packets_in += 1
        if stream.has(header.sequence):
            return
        gap = stream.note(header.sequence, header.timestamp, length, now)
        if not stream.alive:
            self._revive(stream)
        end = length - packet.bytes[length - 1] if header.padding else length
        if end > header.payload_at:
            stored = _keep(stream, packet, header, end)
            if header.sequence != stream.highest:
                self.flush()
                self._sender.pass_late(stream, stream.outs, stored)
                return
            if stored.descriptor.starts_key_frame and stream.track.is_unsettled:
                self.flush()
                stream.descriptor = stored.descriptor
                _settle(stream, stream.track.receivers, header)
            stream.descriptor = stored.descriptor
            self._queue(stream, stored)
            stream.count(end - header.payload_at)
        else:
            self.flush()
            _skip(stream, header.sequence)
        if gap:
            self._missed(stream, gap, now)

    def forward_voice(
        self,
        stream: InboundStream,
        packet: PacketBuffer,
        header: Header,
        length: int,
        level: int,
        now: float,
    ) -> None:
        """One packet of a voice to all receivers, or to taps only while louder ones speak."""
        track, voice = stream.track, stream.track.voice
        self.counters.packets_in += 1
        is_heard = voice is None or voice.hear(level, now)
        if not is_heard and track.is_open:
            _close(track)
        stream.note(header.sequence, header.timestamp, length, now)
        if not stream.alive:
            self._revive(stream)
        if not is_heard and not track.taps:
            self.counters.unheard += 1
            return
        end = length - packet.bytes[length - 1] if header.padding else length
        if end <= header.payload_at:
            _skip(stream, header.sequence)
            return
        if track.is_unsettled:
            track.is_open = is_heard
            _settle(stream, track.receivers if is_heard else track.taps, header)
            track.is_unsettled |= not is_heard
        self._pass_on(stream, stream.outs, header, packet.view[header.payload_at : end])
        if stream.unwrapping:
            start = primary_of_red(packet.bytes, header.payload_at, end)
            if start:
                self._pass_on(stream, stream.unwrapping, header, packet.view[start:end])
        stream.count(end - header.payload_at)

    def _pass_on(
        self,
        stream: InboundStream,
        outs: Sequence[OutboundTrack],
        header: Header,
        payload: memoryview,
    ) -> None:
        if header.sequence == stream.highest:
            self._sender.pass_on(stream, outs, header, payload)
        else:
            self._sender.pass_late(stream, outs, _stored(header, payload, NO_DESCRIPTOR))

    def forward_repaired(
        self, stream: InboundStream, packet: PacketBuffer, header: Header, length: int
    ) -> None:
        """A picture's packet that was lost came in a retransmission."""
        if stream.missing.pop(header.sequence, None) is not None:
            self.flush()
            stored = _keep(stream, packet, header, length)
            self._sender.pass_late(stream, stream.outs, stored)

    def _revive(self, stream: InboundStream) -> None:
        stream.alive = True
        self.retarget(stream.track)

    def _missed(self, stream: InboundStream, gap: int, now: float) -> None:
        if stream.miss(gap, now):
            self._nack(stream, now)
        else:
            self.ask_key_frame(stream)

    def _nack(self, stream: InboundStream, now: float) -> None:
        due = stream.due_nacks(now, _NACK_AGAIN_SECONDS)
        peer = self._publishers.get(stream.track.sid)
        if due and peer is not None:
            peer.transport.send_rtcp(rtcp.write_nack(stream.ssrc, due))

    def resend(self, out: OutboundTrack, sequences: Sequence[int]) -> None:
        """Answers a receiver's NACK from the publisher's ring."""
        self._sender.resend(out, sequences, self.clock())

    def forward_report(self, stream: InboundStream, report: rtcp.SenderReport) -> None:
        """Tells receivers the publisher's clock in their own numbers, for lip-sync."""
        stream.last_sr = report.ntp >> 16 & 0xFFFFFFFF
        stream.last_sr_at = self.clock()
        for out in (*stream.outs, *stream.unwrapping):
            transport: Any = out.transport
            moved = report.rtp_timestamp + out.timestamp_offset
            transport.send_rtcp(
                rtcp.write_sender_report(out.ssrc, report.ntp, moved, out.packets, out.octets)
            )

    def ask_key_frame(self, stream: InboundStream) -> None:
        """Asks the publisher, unless somebody just did."""
        now = self.clock()
        peer = self._publishers.get(stream.track.sid)
        if peer is not None and now - stream.key_frame_asked >= _KEY_FRAME_SECONDS:
            stream.key_frame_asked = now
            peer.transport.send_rtcp(rtcp.write_key_frame_request(stream.ssrc))

    def retarget(self, track: InboundTrack) -> None:
        """Chooses each receiver's stream again: wishes changed, or layers came or went."""
        self.flush()
        flowing = {stream.layer: stream for stream in track.streams.values() if stream.alive}
        for out in track.receivers:
            self._aim(out, flowing)

    def _aim(self, out: OutboundTrack, flowing: dict[int, InboundStream]) -> None:
        track = out.track
        if out.wanted is None or out.allowed is None:
            out.target = None
        else:
            wanted = min(out.wanted, out.ladder.ceiling, out.allowed)
            layer = best_layer(wanted, flowing) if track.rids else next(reversed(flowing), None)
            # A still screen may send nothing for a while, and goes on without a key frame.
            out.target = flowing.get(layer) if layer is not None else out.current
        if out.target is None:
            out.leave()
        elif out.target is not out.current:
            track.is_unsettled = True
            if track.kind == "video":
                self.ask_key_frame(out.target)

    def divide(self, peer: MediaPeer) -> None:
        """Shares a receiver's line among its tracks again."""
        self.flush()
        for out in peer.line.divide(list(peer.outbound.values()), self.clock()):
            flowing = {s.layer: s for s in out.track.streams.values() if s.alive}
            self._aim(out, flowing)

    def note_loss(self, out: OutboundTrack, fraction: int, is_measured: bool) -> None:
        """A receiver reported its loss, in 1/256. Unless its line is measured better, that alone
        tells how much the line bears."""
        now = self.clock()
        out.fraction_lost = fraction
        if out.kind == "video" and not is_measured and now - out.reported_at >= _REPORT_SECONDS:
            out.reported_at = now
            before, out.ladder = out.ladder, step(out.ladder, fraction / 256, now)
            if before.ceiling != out.ladder.ceiling:
                self.retarget(out.track)

    def tick(self, now: float) -> None:
        """Several times a second: repeats NACKs, notices stopped layers, repeats PLIs."""
        for peer in {id(peer): peer for peer in self._publishers.values()}.values():
            for stream in peer.streams():
                stream.measure(now)
                if stream.missing:
                    self._nack(stream, now)
                if stream.alive and now - stream.last_seen > ALIVE_SECONDS:
                    stream.alive = False
                    self.retarget(stream.track)
                if stream.track.kind == "video" and stream.track.is_unsettled:
                    self._repeat_key_frame(stream)

    def _repeat_key_frame(self, stream: InboundStream) -> None:
        if any(
            out.target is stream and out.current is not stream for out in stream.track.receivers
        ):
            self.ask_key_frame(stream)

    def report(self, peer: MediaPeer, bits_per_second: int) -> None:
        """About once a second: reception reports and the video budget to one publisher."""
        streams = [stream for stream in peer.streams() if stream.alive]
        if not streams:
            return
        now = self.clock()
        peer.transport.send_rtcp(rtcp.write_receiver_report([s.report(now) for s in streams]))
        video = [stream.ssrc for stream in streams if stream.track.kind == "video"]
        if video:
            peer.transport.send_rtcp(rtcp.write_remb(video, bits_per_second))


def _keep(stream: InboundStream, packet: PacketBuffer, header: Header, end: int) -> Stored:
    """Puts a picture's packet into the ring."""
    at = header.payload_at
    if stream.codec == VP8:
        descriptor = read_vp8(packet.bytes, at, end)
    else:
        descriptor = read_h264(packet.bytes, at, end) if stream.codec == H264 else NO_DESCRIPTOR
    stored = _stored(header, packet.view[at:end], descriptor)
    stream.ring[header.sequence % VIDEO_RING] = stored
    return stored


def _stored(header: Header, payload: memoryview, descriptor: Descriptor) -> Stored:
    return Stored(header.sequence, header.timestamp, header.marker, bytes(payload), descriptor)


def _skip(stream: InboundStream, sequence: int) -> None:
    """A packet of mere padding goes to nobody, and leaves no hole in anybody's numbers."""
    if sequence == stream.highest:
        for out in (*stream.outs, *stream.unwrapping):
            out.skip()


def _close(track: InboundTrack) -> None:
    """The voice is not passed on for now, but to taps."""
    track.is_open = False
    for out in track.receivers:
        if not out.delivery.every_voice:
            out.leave()


def _settle(stream: InboundStream, outs: Sequence[OutboundTrack], header: Header) -> None:
    """Receivers that wait for this stream get it from this packet on."""
    stream.track.is_unsettled = False
    for out in outs:
        if out.target is None or out.target is out.current:
            continue
        if out.target is not stream:
            stream.track.is_unsettled = True
        elif not out.switch(
            stream, header.sequence, header.timestamp, stream.descriptor, stream.last_seen
        ):
            out.target = None  # it knows no such codec
