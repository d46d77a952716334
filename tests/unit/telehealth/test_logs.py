import io
import json
import logging
from collections.abc import Iterator

import pytest

from telehealth.logs import JsonLines

PATIENT = "Lường Văn Thử, sinh 02/03/1954"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("here")
    log.addHandler(handler)
    yield stream
    log.removeHandler(handler)


def read_header() -> None:
    raise ValueError(f"bad value {PATIENT}")


def open_case() -> None:
    try:
        read_header()
    except ValueError as error:
        raise KeyError(PATIENT) from error


def test_an_error_is_told_by_classes_and_places_never_by_its_words(lines: io.StringIO) -> None:
    try:
        open_case()
    except KeyError:
        logging.getLogger("here").exception("case not opened case_id=%s", "c1")
    line = json.loads(lines.getvalue())
    assert line["event"] == "case not opened case_id=c1"
    said = line["error"]
    assert [word for word in said if word in ("KeyError", "ValueError")] == [
        "KeyError",
        "ValueError",
    ]
    assert any(place.endswith(" open_case") for place in said)
    assert any(place.endswith(" read_header") for place in said)
    assert "Lường" not in lines.getvalue()


def test_a_group_of_errors_names_each(lines: io.StringIO) -> None:
    error = ExceptionGroup(PATIENT, [ValueError(PATIENT), OSError(PATIENT)])
    logging.getLogger("here").error("tasks ended", exc_info=error)
    line = json.loads(lines.getvalue())
    assert line["error"] == ["ExceptionGroup", "ValueError", "OSError"]
