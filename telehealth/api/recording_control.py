"""Recording the open case: start and stop."""

import asyncio
from typing import Final
from uuid import UUID, uuid4

from recordings.errors import (
    AlreadyRecording,
    CaseNotOpen,
    NotRecording,
    RecorderUnavailable,
    RecordingNotConsented,
)
from recordings.recording import Recording, RecordingId, RecordingState
from recordings.recording_store import RecordingStore
from scheduling.errors import NotFound
from signaling.live_errors import EventRefused, LogClosed
from signaling.live_log import SessionId
from telehealth.access import Permission
from telehealth.api.case_answer import known_file
from telehealth.api.recording_models import StartedRecording, StartRecording
from telehealth.audit import record
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.parts import Parts
from telehealth.recording_effects import act_on, beginning_of, end_of

BEGIN_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.1


class RecordingControlApi:
    """Chair and secretary record an open case whose patient agreed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        refusals = (NotAllowed, NotFound, AlreadyRecording, CaseNotOpen, RecordingNotConsented)
        return [
            Door(
                "POST",
                "/api/sessions/{session_id}/recording/start",
                self.start,
                Permission.RECORD,
                "Record the open case; answers when the recorder is in the room",
                takes=StartRecording,
                gives=StartedRecording,
                raises=(*refusals, RecorderUnavailable),
            ),
            Door(
                "POST",
                "/api/sessions/{session_id}/recording/stop",
                self.stop,
                Permission.RECORD,
                "End the recording",
                status=204,
                raises=(NotAllowed, NotRecording),
            ),
        ]

    async def start(self, call: Call) -> StartedRecording:
        """Ask for a recorder, wait until it listens, then tell everybody (R-4)."""
        session_id = SessionId(call.uuid("session_id"))
        case_id = call.parsed(StartRecording).case_id
        recording = await self._request(call, session_id, case_id)
        try:
            await self._begun(recording.id)
            await self._parts.live.post(session_id, beginning_of(recording.id))
        except EventRefused as error:
            await self._give_up(recording.id, error.refusal.slug)
            raise _refused(error, case_id) from error
        except LogClosed as error:
            await self._give_up(recording.id, "log-closed")
            raise RecorderUnavailable("log-closed") from error
        return StartedRecording(recording_id=recording.id)

    async def stop(self, call: Call) -> None:
        """Tell everybody; the recorder stops in the same transaction (R-6)."""
        session_id = SessionId(call.uuid("session_id"))
        async with self._parts.database.transaction() as tx:
            live = await RecordingStore(tx).live_of_session(session_id)
            if live is None:
                raise NotRecording
            file = await known_file(tx, call, live.case_id, self._parts.material)
            file.require(call.caller, Permission.RECORD)
            await record(tx, call.source, act_on(live, "recording_stop"))
        try:
            await self._parts.live.post(session_id, end_of(live.id))
        except (EventRefused, LogClosed):  # the log is behind: the row decides
            async with self._parts.database.transaction() as tx:
                await RecordingStore(tx).stop(live.id, call.at)

    async def _request(self, call: Call, session_id: SessionId, case_id: UUID) -> Recording:
        opened = (await self._parts.live.hub(session_id)).state.case_id
        async with self._parts.database.transaction() as tx:
            file = await known_file(tx, call, case_id, self._parts.material)
            file.require(call.caller, Permission.RECORD)
            if file.case.session_id != session_id or opened != str(case_id):
                raise CaseNotOpen
            if not file.may_record:
                raise RecordingNotConsented(case_id)
            recording = Recording(
                RecordingId(uuid4()), session_id, case_id, call.caller.person_id, call.at
            )
            await RecordingStore(tx).add(recording)
            await record(tx, call.source, act_on(recording, "recording_start"))
            return recording

    async def _begun(self, recording_id: UUID) -> None:
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                now_is = await self._no_longer_waiting(recording_id)
        except TimeoutError:
            await self._give_up(recording_id, "no-recorder")
            raise RecorderUnavailable("no-recorder") from None
        if now_is.state is not RecordingState.RECORDING:
            raise RecorderUnavailable(now_is.failure or "stopped")

    async def _no_longer_waiting(self, recording_id: UUID) -> Recording:
        while True:
            async with self._parts.database.reading() as tx:
                recording = await RecordingStore(tx).get(recording_id)
            if recording.state is not RecordingState.REQUESTED:
                return recording
            await asyncio.sleep(_LOOK_SECONDS)

    async def _give_up(self, recording_id: UUID, reason: str) -> None:
        async with self._parts.database.transaction() as tx:
            store = RecordingStore(tx)
            if (await store.get(recording_id)).is_live:
                await store.fail(recording_id, reason, self._parts.clock())


def _refused(error: EventRefused, case_id: UUID) -> Exception:
    match error.refusal.slug:
        case "recording-not-consented":
            return RecordingNotConsented(case_id)
        case "recording-runs":
            return AlreadyRecording()
        case _:
            return CaseNotOpen()
