"""What the asking doctor writes: fields with bounds, merged by JSON merge patch (RFC 7396)."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from scheduling.errors import ContentRefused, FieldProblem
from scheduling.identifiers import has_icd10_shape, patient_warnings
from scheduling.identity import PatientIdentity
from scheduling.plain_text import Line, LongText, ShortLine
from scheduling.questions import Question, QuestionInput, numbered

_STRICT = ConfigDict(extra="forbid")
_DEEPEST = 4
_EARLIEST_BIRTH = date(1900, 1, 1)
# Limits of an EMR seen in the wild (domain.md 8.3), in characters.
EMR_LIMITS = {"clinical_summary": 4000, "reason_text": 1000, "treatment_so_far": 2000}


class ConsultationReason(StrEnum):
    """Why the case is discussed (Law 15/2023, art. 64)."""

    BEYOND_CAPABILITY = "beyond_capability"
    UNCERTAIN_DIAGNOSIS = "uncertain_diagnosis"
    NOT_IMPROVING = "not_improving"
    PROGRESSING_BADLY = "progressing_badly"
    TREATMENT_CHOICE = "treatment_choice"
    EMERGENCY = "emergency"


class Urgency(StrEnum):
    """How soon the case must be heard."""

    ROUTINE = "routine"
    PRIORITY = "priority"
    EMERGENCY = "emergency"


@dataclass(frozen=True)
class Encounter:
    """The stay at the asking hospital, as printed on form 27/BV2."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    medical_record_no: ShortLine = ""
    admission_no: ShortLine = ""
    department: ShortLine = ""
    room: ShortLine = ""
    bed: ShortLine = ""
    admitted_on: date | None = None


@dataclass(frozen=True)
class OtherDiagnosis:
    """A secondary diagnosis."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    icd10: Annotated[ShortLine, StringConstraints(max_length=10)] = ""
    text: Line = ""


@dataclass(frozen=True)
class Diagnosis:
    """Main and other diagnoses before the conference."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    main_icd10: Annotated[ShortLine, StringConstraints(max_length=10)] = ""
    main_text: Line = ""
    other: Annotated[tuple[OtherDiagnosis, ...], Field(max_length=20)] = ()


@dataclass(frozen=True)
class CaseContent:
    """The written part of a case; every saved version is kept."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    patient_full: PatientIdentity = field(default_factory=PatientIdentity)
    encounter: Encounter = field(default_factory=Encounter)
    diagnosis: Diagnosis = field(default_factory=Diagnosis)
    consultation_reason: ConsultationReason | None = None
    reason_text: LongText = ""
    urgency: Urgency = Urgency.ROUTINE
    clinical_summary: LongText = ""
    treatment_so_far: LongText = ""
    specialties: Annotated[tuple[ShortLine, ...], Field(max_length=12)] = ()
    questions: Annotated[tuple[Question, ...], Field(max_length=20)] = ()
    no_images: bool = False

    @property
    def has_reason(self) -> bool:
        """True when the reason for the conference is chosen or written."""
        return self.consultation_reason is not None or bool(self.reason_text.strip())


CONTENT: TypeAdapter[CaseContent] = TypeAdapter(CaseContent)
_QUESTION_INPUTS: TypeAdapter[tuple[QuestionInput, ...]] = TypeAdapter(
    Annotated[tuple[QuestionInput, ...], Field(max_length=20)]
)


def to_json(content: CaseContent) -> dict[str, Any]:
    """The content as plain JSON values, ready to store."""
    return cast(dict[str, Any], CONTENT.dump_python(content, mode="json"))


def from_json(stored: Mapping[str, Any]) -> CaseContent:
    """Read stored content back."""
    return CONTENT.validate_python(dict(stored))


def _merged(target: Any, patch: Any, depth: int = 0) -> Any:
    # Content nests three deep; deeper is left for validation to refuse.
    if not isinstance(patch, Mapping) or depth > _DEEPEST:
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value, depth + 1)
    return result


def _pointer(location: tuple[int | str, ...], prefix: str = "") -> str:
    return prefix + "".join(f"/{part}" for part in location)


def _problems(error: ValidationError, prefix: str = "") -> tuple[FieldProblem, ...]:
    return tuple(
        FieldProblem(_pointer(e["loc"], prefix), e["type"].replace("_", "-"), e["msg"])
        for e in error.errors(include_url=False, include_context=False, include_input=False)
    )


def patched(
    content: CaseContent, patch: Mapping[str, Any], case_id: UUID, version: int, today: date
) -> CaseContent:
    """Apply a merge patch; raise ContentRefused naming every bad field, changing nothing.

    Objects merge, lists are replaced, null empties a field. `version` is the one to be saved.
    """
    changes = dict(patch)
    questions = content.questions
    if "questions" in changes:
        questions = _questions(changes.pop("questions"), content, case_id, version)
    try:
        result = CONTENT.validate_python(_merged(to_json(content), changes))
    except ValidationError as error:
        raise ContentRefused(_problems(error)) from error
    result = replace(result, questions=questions, specialties=_distinct(result.specialties))
    if problems := tuple(_impossible_dates(result, today)):
        raise ContentRefused(problems)
    return result


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _questions(
    value: object, content: CaseContent, case_id: UUID, version: int
) -> tuple[Question, ...]:
    try:
        inputs = _QUESTION_INPUTS.validate_python(value or ())
    except ValidationError as error:
        raise ContentRefused(_problems(error, "/questions")) from error
    return numbered(inputs, case_id, version, content.questions)


def _impossible_dates(content: CaseContent, today: date) -> Iterator[FieldProblem]:
    born, admitted = content.patient_full.birth_date, content.encounter.admitted_on
    if born and not _EARLIEST_BIRTH <= born <= today:
        yield FieldProblem("/patient_full/birth_date", "date-out-of-range")
    if admitted and not _EARLIEST_BIRTH <= admitted <= today:
        yield FieldProblem("/encounter/admitted_on", "date-out-of-range")
    elif admitted and born and admitted < born:
        yield FieldProblem("/encounter/admitted_on", "admitted-before-birth")


def warnings(content: CaseContent) -> tuple[FieldProblem, ...]:
    """What deserves a second look but blocks nothing: odd numbers, odd codes, long texts."""
    found = list(patient_warnings(content.patient_full))
    codes = [("/diagnosis/main_icd10", content.diagnosis.main_icd10)]
    codes += [
        (f"/diagnosis/other/{place}/icd10", other.icd10)
        for place, other in enumerate(content.diagnosis.other)
    ]
    found += [
        FieldProblem(at, "icd10-shape") for at, code in codes if code and not has_icd10_shape(code)
    ]
    texts = asdict(content)
    found += [
        FieldProblem(f"/{name}", "longer-than-emr-takes", str(limit))
        for name, limit in EMR_LIMITS.items()
        if len(texts[name]) > limit
    ]
    return tuple(found)
