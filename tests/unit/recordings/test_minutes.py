from dataclasses import fields
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.errors import (
    AnswerWithoutQuestion,
    MinutesAreClosed,
    MinutesIncomplete,
    MinutesTextTooLong,
    MinutesVersionConflict,
)
from recordings.minutes import (
    TEXT_FIELDS,
    TEXT_LIMIT_CHARACTERS,
    Answer,
    CaseId,
    Minutes,
    MinutesContent,
    MinutesState,
    PersonId,
    PrintedPdf,
    Question,
    QuestionId,
    Save,
    Task,
    check_closable,
    close,
    missing,
    save,
    warnings,
)

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
CASE = CaseId(UUID(int=7))
SECRETARY = PersonId(UUID(int=8))
QUESTIONS = tuple(Question(QuestionId(UUID(int=n)), n, f"câu {n}") for n in (1, 2))
COMPLETE = MinutesContent(
    course_summary="Nam 72 tuổi",
    conclusion="Có chỉ định",
    next_treatment="Khoan sọ",
    answers=tuple(Answer(question.id, "Có") for question in QUESTIONS),
)
PDF = PrintedPdf("ab" * 32, 80_000)


def saved(content: MinutesContent, minutes: Minutes | None = None) -> Minutes:
    current = minutes or Minutes(CASE)
    return save(current, Save(current.version, content, SECRETARY), QUESTIONS, NOW)


def test_save_makes_a_draft_one_version_up() -> None:
    draft = saved(COMPLETE)
    assert (draft.version, draft.state, draft.saved_by) == (1, MinutesState.DRAFT, SECRETARY)
    assert saved(COMPLETE, draft).version == 2


@given(st.integers(0, 5), st.integers(0, 5))
def test_only_the_current_version_is_saved_on(current: int, claimed: int) -> None:
    minutes = Minutes(CASE)
    for _ in range(current):
        minutes = saved(COMPLETE, minutes)
    change = Save(claimed, COMPLETE, SECRETARY)
    if claimed == current:
        assert save(minutes, change, QUESTIONS, NOW).version == current + 1
        return
    with pytest.raises(MinutesVersionConflict) as refused:
        save(minutes, change, QUESTIONS, NOW)
    assert refused.value.current is minutes


@given(st.sets(st.sampled_from(["course_summary", "conclusion", "next_treatment", "answers"])))
def test_missing_names_exactly_what_is_blank(blank: set[str]) -> None:
    values = {field.name: getattr(COMPLETE, field.name) for field in fields(COMPLETE)}
    for name in blank:
        values[name] = (Answer(QUESTIONS[0].id, "Có"),) if name == "answers" else " \n"
    assert set(missing(MinutesContent(**values), QUESTIONS)) == blank


def test_a_blank_answer_is_no_answer() -> None:
    content = MinutesContent(answers=tuple(Answer(question.id, " ") for question in QUESTIONS))
    assert "answers" in missing(content, QUESTIONS)


def test_incomplete_minutes_cannot_be_closed() -> None:
    draft = saved(MinutesContent(conclusion="Có"))
    with pytest.raises(MinutesIncomplete) as refused:
        check_closable(draft, draft.version, QUESTIONS)
    assert refused.value.missing == ("course_summary", "next_treatment", "answers")


def test_closed_minutes_change_no_more() -> None:
    draft = saved(COMPLETE)
    check_closable(draft, 1, QUESTIONS)
    closed = close(draft, PDF, SECRETARY, NOW)
    assert closed.state is MinutesState.CLOSED
    assert (closed.version, closed.pdf_sha256, closed.closed_at) == (1, PDF.sha256, NOW)
    with pytest.raises(MinutesAreClosed):
        saved(COMPLETE, closed)
    with pytest.raises(MinutesAreClosed):
        check_closable(closed, 1, QUESTIONS)
    with pytest.raises(MinutesAreClosed):
        close(closed, PDF, SECRETARY, NOW)


@pytest.mark.parametrize("name", TEXT_FIELDS)
def test_long_text_is_warned_about_then_refused(name: str) -> None:
    long = MinutesContent(**{name: "ă" * 4001})
    assert [one.field for one in warnings(long)] == [name]
    with pytest.raises(MinutesTextTooLong) as refused:
        saved(MinutesContent(**{name: "ă" * (TEXT_LIMIT_CHARACTERS + 1)}))
    assert refused.value.field == name


def test_too_many_tasks_or_a_too_long_answer_are_refused() -> None:
    with pytest.raises(MinutesTextTooLong, match="tasks"):
        saved(MinutesContent(tasks=tuple(Task("x") for _ in range(51))))
    answer = Answer(QUESTIONS[0].id, "ă" * (TEXT_LIMIT_CHARACTERS + 1))
    with pytest.raises(MinutesTextTooLong, match="answers"):
        saved(MinutesContent(answers=(answer,)))


def test_an_answer_needs_its_one_question() -> None:
    for answers in (
        (Answer(QuestionId(uuid4()), "lạ"),),
        (Answer(QUESTIONS[0].id, "một"), Answer(QUESTIONS[0].id, "hai")),
    ):
        with pytest.raises(AnswerWithoutQuestion):
            saved(MinutesContent(answers=answers))
