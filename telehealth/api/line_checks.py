"""Connection tests: the way into a test room, what a site's browser found, and who reads it."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID, uuid4

from pydantic import AwareDatetime, BaseModel, Field

from scheduling.directory_store import DirectoryStore
from scheduling.errors import NotFound
from scheduling.session_store import SessionStore
from signaling.grant import Grant, write_token
from signaling.line_check import Advice, Device, LineCheck, Measured, Verdict, Way, judge
from signaling.line_store import LineStore
from signaling.room import MEDIA_PROTOCOL
from signaling.turn import ice_servers
from telehealth.access import Permission
from telehealth.api.join import IceServer, media_url
from telehealth.casefile import session_facts
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.parts import Parts
from telehealth.settings import livekit_key, split_list

_LIFE: Final = timedelta(minutes=2)  # a test takes half of one
_Kbit = Annotated[int, Field(ge=0, le=10_000_000)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class LineCheckStart(BaseModel):
    """A test room of one's own: tokens by what they are for; None: this engine cannot tell."""

    url: str
    ice_servers: list[IceServer]
    udp: str | None
    tcp: str | None
    relay: str | None
    talk: str
    listen: str


class LineCheckIn(BaseModel):
    """What the browser found; rates in kbit/s, losses as shares; None when nothing flowed."""

    mic: Device
    speaker: Device
    camera: Device
    udp: Way
    tcp: Way
    relay: Way
    kbit_up: _Kbit | None = None
    kbit_down: _Kbit | None = None
    loss_up: _Share | None = None
    loss_down: _Share | None = None
    rtt_ms: Annotated[int, Field(ge=0, le=600_000)] | None = None
    browser: Annotated[str, Field(max_length=60, pattern=r"^[\w .()/-]*$")] = ""


class LineCheckOut(LineCheckIn):
    """A stored test with what it means."""

    checked_at: AwareDatetime
    verdict: Verdict
    advice: Advice


class SiteLine(BaseModel):
    """One site of a session; without a test `check` is None."""

    facility_id: UUID
    facility_name: str
    check: LineCheckOut | None


class SiteLines(BaseModel):
    """Every site whose people are invited, by name."""

    items: list[SiteLine]


class LineCheckApi:
    """The line of a site, before the meeting."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "POST",
                "/api/line-checks/start",
                self.start,
                Permission.CHECK_LINE,
                "Begin a connection test: tokens of a test room",
                gives=LineCheckStart,
            ),
            Door(
                "POST",
                "/api/line-checks",
                self.store,
                Permission.CHECK_LINE,
                "Store a connection test of the caller's facility, in place of the caller's last",
                takes=LineCheckIn,
                gives=LineCheckOut,
            ),
            Door(
                "GET",
                "/api/sessions/{session_id}/line-checks",
                self.of_session,
                Permission.READ_LINE_CHECKS,
                "The newest connection test of every site of a session",
                gives=SiteLines,
                raises=(NotAllowed, NotFound),
            ),
        ]

    async def start(self, call: Call) -> LineCheckStart:
        """A room nobody else knows, for two minutes."""
        settings = self._parts.settings
        secret = settings.turn_secret.get_secret_value() if settings.turn_secret else None
        urls, identity = split_list(settings.turn_urls), str(call.caller.person_id)
        servers = ice_servers(urls, secret, identity, call.at)
        room, tells = f"line-check-{uuid4()}", settings.media_engine == "embedded"

        def token(purpose: str, *, protocol: str = "", talks: bool = False) -> str:
            grant = Grant(
                identity=f"{purpose}-{identity}",
                room=room,
                room_join=True,
                can_publish=talks,
                can_publish_data=False,
                can_subscribe=purpose == "listen",
                attributes={MEDIA_PROTOCOL: protocol} if protocol else {},
            )
            key, key_secret = livekit_key(settings)
            return write_token(grant, key, key_secret, call.at, _LIFE)

        return LineCheckStart(
            url=media_url(settings, str(call.request.base_url)),
            ice_servers=[IceServer(**server) for server in servers],
            udp=token("udp", protocol="udp") if tells else None,
            tcp=token("tcp", protocol="tcp") if tells else None,
            relay=token("relay") if servers else None,
            talk=token("talk", talks=True),
            listen=token("listen"),
        )

    async def store(self, call: Call) -> LineCheckOut:
        """The verdict comes with the answer."""
        body, caller = call.parsed(LineCheckIn), call.caller
        check = LineCheck(
            caller.facility_id, caller.person_id, call.at, Measured(**body.model_dump())
        )
        async with self._parts.database.transaction() as tx:
            await LineStore(tx).put(check)
        return _out(check)

    async def of_session(self, call: Call) -> SiteLines:
        """The sites of the invited people, tested or not."""
        async with self._parts.database.reading() as tx:
            session = await SessionStore(tx).get(call.uuid("session_id"))
            call.require(Permission.READ_LINE_CHECKS, session_facts(session))
            directory = DirectoryStore(tx)
            people = await directory.people(ids=[seated.person_id for seated in session.seats])
            wanted = {person.facility_id for person in people}
            sites = [f for f in await directory.facilities() if f.id in wanted]
            checks = await LineStore(tx).latest(site.id for site in sites)
        items = [
            SiteLine(
                facility_id=site.id,
                facility_name=site.name,
                check=_out(checks[site.id]) if site.id in checks else None,
            )
            for site in sites
        ]
        return SiteLines(items=items)


def _out(check: LineCheck) -> LineCheckOut:
    verdict, advice = judge(check.measured)
    found = vars(check.measured)
    return LineCheckOut(**found, checked_at=check.checked_at, verdict=verdict, advice=advice)
