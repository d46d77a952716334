from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings import archive_step as life
from recordings.archive_plan import ClosedCase, plan
from recordings.archive_step import (
    LEASE,
    LONGEST_DELAY_SECONDS,
    NEXT,
    PATIENCE,
    ArchivedFile,
    ArchiveStep,
    Claim,
    SinkKind,
    StepEvent,
    StepState,
    delay_seconds,
)
from recordings.errors import DeliveryFailed, DeliveryRefused, StepTransitionRefused

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
FAILURE = DeliveryFailed("unreachable", "no answer")
REFUSAL = DeliveryRefused("refused", "422")
BY = UUID(int=5)


def a_step(state: StepState = StepState.PLANNED, held: bool = False) -> ArchiveStep:
    case = ClosedCase(UUID(int=1), UUID(int=2), 1, NOW, "ab" * 32)
    [step] = plan(case, [SinkKind.FHIR])
    return replace(step, state=state, attempts=1, claim=Claim("w", NOW - LEASE) if held else None)


def apply(step: ArchiveStep, event: StepEvent) -> ArchiveStep:
    match event:
        case StepEvent.CLAIMED:
            return life.claim(step, "worker", NOW)
        case StepEvent.SENT:
            return life.sent(step, {"status": 200}, NOW)
        case StepEvent.VERIFIED:
            return life.verified(step, {"equal": True}, NOW)
        case StepEvent.FAILED:
            return life.failed(step, FAILURE, NOW, 0.5)
        case StepEvent.ABSENT:
            return life.failed(step, FAILURE, NOW, 0.5, absent=True)
        case StepEvent.REFUSED:
            return life.refused(step, REFUSAL)
        case StepEvent.RELEASED:
            return life.released(step, NOW)
        case StepEvent.RETRIED:
            return life.retried(step, NOW)
        case StepEvent.SETTLED:
            return life.settled(step, BY, "đã in và nộp", NOW)


@pytest.mark.parametrize("event", StepEvent)
@pytest.mark.parametrize("state", StepState)
def test_ar20_every_state_and_event(state: StepState, event: StepEvent) -> None:
    step = a_step(state)
    if (state, event) == (StepState.SENDING, StepEvent.ABSENT):
        assert apply(step, event).state is StepState.PLANNED  # told as a failure to send
    elif (state, event) == (StepState.SENDING, StepEvent.CLAIMED):
        assert apply(a_step(state, held=True), event).state is StepState.SENDING
    elif (state, event) in NEXT:
        assert apply(step, event).state is NEXT[state, event]
    else:
        with pytest.raises(StepTransitionRefused) as refused:
            apply(step, event)
        assert refused.value.state is state


def test_ar21_a_held_step_is_claimed_only_when_its_lease_ran_out() -> None:
    held = life.claim(a_step(), "first", NOW)
    assert not life.may_claim(held, NOW + LEASE)
    assert life.may_claim(held, NOW + LEASE + timedelta(seconds=1))
    with pytest.raises(StepTransitionRefused):
        life.claim(held, "second", NOW)


def test_ar21_a_waiting_step_is_not_claimed_before_it_is_due() -> None:
    waiting = life.failed(life.claim(a_step(), "w", NOW), FAILURE, NOW, 1.0)
    assert not life.may_claim(waiting, NOW)
    assert life.may_claim(waiting, waiting.due_at)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_ar22_delay_grows_to_a_quarter_of_an_hour_and_no_further(
    attempts: int, jitter: float
) -> None:
    delay = delay_seconds(attempts, jitter)
    assert 1.0 <= delay <= LONGEST_DELAY_SECONDS
    assert delay_seconds(attempts + 1, jitter) >= delay


def test_ar22_a_peers_own_delay_is_kept_up_to_the_cap() -> None:
    step = a_step(StepState.SENDING)
    for wish, expected in ((120.0, 120.0), (7200.0, LONGEST_DELAY_SECONDS)):
        later = life.failed(step, DeliveryFailed("busy", "503", wish), NOW, 0.0)
        assert (later.due_at - NOW).total_seconds() == expected


@given(st.timedeltas(timedelta(0), timedelta(days=40)))
def test_ar23_nothing_is_given_up_before_fourteen_days(age: timedelta) -> None:
    now = NOW + age
    after = life.failed(a_step(StepState.SENDING), FAILURE, now, 0.5)
    expected = StepState.PLANNED if age < PATIENCE else StepState.NEEDS_PERSON
    assert after.state is expected
    assert after.trouble is not None
    assert after.claim is None


def test_ar23_a_retry_by_a_person_brings_fresh_patience() -> None:
    late = NOW + PATIENCE
    given_up = life.failed(a_step(StepState.SENDING), FAILURE, late, 0.5)
    again = life.retried(given_up, late)
    assert (again.attempts, again.patient_until) == (0, late + PATIENCE)
    assert life.may_claim(again, late)


def test_ar24_a_person_cannot_touch_a_step_at_work() -> None:
    held = life.claim(a_step(), "w", NOW)
    for act in (StepEvent.RETRIED, StepEvent.SETTLED):
        with pytest.raises(StepTransitionRefused):
            apply(held, act)


def test_ar24_settling_keeps_who_and_how() -> None:
    done = life.settled(life.refused(a_step(StepState.SENT), REFUSAL), BY, "nộp bản giấy", NOW)
    assert done.state is StepState.VERIFIED
    assert done.receipt == {"settled_by": str(BY), "note": "nộp bản giấy"}
    assert done.trouble is None


def test_hash_of_one_file_is_the_files_own() -> None:
    file = ArchivedFile("a", "text/plain", "ab" * 32, 3)
    assert a_step().sha256 is None
    assert replace(a_step(), files=(file,)).sha256 == file.sha256
    two = replace(a_step(), files=(file, replace(file, name="b")))
    assert two.sha256 not in (None, file.sha256)
    assert two.size == 6
