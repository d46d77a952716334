from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import uuid4

import pytest

from recordings.errors import RecordingStepRefused
from recordings.recording import (
    JOIN_LIMIT,
    LEASE,
    Recording,
    RecordingId,
    RecordingState,
    RecordingStep,
    after,
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


def test_r4_joining_is_given_up_after_a_minute() -> None:
    waiting = a_recording(RecordingState.REQUESTED)
    assert not has_waited_too_long(waiting, NOW + JOIN_LIMIT)
    late = NOW + JOIN_LIMIT + timedelta(seconds=1)
    assert has_waited_too_long(waiting, late)
    assert not has_waited_too_long(a_recording(RecordingState.RECORDING), late)
    assert a_recording(RecordingState.RECORDING).is_live
    assert not a_recording(RecordingState.CLOSING).is_live
