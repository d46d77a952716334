"""The built front end: hashed assets for ever, the page itself never cached."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent / "static"


class Assets(StaticFiles):
    """Files whose names carry their hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, marked immutable."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def site_routes(folder: Path = FOLDER) -> list[BaseRoute]:
    """Assets and, for every other address a person may type, the page."""

    async def page(request: Request) -> Response:
        if request.url.path.startswith(("/api/", "/dicomweb/", "/rtc", "/live/", "/twirp/")):
            raise HTTPException(404)
        if not (folder / "index.html").is_file():
            return Response("The site is not built: run `make web`.\n", 503)
        return FileResponse(folder / "index.html", headers={"Cache-Control": "no-cache"})

    assets = Assets(directory=folder / "assets", check_dir=False)
    return [Mount("/assets", assets), Route("/{path:path}", page, methods=["GET", "HEAD"])]
