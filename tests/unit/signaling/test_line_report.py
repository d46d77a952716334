"""What the server says of each line: rates, losses, and why a picture is as small as it is."""

import pytest

from signaling.line import Line
from signaling.line_report import Direction, Reason, read_lines, reason_of, states_of
from signaling.media_codecs import Codec
from signaling.outbound import Delivery, OutboundTrack
from signaling.streams import InboundStream, InboundTrack
from tests.support.media_builders import Stage


@pytest.mark.parametrize(
    ("wanted", "borne", "layer", "reason"),
    [
        (2, 2, 2, Reason.WISHED),
        (0, 2, 2, Reason.WISHED),
        (2, 1, 1, Reason.LINE),
        (2, None, None, Reason.LINE),
        (2, 0, None, Reason.LINE),
        (2, 2, 1, Reason.SENDER),
        (2, 1, 0, Reason.SENDER),
        (1, 2, None, Reason.SENDER),
        (None, 2, None, Reason.UNSEEN),
    ],
)
def test_q2_the_reason_for_a_small_picture(
    wanted: int | None, borne: int | None, layer: int | None, reason: Reason
) -> None:
    assert reason_of(wanted, borne, layer) is reason


def test_q2_a_line_is_told_both_ways_without_hidden_participants() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    stage.enter("rec", hidden=True)
    sid = stage.publishes(carol, "video")
    track = InboundTrack(sid, "video", {96: "vp8"}, ("q", "h", "f"))
    stream = track.streams[7] = InboundStream(track, 7, 1)
    stream.alive, stream.rate_bps, stream.fraction_lost, stream.jitter = True, 4e5, 64, 900
    line = Line()
    line.rtt = 0.08
    out = OutboundTrack(track, None, Delivery(55, {96: Codec(111, "vp8", "", "")}), line.log)
    out.current, out.allowed, out.fraction_lost, out.jitter = stream, 1, 128, 1800
    outs = {(dave.sid, sid): out}
    sender, receiver = read_lines(stage.room, {sid: track}, outs, {dave.sid: line}, 1.0)
    assert (sender.identity, sender.up) == ("carol", Direction(400_000, 0.25, 10.0))
    assert (sender.down, sender.rtt_ms, sender.pictures) == (Direction(), None, ())
    assert (receiver.identity, receiver.rtt_ms) == ("dave", 80)
    assert receiver.down == Direction(400_000, 0.5, 20.0)
    (picture,) = receiver.pictures
    assert (picture.identity, picture.layer, picture.reason) == ("carol", 1, Reason.LINE)
    told = states_of([sender, receiver])
    assert (told["lines_excellent"], told["pictures_lowered"]) == (2, 1)
    assert (told["lines_worst_loss_ratio"], told["lines_worst_rtt_seconds"]) == (0.5, 0.08)


def test_q2_one_size_only_is_as_wished() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    sid = stage.publishes(carol, "video")
    track = InboundTrack(sid, "video", {96: "vp8"}, ())
    stream = track.streams[7] = InboundStream(track, 7, 0)
    out = OutboundTrack(track, None, Delivery(55), Line().log)
    out.current = stream
    _, receiver = read_lines(stage.room, {sid: track}, {(dave.sid, sid): out}, {}, 1.0)
    assert [p.reason for p in receiver.pictures] == [Reason.WISHED]
