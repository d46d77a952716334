"""`telehealth demo` as a person lives it: answers first, images follow, Ctrl-C leaves nobody."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pydicom
import pytest

from telehealth.demo.seed import PASSWORD
from telehealth.demo.story import key_id, told, username
from tests.support.installation import Installation

SAMPLE = Path(pydicom.__file__).parent / "data" / "test_files" / "examples_ybr_color.dcm"
IMAGES = sum(len(case["imaging"]) for case in told()["cases"])  # of a folder of one image


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A folder of DICOM with one image, as for `make demo IMAGES=...`."""
    folder = tmp_path / "own images"
    folder.mkdir()
    shutil.copy(SAMPLE, folder)
    return folder


def sent(url: str, case: dict[str, Any]) -> list[dict[str, Any]]:
    """What was sent for a case, as its doctor sees it."""
    with httpx.Client(base_url=url, timeout=60) as client:
        credentials = {"username": username(case["presenter"]), "password": PASSWORD}
        token = client.post("/api/login", json=credentials).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        answer = client.get(f"/api/cases/{key_id('case', case['key'])}/uploads")
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items


def test_it_answers_before_the_images_are_in_and_goes_on_after_an_interruption(
    tmp_path: Path, sample: Path
) -> None:
    with Installation(tmp_path, "demo", "--images", str(sample)) as first:
        first.wait_until_said(f"0/{IMAGES}")
        (announced,) = sent(first.url, told()["cases"][-1])
        assert first.stop() == 0
    assert announced["state"] == "receiving"
    assert not any("Đã nhận đủ" in line for line in first.output)
    assert "leaked" not in "".join(first.output)
    assert first.processes() == []

    with Installation(tmp_path, "demo") as second:  # it remembers the folder
        second.wait_until_said(f"Đã nhận đủ {IMAGES} ảnh")
        first_case, *_, last_case = told()["cases"]
        begun, (arrived,) = sent(second.url, first_case), sent(second.url, last_case)
        assert second.stop() == 0
    assert [item["state"] for item in begun] == ["stored"] * len(first_case["imaging"])
    assert (arrived["id"], arrived["state"]) == (announced["id"], "stored")
    assert "leaked" not in "".join(second.output)
    assert second.processes() == []
