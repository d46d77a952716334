"""What events of the live log mean for the media room, told to its engine once they are stored."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from signaling.errors import ParticipantMissing, RoomMissing, RoomServiceFailed
from signaling.live_log import Event, SessionId

log = logging.getLogger(__name__)

# Before each further try: a media worker that is started again answers within seconds.
PAUSES_SECONDS: Final = (0.5, 2.0, 8.0)


class RoomControl(Protocol):
    """The part of LiveKit's RoomService that the live log needs."""

    async def remove(self, name: str, identity: str) -> None:
        """Sends one participant away; ParticipantMissing, RoomMissing, RoomServiceFailed."""
        ...

    async def delete(self, name: str) -> None:
        """Ends a room and sends everyone away; RoomMissing, RoomServiceFailed."""
        ...


class RoomFollower:
    """Does in the media room what stored events say, beside the path of the events.

    A room or participant that is not there is as wished. Other failures are tried again, then
    logged with ids only.
    """

    def __init__(self, rooms: RoomControl, pauses: Sequence[float] = PAUSES_SECONDS) -> None:
        self._rooms, self._pauses = rooms, pauses
        self._running: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether the engine has still to be told something."""
        return bool(self._running)

    def __call__(self, session_id: SessionId, events: Sequence[Event]) -> None:
        """Begin what these events ask for; returns at once."""
        for event in events:
            if event.kind == "person_removed":
                self._begin(self._rooms.remove, str(session_id), event.body["identity"])
            elif event.kind == "session_ended":
                self._begin(self._rooms.delete, str(session_id))

    def _begin(self, act: Callable[..., Awaitable[None]], *ids: str) -> None:
        task = asyncio.create_task(self._insist(act, *ids))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _insist(self, act: Callable[..., Awaitable[None]], *ids: str) -> None:
        for pause in (*self._pauses, None):
            try:
                await act(*ids)
            except (RoomMissing, ParticipantMissing):
                return
            except RoomServiceFailed as error:
                log.warning("media room not told ids=%s: %s", "/".join(ids), error)
                if pause is not None:
                    await asyncio.sleep(pause)
            else:
                return

    async def close(self) -> None:
        """Give up what still waits for another try."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
