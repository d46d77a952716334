"""How each participant's line does while a session is live, as the media server measures it."""

from typing import Final

from pydantic import BaseModel, TypeAdapter

from scheduling.errors import NotFound
from scheduling.session_store import SessionStore
from signaling.line_report import Reason
from telehealth.access import Permission
from telehealth.casefile import session_facts
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.parts import Parts


class LineDirection(BaseModel):
    """One way of a line: bits per second, share lost (0..1), jitter in milliseconds."""

    bps: int
    loss: float
    jitter_ms: float


class LinePicture(BaseModel):
    """One picture on its way to a participant; `layer` 0 (small) to 2, None while it rests."""

    identity: str
    is_screen: bool
    layer: int | None
    reason: Reason


class LiveLine(BaseModel):
    """One participant; None: nobody measures it yet."""

    identity: str
    quality: str
    up: LineDirection
    down: LineDirection
    rtt_ms: int | None
    budget_bps: int | None
    pictures: list[LinePicture]


class LiveLines(BaseModel):
    """Everybody in the media room; not `measured` while the engine does not tell."""

    measured: bool
    items: list[LiveLine]


_LINES: Final = TypeAdapter(list[LiveLine])


class LiveLinesApi:
    """For those who run the session."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "GET",
                "/api/sessions/{session_id}/live-lines",
                self.of_session,
                Permission.READ_LINE_CHECKS,
                "How each participant's line does now, as the media server measures it",
                gives=LiveLines,
                raises=(NotAllowed, NotFound),
            )
        ]

    async def of_session(self, call: Call) -> LiveLines:
        """Asked of the worker that holds the room; a LiveKit server does not tell."""
        async with self._parts.database.reading() as tx:
            session = await SessionStore(tx).get(call.uuid("session_id"))
        call.require(Permission.READ_LINE_CHECKS, session_facts(session))
        workers = self._parts.media
        reply = await workers.lines(str(session.id)) if workers else None
        if reply is None or reply.status != 200:
            return LiveLines(measured=False, items=[])
        return LiveLines(measured=True, items=_LINES.validate_json(reply.body))
