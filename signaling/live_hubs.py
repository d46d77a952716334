"""The hubs of this process, one a session: opened at first need, dropped when failed or idle."""

import asyncio
from typing import Final, Generic

from signaling.live_errors import LogClosed
from signaling.live_hub import LiveHub, open_hub
from signaling.live_log import Draft, FactsT, SessionId, StateT
from signaling.live_writer import Parts

SWEEP_SECONDS: Final = 60.0


class LiveHubs(Generic[StateT, FactsT]):
    """Finds or opens the hub of a session."""

    def __init__(self, parts: Parts[StateT, FactsT]) -> None:
        self._parts = parts
        self._hubs: dict[SessionId, LiveHub[StateT, FactsT]] = {}
        self._opening = asyncio.Lock()
        self._sweeping: asyncio.Task[None] | None = None

    async def hub(self, session_id: SessionId) -> LiveHub[StateT, FactsT]:
        """The session's hub, read from storage when there is none alive."""
        async with self._opening:
            found = self._hubs.get(session_id)
            if found is not None and not found.closed:
                return found
            if found is not None:
                await found.close()
            opened = await open_hub(session_id, self._parts)
            self._hubs[session_id] = opened
            if self._sweeping is None:
                self._sweeping = asyncio.create_task(self._sweep_for_ever())
            return opened

    async def post(self, session_id: SessionId, draft: Draft) -> int:
        """Write an event of the server into a session's log; raises EventRefused or LogClosed."""
        try:
            return await (await self.hub(session_id)).post(draft)
        except LogClosed:  # swept in between, or overtaken; a repetition is harmless (LL4)
            return await (await self.hub(session_id)).post(draft)

    def counts(self) -> tuple[int, int]:
        """(sessions with an open hub, people connected), for metrics."""
        hubs = [hub for hub in self._hubs.values() if not hub.closed]
        return len(hubs), sum(hub.online for hub in hubs)

    async def sweep(self) -> None:
        """Drop hubs that nobody uses; their logs are stored."""
        async with self._opening:
            for session_id, hub in list(self._hubs.items()):
                if hub.idle or hub.closed:
                    del self._hubs[session_id]
                    await hub.close()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self.sweep()

    async def close(self) -> None:
        """Store what waits and close every connection."""
        async with self._opening:
            if self._sweeping is not None:
                self._sweeping.cancel()
                self._sweeping = None
            for hub in self._hubs.values():
                await hub.close()
            self._hubs.clear()
