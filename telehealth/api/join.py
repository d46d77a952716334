"""Into the room: the media token, the addresses, and what was logged there."""

import json
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from scheduling.errors import NotFound
from signaling.grant import Grant, write_token
from signaling.live_log import SessionId
from signaling.live_presence import Person
from signaling.live_store import LiveStore
from signaling.turn import ice_servers
from telehealth.access import Permission
from telehealth.audit import Act, record
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed, SessionNotJoinable
from telehealth.live_admission import OBSERVER
from telehealth.live_entrance import participant
from telehealth.live_session import tell_step
from telehealth.parts import Parts
from telehealth.settings import Settings, livekit_key, split_list

TOKEN_LIFE: Final = timedelta(minutes=10)
# Images are never shared as a screen; each site draws its own lossless copy.
SOURCES: Final = frozenset({"camera", "microphone"})
PAGE: Final = 1_000


class IceServer(BaseModel):
    """One RTCIceServer."""

    urls: list[str]
    username: str
    credential: str


class JoinOut(BaseModel):
    """Everything a client needs to enter."""

    url: str
    token: str
    live_url: str
    ice_servers: list[IceServer]
    identity: str
    seat: str


class LiveEventOut(BaseModel):
    """One stored event."""

    seq: int
    at: AwareDatetime
    by: str
    kind: str
    body: dict[str, Any]


class LiveLogOut(BaseModel):
    """A page of the log; `next` is what `after` has to be for the next one."""

    items: list[LiveEventOut]
    next: int | None = None


class JoinApi:
    """The way into a live session."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        one, join = "/api/sessions/{session_id}", Permission.JOIN_SESSION
        refusals = (NotAllowed, NotFound, SessionNotJoinable)
        return [
            Door(
                "POST",
                one + "/join",
                self.join,
                join,
                "Enter the live session: media token and addresses",
                gives=JoinOut,
                raises=refusals,
            ),
            Door(
                "GET",
                one + "/live-log",
                self.live_log,
                join,
                "What happened in the live session, in order",
                gives=LiveLogOut,
                query=("after", "limit"),
                raises=(*refusals, BadParameter),
            ),
        ]

    async def join(self, call: Call) -> JoinOut:
        """A token for ten minutes; joining again gives another one."""
        parts, session_id = self._parts, call.uuid("session_id")
        async with parts.database.transaction() as tx:
            session, person = await participant(tx, call.caller, session_id)
            await record(tx, call.source, Act("session_join", "session", str(session_id)))
        await tell_step(parts.live, session)
        hub = await parts.live.hub(SessionId(session_id))
        if hub.entry(person.identity) is not None:
            raise NotAllowed
        settings = parts.settings
        secret = settings.turn_secret.get_secret_value() if settings.turn_secret else None
        urls = split_list(settings.turn_urls)
        servers = ice_servers(urls, secret, person.identity, call.at)
        return JoinOut(
            url=media_url(settings, str(call.request.base_url)),
            token=self._token(call, person, session_id),
            live_url=f"/live/{session_id}",
            ice_servers=[IceServer(**server) for server in servers],
            identity=person.identity,
            seat=person.seat,
        )

    def _token(self, call: Call, person: Person, session_id: UUID) -> str:
        key, secret = livekit_key(self._parts.settings)
        return write_token(media_grant(person, session_id), key, secret, call.at, TOKEN_LIFE)

    async def live_log(self, call: Call) -> LiveLogOut:
        """Events above `after`, at most `limit`."""
        session_id = call.uuid("session_id")
        after, limit = _count(call, "after", 0), min(_count(call, "limit", PAGE, 1), PAGE)
        async with self._parts.database.reading() as tx:
            await participant(tx, call.caller, session_id)
            events = await LiveStore(tx).events(SessionId(session_id), after, limit)
        items = [
            LiveEventOut(seq=e.seq, at=e.at, by=e.by, kind=e.kind, body=dict(e.body))
            for e in events
        ]
        return LiveLogOut(items=items, next=items[-1].seq if len(items) == limit else None)


def media_grant(person: Person, session_id: UUID) -> Grant:
    """Rights in the media room by seat: observers hear and see, the others speak too."""
    speaks = person.seat != OBSERVER
    about = {"full_name": person.full_name, "facility": person.facility, "seat": person.seat}
    return Grant(
        identity=person.identity,
        name=person.full_name,
        room=str(session_id),
        room_join=True,
        can_publish=speaks,
        can_publish_data=False,  # what must arrive goes by the live log
        can_publish_sources=SOURCES if speaks else frozenset(),
        metadata=json.dumps(about, ensure_ascii=False),
    )


def media_url(settings: Settings, base_url: str) -> str:
    """Where the media engine listens: a LiveKit server, or the host the page came from."""
    if settings.media_engine == "livekit" and settings.livekit_url:
        return settings.livekit_url
    base = urlsplit(str(settings.public_url or base_url))
    scheme = "wss" if base.scheme == "https" else "ws"
    return f"{scheme}://{base.netloc}"


def _count(call: Call, name: str, default: int, least: int = 0) -> int:
    text = call.query(name, limit=15)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise BadParameter(name, f"a whole number from {least} on is expected")
    return int(text)
