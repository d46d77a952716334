"""The hospital's own PACS, asked from its gateway: real Orthanc by DIMSE and by DICOMweb."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from telehealth.gateway_home import CONFIG, GatewayIdentity
from tests.peers.viewer.test_pulls import samples
from tests.support import orthanc
from tests.support.dimse import dcmtk, dimse_settings
from tests.support.installation import ROOT
from tests.support.ports import free_port

UID = "1.2.826.0.1.77"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An enrolled gateway beside an Orthanc that it may ask in two ways, and a PACS that is off."""
    port, folder = free_port(), tmp_path / "pacs"
    folder.mkdir()
    known = {"gateway": ["TELEHEALTH", "127.0.0.1", free_port()]}
    with orthanc.orthanc(folder, dimse_settings(port, known)) as address:
        made = tmp_path / "home"
        GatewayIdentity(
            gateway_id=UUID(int=1), facility_id=UUID(int=2), name="CĐHA", secret="gw_x"
        ).write(made)
        web = (
            f'retrieve = "web"\ndicomweb_url = "{address}dicom-web/"\n'
            f'dicomweb_user = "{orthanc.NAME}"\ndicomweb_password = "{orthanc.PASSWORD}"\n'
        )
        pacs = (("PACS", port, ""), ("WEB", port, web), ("OFF", free_port(), ""))
        (made / CONFIG).write_text(
            'server = "http://127.0.0.1:1"\n'
            + "".join(
                f'[[pacs]]\nname = "{name}"\nae_title = "ORTHANC"\nhost = "127.0.0.1"\n'
                f"port = {its_port}\n{more}"
                for name, its_port, more in pacs
            )
        )
        (made / "orthanc-port").write_text(str(port))
        yield made


async def asked(home: Path, name: str, by: str, value: str) -> tuple[int, str]:
    """Exit code and all that `telehealth gateway find` said."""
    command = [sys.executable, "-m", "telehealth", "gateway", "find", "--home", str(home)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, name, "--by", by, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    )
    out, wrong = await asyncio.wait_for(process.communicate(f"{value}\n".encode()), 60)
    assert process.returncode is not None
    return process.returncode, (out + wrong.removeprefix(b"Value: ")).decode()


@pytest.mark.parametrize("name", ["PACS", "WEB"])
async def test_a_study_is_found_by_each_term_and_no_patient_is_named(
    home: Path, tmp_path: Path, name: str
) -> None:
    port = (home / "orthanc-port").read_text()
    sent = await dcmtk(
        "storescu", "-aet", "TELEHEALTH", "-aec", "ORTHANC", "+sd", "-R", "-xs",
        "127.0.0.1", port, samples(tmp_path)[0],
    )  # fmt: skip
    assert "Refused" not in sent.output, sent.output
    for by, value in (("accession", "ACC77"), ("patient", "NK-240001"), ("study", UID)):
        code, said = await asked(home, name, by, value)
        assert (code, said.splitlines()[-1]) == (0, "1 studies"), said
        assert UID in said
        assert "CompressedSamples" not in said
    assert (await asked(home, name, "accession", "NONE")) == (0, "0 studies\n")


async def test_what_cannot_be_asked_is_told_without_a_traceback(home: Path) -> None:
    code, said = await asked(home, "OFF", "accession", "ACC77")
    assert (code, said) == (1, "Error: OFF cannot be asked: unreachable\n")
    code, said = await asked(home, "OTHER", "accession", "ACC77")
    assert code == 1
    assert "names no [[pacs]] OTHER" in said
    for wide in ("*", "NK-24000?", "A\\B", "9" * 65):
        code, said = await asked(home, "PACS", "patient", wide)
        assert (code, said.startswith("Error: one exact value")) == (1, True), said
