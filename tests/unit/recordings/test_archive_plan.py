from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from recordings.archive_plan import ClosedCase, MarkedSeries, object_uid, plan
from recordings.archive_step import DeliveryKind, SinkKind, StepState

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
uids = st.lists(st.from_regex(r"2\.25\.[1-9][0-9]{5,20}", fullmatch=True), max_size=3, unique=True)


@st.composite
def cases(draw: st.DrawFn) -> ClosedCase:
    return ClosedCase(
        case_id=draw(st.uuids()),
        facility_id=draw(st.uuids()),
        revision=draw(st.integers(1, 3)),
        closed_at=NOW,
        snapshot_sha256="ab" * 32,
        key_image_studies=tuple(draw(uids)),
        marked_series=tuple(MarkedSeries("2.25.1", uid) for uid in draw(uids)),
        recordings=tuple(draw(st.lists(st.uuids(), max_size=2, unique=True))),
    )


sinks = st.lists(st.sampled_from(SinkKind))


@given(cases(), sinks)
def test_ar01_the_same_case_gives_the_same_steps(case: ClosedCase, to: list[SinkKind]) -> None:
    steps = plan(case, to)
    assert steps == plan(case, to)
    assert len({one.id for one in steps}) == len(steps)
    assert {one.sink for one in steps} == set(to)
    assert all(one.state is StepState.PLANNED for one in steps)


@given(cases(), sinks)
def test_ar02_every_lane_is_one_sink_of_one_hospital_in_order(
    case: ClosedCase, to: list[SinkKind]
) -> None:
    by_lane: dict[str, list[int]] = {}
    for step in plan(case, to):
        assert step.lane == f"{step.sink}:{case.facility_id}"
        by_lane.setdefault(step.lane, []).append(step.order)
    assert all(orders == list(range(len(orders))) for orders in by_lane.values())


@given(cases())
def test_ar03_the_list_of_contents_waits_for_everything_on_it(case: ClosedCase) -> None:
    *parts, last = plan(case, [SinkKind.FOLDER])
    assert last.kind is DeliveryKind.BUNDLE
    assert set(last.depends_on) == {one.id for one in parts}
    count = 1 + len(case.key_image_studies) + len(case.marked_series) + len(case.recordings)
    assert len(parts) == count


@given(cases())
def test_ar03_lanes_do_not_wait_for_each_other(case: ClosedCase) -> None:
    steps = {one.id: one for one in plan(case, list(SinkKind))}
    for step in steps.values():
        assert all(steps[needed].lane == step.lane for needed in step.depends_on)


def test_ar01_object_uids_are_valid_and_differ_by_kind_and_subject() -> None:
    case = UUID(int=3)
    made = {
        object_uid(case, 1, DeliveryKind.KEY_IMAGES, "2.25.1"),
        object_uid(case, 1, DeliveryKind.MARKS, "2.25.1"),
        object_uid(case, 1, DeliveryKind.MARKS, "2.25.2"),
        object_uid(case, 2, DeliveryKind.MARKS, "2.25.2"),
    }
    assert len(made) == 4
    assert all(UID(one).is_valid and len(one) <= 44 for one in made)


def test_ar01_ids_never_change() -> None:
    case = ClosedCase(UUID(int=1), UUID(int=2), 1, NOW, "ab" * 32)
    assert str(plan(case, [SinkKind.FHIR])[0].id) == "141906c4-35fb-5342-b543-b476410e3a53"
