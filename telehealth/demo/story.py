"""The invented conference as values: `cases.json` read, shifted to the week of the demo. Pure.

Every person, patient and facility is fictional; identifiers use prefixes nobody has.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from telehealth.demo.images import NAMESPACE, Wanted

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
WEEKLY_DAY: Final = 3  # Thursday
_NOON: Final = 12  # later that day there is no time left to prepare: the next one is told of
FIRST_SESSION, EMERGENCY, SECOND_SESSION = "SES-20261126", "ADH-20261128", "SES-20261203"
Facts = Mapping[str, Any]


@cache
def told() -> Facts:
    """The file as it is."""
    text = files("telehealth.demo").joinpath("cases.json").read_text(encoding="utf-8")
    facts: Facts = json.loads(text)
    return facts


def key_id(kind: str, key: str) -> UUID:
    """The id that this facility, person, session or case has in every demo."""
    return uuid5(NAMESPACE, f"{kind} {key}")


@dataclass(frozen=True)
class Week:
    """Where the story is placed in time."""

    now: datetime

    @property
    def today(self) -> date:
        """The day of the demo in Vietnam."""
        return self.now.astimezone(ZONE).date()

    @property
    def first_session(self) -> date:
        """The meeting that is being prepared: today on a Thursday morning, else the next one."""
        now = self.now.astimezone(ZONE)
        first = now.date() + timedelta(days=now.hour >= _NOON)
        return first + timedelta(days=(WEEKLY_DAY - first.weekday()) % 7)

    def day(self, case: Facts, told_on: str) -> date:
        """A date of a case, as long before its session as in the story and never to come."""
        held = {s["key"]: date.fromisoformat(s["start_local"][:10]) for s in told()["sessions"]}
        days = [case["encounter"]["admitted_on"], *(i["study_date"] for i in case["imaging"])]
        latest = max(date.fromisoformat(day) for day in days)
        shift = self._held_on(case["session"]) - held[case["session"]]
        return date.fromisoformat(told_on) + min(shift, self.today - latest)

    def _held_on(self, session_key: str) -> date:
        if session_key == EMERGENCY:
            return self.today
        weeks = 1 if session_key == SECOND_SESSION else 0
        return self.first_session + timedelta(weeks=weeks)


def content_of(case: Facts, week: Week) -> dict[str, Any]:
    """What the asking doctor wrote, as the case page would send it."""
    patient, stay, diagnosis = case["patient"], case["encounter"], case["diagnosis"]
    results = "\n".join(f"– {line}" for line in case["key_results_vi"])
    return {
        "patient_full": {
            "full_name": patient["full_name"],
            "birth_date": patient["birth_date"],
            "sex": patient["sex"],
            "personal_id_number": patient["personal_id_number"],
            "health_insurance_number": patient["health_insurance_number"],
            "local_patient_code": patient["local_patient_code"],
            "address": patient["address_vi"],
        },
        "encounter": {
            "medical_record_no": stay["medical_record_no"],
            "department": stay["department_vi"],
            "room": stay["room"],
            "bed": stay["bed"],
            "admitted_on": week.day(case, stay["admitted_on"]).isoformat(),
        },
        "diagnosis": {
            "main_icd10": diagnosis["main_icd10"],
            "main_text": diagnosis["main_text_vi"],
            "other": [{"icd10": o["icd10"], "text": o["text_vi"]} for o in diagnosis["other"]],
        },
        "consultation_reason": case["consultation_reason"],
        "urgency": case["urgency"],
        "clinical_summary": f"{case['clinical_summary_vi']}\n\nKết quả chính:\n{results}",
        "treatment_so_far": case["treatment_so_far_vi"],
        "specialties": case["specialties_requested_vi"],
        "questions": [{"text": text} for text in case["questions_vi"]],
    }


def wanted_images(case: Facts, week: Week) -> tuple[Wanted, ...]:
    """The studies of a case, with the patient name as its modality wrote it."""
    patient = case["patient"]
    return tuple(
        Wanted(
            case_key=case["key"],
            modality=image["modality"],
            body_part=image["body_part_examined"],
            description=image["description_vi"],
            study_date=week.day(case, image["study_date"]),
            patient_id=patient["local_patient_code"],
            birth_date=patient["birth_date"].replace("-", ""),
            sex=patient["sex"],
            name_bytes=bytes.fromhex(image["patient_name_bytes_hex"]),
            charset=image["specific_character_set"],
        )
        for image in case["imaging"]
    )


def username(key: str) -> str:
    """The account name of a person of the story."""
    return key.replace("_", ".")
