"""Who was removed from a session stays out of its media room: the live log says so (LC9)."""

from uuid import UUID

from signaling.errors import TokenRefused
from signaling.grant import read_token
from signaling.live_log import Identity, SessionId
from telehealth.identity import Clock
from telehealth.live_session import LiveSessions


class MediaEntrance:
    """Implements `telehealth.api.rtc.MayEnter`.

    The log is stored, so this outlives a restart of the media worker, which refuses the old
    tokens of a removed person too, on doors that do not pass here.
    """

    def __init__(self, live: LiveSessions, key: tuple[str, str], clock: Clock) -> None:
        self._live, self._keys, self._clock = live, dict([key]), clock

    async def __call__(self, token: str) -> bool:
        """Whether the log of the token's session lets its person in; the worker judges the rest."""
        try:
            grant, _ = read_token(token, self._keys, self._clock())
            session_id, person_id = UUID(grant.room), UUID(grant.identity)
        except (TokenRefused, ValueError):  # no person of ours: a recorder, or a bad token
            return True
        hub = await self._live.hub(SessionId(session_id))
        return hub.entry(Identity(str(person_id))) is None
