"""DCMTK's dcm2pnm beside our reading of overlay planes: the same pixels."""

import asyncio
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.dimse import DCMTK
from tests.support.drawn_over import part10, read, with_overlay
from tests.support.image_room import a_sample
from tests.support.shared_case import CT, an_image
from viewer.bit_pictures import overlay_picture

# Grey values end far below this window: all that is not overlay is black.
BLACK = ("+Ww", "65000", "1")


async def _theirs(path: Path, out: Path) -> np.ndarray[Any, Any]:
    command = (str(DCMTK / "dcm2pnm"), "+O", "1", "+Omr", *BLACK, str(path), str(out))
    tool = await asyncio.create_subprocess_exec(*command)
    assert await tool.wait() == 0
    shown: np.ndarray[Any, Any] = np.asarray(Image.open(out).convert("L")) > 0
    return shown


def _ours(path: Path) -> np.ndarray[Any, Any]:
    drawn = overlay_picture(path, 0x6000, 1, "#e69f00")
    assert isinstance(drawn, bytes)
    pixels: np.ndarray[Any, Any] = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGBA"))
    return pixels[:, :, 3] > 0


@pytest.mark.parametrize("origin", [(1, 1), (5, -3), (100, 90)])
async def test_dr5_dcm2pnm_draws_an_overlay_where_we_do(
    tmp_path: Path, origin: tuple[int, int]
) -> None:
    plane = np.zeros((128, 128), bool)
    plane[20:24, 10:100] = True
    plane[5:60, 7] = True
    path = tmp_path / "image.dcm"
    path.write_bytes(part10(with_overlay(read(an_image(CT, 1)), plane, origin=origin)))
    ours = _ours(path)
    assert ours.any()
    assert (ours == await _theirs(path, tmp_path / "theirs.pgm")).all()


async def test_dr5_dcm2pnm_draws_pydicoms_sample_as_we_do(tmp_path: Path) -> None:
    path = a_sample("examples_overlay.dcm")
    assert (_ours(path) == await _theirs(path, tmp_path / "theirs.pgm")).all()
