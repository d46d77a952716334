"""What came drawn over images, read from what highdicom writes and from what the field brings."""

import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image

from tests.support.drawn_over import (
    BOX,
    WINDOW,
    a_state,
    key_images,
    part10,
    read,
    segments,
    with_overlay,
)
from tests.support.image_room import a_sample
from tests.support.shared_case import CT, an_image
from viewer.bit_pictures import overlay_picture, segment_picture
from viewer.bit_planes import overlay_layers, overlay_planes, segments_of
from viewer.header import read_header
from viewer.layers import Place, ShownWindow, key_objects
from viewer.presentation import images_of, presentation_of
from viewer.study import Header, Refusal


@pytest.fixture
def images() -> list[pydicom.Dataset]:
    return [read(an_image(CT, number)) for number in (1, 2)]


def said_of(folder: Path, body: bytes) -> dict[str, Any]:
    """The DICOM JSON that is kept when a file comes."""
    path = folder / "came.dcm"
    path.write_bytes(body)
    header = read_header(path, "/dicomweb")
    assert isinstance(header, Header)
    found: dict[str, Any] = json.loads(gzip.decompress(header.metadata))
    return found


def bits_of(picture: bytes | Refusal) -> np.ndarray[Any, Any]:
    """Where a picture is not transparent."""
    assert isinstance(picture, bytes)
    alpha: np.ndarray[Any, Any] = np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA"))
    return alpha[:, :, 3] > 0


def test_dr1_graphics_of_every_kind_and_text_are_read(
    tmp_path: Path, images: list[pydicom.Dataset]
) -> None:
    said = said_of(tmp_path, a_state(images, f"{CT}.90.1", "Nghi u"))
    layer = presentation_of(said)
    assert (layer.kind, layer.title, layer.description) == (
        "presentation",
        "DOC_PHIM",
        "Bác sĩ đọc phim đánh dấu",
    )
    assert [shape.kind for shape in layer.shapes] == [
        *("point", "line", "curve", "circle", "ellipse", "text")
    ]
    assert layer.shapes[1].points == ((1, 1), (10, 1), (10, 10), (1, 1))
    assert (layer.shapes[-1].text, layer.shapes[-1].points) == ("Nghi u", (BOX,))
    assert {shape.place for shape in layer.shapes} == {Place(f"{CT}.1", 0)}
    # CIELab 53.2, 80.1, 67.2 is the red of sRGB.
    red, green, blue = bytes.fromhex(layer.shapes[0].color.removeprefix("#"))
    assert red > 240
    assert max(green, blue) < 60
    assert set(layer.windows) == {ShownWindow(Place(f"{CT}.{n}"), *WINDOW) for n in (1, 2)}
    assert images_of(layer, said) == {f"{CT}.1", f"{CT}.2"}
    assert layer.left_out == 0


def _display(said: dict[str, Any], **change: Any) -> dict[str, Any]:
    """The first graphic in fractions of what is displayed: the whole image."""
    graphic = said["00700001"]["Value"][0]["00700009"]["Value"][1]
    graphic["00700005"] = {"vr": "CS", "Value": ["DISPLAY"]}
    graphic["00700022"] = {"vr": "FL", "Value": [0, 0, 0.5, 0.25]}
    return said | change


def test_dr2_fractions_of_what_is_displayed_become_pixels(
    tmp_path: Path, images: list[pydicom.Dataset]
) -> None:
    said = said_of(tmp_path, a_state(images, f"{CT}.90.1", "x"))
    assert presentation_of(_display(said)).shapes[1].points == ((0, 0), (64, 32))


@pytest.mark.parametrize(
    "change",
    [
        {"00700042": {"vr": "US", "Value": [90]}},
        {"00700041": {"vr": "CS", "Value": ["Y"]}},
        {"0070005A": {"vr": "SQ"}},
    ],
)
def test_dr2_what_cannot_be_placed_is_counted_and_not_drawn(
    tmp_path: Path, images: list[pydicom.Dataset], change: dict[str, Any]
) -> None:
    said = said_of(tmp_path, a_state(images, f"{CT}.90.1", "x"))
    layer = presentation_of(_display(said, **change))
    assert layer.left_out == 1
    assert len(layer.shapes) == 5


@pytest.mark.parametrize(
    "value",
    [
        *([], [1.0], [1.0, 2.0, 3.0], ["x", "y"], [1e9, 1.0], [None, None]),
        [0.5] * 20_002,
    ],
)
def test_dr2_shapes_that_are_none_are_left_out(
    tmp_path: Path, images: list[pydicom.Dataset], value: list[Any]
) -> None:
    said = said_of(tmp_path, a_state(images, f"{CT}.90.1", "x"))
    said["00700001"]["Value"][0]["00700009"]["Value"][1]["00700022"] = {"vr": "FL", "Value": value}
    layer = presentation_of(said)
    assert (layer.left_out, len(layer.shapes)) == (1, 5)


def test_dr3_key_objects_say_which_images_and_why(
    tmp_path: Path, images: list[pydicom.Dataset]
) -> None:
    found = key_objects(said_of(tmp_path, key_images(images[1:], f"{CT}.91.1", "Ổ tổn thương")))
    assert (found.title, found.description) == ("For Conference", "Ổ tổn thương")
    assert [(one.series_uid, one.place) for one in found.images] == [(CT, Place(f"{CT}.2"))]


def _entries(images: list[pydicom.Dataset]) -> list[dict[str, Any]]:
    """As in a manifest."""
    return [
        {
            "sop_uid": str(ds.SOPInstanceUID),
            "frame": 1,
            "rows": ds.Rows,
            "columns": ds.Columns,
            "position": [float(x) for x in ds.ImagePositionPatient],
            "orientation": [float(x) for x in ds.ImageOrientationPatient],
        }
        for ds in images
    ]


