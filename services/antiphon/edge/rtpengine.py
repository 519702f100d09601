"""rtpengine's configuration: relay, music, DTMF events, recording, all in user space.

`table = -1`: no kernel module, so that any machine runs it. NG has no authentication: it listens on a private address
only. Prompts and recordings are on its own disk.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

_PATH = re.compile(r"[A-Za-z0-9_./+-]+")


@dataclass(frozen=True, slots=True)
class Rtpengine:
    """One media node."""

    directory: Path
    """Holds its configuration and, in `recordings/` unless `shared` says where, what it records."""
    ng_port: int
    """NG: commands over UDP; over TCP it tells what digits were pressed."""
    cli_port: int
    http_port: int = 0
    """/metrics; 0: none."""
    control_address: str = "127.0.0.1"
    """NG, CLI and HTTP listen here; it must be private."""
    public_address: str = "127.0.0.1"
    """RTP of the world (interface `pub`)."""
    advertised_address: str = ""
    """What `pub` is called from outside, behind a one-to-one NAT."""
    private_address: str = "127.0.0.1"
    """RTP of the house, such as the mixer (interface `priv`)."""
    port_min: int = 30000
    port_max: int = 39999
    shared: Path | None = None
    """The recordings of several engines of one machine."""
    workers: int = 2

    def __post_init__(self) -> None:
        for address in (self.control_address, self.public_address, self.private_address, self.advertised_address):
            if address:
                ipaddress.ip_address(address)
        if not all(_PATH.fullmatch(str(path)) for path in (self.directory, self.recordings)):
            raise ValueError("a path in rtpengine's configuration has only letters, digits and _./+-")
        if not 1024 <= self.port_min < self.port_max <= 65535:
            raise ValueError("port_min must be below port_max, both between 1024 and 65535")

    @property
    def recordings(self) -> Path:
        return self.shared or self.directory / "recordings"

    @property
    def config(self) -> str:
        """rtpengine.conf."""
        advertised = f"!{self.advertised_address}" if self.advertised_address else ""
        control = f"[{self.control_address}]" if ":" in self.control_address else self.control_address
        values: dict[str, object] = {
            "table": -1,
            "foreground": "true",
            "log-stderr": "true",
            "log-level": 4,
            "interface": f"pub/{self.public_address}{advertised};priv/{self.private_address}",
            "listen-ng": f"{control}:{self.ng_port}",
            "listen-tcp-ng": f"{control}:{self.ng_port}",
            "dtmf-log-ng-tcp": "true",  # digits are told to every replica of media that is connected
            "listen-cli": f"{control}:{self.cli_port}",
            "port-min": self.port_min,
            "port-max": self.port_max,
            "timeout": 60,
            "silent-timeout": 3600,
            "final-timeout": 14400,
            "offer-timeout": 3600,
            "delete-delay": 0,
            "tos": 184,
            "num-threads": self.workers,
            "media-num-threads": self.workers,
            "recording-dir": self.recordings,
            "recording-method": "pcap",
            "recording-format": "eth",
            "mos": "CQ",
        }
        if self.http_port:
            values["listen-http"] = f"{control}:{self.http_port}"
        return "\n".join(["[rtpengine]", *(f"{name} = {value}" for name, value in values.items()), ""])
