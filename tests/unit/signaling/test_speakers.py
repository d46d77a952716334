"""Who speaks and how good each line is: only changes are told."""

from livekit.protocol import models

from signaling import speakers
from tests.support.media_builders import Stage


def _told(stage: Stage, participant: object) -> list[tuple[str, bool]]:
    found = [
        (speaker.sid, speaker.active)
        for change in stage.sent(participant, "speakers_changed")  # type: ignore[arg-type]
        for speaker in change.speakers
    ]
    stage.effects.clear()
    return found


def test_v10_beginning_and_ending_are_told_once() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    told = []
    for level in (127, 20, 25, 127, 127):
        speakers.note_levels(stage.room, {carol.sid: level})
        stage.drain()
        told.append(_told(stage, dave))
    assert told == [[], [(carol.sid, True)], [], [(carol.sid, False)], []]


def test_v10_a_recorder_hears_every_measurement() -> None:
    stage = Stage()
    carol, recorder = stage.enter("carol"), stage.enter("rec", hidden=True, recorder=True)
    told = []
    for level in (127, 20, 25, 127, 127):
        speakers.note_levels(stage.room, {carol.sid: level})
        stage.drain()
        told.append(_told(stage, recorder))
    speaks, ends = [(carol.sid, True)], [(carol.sid, False)]
    assert told == [[], speaks, speaks, ends, []]


def test_v12_a_newcomer_is_told_who_speaks() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    speakers.note_levels(stage.room, {carol.sid: 20})
    dave = stage.enter("dave")
    assert _told(stage, dave) == [(carol.sid, True)]


def test_v11_levels_are_linear_and_background_is_silence() -> None:
    stage = Stage()
    carol = stage.enter("carol")
    speakers.note_levels(stage.room, {carol.sid: 80})
    stage.drain()
    assert _told(stage, carol) == []
    assert speakers.linear(0) == 1
    assert speakers.linear(20) == 0.1
    assert speakers.linear(127) == 0


def test_q1_a_line_is_judged_by_its_loss_and_told_on_change() -> None:
    stage = Stage()
    carol, dave = stage.enter("carol"), stage.enter("dave")
    for loss in (0.0, 0.05, 0.05, 0.2, 0.0):
        speakers.note_losses(stage.room, {carol.sid: loss})
    stage.drain()
    updates = [u for q in stage.sent(dave, "connection_quality") for u in q.updates]
    assert [u.quality for u in updates] == [models.GOOD, models.POOR, models.EXCELLENT]
    assert {u.participant_sid for u in updates} == {carol.sid}
    assert speakers.quality_of(0.0, False) == models.LOST