@pytest.fixture
def masks(images: list[pydicom.Dataset]) -> np.ndarray[Any, Any]:
    images[1].ImagePositionPatient = [*images[0].ImagePositionPatient[:2], 5.0]
    found = np.zeros((2, images[0].Rows, images[0].Columns), np.uint8)
    found[0, 10:20, 30:50] = 1
    found[1, 60:70, 5:9] = 2
    return found


@pytest.mark.parametrize("named", [True, False])
def test_dr4_segments_lie_on_the_images_they_were_made_from(
    tmp_path: Path,
    images: list[pydicom.Dataset],
    masks: np.ndarray[Any, Any],
    named: bool,
) -> None:
    body = segments(images, masks, f"{CT}.92.1")
    said = said_of(tmp_path, body)
    if not named:  # then their place in the patient says it
        for group in said["52009230"]["Value"]:
            group.pop("00089124")
    found = segments_of(said, _entries(images))
    assert [one.layer.title for one in found] == ["Tổn thương 1", "Tổn thương 2"]
    assert [one.layer.places for one in found] == [
        (Place(f"{CT}.1", 1),),
        (Place(f"{CT}.2", 1),),
    ]
    for number, segment in enumerate(found, 1):
        ((place, frame),) = segment.frames.items()
        picture = segment_picture(tmp_path / "came.dcm", frame, segment.label, "#e69f00")
        at = int(place.sop_uid.rpartition(".")[2]) - 1
        assert (bits_of(picture) == (masks[at] == number)).all()


def test_dr4_segments_of_other_images_lie_on_none(
    tmp_path: Path, images: list[pydicom.Dataset], masks: np.ndarray[Any, Any]
) -> None:
    said = said_of(tmp_path, segments(images, masks, f"{CT}.92.1"))
    others = _entries([read(an_image(CT, 3, ImagePositionPatient=[0, 0, 900]))])
    assert segments_of(said, others) == []
    smaller = [entry | {"rows": 64} for entry in _entries(images)]
    assert segments_of(said, smaller) == []


def _plane() -> np.ndarray[Any, Any]:
    drawn = np.zeros((128, 128), bool)
    drawn[40:44, 10:100] = True
    drawn[3, 3] = True
    return drawn


@pytest.mark.parametrize("origin", [(1, 1), (-9, 11), (60, 60)])
def test_dr5_an_overlay_lies_where_its_origin_says(
    tmp_path: Path, images: list[pydicom.Dataset], origin: tuple[int, int]
) -> None:
    said = said_of(tmp_path, part10(with_overlay(images[0], _plane(), origin=origin)))
    (layer,) = overlay_layers(overlay_planes(said))
    assert (layer.key, layer.title) == ("overlay-6000", "VE TAY")
    assert layer.places == (Place(f"{CT}.1"),)
    expected = np.zeros((128, 128), bool)
    for row, column in np.argwhere(_plane()):
        to = row + origin[0] - 1, column + origin[1] - 1
        if 0 <= to[0] < 128 and 0 <= to[1] < 128:
            expected[to] = True
    assert expected.any()
    drawn = overlay_picture(tmp_path / "came.dcm", 0x6000, 1, "#e69f00")
    assert (bits_of(drawn) == expected).all()


def test_dr5_an_overlay_in_unused_bits_of_the_pixels_is_read(
    tmp_path: Path, images: list[pydicom.Dataset]
) -> None:
    ds = images[0]
    pixels = np.frombuffer(ds.PixelData, "<u2").reshape(128, 128) & 0x0FFF
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
    ds.PixelData = (pixels | (_plane().astype(np.uint16) << 12)).astype("<u2").tobytes()
    for element, value in ((0x0010, 128), (0x0011, 128), (0x0100, 16), (0x0102, 12)):
        ds.add_new((0x6002, element), "US", value)
    said = said_of(tmp_path, part10(ds))
    (layer,) = overlay_layers(overlay_planes(said))
    assert layer.key == "overlay-6002"
    drawn = overlay_picture(tmp_path / "came.dcm", 0x6002, 1, "#e69f00")
    assert (bits_of(drawn) == _plane()).all()


def test_dr5_pydicoms_own_sample_has_the_overlay_pydicom_finds() -> None:
    path = a_sample("examples_overlay.dcm")
    found = pydicom.dcmread(path)
    drawn = overlay_picture(path, 0x6000, 1, "#ffffff")
    array = found.overlay_array(0x6000).astype(bool)
    rows, columns = array.shape
    assert (bits_of(drawn)[:rows, :columns] == array[: found.Rows, : found.Columns]).all()


@pytest.mark.parametrize(
    "change",
    [
        {0x3000: ("OW", b"\1")},
        {0x0010: ("US", 0)},
        {0x0010: ("US", 65_535)},
        {0x0050: ("SS", [1])},
    ],
)
def test_dr5_a_broken_overlay_is_a_refusal(
    tmp_path: Path, images: list[pydicom.Dataset], change: dict[int, tuple[str, Any]]
) -> None:
    ds = with_overlay(images[0], _plane())
    for element, (vr, value) in change.items():
        ds.add_new((0x6000, element), vr, value)
    path = tmp_path / "came.dcm"
    path.write_bytes(part10(ds))
    assert isinstance(overlay_picture(path, 0x6000, 1, "#e69f00"), Refusal)
    assert isinstance(overlay_picture(path, 0x601E, 1, "#e69f00"), Refusal)
