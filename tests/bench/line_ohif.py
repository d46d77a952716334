"""OHIF and Orthanc, as their makers deliver them, with the same study behind the same front."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page

from tests.bench.harness import Figures
from tests.bench.image_contenders import TUNED, orthanc_server
from tests.bench.image_material import StudyBytes
from tests.bench.line_room import run_there, wait_until_answers
from tests.support.line_lab import Host
from tests.support.nginx_front import Front
from tests.support.ohif import DIST, GREYS, app_config
from tests.support.orthanc import NAME, PASSWORD, orthanc_command

OHIF: Final = "OHIF, Orthanc"
_PORT = 8444
_PATIENCE_MS = 900_000
_NO_STUDY = "1.2.3"
_SOME = 100  # OHIF does not fetch the whole series ahead
_LOGIN = b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
# The front packs what is text; Orthanc's own packing is off, as its makers advise behind a proxy.
SERVER: Final = f"""
server {{
  listen ADDRESS:{_PORT} ssl http2;
  ssl_certificate FRONT/front.pem; ssl_certificate_key FRONT/front.key;
  access_log off;
  gzip on; gzip_proxied any;
  gzip_types application/javascript text/css application/wasm application/dicom+json;
  location ^~ /dicom-web/ {{
    proxy_pass http://127.0.0.1:8042; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $http_host; proxy_set_header Authorization "Basic {_LOGIN}";
  }}
  location = /app-config.js {{ root FRONT/ohif; }}
  location ~ "[0-9a-f]{{16}}" {{ root {DIST}; add_header Cache-Control "max-age=31536000"; }}
  location / {{ root {DIST}; try_files $uri /index.html; }}
}}
"""
_ARRIVED = """least => {
  const frames = performance.getEntriesByType("resource")
    .filter(entry => entry.name.includes("/frames/") && entry.responseEnd)
    .sort((one, other) => one.responseEnd - other.responseEnd)
    .slice(0, least)
  if (frames.length < least) return null
  return {
    end: Math.max(...frames.map(entry => entry.responseEnd)) / 1000,
    bytes: frames.reduce((sum, entry) => sum + entry.encodedBodySize, 0),
  }
}"""
_APP = """() => performance.getEntries()
  .filter(entry => entry.transferSize && !entry.name.includes("/dicom-web/"))
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""


def store_in_orthanc(folder: Path, study: StudyBytes) -> None:
    """Into this new folder, once."""
    with orthanc_server(folder) as orthanc:
        orthanc.stow(study, 20)


def serve_ohif(server: Host, front: Front, folder: Path) -> str:
    """Orthanc on this folder, OHIF's settings in the front; the address of the app."""
    url = f"https://{server.address}:{_PORT}"
    (front.folder / "ohif").mkdir()
    (front.folder / "ohif/app-config.js").write_text(app_config(f"{url}/dicom-web"))
    settings = {**TUNED, "HttpPort": 8042, "OrthancExplorerEnabled": False}
    run_there(server, orthanc_command(folder, settings), folder / "log")
    wait_until_answers(server, f"{url}/dicom-web/studies")
    return url


async def visit_ohif(
    browser: Browser, url: str, study: StudyBytes, floor: int
) -> Mapping[str, Figures]:
    """Cold and warm cache of the app; seconds count from the address of the study's viewer on."""
    found: dict[str, dict[str, float]] = {}
    for cache in ("cold", "warm"):
        size = {"width": 1366, "height": 768}
        context = await browser.new_context(viewport=size)
        await context.add_init_script("performance.setResourceTimingBufferSize(20000)")
        if cache == "warm":
            await _open(await context.new_page(), url, _NO_STUDY)
        page = await context.new_page()
        await page.goto(f"{url}/viewer?StudyInstanceUIDs={study.study_uid}", wait_until="commit")
        found[cache] = {"s to the first image": await _first_image(page)}
        found[cache] |= {"kB of app": await page.evaluate(_APP) / 1000}
        if cache == "warm":
            found[cache] |= await _some(page, floor * _SOME / len(study.bodies))
        await context.close()
    return found


async def _open(page: Page, url: str, study_uid: str) -> None:
    """The whole viewer with nothing to show: its files are in the cache afterwards."""
    await page.goto(f"{url}/viewer?StudyInstanceUIDs={study_uid}", wait_until="networkidle")
    await page.close()


async def _first_image(page: Page) -> float:
    drawn = f"Math.max(...({GREYS})(), 0) > 0 && performance.now() / 1000"
    came = await page.wait_for_function(drawn, timeout=_PATIENCE_MS, polling=100)
    return float(await came.json_value())


async def _some(page: Page, floor: float) -> Figures:
    came = await page.wait_for_function(_ARRIVED, arg=_SOME, timeout=_PATIENCE_MS, polling=1000)
    stand = await came.json_value()
    return {
        f"s until {_SOME} slices are here": stand["end"],
        f"{_SOME} slices, bytes / floor": stand["bytes"] / floor,
    }
