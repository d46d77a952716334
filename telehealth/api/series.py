"""Weekly series, decisions about single dates, and the holiday table."""

from dataclasses import replace
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from scheduling.directory_store import DirectoryStore
from scheduling.errors import ContentRefused, FieldProblem, NotFound, TransitionRefused
from scheduling.facility import FacilityId
from scheduling.holidays import Holiday
from scheduling.series import ExceptionKind, Series, SeriesException, SeriesId, nominal_dates
from scheduling.series_store import HolidayStore, SeriesStore
from telehealth.access import Facts, Permission
from telehealth.api.session_models import (
    DecisionIn,
    HolidayIn,
    HolidayOut,
    SeriesIn,
    SeriesList,
    SeriesOut,
    SeriesPatch,
)
from telehealth.audit import Act, record
from telehealth.casefile import Doing
from telehealth.doors import Call, Door
from telehealth.errors import BadParameter, NotAllowed
from telehealth.parts import Parts
from telehealth.weekly import decide, synchronise


class SeriesApi:
    """The rhythm of the week."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._material = parts.material

    def doors(self) -> list[Door]:
        """The doors of this class."""
        edit, one = Permission.EDIT_SERIES, "/api/series/{series_id}"
        refusals = (NotAllowed, NotFound, ContentRefused)
        holiday = "/api/holidays/{date}"
        return [
            Door(
                "GET",
                "/api/series",
                self.list,
                Permission.READ_SCHEDULE,
                "Every weekly series",
                gives=SeriesList,
            ),
            Door(
                "POST",
                "/api/series",
                self.create,
                edit,
                "Start a weekly series",
                takes=SeriesIn,
                gives=SeriesOut,
                status=201,
                raises=refusals,
            ),
            Door(
                "PATCH",
                one,
                self.change,
                edit,
                "Change a series; its planned sessions follow",
                takes=SeriesPatch,
                gives=SeriesOut,
                raises=refusals,
            ),
            Door(
                "POST",
                one + "/exceptions",
                self.decide,
                edit,
                "Skip, move, keep or add one date",
                takes=DecisionIn,
                gives=SeriesOut,
                raises=(*refusals, TransitionRefused),
            ),
            Door(
                "PUT",
                holiday,
                self.add_holiday,
                edit,
                "Enter or rename a day off",
                takes=HolidayIn,
                gives=HolidayOut,
                raises=(NotAllowed, BadParameter),
            ),
            Door(
                "DELETE",
                holiday,
                self.remove_holiday,
                edit,
                "Make a day a working day again",
                raises=(NotAllowed, BadParameter),
            ),
        ]

    async def list(self, _call: Call) -> SeriesList:
        """By title."""
        async with self._parts.database.reading() as tx:
            found = await SeriesStore(tx).all()
        return SeriesList(items=[_out(series) for series in found])

    async def create(self, call: Call) -> SeriesOut:
        """A series of the caller's hub; its sessions of eight weeks appear at once."""
        body = call.parsed(SeriesIn)
        call.require(Permission.EDIT_SERIES, Facts(facility_id=call.caller.facility_id))
        zone = _zone(body.time_zone)
        fields = body.model_dump(exclude={"starts_on"})
        series = Series(
            id=SeriesId(uuid4()),
            hub_id=FacilityId(call.caller.facility_id),
            starts_on=body.starts_on or call.at.astimezone(zone).date(),
            **fields,
        )
        return await self._save(call, series, "series_create")

    async def change(self, call: Call) -> SeriesOut:
        """Only the fields that came; an explicit null empties chair or secretary."""
        body = call.parsed(SeriesPatch)
        sent = {name: getattr(body, name) for name in body.model_fields_set}
        for name in ("title", "weekday", "start_time", "duration_minutes", "time_zone", "active"):
            if name in sent and sent[name] is None:
                raise ContentRefused((FieldProblem(f"/{name}", "required"),))
        if "time_zone" in sent:
            _zone(sent["time_zone"])
        async with self._parts.database.reading() as tx:
            series = await SeriesStore(tx).get(call.uuid("series_id"))
        call.require(Permission.EDIT_SERIES, Facts(facility_id=series.hub_id))
        return await self._save(call, replace(series, **sent), "series_change")

    async def decide(self, call: Call) -> SeriesOut:
        """One date departs from the rule, or stays on a holiday on purpose."""
        body, series_id = call.parsed(DecisionIn), call.uuid("series_id")
        async with self._parts.database.transaction() as tx:
            series = await SeriesStore(tx).get(series_id)
            call.require(Permission.EDIT_SERIES, Facts(facility_id=series.hub_id))
            decision = _decision(series, body)
            doing = Doing(call.caller.person_id, call.at, body.reason)
            await decide(tx, series, decision, doing, self._material)
            await record(tx, call.source, Act("series_decide", "series", str(series_id)))
        return _out(series)

    async def add_holiday(self, call: Call) -> HolidayOut:
        """A decree of the year."""
        body, on = call.parsed(HolidayIn), call.day("date")
        call.require(Permission.EDIT_SERIES, Facts(facility_id=call.caller.facility_id))
        async with self._parts.database.transaction() as tx:
            await HolidayStore(tx).save(Holiday(on, body.name_vi, body.name_en, decreed=True))
            await record(tx, call.source, Act("holiday_set", "holiday", on.isoformat()))
        return HolidayOut(date=on, name=body.name_vi)

    async def remove_holiday(self, call: Call) -> None:
        """A day swapped back."""
        on = call.day("date")
        call.require(Permission.EDIT_SERIES, Facts(facility_id=call.caller.facility_id))
        async with self._parts.database.transaction() as tx:
            await HolidayStore(tx).remove(on)
            await record(tx, call.source, Act("holiday_remove", "holiday", on.isoformat()))

    async def _save(self, call: Call, series: Series, action: str) -> SeriesOut:
        async with self._parts.database.transaction() as tx:
            await _require_people(tx, series)
            await SeriesStore(tx).save(series)
            await synchronise(tx, series, call.at)
            await record(tx, call.source, Act(action, "series", str(series.id)))
        return _out(series)


def _out(series: Series) -> SeriesOut:
    fields = vars(series) | {"start_time": series.start_time.strftime("%H:%M")}
    return SeriesOut(**fields)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, malformed, a folder of zones
        raise ContentRefused((FieldProblem("/time_zone", "unknown-zone"),)) from None


async def _require_people(tx: AsyncSession, series: Series) -> None:
    store = DirectoryStore(tx)
    for field, person_id in (("chair_id", series.chair_id), ("secretary_id", series.secretary_id)):
        if person_id is not None and await store.person(person_id) is None:
            raise ContentRefused((FieldProblem(f"/{field}", "unknown-person"),))
    if series.chair_id is not None and series.chair_id == series.secretary_id:
        raise ContentRefused((FieldProblem("/secretary_id", "person-twice"),))


def _decision(series: Series, body: DecisionIn) -> SeriesException:
    kind = ExceptionKind(body.kind)
    if kind is not ExceptionKind.EXTRA and body.on not in nominal_dates(series, body.on, body.on):
        raise ContentRefused((FieldProblem("/on", "not-a-date-of-this-series"),))
    if kind is ExceptionKind.MOVE and body.to_date is None:
        raise ContentRefused((FieldProblem("/to_date", "required"),))
    to_date = body.to_date if kind is ExceptionKind.MOVE else None
    return SeriesException(body.on, kind, to_date, body.start_time, body.reason)
