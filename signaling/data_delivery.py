"""Data packets on their way: from a sender's channel to everyone they are for."""

from signaling import effects as fx
from signaling.data_packets import RELIABLE, route
from signaling.participant import Participant
from signaling.room import Room


def channel_open(room: Room, sid: str) -> None:
    """The reliable data channel opened: what waited for it goes out."""
    participant = room.by_sid(sid)
    if participant is None:
        return
    participant.reliable_open = True
    while participant.backlog:
        room.do(fx.Deliver(sid, RELIABLE, participant.backlog.popleft()))


def data_received(room: Room, sid: str, kind: int, raw: bytes) -> None:
    """A data packet from a client's channel."""
    sender = room.by_sid(sid)
    if sender is None or not sender.info.permission.can_publish_data:
        return
    routed = route(raw, kind, sid, sender.identity, sender.grant.agent)
    if routed is None:
        return
    if kind == RELIABLE and routed.sequence:
        if routed.sequence <= sender.last_sequence:
            return  # the client repeats after a resume what we already passed on
        sender.last_sequence = routed.sequence
        room.history.keep(sid, routed)
    for other in room.others(sender):
        if routed.is_for(other.identity):
            deliver(room, other, kind, routed.packet)


def deliver(room: Room, participant: Participant, kind: int, packet: bytes) -> None:
    """A data packet to one participant; a joining one gets the reliable ones when ready."""
    if kind != RELIABLE or participant.reliable_open:
        room.do(fx.Deliver(participant.sid, kind, packet))
    else:
        participant.backlog.append(packet)
