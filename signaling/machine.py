"""Which of this machine's own addresses a media worker offers."""

import socket
from collections.abc import Iterable
from ipaddress import ip_address

import ifaddr

from signaling.mux import Listen
from signaling.udp import bound


def every_address(loopback: bool, port: int, tcp_port: int | None = None) -> tuple[Listen, ...]:
    """Every address of the machine, each with these ports (0: any free one, None: no TCP)."""
    every = [
        ip.ip if isinstance(ip.ip, str) else ip.ip[0]
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    found = [address for address in worth_offering(every, loopback) if _is_usable(address)]
    return tuple(Listen(each, each, port, tcp_port) for each in found or ["127.0.0.1"])


def worth_offering(addresses: Iterable[str], loopback: bool) -> tuple[str, ...]:
    """The addresses that a client elsewhere can reach, IPv4 first; loopback only on demand.

    Link-local IPv6 needs a zone that no candidate can carry (RFC 8839), and is left out.
    """
    found = dict.fromkeys(ip_address(text.partition("%")[0]) for text in addresses)
    every = sorted(found, key=lambda ip: ip.version)  # stable: else in the machine's order
    far = [ip for ip in every if not (ip.is_loopback or (ip.version == 6 and ip.is_link_local))]
    near = [ip for ip in every if ip.is_loopback] if loopback else []
    return tuple(str(ip) for ip in far + near)


def _is_usable(address: str) -> bool:
    """Whether it can be bound now: an address may be on its way in or out."""
    try:
        bound(address, 0, socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True
