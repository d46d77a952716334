"""The built front end: hashed assets for ever, the page itself never cached.

`make web` lays a compressed file beside every asset that shrinks (vite.config.ts); who accepts one
is sent it. ServeStatic 4.4 does this too, but gives all codings of a file one strong ETag, which
caches may take for equal bytes (RFC 9110, 8.8.3.3), and knows only what was there when it started.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from telehealth.codings import accepted_codings
from telehealth.headers import policy

FOLDER = Path(__file__).parent / "static"
# The smaller first.
_CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))


class Assets(StaticFiles):
    """Files whose names carry their hash, in the smallest coding that is there and accepted."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, marked immutable."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """A compressed neighbour has an ETag of its own and the type of what it stands for."""
        accepted = accepted_codings(Headers(scope=scope).get("accept-encoding", ""))
        for coding, ending in _CODINGS:
            neighbour = Path(f"{os.fspath(full_path)}{ending}")
            if coding in accepted and neighbour.is_file():
                response = super().file_response(neighbour, neighbour.stat(), scope, status_code)
                if response.status_code != 304:
                    response.headers["Content-Encoding"] = coding
                return response
        return super().file_response(full_path, stat_result, scope, status_code)


async def _nowhere() -> Sequence[str]:
    return ()


def site_routes(
    folder: Path = FOLDER, origins: Callable[[], Awaitable[Sequence[str]]] = _nowhere
) -> list[BaseRoute]:
    """Assets and, for every other address a person may type, the page.

    It may fetch from `origins` too: gateways that keep images for their hospital.
    """

    async def page(request: Request) -> Response:
        if request.scope["path"].startswith(("/api/", "/dicomweb/", "/rtc", "/live/", "/twirp/")):
            raise HTTPException(404)
        if not (folder / "index.html").is_file():
            return Response("The site is not built: run `make web`.\n", 503)
        headers = {
            "Cache-Control": "no-cache",
            "Content-Security-Policy": policy(await origins()),
        }
        return FileResponse(folder / "index.html", headers=headers)

    assets = Assets(directory=folder / "assets", check_dir=False)
    return [Mount("/assets", assets), Route("/{path:path}", page, methods=["GET", "HEAD"])]
