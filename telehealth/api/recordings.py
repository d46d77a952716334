"""Playing what was recorded of a case: list, time axis, voices."""

import asyncio
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import FileResponse, Response

from recordings.errors import RecordingUnknown
from recordings.recording import Recording, RecordingState
from recordings.recording_store import RecordingStore
from scheduling.errors import NotFound
from telehealth.access import Permission, may
from telehealth.api.case_answer import known_file
from telehealth.api.recording_models import (
    RecordingOut,
    Recordings,
    SpeakerOut,
    TimelineOut,
    recording_out,
)
from telehealth.audit import OncePerWhile, record
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed
from telehealth.parts import Parts
from telehealth.recording_effects import act_on
from telehealth.replay import replay_of

_OGG: Final = "audio/ogg"


class RecordingsApi:
    """Those who may, play."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._listening = OncePerWhile()

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "GET",
                "/api/cases/{case_id}/recordings",
                self.of_case,
                Permission.LIST_CASES,
                "Recordings of a case",
                gives=Recordings,
                raises=(NotAllowed, NotFound),
            ),
            Door(
                "GET",
                "/api/recordings/{recording_id}/timeline",
                self.timeline,
                Permission.PLAY_RECORDING,
                "What was shown and who spoke, on the recording's time axis",
                gives=TimelineOut,
                raises=(NotAllowed, RecordingUnknown),
            ),
            Door(
                "GET",
                "/api/recordings/{recording_id}/tracks/{number}.ogg",
                self.track,
                Permission.PLAY_RECORDING,
                "One speaker's voice, with ranges",
                gives_raw=(_OGG,),
                raises=(NotAllowed, RecordingUnknown, BadParameter),
            ),
        ]

    async def of_case(self, call: Call) -> Recordings:
        """Oldest first; what may be played only for those who may."""
        case_id = call.uuid("case_id")
        async with self._parts.database.reading() as tx:
            file = await known_file(tx, call, case_id, self._parts.material)
            plays = may(call.caller, Permission.PLAY_RECORDING, file.facts)
            found = await RecordingStore(tx).of_case(case_id)
            return Recordings(items=[await self._out(tx, one, plays) for one in found])

    async def timeline(self, call: Call) -> TimelineOut:
        """The axis; opening it counts as playing."""
        async with self._parts.database.transaction() as tx:
            recording = await self._playable(tx, call)
            replay = await replay_of(tx, recording)
            names = await self._names(tx, (one.identity for one in replay.timeline.speakers))
            await record(tx, call.source, act_on(recording, "recording_play"))
        speakers = [
            SpeakerOut(identity=one.identity, full_name=names[one.identity], spans=list(one.spans))
            for one in replay.timeline.speakers
        ]
        return TimelineOut(**replay.body() | {"speakers": speakers})

    async def track(self, call: Call) -> Response:
        """The file as it was written; Range is served. Listening is one line in ten minutes."""
        number = call.text("number")
        if not (number.isascii() and number.isdecimal() and len(number) <= 4):
            raise BadParameter("number")
        async with self._parts.database.transaction() as tx:
            recording = await self._playable(tx, call)
            segment = await RecordingStore(tx).segment(recording.id, int(number))
            due = self._listening.is_due(call.caller.person_id, recording.id, call.at)
            if due:
                await record(tx, call.source, act_on(recording, "recording_voice"))
        if due:
            self._listening.noted(call.caller.person_id, recording.id, call.at)
        path = await asyncio.to_thread(self._parts.blobs.path, segment.sha256)
        headers = {"ETag": f'"{segment.sha256}"', "Cache-Control": "private, immutable"}
        return FileResponse(path, media_type=_OGG, headers=headers)

    async def _playable(self, tx: AsyncSession, call: Call) -> Recording:
        recording = await RecordingStore(tx).get(call.uuid("recording_id"))
        file = await known_file(tx, call, recording.case_id, self._parts.material)
        file.require(call.caller, Permission.PLAY_RECORDING)
        if recording.state is not RecordingState.READY:
            raise RecordingUnknown
        return recording

    async def _out(self, tx: AsyncSession, recording: Recording, plays: bool) -> RecordingOut:
        if not plays or recording.state is not RecordingState.READY:
            return recording_out(recording)
        segments = await RecordingStore(tx).segments(recording.id)
        names = await self._names(tx, (one.identity for one in segments))
        return recording_out(recording).with_tracks(segments, names)

    async def _names(self, tx: AsyncSession, identities: Iterable[str]) -> dict[str, str]:
        return {one: await self._name(tx, one) for one in set(identities)}

    async def _name(self, tx: AsyncSession, identity: str) -> str:
        try:
            person_id = UUID(identity)
        except ValueError:  # a program that joined the room by a token of its own
            return ""
        card = await self._parts.identity.card(tx, person_id)
        return card.full_name if card else ""
