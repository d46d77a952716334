"""DCMTK's tools against our DIMSE server (docs/image-delivery.md, PA)."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest

from telehealth.images import Images
from tests.support.conference import OTHER_SPOKE, SPOKE, Conference
from tests.support.dimse import (
    DCMTK,
    a_peer,
    archive,
    dataset_bytes,
    dcmtk,
    know,
    listening,
    stored_files,
)
from tests.support.image_room import a_sample
from tests.support.ports import free_port
from tests.support.processes import running
from viewer.dimse_server import DimseServer

SAMPLES = (
    "CT_small.dcm",
    "MR_small_implicit.dcm",
    "MR_small_bigendian.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_RLE.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "image_dfl.dcm",
    "rtdose.dcm",
    "reportsi.dcm",
)


async def test_pa1_known_peer_is_answered(
    hospital: tuple[Conference, Images], server: DimseServer
) -> None:
    await know(hospital[0], a_peer("DCMTK"))
    good = await dcmtk("echoscu", "-aet", "DCMTK", "-aec", "TELEHEALTH", "127.0.0.1", server.port)
    assert good.code == 0, good.output


@pytest.mark.parametrize(
    ("calling", "called", "why"),
    [
        ("STRANGER", "TELEHEALTH", "Calling AE Title Not Recognized"),
        ("DCMTK", "ANY-SCP", "Called AE Title Not Recognized"),
        ("DCMTK", "telehealth", "Called AE Title Not Recognized"),
    ],
)
async def test_pa1_wrong_ae_title_is_turned_away(
    hospital: tuple[Conference, Images], server: DimseServer, calling: str, called: str, why: str
) -> None:
    await know(hospital[0], a_peer("DCMTK"))
    bad = await dcmtk("echoscu", "-aet", calling, "-aec", called, "127.0.0.1", server.port)
    assert bad.code != 0
    assert why in bad.output


async def test_pa2_known_title_from_another_address_gets_no_word(
    hospital: tuple[Conference, Images], server: DimseServer
) -> None:
    await know(hospital[0], a_peer("DCMTK", host="192.0.2.7"))
    bad = await dcmtk("echoscu", "-aet", "DCMTK", "-aec", "TELEHEALTH", "127.0.0.1", server.port)
    assert bad.code != 0


async def test_pa3_what_arrives_is_kept_byte_for_byte(
    hospital: tuple[Conference, Images], server: DimseServer, tmp_path: Path
) -> None:
    """DCMTK encodes anew what it sends: its own receiver, keeping bits, says what was sent."""
    meeting, _ = hospital
    await know(meeting, a_peer("DCMTK"))
    (tmp_path / "reference").mkdir()
    port = free_port()
    reference = ["storescp", "+B", "+xa", "+uf", "-od", str(tmp_path / "reference"), str(port)]
    with running([str(DCMTK / reference[0]), *reference[1:]], listening(port), tmp_path / "log"):
        for name in SAMPLES:
            path = a_sample(name)
            for where in (port, server.port):
                to = ["-aet", "DCMTK", "-aec", "TELEHEALTH", "127.0.0.1", where, path]
                answer = await dcmtk("storescu", *syntax_of(path), *to)
                assert answer.code == 0, (name, answer.output)
    sent = [path.read_bytes() for path in (tmp_path / "reference").iterdir()]
    kept = await stored_files(meeting)
    assert len(sent) == len(SAMPLES)
    assert sorted(map(dataset_bytes, kept)) == sorted(map(dataset_bytes, sent))
    for body in kept:
        assert pydicom.dcmread(BytesIO(body), stop_before_pixels=True).file_meta.TransferSyntaxUID
    assert await stored_files(meeting, OTHER_SPOKE) == []


def syntax_of(path: Path) -> list[str]:
    """The option with which storescu proposes the syntax of this file."""
    syntax = pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID
    known = {
        "1.2.840.10008.1.2": ["-xi"],
        "1.2.840.10008.1.2.1": ["-xe"],
        "1.2.840.10008.1.2.2": ["-xb"],
        "1.2.840.10008.1.2.1.99": ["-xd"],
        "1.2.840.10008.1.2.4.50": ["-xy"],
        "1.2.840.10008.1.2.4.70": ["-xs"],
        "1.2.840.10008.1.2.4.80": ["-xt"],
        "1.2.840.10008.1.2.4.90": ["-xv"],
        "1.2.840.10008.1.2.5": ["-xr"],
    }
    return known[str(syntax)]


async def test_pa5_find_answers_with_the_own_facility_alone(
    hospital: tuple[Conference, Images], server: DimseServer
) -> None:
    meeting, _ = hospital
    await know(meeting, a_peer("DCMTK"))
    await archive(meeting, SPOKE, "CT_small.dcm", "MR_small.dcm")
    await archive(meeting, OTHER_SPOKE, "JPEG2000.dcm")
    ask = ("findscu", "-S", "-aet", "DCMTK", "-aec", "TELEHEALTH", "127.0.0.1", server.port)
    tags = ("-k", "StudyInstanceUID", "-k", "PatientID", "-k", "ModalitiesInStudy")
    every = await dcmtk(*ask, "-k", "QueryRetrieveLevel=STUDY", *tags)
    assert every.output.count("(0020,000d)") == 2 + every.output.count("Request Identifiers")
    assert "[1CT1]" in every.output
    assert "[NM" not in every.output
    one = await dcmtk(*ask, "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=1CT1", *tags[:2])
    study = re.search(r"\(0020,000d\) UI \[([0-9.]+)", one.output)
    assert study is not None, one.output
    below = ("-k", f"StudyInstanceUID={study[1]}", "-k", "SeriesInstanceUID", "-k", "Modality")
    series = await dcmtk(*ask, "-k", "QueryRetrieveLevel=SERIES", *below)
    assert "(0008,0060) CS [CT]" in series.output
    loose = await dcmtk(*ask, "-v", "-k", "QueryRetrieveLevel=SERIES", "-k", "SeriesInstanceUID")
    assert "DataSetDoesNotMatchSOPClass" in loose.output


@pytest.mark.parametrize("tool", ["movescu", "getscu"])
async def test_pa6_what_goes_out_is_what_is_stored(
    hospital: tuple[Conference, Images], server: DimseServer, tmp_path: Path, tool: str
) -> None:
    meeting, _ = hospital
    port = free_port()
    await know(meeting, a_peer("DCMTK", port))
    kept = await archive(meeting, SPOKE, "CT_small.dcm", "SC_rgb_rle_2frame.dcm")
    foreign = await archive(meeting, OTHER_SPOKE, "JPEG2000.dcm")
    (tmp_path / "out").mkdir()
    own = ["--port", port, "-aem", "DCMTK"] if tool == "movescu" else []
    for body in (*kept.values(), *foreign.values()):
        study = pydicom.dcmread(BytesIO(body), stop_before_pixels=True).StudyInstanceUID
        # movescu forgets its output directory when it preserves bits.
        await dcmtk(
            tool, "-S", "-aet", "DCMTK", "-aec", "TELEHEALTH", *own, "+B",
            "127.0.0.1", server.port,
            "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}",
            cwd=tmp_path / "out",
        )  # fmt: skip
    came = {}
    for path in (tmp_path / "out").iterdir():
        came[str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID)] = path
    assert set(came) == set(kept)
    for uid, path in came.items():
        stored, sent = pydicom.dcmread(BytesIO(kept[uid])), pydicom.dcmread(path)
        assert np.array_equal(stored.pixel_array, sent.pixel_array)
        if stored.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID:
            assert dataset_bytes(path.read_bytes()) == dataset_bytes(kept[uid])
