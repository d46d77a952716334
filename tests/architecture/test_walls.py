"""The walls of the house: checked by tools, and the tools are shown to bite."""

import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from telehealth import schema

ROOT = Path(__file__).parents[2]
ROOMS = ("telehealth", "signaling", "viewer", "scheduling", "recordings")
WALL_LINES = 400

VIOLATIONS = {
    "a room imports another": ("viewer/planted.py", "import scheduling\n"),
    "a room imports telehealth": ("recordings/planted.py", "import telehealth.access\n"),
    "a room imports the web framework": ("signaling/planted.py", "import starlette.requests\n"),
    "SQL outside tables and store": ("scheduling/planted.py", "import sqlmodel\n"),
}


@pytest.mark.parametrize("violation", VIOLATIONS.values(), ids=VIOLATIONS)
def test_import_walls_catch_a_planted_violation(tmp_path: Path, violation: tuple[str, str]) -> None:
    for room in ROOMS:
        ignore = shutil.ignore_patterns("web", "static", "__pycache__")
        shutil.copytree(ROOT / room, tmp_path / room, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path, text = violation
    (tmp_path / path).write_text(text)
    tool = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([tool, "--no-cache"], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 1, result.stdout
    assert "planted" in result.stdout


@pytest.mark.parametrize("suffix", ["*.py", "*.ts", "*.tsx"])
def test_no_module_is_longer_than_the_wall(suffix: str) -> None:
    sources = [
        path
        for room in ROOMS
        for path in (ROOT / room).rglob(suffix)
        if not {"generated", "static", "versions"} & set(path.parts)
    ]
    assert sources
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in sources
        if (lines := path.read_text().count("\n")) > WALL_LINES
    }
    assert not too_long


def test_every_table_of_every_room_names_its_constraints() -> None:
    assert {module.__name__.partition(".")[0] for module in schema.MODULES} == set(ROOMS)
    kinds = (ForeignKeyConstraint, UniqueConstraint, CheckConstraint)
    unnamed = [
        f"{table.name}: {constraint!r}"
        for table in SQLModel.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, kinds) and constraint.name is None
    ]
    assert SQLModel.metadata.tables
    assert not unnamed


def test_no_other_distribution_ships_our_package_names() -> None:
    foreign = {
        f"{dist.name}: {file}"
        for dist in distributions()
        if dist.name != "telehealth-hoichan"
        for file in dist.files or ()
        if file.parts[0] in ROOMS and file.suffix == ".py"
    }
    assert not foreign
