"""The SQL of the minutes."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

from recordings.minutes import (
    Answer,
    CaseId,
    Disposition,
    Minutes,
    MinutesContent,
    MinutesState,
    PersonId,
    QuestionId,
    Task,
)
from recordings.minutes_tables import MinutesRow, MinutesVersionRow

NOTHING = MinutesContent()


class MinutesStore:
    """Minutes within one transaction."""

    def __init__(self, tx: AsyncSession) -> None:
        self._tx = tx

    async def get(self, case_id: CaseId) -> Minutes:
        """The minutes of a case; empty ones at version 0 when nothing was saved yet."""
        row = await self._tx.get(MinutesRow, case_id)
        return _minutes(row) if row else Minutes(case_id)

    async def get_to_change(self, case_id: CaseId) -> Minutes:
        """The same, held by this writing transaction: two saves, even first ones, cannot cross."""
        dialect = self._tx.get_bind().dialect.name
        insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
        blank = insert(MinutesRow).values(
            case_id=case_id, version=0, state=MinutesState.NONE, content=content_values(NOTHING)
        )
        await self._tx.exec(blank.on_conflict_do_nothing())
        row = await self._tx.get_one(MinutesRow, case_id, with_for_update=True)
        return _minutes(row)

    async def put(self, minutes: Minutes) -> None:
        """Keep a saved or closed version."""
        content = content_values(minutes.content)
        row = MinutesRow(
            case_id=minutes.case_id,
            version=minutes.version,
            state=minutes.state,
            content=content,
            saved_at=minutes.saved_at,
            saved_by=minutes.saved_by,
            closed_at=minutes.closed_at,
            closed_by=minutes.closed_by,
            pdf_sha256=minutes.pdf_sha256,
            pdf_size_bytes=minutes.pdf_size_bytes,
        )
        await self._tx.merge(row)
        await self._tx.flush()
        if minutes.state is MinutesState.DRAFT and minutes.saved_at and minutes.saved_by:
            self._tx.add(
                MinutesVersionRow(
                    case_id=minutes.case_id,
                    version=minutes.version,
                    content=content,
                    saved_at=minutes.saved_at,
                    saved_by=minutes.saved_by,
                )
            )
            await self._tx.flush()


def _minutes(row: MinutesRow) -> Minutes:
    return Minutes(
        CaseId(row.case_id),
        row.version,
        MinutesState(row.state),
        _content(row.content),
        row.saved_at,
        PersonId(row.saved_by) if row.saved_by else None,
        row.closed_at,
        PersonId(row.closed_by) if row.closed_by else None,
        row.pdf_sha256,
        row.pdf_size_bytes,
    )


def content_values(content: MinutesContent) -> dict[str, Any]:
    """What the secretary wrote, as plain JSON values."""
    return {
        "course_summary": content.course_summary,
        "discussion": content.discussion,
        "conclusion": content.conclusion,
        "next_treatment": content.next_treatment,
        "diagnosis_after": content.diagnosis_after,
        "prognosis": content.prognosis,
        "disposition": content.disposition.value,
        "answers": [
            {
                "question_id": str(one.question_id),
                "text": one.text,
                "answered_by": str(one.answered_by) if one.answered_by else None,
            }
            for one in content.answers
        ],
        "tasks": [
            {
                "text": one.text,
                "owner": one.owner,
                "due_on": one.due_on.isoformat() if one.due_on else None,
            }
            for one in content.tasks
        ],
    }


def _content(values: dict[str, Any]) -> MinutesContent:
    return MinutesContent(
        course_summary=values["course_summary"],
        discussion=values["discussion"],
        conclusion=values["conclusion"],
        next_treatment=values["next_treatment"],
        diagnosis_after=values["diagnosis_after"],
        prognosis=values["prognosis"],
        disposition=Disposition(values["disposition"]),
        answers=tuple(
            Answer(
                QuestionId(UUID(one["question_id"])),
                one["text"],
                PersonId(UUID(one["answered_by"])) if one["answered_by"] else None,
            )
            for one in values["answers"]
        ),
        tasks=tuple(
            Task(
                one["text"],
                one["owner"],
                date.fromisoformat(one["due_on"]) if one["due_on"] else None,
            )
            for one in values["tasks"]
        ),
    )
