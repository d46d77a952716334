"""QIDO-RS and metadata (PS3.18 10.6, 10.4.1.1.2): thin over viewer's plain code."""

import asyncio
import gzip
import json
from typing import Any, Final

from starlette.responses import Response

from telehealth.dicomweb_reading import NEEDS, DicomwebReading, Reached
from telehealth.doors import Call, Door
from telehealth.errors import NotAllowed
from telehealth.kept_metadata import KeptMetadata
from viewer import errors
from viewer.dicomweb_accept import parse_accept, wants_json
from viewer.dicomweb_entries import (
    INSTANCE_TAGS,
    SERIES_TAGS,
    STUDY_TAGS,
    instance_entry,
    series_entry,
    study_entry,
)
from viewer.dicomweb_query import Json, Query, chosen, matches, page, parse_query
from viewer.store import ImageStore, SeriesSummary
from viewer.tables import InstanceRow, StudyRow

DICOM_JSON: Final = "application/dicom+json"
_STUDIES: Final = "/dicomweb/studies"
_ONE: Final = _STUDIES + "/{study_uid}"
_SERIES: Final = _ONE + "/series/{series_uid}"
# Beyond this many instances a search without a study is answered in part.
_SCAN_MAX: Final = 50_000


class DicomwebSearchApi:
    """Searches over what the caller may see."""

    def __init__(self, reading: DicomwebReading) -> None:
        self._reading = reading
        self._parts = reading.parts
        self._metadata = KeptMetadata(reading.parts.database)

    def doors(self) -> list[Door]:
        """The doors of this class."""
        searches = [
            (_STUDIES, self.studies, "Search for studies"),
            ("/dicomweb/series", self.series, "Search for series"),
            (_ONE + "/series", self.series, "Search for series of a study"),
            ("/dicomweb/instances", self.instances, "Search for instances"),
            (_ONE + "/instances", self.instances, "Search for instances of a study"),
            (_SERIES + "/instances", self.instances, "Search for instances of a series"),
            (_ONE + "/metadata", self.metadata, "Metadata of a study"),
            (_SERIES + "/metadata", self.metadata, "Metadata of a series"),
            (_SERIES + "/instances/{sop_uid}/metadata", self.metadata, "Metadata of an instance"),
        ]
        raises = (NotAllowed, errors.StudyUnknown, errors.QueryInvalid, errors.NotAcceptable)
        return [
            Door("GET", path, handler, NEEDS, summary, gives_raw=(DICOM_JSON,), raises=raises)
            for path, handler, summary in searches
        ]

    async def studies(self, call: Call) -> Response:
        """Studies that match."""
        query = _query(call)
        async with self._parts.database.reading() as tx:
            store = ImageStore(tx)
            entries = [
                study_entry(row, await store.series_of(row.id), self._reading.root)
                for row in await self._reading.studies(call, tx)
            ]
        found = [entry for entry in entries if matches(entry, query, STUDY_TAGS | {"0020000D"})]
        return _answer(found, query, STUDY_TAGS)

    async def series(self, call: Call) -> Response:
        """Series that match, of one study or of all in reach."""
        query = _query(call)
        entries = []
        for study, each in await self._all_series(call):
            entry = series_entry(study, each, self._reading.root)
            entries.append(_with_study(call, study, entry, self._reading.root))
        known = STUDY_TAGS | SERIES_TAGS
        found = [entry for entry in entries if matches(entry, query, known)]
        usual = SERIES_TAGS | {"0020000D"}
        return _answer(found, query, usual if "study_uid" in call.request.path_params else known)

    async def instances(self, call: Call) -> Response:
        """Instances that match."""
        query = _query(call)
        wanted = call.request.path_params.get("series_uid") or query.value("0020000E")
        picked: list[tuple[StudyRow, SeriesSummary, InstanceRow]] = []
        async with self._parts.database.reading() as tx:
            store = ImageStore(tx)
            for study, each in await self._all_series(call):
                if wanted in (None, each.row.series_uid) and len(picked) < _SCAN_MAX:
                    rows = await store.instances(each.row.id)
                    picked += [(study, each, row) for row in rows]
            entries = [instance_entry(*one, self._reading.root) for one in picked]
            if query.includes or query.include_all:
                bodies = await store.metadata([row.id for _, _, row in picked])
                merged = zip(entries, picked, strict=True)
                entries = [json.loads(bodies[row.id]) | entry for entry, (_, _, row) in merged]
        known = INSTANCE_TAGS | {"0020000D", "0020000E"}
        found = [entry for entry in entries if matches(entry, query, known)]
        return _answer(found, query, known)

    async def metadata(self, call: Call) -> Response:
        """DICOM JSON of every instance below the address, as kept at ingest."""
        wants_json(parse_accept(call.request.headers.get("accept", "")))
        whole = "sop_uid" not in call.request.path_params
        reached = await self._reading.reach(call, instances=not whole)
        await self._reading.note(call, reached)
        if whole:
            zipped = await self._metadata.of_series(reached.series)
        else:
            zipped = await self._metadata.of_instances([row.id for _, row in reached.instances])
        headers = {"Vary": "Accept-Encoding", "Cache-Control": "private, no-cache"}
        if "gzip" not in call.request.headers.get("accept-encoding", ""):
            body = await asyncio.to_thread(gzip.decompress, zipped)
            return Response(body, media_type=DICOM_JSON, headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(zipped, media_type=DICOM_JSON, headers=headers)

    async def _all_series(self, call: Call) -> list[tuple[StudyRow, SeriesSummary]]:
        if "study_uid" in call.request.path_params:
            reached: Reached = await self._reading.reach(call, instances=False)
            return [(reached.study, each) for each in reached.series]
        wanted = call.request.query_params.get("StudyInstanceUID") or call.request.query_params.get(
            "0020000D"
        )
        found = []
        async with self._parts.database.reading() as tx:
            for study in await self._reading.studies(call, tx):
                if wanted in (None, study.study_uid):
                    series = await ImageStore(tx).series_of(study.id)
                    found += [(study, each) for each in series]
        return found


def _query(call: Call) -> Query:
    wants_json(parse_accept(call.request.headers.get("accept", "")))
    return parse_query(call.request.query_params.multi_items())


def _with_study(call: Call, study: StudyRow, entry: Json, root: str) -> Json:
    """Below no study of the address, a series says which study it is of."""
    if "study_uid" in call.request.path_params:
        return entry
    return study_entry(study, [], root) | entry


def _answer(found: list[Json], query: Query, usual: frozenset[str] | set[str]) -> Response:
    entries, more = page(found, query)
    shown: list[dict[str, Any]] = [chosen(entry, query, frozenset(usual)) for entry in entries]
    headers = {"Cache-Control": "private, no-cache"}
    if more:
        # PS3.18 8.3.4.4.2: the client must learn that this is not everything.
        headers["Warning"] = '299 telehealth "There are additional results that can be requested"'
    return Response(json.dumps(shown), media_type=DICOM_JSON, headers=headers)
