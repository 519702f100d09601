"""Where a request comes from: the client's address behind proxies, and whether a browser sent it from our own page."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import urlsplit

Network: TypeAlias = IPv4Network | IPv6Network


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Addresses and networks of trusted proxies. Raises ValueError."""
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """The nearest address that is not a trusted proxy's. `forwarded_for` is believed only as far as trusted proxies
    wrote it: it is read from the right."""
    address = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not is_trusted(address, trusted):
            break
        address = hop
    return address


def is_same_origin(host: str, origin: str, fetch_site: str, public_url: str) -> bool:
    """True when a browser sent the request from a page of ours: by Sec-Fetch-Site, which pages cannot forge, or by an
    Origin that names the host asked or the public address. Neither header means no."""
    if origin:
        asked = urlsplit(origin)
        public = urlsplit(public_url)
        ours = asked.netloc.lower() == host.lower() != ""
        if not ours and (asked.scheme, asked.netloc.lower()) != (public.scheme, public.netloc.lower()):
            return False
        return fetch_site in ("", "same-origin", "none")
    return fetch_site == "same-origin"
