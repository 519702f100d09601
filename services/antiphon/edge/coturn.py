"""coturn's configuration: a TURN relay for browsers behind strict networks, with time-limited credentials.

It uses the same kind of credentials as the edge (`use-auth-secret`): the inbox hands them out. Relaying into the house
is denied; only rtpengine's public addresses may be peers.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

_PRIVATE = (
    "0.0.0.0-0.255.255.255", "10.0.0.0-10.255.255.255", "100.64.0.0-100.127.255.255", "127.0.0.0-127.255.255.255",
    "169.254.0.0-169.254.255.255", "172.16.0.0-172.31.255.255", "192.0.0.0-192.0.0.255", "192.168.0.0-192.168.255.255",
    "198.18.0.0-198.19.255.255", "224.0.0.0-255.255.255.255", "::1", "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
)  # fmt: skip
_PATH, _REALM, _SECRET = (
    re.compile(pattern) for pattern in (r"[A-Za-z0-9_./+-]+", r"[a-z0-9.-]+", r"[A-Za-z0-9_-]{16,128}")
)


@dataclass(frozen=True, slots=True)
class Coturn:
    """One relay."""

    directory: Path
    port: int
    realm: str
    secrets: tuple[SecretStr, ...] = field(repr=False)
    """Credentials made with any of them are believed: two while the secret changes."""
    address: str = "127.0.0.1"
    advertised_address: str = ""
    """What the relay is called from outside, behind a one-to-one NAT."""
    peers: tuple[str, ...] = ()
    """Addresses that may be relayed to: rtpengine's."""
    port_min: int = 49152
    port_max: int = 65535

    def __post_init__(self) -> None:
        for address in (self.address, self.advertised_address, *self.peers):
            if address:
                ipaddress.ip_address(address)
        if not _PATH.fullmatch(str(self.directory)) or not _REALM.fullmatch(self.realm):
            raise ValueError("directory or realm has letters that a configuration cannot hold")
        if not self.secrets or not all(_SECRET.fullmatch(each.get_secret_value()) for each in self.secrets):
            raise ValueError("a secret has 16 to 128 letters, digits, _ or -")

    @property
    def config(self) -> str:
        """turnserver.conf."""
        lines = [
            f"listening-port={self.port}",
            f"listening-ip={self.address}",
            f"relay-ip={self.address}",
            f"realm={self.realm}",
            "use-auth-secret",
            *(f"static-auth-secret={each.get_secret_value()}" for each in self.secrets),
            "fingerprint",
            "no-cli",
            "no-tls",
            "no-dtls",
            "no-multicast-peers",
            "stale-nonce=600",
            "user-quota=12",
            f"min-port={self.port_min}",
            f"max-port={self.port_max}",
            f"pidfile={self.directory}/turnserver.own.pid",
            f"userdb={self.directory}/turndb",
            "log-file=stdout",
            "simple-log",
            "no-stdout-log",
        ]
        lines += [f"external-ip={self.advertised_address}/{self.address}"] if self.advertised_address else []
        lines += ["allow-loopback-peers"] if any(ipaddress.ip_address(each).is_loopback for each in self.peers) else []
        lines += [f"denied-peer-ip={each}" for each in _PRIVATE]
        lines += [f"allowed-peer-ip={each}" for each in self.peers]
        return "\n".join([*lines, ""])
