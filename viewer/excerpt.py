"""The record excerpt of a case as typed by the asking doctor: checked fields, kept versions. Pure.

Allergies have three states, because "none known" and "not asked" are different facts.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from viewer.errors import ExcerptInvalid
from viewer.json_fields import Fields
from viewer.person_text import fold_nfc

LABS_MAX: Final = 200
MEDICINES_MAX: Final = 100
FLAGS: Final = ("", "L", "H", "LL", "HH")
ALLERGY_STATES: Final = ("none_known", "recorded", "not_asked")
VITALS: Final = (
    "temperature",
    "pulse",
    "blood_pressure",
    "respiratory_rate",
    "spo2",
    "weight",
    "height",
    "consciousness",
    "note",
)
_LINE: Final = 200
_LONG: Final = 4000


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A checked excerpt; `body` is what is stored and sent, without version and author."""

    body: dict[str, Any]

    @property
    def has_content(self) -> bool:
        """Whether anything was typed at all."""
        history = self.body["history"]
        return bool(
            self.body["labs"]
            or self.body["medicines"]
            or any(self.body["vitals"].values())
            or history["own"]
            or history["family"]
            or history["allergy_state"] != "not_asked"
        )


EMPTY: Final[dict[str, Any]] = {
    "labs": [],
    "medicines": [],
    "history": {"own": "", "family": "", "allergy_state": "not_asked", "allergies": ""},
    "vitals": dict.fromkeys(VITALS, ""),
    "source": "typed",
    "as_of": None,
}


def parse_excerpt(body: object) -> Excerpt:
    """Read an excerpt from outside. Raises ExcerptInvalid naming the field."""
    fields = Fields.of(body, ExcerptInvalid)
    return Excerpt(
        {
            "labs": [_lab(lab) for lab in fields.objects("labs", LABS_MAX)],
            "medicines": [_medicine(m) for m in fields.objects("medicines", MEDICINES_MAX)],
            "history": _history(fields.inner("history"))
            if fields.has("history")
            else dict(EMPTY["history"]),
            "vitals": _vitals(fields.inner("vitals"))
            if fields.has("vitals")
            else dict(EMPTY["vitals"]),
            "source": fields.one_of("source", ("typed",), default="typed"),
            "as_of": _instant(fields, "as_of"),
        }
    )


def parse_version(body: object) -> int:
    """The version that a save is based on; 0 before the first."""
    return Fields.of(body, ExcerptInvalid).integer("version", 0, 1 << 30, default=0)


def _lab(fields: Fields) -> dict[str, Any]:
    return {
        "name": _line(fields, "name", shortest=1),
        "value": _line(fields, "value", shortest=1),
        "unit": _line(fields, "unit"),
        "range": _line(fields, "range"),
        "flag": fields.one_of("flag", FLAGS, default=""),
        "taken_at": _instant(fields, "taken_at"),
    }


def _medicine(fields: Fields) -> dict[str, Any]:
    since, stopped = _day(fields, "since"), _day(fields, "stopped_on")
    if since and stopped and stopped < since:
        raise fields.refuse("stopped_on", "before-start", "before the start")
    return {
        "name": _line(fields, "name", shortest=1),
        "dose": _line(fields, "dose"),
        "route": _line(fields, "route"),
        "since": since,
        "stopped_on": stopped,
    }


def _history(fields: Fields) -> dict[str, Any]:
    state = fields.one_of("allergy_state", ALLERGY_STATES, default="not_asked")
    allergies = _long(fields, "allergies")
    if state == "recorded" and not allergies.strip():
        raise fields.refuse("allergies", "missing", "name the allergies")
    if state != "recorded" and allergies.strip():
        raise fields.refuse("allergy_state", "contradiction", "allergies are named")
    return {
        "own": _long(fields, "own"),
        "family": _long(fields, "family"),
        "allergy_state": state,
        "allergies": allergies,
    }


def _vitals(fields: Fields) -> dict[str, str]:
    if unknown := [name for name in fields.values if name not in VITALS]:
        raise fields.refuse(str(unknown[0])[:40], "not-allowed", "unknown field")
    return {name: _line(fields, name) for name in VITALS}


def _line(fields: Fields, name: str, shortest: int = 0) -> str:
    text = fields.text(name, _LINE, default="", shortest=shortest)
    return " ".join(fold_nfc(text).split())


def _long(fields: Fields, name: str) -> str:
    return fold_nfc(fields.text(name, _LONG, default="")).strip()


def _day(fields: Fields, name: str) -> str | None:
    """A day as YYYY-MM-DD; None or empty is none."""
    text = fields.text(name, 10) if fields.has(name) else ""
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise fields.refuse(name, "date-expected", "YYYY-MM-DD") from None


def _instant(fields: Fields, name: str) -> str | None:
    """An instant, or a day where no more is known, in ISO 8601."""
    text = fields.text(name, 40) if fields.has(name) else ""
    if not text:
        return None
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise fields.refuse(name, "date-expected", "ISO 8601") from None
    return text
