"""An installation as an IT officer makes it by the command line: one hospital, one doctor."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from tests.support.installation import ROOT

DOCTOR = "bacsi"


def make_hospital(folder: Path) -> str:
    """Migrates, and adds hospital and doctor; the doctor's password."""
    password = secrets.token_urlsafe(12)
    doctor = ("--name", "Lò Văn Thử", "--facility", "00101", "--role", "PRESENTER")
    clean = {key: value for key, value in os.environ.items() if "TELEHEALTH" not in key}
    for command in (
        ("migrate",),
        ("facility", "add", "00101", "Bệnh viện"),
        ("user", "add", DOCTOR, *doctor, "--password", password),
    ):
        subprocess.run(
            [sys.executable, "-m", "telehealth", *command],
            check=True,
            cwd=ROOT,
            env=clean | {"TELEHEALTH_DATA_DIR": str(folder / "var")},
            stdout=subprocess.DEVNULL,
        )
    return password
