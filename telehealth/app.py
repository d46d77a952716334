"""The whole web process on one screen: parts in, ASGI application out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from telehealth.api.account import AccountApi
from telehealth.api.calendar import CalendarApi
from telehealth.api.cases import CasesApi
from telehealth.api.consents import ConsentsApi
from telehealth.api.deliveries import DeliveriesApi
from telehealth.api.dicomweb_retrieve import FRAMES, DicomwebRetrieveApi
from telehealth.api.dicomweb_search import DicomwebSearchApi
from telehealth.api.dicomweb_store import DicomwebStoreApi
from telehealth.api.directory import DirectoryApi
from telehealth.api.excerpts import ExcerptsApi
from telehealth.api.gateway_door import GatewayDoor
from telehealth.api.gateway_packs import GatewayPacksApi
from telehealth.api.gateways import GatewaysApi
from telehealth.api.holdings import HoldingsApi
from telehealth.api.images import ImagesApi
from telehealth.api.join import JoinApi
from telehealth.api.layers import LayersApi
from telehealth.api.line_checks import LineCheckApi
from telehealth.api.live import LiveDoor
from telehealth.api.live_lines import LiveLinesApi
from telehealth.api.minutes import MinutesApi
from telehealth.api.pacs import PacsApi
from telehealth.api.pacs_peers import PacsPeersApi
from telehealth.api.pixel_names import PixelNamesApi
from telehealth.api.recording_control import RecordingControlApi
from telehealth.api.recordings import RecordingsApi
from telehealth.api.reports import ReportsApi
from telehealth.api.series import SeriesApi
from telehealth.api.server import ServerApi
from telehealth.api.sessions import SessionsApi
from telehealth.api.studies import StudiesApi
from telehealth.api.teaching import TeachingApi
from telehealth.api.trail import TrailApi
from telehealth.api.uploads import UploadsApi
from telehealth.case_images import ImageAccess
from telehealth.dicomweb_reading import DicomwebReading
from telehealth.doors import Door, request_id, route_of
from telehealth.errors import NotFound
from telehealth.frame_shortcut import ShortWay
from telehealth.headers import SecurityHeaders, raw_headers, security_headers
from telehealth.images import Images
from telehealth.live_entrance import LiveEntrance
from telehealth.metrics import REQUESTS, CountedRequests
from telehealth.near_origins import NearOrigins
from telehealth.openapi import document
from telehealth.parts import Parts
from telehealth.problems import KINDS, problem_response
from telehealth.site import site_routes


def now() -> datetime:
    """The clock of the product: aware UTC."""
    return datetime.now(UTC)


def all_doors(parts: Parts) -> list[Door]:
    """Every HTTP address that has a right, a body and an answer."""
    doors = [
        *AccountApi(parts).doors(),
        *DirectoryApi(parts).doors(),
        *SeriesApi(parts).doors(),
        *SessionsApi(parts).doors(),
        *CasesApi(parts).doors(),
        *ConsentsApi(parts).doors(),
        *TeachingApi(parts).doors(),
        *CalendarApi(parts).doors(),
        *JoinApi(parts).doors(),
        *LineCheckApi(parts).doors(),
        *LiveLinesApi(parts).doors(),
        *RecordingControlApi(parts).doors(),
        *RecordingsApi(parts).doors(),
        *MinutesApi(parts).doors(),
        *DeliveriesApi(parts).doors(),
        *TrailApi(parts).doors(),
    ]
    if parts.images is not None:
        doors += image_doors(parts, parts.images)
    doors += ServerApi(parts, lambda: document(doors)).doors()
    return doors


def image_doors(parts: Parts, images: Images) -> list[Door]:
    """Uploads, studies, delivery, excerpts, DICOMweb."""
    access = ImageAccess()
    reading = DicomwebReading(parts, access)
    return [
        *UploadsApi(parts, images).doors(),
        *StudiesApi(parts, images).doors(),
        *ImagesApi(parts, images, access).doors(),
        *LayersApi(parts, images, access).doors(),
        *PixelNamesApi(parts).doors(),
        *HoldingsApi(parts).doors(),
        *GatewaysApi(parts).doors(),
        *GatewayDoor(parts, images).doors(),
        *GatewayPacksApi(parts, images).doors(),
        *PacsApi(parts, images).doors(),
        *PacsPeersApi(parts, images).doors(),
        *ExcerptsApi(parts, images).doors(),
        *ReportsApi(parts, images).doors(),
        *DicomwebSearchApi(reading).doors(),
        *DicomwebRetrieveApi(reading, images).doors(),
        *DicomwebStoreApi(reading, images).doors(),
    ]


def build(parts: Parts, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The application: doors, sockets and foreign protocols in `more`, then the site."""
    routes: list[BaseRoute] = [
        route_of(door, parts.identity, parts.clock) for door in all_doors(parts)
    ]
    handlers: dict[Any, Any] = dict.fromkeys([*KINDS, Exception], on_error)
    handlers[HTTPException] = on_http_error
    entrance = LiveEntrance(parts.database, parts.identity, parts.live)
    live = LiveDoor(parts.live, entrance, parts.live_sign_ins)
    site = site_routes(origins=NearOrigins(parts).now)
    app = Starlette(routes=[*routes, live.route(), *more, *site], exception_handlers=handlers)
    headers = security_headers(parts.settings.origin().startswith("https://"))
    app.add_middleware(CountedRequests)
    app.add_middleware(SecurityHeaders, headers=headers)
    counted = REQUESTS.labels("GET", FRAMES, "2xx").inc
    raw = raw_headers(headers)
    app.add_middleware(ShortWay, shortcut=parts.frames, headers=raw, counted=counted)
    return app


async def on_error(request: Request, error: Exception) -> Response:
    """Any error as a problem; what is not mapped is a 500 without words."""
    return problem_response(error, request_id(request))


async def on_http_error(request: Request, error: Exception) -> Response:
    """What the router refuses: no such address, wrong method."""
    if isinstance(error, HTTPException) and error.status_code != 404:
        response = Response(status_code=error.status_code, headers=error.headers)
        return response
    return problem_response(NotFound("address"), request_id(request))
