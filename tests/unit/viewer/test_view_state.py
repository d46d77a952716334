import contextlib
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.errors import MarkInvalid, MarkUnknown, TooManyMarks, ViewerError, ViewInvalid
from viewer.view_state import (
    MARKS_PER_CASE_MAX,
    CaseView,
    KeyImage,
    KeyImageToggled,
    Mark,
    MarkAdded,
    MarkRemoved,
    ViewChanged,
    apply,
    find_mark,
    parse_mark,
    parse_view,
    view_event,
)

PORT = {
    "study_uid": "1.2.3",
    "series_uid": "1.2.3.4",
    "sop_uid": "1.2.3.4.5",
    "frame": 3,
    "window": {"center": 40, "width": 400.5},
    "zoom": 1.5,
    "pan": [0.1, -0.2],
    "rotation": 90,
    "flip_h": False,
    "flip_v": True,
    "invert": False,
    "cine_fps": 12.5,
}
VIEW = {"layout": 2, "active": 1, "viewports": [PORT, None], "linked": True}
MARK = {
    "id": "8c5a5f3e-43b4-4a55-9a67-0d1f0b6ef0a1",
    "kind": "length",
    "study_uid": "1.2.3",
    "series_uid": "1.2.3.4",
    "sop_uid": "1.2.3.4.5",
    "frame": 1,
    "points": [[0.5, 0.5], [10.25, 99]],
    "value": "12,3 mm",
}
REGION = MARK | {
    "kind": "ellipse",
    "value": "Diện tích 120,4 mm², trung bình 43,2 HU",
    "measures": {"area_mm2": 120.4, "mean": 43.2, "sd": 12.1, "min": -3, "max": 88},
    "unit": "HU",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def a_mark() -> Mark:
    return parse_mark(MARK)


def test_view_comes_back_as_it_was_sent() -> None:
    assert parse_view(VIEW).body() == VIEW
    assert json.loads(json.dumps(parse_view(VIEW).body())) == VIEW


def test_view_of_an_older_log_stands_still_and_unlinked() -> None:
    older = VIEW | {"viewports": [{k: v for k, v in PORT.items() if k != "cine_fps"}, None]}
    del older["linked"]
    view = parse_view(older)
    assert (view.linked, view.viewports[0] and view.viewports[0].cine_fps) == (False, None)


def test_vs17_cut_comes_back_as_it_was_sent_and_older_views_show_acquired_images() -> None:
    cut = VIEW | {"viewports": [PORT | {"plane": "coronal", "cut_mm": -12.25}, None]}
    assert parse_view(cut).body() == cut
    port = parse_view(VIEW).viewports[0]
    assert port
    assert (port.plane, port.cut_mm) == ("acquired", 0)


def test_measured_region_comes_back_as_it_was_sent() -> None:
    assert parse_mark(REGION).body() == REGION


def test_mark_is_signed_by_the_server_only() -> None:
    sent = MARK | {"by": "someone else", "at": "1999-01-01T00:00:00Z"}
    mark = parse_mark(sent).signed("anna", datetime(2026, 11, 26, 7, tzinfo=UTC))
    assert mark.body() == MARK | {"by": "anna", "at": "2026-11-26T07:00:00Z"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"layout": 3}, "/layout"),
        ({"layout": True}, "/layout"),
        ({"active": 2}, "/active"),
        ({"linked": "yes"}, "/linked"),
        ({"viewports": [PORT | {"cine_fps": 61}, None]}, "/viewports/0/cine_fps"),
        ({"viewports": [PORT | {"cine_fps": 0}, None]}, "/viewports/0/cine_fps"),
        ({"viewports": [PORT | {"plane": "oblique"}, None]}, "/viewports/0/plane"),
        ({"viewports": [PORT | {"cut_mm": 1e6}, None]}, "/viewports/0/cut_mm"),
        ({"viewports": [PORT | {"cut_mm": "1"}, None]}, "/viewports/0/cut_mm"),
        ({"viewports": [PORT]}, "/viewports"),
        ({"viewports": [PORT | {"zoom": float("nan")}, None]}, "/viewports/0/zoom"),
        ({"viewports": [PORT | {"zoom": 10**400}, None]}, "/viewports/0/zoom"),
        ({"viewports": [PORT | {"pan": [0, "1"]}, None]}, "/viewports/0/pan/1"),
        ({"viewports": [PORT | {"rotation": 45}, None]}, "/viewports/0/rotation"),
        ({"viewports": [PORT | {"frame": 0}, None]}, "/viewports/0/frame"),
        ({"viewports": [PORT | {"sop_uid": "1.2/../3"}, None]}, "/viewports/0/sop_uid"),
        ({"viewports": [PORT | {"sop_uid": "1" * 65}, None]}, "/viewports/0/sop_uid"),
        (
            {"viewports": [PORT | {"window": {"center": 1, "width": 0}}, None]},
            "/viewports/0/window/width",
        ),
    ],
)
def test_wrong_view_is_refused_at_its_field(change: dict[str, object], pointer: str) -> None:
    with pytest.raises(ViewInvalid) as caught:
        parse_view(VIEW | change)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": "1"}, "/id"),
        ({"kind": "circle"}, "/kind"),
        ({"points": [[1, 1]]}, "/points"),
        ({"points": [[1, 1], [1, float("inf")]]}, "/points/1/1"),
        ({"points": [[1, 1], "ab"]}, "/points/1"),
        ({"kind": "text", "points": [[1, 1]], "text": "  "}, "/text"),
        ({"text": "a\x00b"}, "/text"),
        ({"text": "\ud800"}, "/text"),
        ({"value": "x" * 161}, "/value"),
        ({"kind": "angle"}, "/points"),
        ({"measures": {"mean": float("nan")}}, "/measures/mean"),
        ({"measures": {"patient": 1}}, "/measures/"),
        ({"measures": {"mean": "43"}}, "/measures/mean"),
        ({"unit": "x" * 17}, "/unit"),
    ],
)
def test_wrong_mark_is_refused_at_its_field(change: dict[str, object], pointer: str) -> None:
    with pytest.raises(MarkInvalid) as caught:
        parse_mark(MARK | change)
    assert caught.value.pointer == pointer


