"""Minutes of a case: read, autosave, print, close."""

import asyncio

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from recordings.errors import (
    AnswerWithoutQuestion,
    MinutesAreClosed,
    MinutesIncomplete,
    MinutesTextTooLong,
    MinutesVersionConflict,
    RecordingStillOpen,
)
from recordings.minutes import CaseId, MinutesState, save
from recordings.minutes_store import MinutesStore
from scheduling.case import CaseEvent, CaseState
from scheduling.errors import ConsentMissing, NotFound, TransitionRefused
from telehealth import closing
from telehealth.access import Permission
from telehealth.api.case_answer import known_file
from telehealth.api.minutes_models import CloseIn, MinutesIn, MinutesOut, minutes_out
from telehealth.audit import Act, record
from telehealth.case_record import gather
from telehealth.casefile import CaseFile, Doing, take_step
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed, VersionConflict
from telehealth.live_session import tell_room
from telehealth.parts import Parts

_WRITABLE = frozenset({CaseState.LIVE, CaseState.CONCLUDED, CaseState.MINUTES_DRAFT})


class MinutesApi:
    """The minutes, for those who sit in the session or look after the case."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._material = parts.material

    def doors(self) -> list[Door]:
        """The doors of this class."""
        one = "/api/cases/{case_id}/minutes"
        refusals = (NotAllowed, NotFound, ConsentMissing)
        return [
            Door(
                "GET",
                one,
                self.read,
                Permission.READ_MINUTES,
                "Minutes of a case, prefilled before the first save",
                gives=MinutesOut,
                raises=refusals,
            ),
            Door(
                "PUT",
                one,
                self.write,
                Permission.WRITE_MINUTES,
                "Autosave the minutes",
                takes=MinutesIn,
                gives=MinutesOut,
                raises=(
                    *refusals,
                    VersionConflict,
                    MinutesAreClosed,
                    MinutesTextTooLong,
                    AnswerWithoutQuestion,
                    TransitionRefused,
                ),
            ),
            Door(
                "POST",
                one + "/close",
                self.close,
                Permission.CLOSE_MINUTES,
                "Freeze the minutes, print them and plan their delivery",
                takes=CloseIn,
                gives=MinutesOut,
                raises=(
                    *refusals,
                    VersionConflict,
                    MinutesAreClosed,
                    MinutesIncomplete,
                    RecordingStillOpen,
                    TransitionRefused,
                ),
            ),
            Door(
                "GET",
                one + ".pdf",
                self.pdf,
                Permission.READ_MINUTES,
                "Minutes as PDF/A; a draft says so on every page",
                gives_raw=("application/pdf",),
                raises=refusals,
            ),
        ]

    async def read(self, call: Call) -> MinutesOut:
        """What stands now."""
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call, Permission.READ_MINUTES)
            await record(tx, call.source, _act("minutes_read", file))
            return minutes_out(await gather(tx, file), call.caller)

    async def write(self, call: Call) -> MinutesOut:
        """One autosave; on a conflict the problem carries the current minutes."""
        body = call.parsed(MinutesIn)
        try:
            async with self._parts.database.transaction() as tx:
                file = await self._file(tx, call, Permission.WRITE_MINUTES)
                out = await self._saved(tx, call, file, body)
        except MinutesVersionConflict:
            raise await self._conflict(call) from None
        told: dict[str, object] = {"case_id": str(file.case.id), "version": out.version}
        await tell_room(self._parts.live, file.session, "minutes_saved", told)
        return out

    async def _saved(
        self, tx: AsyncSession, call: Call, file: CaseFile, body: MinutesIn
    ) -> MinutesOut:
        store = MinutesStore(tx)
        current = await store.get_to_change(CaseId(file.case.id))
        if current.state is not MinutesState.CLOSED and file.case.state not in _WRITABLE:
            raise TransitionRefused("case", file.case.state, CaseEvent.WRITE_MINUTES)
        found = await gather(tx, file, current)
        saved = save(current, body.save(call.caller.person_id), found.questions, call.at)
        await store.put(saved)
        if file.case.state is CaseState.CONCLUDED:
            doing = Doing(call.caller.person_id, call.at)
            await take_step(tx, file, CaseEvent.WRITE_MINUTES, doing)
        await record(tx, call.source, _act("minutes_save", file, saved.version))
        return minutes_out(await gather(tx, file, saved), call.caller)

    async def close(self, call: Call) -> MinutesOut:
        """All or nothing; asked again after success it says that they are closed."""
        version = call.parsed(CloseIn).version
        try:
            async with self._parts.database.reading() as tx:
                file = await self._file(tx, call, Permission.CLOSE_MINUTES)
                current = (await MinutesStore(tx).get(CaseId(file.case.id))).version
                found = await closing.gathered(tx, file, current if version is None else version)
            printed = await asyncio.to_thread(
                closing.put_on_disk, found, self._parts.blobs, file.case.facility_id, call.at
            )
            async with self._parts.database.transaction() as tx:
                sinks = closing.sinks_of(self._parts.settings)
                doing = Doing(call.caller.person_id, call.at)
                closed = await closing.freeze(tx, found, printed, sinks, doing, self._material)
                await record(tx, call.source, _act("minutes_close", file, closed.version))
                file = await self._file(tx, call, Permission.CLOSE_MINUTES)
                return minutes_out(await gather(tx, file, closed), call.caller)
        except MinutesVersionConflict:
            raise await self._conflict(call) from None

    async def pdf(self, call: Call) -> Response:
        """The closed bytes, or a draft printed now."""
        async with self._parts.database.transaction() as tx:
            file = await self._file(tx, call, Permission.READ_MINUTES)
            file.require(call.caller, Permission.SEE_PATIENT_IDENTITY)
            found = await gather(tx, file)
            await record(tx, call.source, _act("minutes_print", file, found.minutes.version))
        if found.minutes.state is MinutesState.CLOSED:
            data = await closing.stored_pdf(self._parts.blobs, found.minutes)
        else:
            data = await asyncio.to_thread(closing.print_minutes, found, call.at, draft=True)
        return Response(
            data,
            media_type="application/pdf",
            headers={
                "Content-Disposition": 'inline; filename="bien-ban-hoi-chan.pdf"',
                "Cache-Control": "private, no-store",
            },
        )

    async def _file(self, tx: AsyncSession, call: Call, permission: Permission) -> CaseFile:
        file = await known_file(tx, call, call.uuid("case_id"), self._material)
        file.require(call.caller, permission)
        return file

    async def _conflict(self, call: Call) -> VersionConflict:
        async with self._parts.database.reading() as tx:
            file = await self._file(tx, call, Permission.READ_MINUTES)
            current = minutes_out(await gather(tx, file), call.caller)
        return VersionConflict(current.model_dump(mode="json"))


def _act(action: str, file: CaseFile, version: int | None = None) -> Act:
    detail = None if version is None else {"version": version}
    return Act(action, "minutes", str(file.case.id), file.case.id, detail=detail)
