import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.errors import (
    UploadHeaderInvalid,
    UploadOffsetConflict,
    UploadTooLarge,
    UploadTypeWrong,
    ViewerError,
)
from viewer.excerpt import EMPTY, Excerpt, parse_excerpt
from viewer.publication import SeriesProgress, is_due
from viewer.upload import (
    CHUNK_TYPE,
    NewUpload,
    UploadLimits,
    chunk_room,
    clean_name,
    parse_creation,
)

LIMITS = UploadLimits(bytes_max=1000)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_creation_prefers_the_path_in_the_folder() -> None:
    headers = {
        "upload-length": "10",
        "upload-metadata": f"filename {b64('IM1')}, relpath {b64('Đĩa/IM1')}",
        "content-type": CHUNK_TYPE,
    }
    assert parse_creation(headers, LIMITS) == NewUpload(10, "Đĩa/IM1", True)


@given(st.dictionaries(st.sampled_from(["upload-length", "upload-metadata"]), st.text(max_size=40)))
def test_any_creation_is_read_or_refused(headers: dict[str, str]) -> None:
    try:
        new = parse_creation(headers, LIMITS)
    except (UploadHeaderInvalid, UploadTooLarge):
        return
    assert 0 <= new.length <= LIMITS.bytes_max
    assert new.name


@given(st.text(max_size=600))
def test_shown_names_are_bounded_and_have_no_controls(name: str) -> None:
    shown = clean_name(name)
    assert 1 <= len(shown) <= 500
    assert all(character >= " " for character in shown)


def test_chunk_must_continue_exactly_where_the_last_one_ended() -> None:
    headers = {"content-type": CHUNK_TYPE, "upload-offset": "5", "content-length": "5"}
    assert chunk_room(headers, 5, 10) == 5
    with pytest.raises(UploadOffsetConflict) as caught:
        chunk_room(headers, 6, 10)
    assert caught.value.offset == 6
    with pytest.raises(UploadTooLarge):
        chunk_room(headers | {"content-length": "6"}, 5, 10)
    with pytest.raises(UploadTypeWrong):
        chunk_room(headers | {"content-type": "text/plain"}, 5, 10)
    with pytest.raises(UploadHeaderInvalid):
        chunk_room(headers | {"upload-offset": "-1"}, 5, 10)


@pytest.mark.parametrize(
    ("waiting", "derived", "published", "quiet_s", "due"),
    [
        (1, 7, 0, 60.0, False),
        (1, 8, 0, 0.0, True),
        (1, 8, 9, 60.0, False),
        (1, 9, 9, 0.0, True),
        (0, 0, 5, 60.0, False),
        (0, 5, 0, 0.05, False),
        (0, 5, 0, 0.1, True),
        (0, 1, 1000, 0.1, True),
        (0, 1, 1004, 4.0, False),
        (0, 1, 1004, 5.0, True),
        (0, 251, 1004, 0.1, True),
    ],
)
def test_series_is_published_when_it_is_quiet_or_has_doubled(
    waiting: int, derived: int, published: int, quiet_s: float, due: bool
) -> None:
    changed = NOW - timedelta(seconds=quiet_s)
    assert is_due(SeriesProgress(uuid4(), 1, published, waiting, derived, changed), NOW) is due


def test_empty_excerpt_is_what_nobody_typed() -> None:
    assert parse_excerpt({}).body == EMPTY
    assert not parse_excerpt({}).has_content
    assert Excerpt(EMPTY | {"labs": [{}]}).has_content


def test_asked_and_none_known_is_content_but_not_asked_is_not() -> None:
    assert parse_excerpt({"history": {"allergy_state": "none_known"}}).has_content
    assert not parse_excerpt({"history": {"allergy_state": "not_asked"}}).has_content


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], "/"),
        ({"labs": [{"name": "", "value": "1"}]}, "/labs/0/name"),
        ({"labs": [{"name": "Hb", "value": "1", "taken_at": "hôm qua"}]}, "/labs/0/taken_at"),
        ({"medicines": [{"name": "x", "since": "2026-13-01"}]}, "/medicines/0/since"),
        (
            {"medicines": [{"name": "x", "since": "2026-02-01", "stopped_on": "2026-01-01"}]},
            "/medicines/0/stopped_on",
        ),
        ({"history": {"allergy_state": "recorded"}}, "/history/allergies"),
        ({"history": {"allergy_state": "none_known", "allergies": "x"}}, "/history/allergy_state"),
        ({"vitals": {"pulse": 80}}, "/vitals/pulse"),
        ({"vitals": {"shoe": "42"}}, "/vitals/shoe"),
        ({"source": "magic"}, "/source"),
    ],
)
def test_wrong_excerpt_is_refused_at_its_field(body: object, pointer: str) -> None:
    with pytest.raises(ViewerError) as caught:
        parse_excerpt(body)
    assert getattr(caught.value, "pointer", "") == pointer
