"""The numbered questions a case asks; each gets its own conclusion in the minutes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, ClassVar, NewType
from uuid import UUID, uuid5

from pydantic import ConfigDict, Field, StringConstraints

from scheduling.plain_text import LongText

QuestionId = NewType("QuestionId", UUID)


@dataclass(frozen=True)
class Question:
    """One question; the id outlives renumbering, because answers refer to it."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    id: UUID
    number: Annotated[int, Field(ge=1, le=20)]
    text: Annotated[LongText, StringConstraints(max_length=2000)]


@dataclass(frozen=True)
class QuestionInput:
    """A question as a form sends it: an id only when it was there before; order gives numbers."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    text: Annotated[LongText, StringConstraints(max_length=2000)]
    id: UUID | None = None
    number: int | None = None


def numbered(
    inputs: Iterable[QuestionInput], case_id: UUID, version: int, known: Iterable[Question] = ()
) -> tuple[Question, ...]:
    """Number the questions 1..n in their order, drop empty ones, keep ids of known ones.

    An id that this case never had is replaced, and one that comes twice counts once: ids of
    other cases cannot be borrowed.
    """
    free = {question.id for question in known}
    result: list[Question] = []
    for place, entry in enumerate(inputs):
        if not entry.text.strip():
            continue
        question_id = entry.id
        if question_id is None or question_id not in free:
            question_id = uuid5(case_id, f"question:{version}:{place}")
        free.discard(question_id)
        result.append(Question(question_id, len(result) + 1, entry.text.strip()))
    return tuple(result)
