"""Stories that need a network of their own, from which no packet can leave."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]


def play_alone(module: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """`python -m MODULE FOLDER ARGUMENTS` under scripts/loopback-only; its FOLDER/result.json."""
    command = [sys.executable, "-m", module, str(folder), *arguments]
    done = subprocess.run(
        [str(_ROOT / "scripts/loopback-only"), *command],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    result: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return result