@given(JSON, st.sampled_from(["view_changed", "mark_added", "mark_removed", "key_image_toggled"]))
def test_any_json_is_read_or_refused_by_name(value: object, kind: str) -> None:
    for body in ({"view": value, "mark": value, "mark_id": value}, VIEW | {"viewports": value}):
        with contextlib.suppress(ViewerError):
            assert view_event(kind, body) is not None


def test_drawing_the_same_mark_again_replaces_it() -> None:
    moved = replace(a_mark(), points=((1.0, 1.0), (2.0, 2.0)))
    state = apply(apply(CaseView(), MarkAdded(a_mark())), MarkAdded(moved))
    assert state.marks == (moved,)
    assert find_mark(state, moved.id) == moved


def test_removing_an_unknown_mark_is_named() -> None:
    with pytest.raises(MarkUnknown):
        apply(CaseView(), MarkRemoved(uuid.uuid4()))
    with pytest.raises(MarkUnknown):
        find_mark(CaseView(), uuid.uuid4())


def test_marks_of_a_case_are_bounded() -> None:
    full = CaseView(
        marks=tuple(replace(a_mark(), id=uuid.uuid4()) for _ in range(MARKS_PER_CASE_MAX))
    )
    with pytest.raises(TooManyMarks):
        apply(full, MarkAdded(a_mark()))
    again = apply(full, MarkAdded(full.marks[0]))
    assert len(again.marks) == MARKS_PER_CASE_MAX


@given(st.lists(st.sampled_from([KeyImage("1.2", 1), KeyImage("1.2", 2), KeyImage("1.3", 1)])))
def test_key_image_is_chosen_when_toggled_an_odd_number_of_times(toggles: list[KeyImage]) -> None:
    state = CaseView()
    for image in toggles:
        state = apply(state, KeyImageToggled(image))
    assert set(state.key_images) == {i for i in toggles if toggles.count(i) % 2}
    assert len(set(state.key_images)) == len(state.key_images)


def test_live_log_bodies_become_view_events() -> None:
    assert view_event("view_changed", {"view": VIEW}) == ViewChanged(parse_view(VIEW))
    assert view_event("mark_added", {"mark": MARK}) == MarkAdded(a_mark())
    assert view_event("mark_removed", {"mark_id": MARK["id"]}) == MarkRemoved(a_mark().id)
    assert view_event("key_image_toggled", {"sop_uid": "1.2", "frame": 2}) == KeyImageToggled(
        KeyImage("1.2", 2)
    )
    assert view_event("chat_message", {"text": "xin chào"}) is None
    assert apply(CaseView(), ViewChanged(parse_view(VIEW))).view == parse_view(VIEW)
