from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest

from recordings.errors import RecordingStepRefused
from recordings.recording import (
    LEASE,
    START_LIMIT,
    TAKEOVER,
    Recording,
    RecordingId,
    RecordingState,
    RecordingStep,
    after,
    has_fallen_silent,
    has_waited_too_long,
    is_free,
)

NOW = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
ALLOWED = {
    ("requested", "joined"): "recording",
    ("requested", "stop"): "closing",
    ("requested", "lost"): "failed",
    ("recording", "joined"): "recording",
    ("recording", "stop"): "closing",
    ("recording", "lost"): "failed",
    ("closing", "stop"): "closing",
    ("closing", "kept"): "ready",
    ("closing", "lost"): "failed",
}


def a_recording(state: RecordingState, lease_until: datetime | None = None) -> Recording:
    return Recording(
        id=RecordingId(uuid4()),
        session_id=uuid4(),
        case_id=uuid4(),
        requested_by=uuid4(),
        started_at=NOW,
        state=state,
        lease_until=lease_until,
    )


@pytest.mark.parametrize(("state", "step"), list(product(RecordingState, RecordingStep)))
def test_r1_every_pair_of_state_and_step(state: RecordingState, step: RecordingStep) -> None:
    expected = ALLOWED.get((state.value, step.value))
    if expected is None:
        with pytest.raises(RecordingStepRefused) as refused:
            after(state, step)
        assert (refused.value.state, refused.value.step) == (state, step)
    else:
        assert after(state, step) == expected


@pytest.mark.parametrize("state", list(RecordingState))
def test_r3_only_unfinished_work_without_a_living_owner_is_free(state: RecordingState) -> None:
    unfinished = state not in (RecordingState.READY, RecordingState.FAILED)
    assert is_free(a_recording(state), NOW) is unfinished
    assert is_free(a_recording(state, NOW), NOW) is unfinished
    assert not is_free(a_recording(state, NOW + LEASE), NOW)


def test_r4_a_recording_that_does_not_begin_or_is_not_announced_is_given_up() -> None:
    late = NOW + START_LIMIT + timedelta(seconds=1)
    waiting = a_recording(RecordingState.REQUESTED)
    secret = a_recording(RecordingState.RECORDING)
    for recording in (waiting, secret, replace(waiting, announced_at=NOW)):
        assert not has_waited_too_long(recording, NOW + START_LIMIT)
        assert has_waited_too_long(recording, late)
    assert not has_waited_too_long(replace(secret, announced_at=NOW), late)
    assert not has_waited_too_long(a_recording(RecordingState.CLOSING), late)


def test_r8_people_are_told_when_nobody_records_any_more() -> None:
    told = replace(a_recording(RecordingState.RECORDING, NOW + LEASE), announced_at=NOW)
    assert not has_fallen_silent(told, NOW)
    assert not has_fallen_silent(told, NOW + LEASE + TAKEOVER - timedelta(seconds=1))
    assert has_fallen_silent(told, NOW + LEASE + TAKEOVER)
    assert has_fallen_silent(replace(told, state=RecordingState.FAILED), NOW)
    assert not has_fallen_silent(replace(told, end_announced_at=NOW), NOW + LEASE + TAKEOVER)
    assert not has_fallen_silent(replace(told, announced_at=None), NOW + LEASE + TAKEOVER)
