"""Which gateway calls."""

from telehealth.doors import Call
from telehealth.errors import NotSignedIn
from telehealth.parts import Parts
from viewer.gateway import Gateway
from viewer.gateway_store import GatewayStore


async def gateway_of(parts: Parts, call: Call) -> Gateway:
    """By its secret; NotSignedIn for one that is not, or no more, a gateway's."""
    scheme, _, secret = call.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise NotSignedIn
    async with parts.database.reading() as tx:
        gateway = await GatewayStore(tx).by_secret(secret)
    if gateway is None:
        raise NotSignedIn
    return gateway
