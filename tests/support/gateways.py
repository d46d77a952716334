"""A gateway of the spoke hospital: made by the administrator, enrolled by its code."""

from pathlib import Path
from typing import Any

from telehealth.gateway_home import CONFIG, GatewayIdentity
from telehealth.gateway_process import enrol
from tests.support.conference import SPOKE, Conference
from tests.support.core import facility_id

PATH = "/api/gateways"


async def made(meeting: Conference) -> dict[str, Any]:
    """The answer with the one-time code."""
    body = {"facility_id": str(facility_id(SPOKE)), "name": "Máy phòng CĐHA"}
    answer: dict[str, Any] = await meeting.call("quantri", "POST", PATH, body, 201)
    return answer


async def enrolled(meeting: Conference, url: str, home: Path) -> GatewayIdentity:
    """A gateway's folder, ready to run."""
    return await enrol(home, url, (await made(meeting))["code"])


def configure(home: Path, server: str, port: int, status_port: int, more: str = "") -> None:
    """`gateway.toml` as a hospital would write it; `more` goes on with the peer's own lines."""
    (home / CONFIG).write_text(
        f'server = "{server}"\nhost = "127.0.0.1"\nport = {port}\nstatus_port = {status_port}\n'
        f'[[peer]]\nname = "PACS"\nae_title = "DCMTK"\nhost = "127.0.0.1"\n{more}'
    )
