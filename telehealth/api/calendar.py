"""The calendar page and each person's secret feed."""

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from scheduling.calendar_export import CalendarEntry, ics
from scheduling.directory_store import DirectoryStore
from scheduling.holidays import Holiday
from scheduling.session import Session
from scheduling.session_store import SessionStore
from telehealth.access import Permission
from telehealth.api.instants import query_day
from telehealth.api.session_models import (
    CalendarLink,
    CalendarOut,
    ClashOut,
    HolidayOut,
    session_briefs,
)
from telehealth.audit import Act, record
from telehealth.doors import Call, Door, Open
from telehealth.errors import BadParameter, NotFound, NotSignedIn
from telehealth.parts import Parts
from telehealth.store import AccountStore
from telehealth.weekly import holiday_view, is_published, publish

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,64}")
_LONGEST: Final = timedelta(days=400)
_FEED_PAST: Final = timedelta(days=60)


class CalendarApi:
    """When we meet."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def doors(self) -> list[Door]:
        """The doors of this class."""
        return [
            Door(
                "GET",
                "/api/calendar",
                self.period,
                Permission.READ_SCHEDULE,
                "Sessions, days off and clashes of a period",
                gives=CalendarOut,
                query=("from", "to"),
                raises=(BadParameter,),
            ),
            Door(
                "POST",
                "/api/me/calendar-link",
                self.new_link,
                Open.SIGNED_IN,
                "A new secret address of the caller's feed",
                gives=CalendarLink,
            ),
            Door(
                "GET",
                "/calendar/{token}.ics",
                self.feed,
                Open.PUBLIC,
                "A person's sessions as iCalendar, no patient words",
                gives_raw=("text/calendar",),
                raises=(NotFound,),
            ),
        ]

    async def period(self, call: Call) -> CalendarOut:
        """By default eight weeks from this Monday. Missing weeks are published first."""
        first, last = self._days(call)
        await self._publish(call.at)
        zone = ZoneInfo(self._parts.settings.time_zone)
        since = datetime.combine(first, time(), zone).astimezone(UTC)
        until = datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC)
        async with self._parts.database.reading() as tx:
            found = await SessionStore(tx).between(since, until)
            holidays, clashes = await holiday_view(tx, first, last, call.at)
            account = await AccountStore(tx).user(call.caller.person_id)
            english = account is not None and account.locale == "en"
            briefs = await session_briefs(tx, found, call.caller)
        return CalendarOut(
            sessions=briefs,
            holidays=[HolidayOut(date=h.on, name=_name(h, english)) for h in holidays],
            clashes=[
                ClashOut(
                    series_id=clash.series_id,
                    date=clash.on,
                    holiday=_name(clash.holiday, english),
                    proposals=list(clash.proposals),
                )
                for clash in clashes
            ],
        )

    def _days(self, call: Call) -> tuple[date, date]:
        zone = ZoneInfo(self._parts.settings.time_zone)
        today = call.at.astimezone(zone).date()
        first = query_day(call, "from") or today - timedelta(days=today.weekday())
        last = query_day(call, "to") or first + timedelta(weeks=8)
        if not first <= last <= first + _LONGEST:
            raise BadParameter("to", "at most 400 days after from")
        return first, last

    async def _publish(self, now: datetime) -> None:
        async with self._parts.database.reading() as tx:
            done = await is_published(tx, now)
        if not done:
            async with self._parts.database.transaction() as tx:
                await publish(tx, now)

    async def new_link(self, call: Call) -> CalendarLink:
        """Whoever has the address sees when and where, nothing else; the old one stops."""
        token = secrets.token_urlsafe(32)
        async with self._parts.database.transaction() as tx:
            accounts = AccountStore(tx)
            user = await accounts.user(call.caller.person_id)
            if user is None:
                raise NotSignedIn
            user.calendar_token = token
            await accounts.save_user(user)
            await record(tx, call.source, Act("calendar_link", "account", str(user.id)))
        return CalendarLink(url=f"{self._parts.settings.origin()}/calendar/{token}.ics")

    async def feed(self, call: Call) -> Response:
        """The feed of whom the token belongs to."""
        token = call.text("token")
        if not _TOKEN.fullmatch(token):
            raise NotFound("calendar")
        async with self._parts.database.reading() as tx:
            user = await AccountStore(tx).user_with_calendar(token)
            if user is None:
                raise NotFound("calendar")
            found = await SessionStore(tx).of_person(user.id, call.at - _FEED_PAST)
            entries = await self._entries(tx, found)
        host = self._parts.settings.origin().partition("://")[2]
        name = "Case conferences" if user.locale == "en" else "Lịch hội chẩn từ xa"
        headers = {"Cache-Control": "private, max-age=300"}
        return Response(ics(entries, name, host), media_type="text/calendar", headers=headers)

    async def _entries(self, tx: AsyncSession, found: Sequence[Session]) -> list[CalendarEntry]:
        names = {facility.id: facility.name for facility in await DirectoryStore(tx).facilities()}
        origin = self._parts.settings.origin()
        return [
            CalendarEntry(session, names[session.hub_id], f"{origin}/sessions/{session.id}")
            for session in found
        ]


def _name(holiday: Holiday, english: bool) -> str:
    return holiday.name_en if english else holiday.name_vi
