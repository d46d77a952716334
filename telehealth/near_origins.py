"""Where pages may fetch from besides the server: gateways that are alive, asked now and then."""

from typing import Final, Literal

from telehealth.beliefs import Beliefs
from telehealth.near_packs import origins
from telehealth.parts import Parts
from viewer.gateway_store import GatewayStore

_ALL: Final = "all"


class NearOrigins:
    """For the Content-Security-Policy of the page."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._believed: Beliefs[Literal["all"], tuple[str, ...]] = Beliefs()

    async def now(self) -> tuple[str, ...]:
        """Seconds old at most."""
        at = self._parts.clock()
        known = self._believed.get(_ALL, at)
        if known is not None:
            return known
        async with self._parts.database.reading() as tx:
            gateways = await GatewayStore(tx).all()
        return self._believed.keep(_ALL, origins(gateways, at), at)
