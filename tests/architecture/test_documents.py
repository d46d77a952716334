"""Documents that must not drift from the code."""

from pathlib import Path

from telehealth.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def test_operations_names_every_setting_with_its_description() -> None:
    text = (DOCS / "operations.md").read_text()
    rows = {
        line.split("|")[1].strip(" `"): line.split("|")[3].strip()
        for line in text.splitlines()
        if line.startswith("| `TELEHEALTH_")
    }
    assert rows == {
        f"TELEHEALTH_{name.upper()}": field.description
        for name, field in Settings.model_fields.items()
    }
