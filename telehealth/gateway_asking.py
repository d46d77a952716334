"""The hospital's own PACS, asked from its gateway."""

import asyncio
from pathlib import Path

from telehealth.gateway_home import CONFIG, Config, ConfigWrong, GatewayIdentity
from viewer import pacs_web
from viewer.dimse_client import find
from viewer.errors import PeerFailed, PeerInvalid
from viewer.pacs import FoundStudy, Peer, Retrieve, Terms, newest_first


def askable(home: Path, config: Config, identity: GatewayIdentity) -> dict[str, Peer]:
    """The PACS of `gateway.toml` by name. Raises ConfigWrong."""
    try:
        return {each.name: each.peer(identity.facility_id) for each in config.pacs}
    except PeerInvalid as error:
        raise ConfigWrong(f"{home / CONFIG}: pacs{error.pointer}: {error.detail}") from None


async def search(home: Path, name: str, terms: Terms) -> list[FoundStudy]:
    """Studies at the PACS of this name, the newest first. Raises ConfigWrong and PeerFailed."""
    config, identity = Config.read(home), GatewayIdentity.read(home)
    peer = askable(home, config, identity).get(name)
    if peer is None:
        raise ConfigWrong(f"{home / CONFIG} names no [[pacs]] {name}")
    if peer.retrieve is Retrieve.WEB:
        found = await pacs_web.search(peer, terms)
    else:
        found = await asyncio.to_thread(find, config.own(), peer, terms)
    if isinstance(found, str):
        raise PeerFailed(found)
    return newest_first(found)
