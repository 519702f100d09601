"""Where an address that a tenant has named may lead: administrators name mail servers, gateways and identity providers,
and must not get at what stands inside our own network through us.

The address is looked up once, judged, and connected to as it was judged: a name that means something else a moment
later leads nowhere. Names in certificates are checked as always.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
"""NAT64: an IPv4 address of any kind in another dress."""
CONNECT = 10.0
"""Seconds for a look-up or a connection."""


class Inside(OSError):
    """The address is of our own network. The text is for people."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is inside the network of this installation, where outside addresses must not lead.")


def is_outside(address: str) -> bool:
    """True for an address of the Internet at large."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_outside(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or any(ip in net for net in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast


async def addresses(host: str, port: int, *, inside: bool) -> list[str]:
    """The addresses of a host. Raises Inside where one of them is and `inside` is false; OSError for no such name."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    known = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not inside and not all(map(is_outside, known)):
        raise Inside(host)
    return known


async def connect(host: str, port: int, *, inside: bool) -> socket.socket:
    """A connection to one of the judged addresses. Raises Inside, OSError, TimeoutError."""
    last: OSError = OSError(f"{host} has no address")
    for address in await addresses(host, port, inside=inside):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            async with asyncio.timeout(CONNECT):
                await asyncio.get_running_loop().sock_connect(sock, (address, port))
        except OSError as error:  # a time-out is one
            last = error
            sock.close()
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise last
