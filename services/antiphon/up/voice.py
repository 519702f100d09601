"""Voice on one machine: rtpengine and the SIP edge as children of `antiphon up`, and what services are told of them.

Everything else runs without it: where a program is missing, `why_not` says which, and the desk shows it.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from antiphon.edge import servers
from antiphon.edge.app.reconcile import KamailioAway
from antiphon.edge.kamailio import Kamailio
from antiphon.edge.rtpengine import Rtpengine
from antiphon.edge.settings import Settings as EdgeSettings
from antiphon.kit import dev, procs
from antiphon.up.settings import Settings, give

_LOOK = 0.05
"""Seconds between two looks at the edge."""
_SECRETS = ("edge-rpc", "edge-nonce", "browser-phones")


def why_not(settings: Settings) -> str:
    """Why this machine has no voice, in words; empty when it can."""
    if not settings.voice:
        return "It was switched off (--no-voice)."
    return " ".join(servers.missing())


@dataclass(slots=True)
class Plant:
    """The running servers of voice, and where they listen."""

    edge: EdgeSettings
    engine: Rtpengine
    keys_port: int = 0
    media_port: int = 0
    sounds: Path = Path()

    def start(self, running: list[procs.Process]) -> None:
        """rtpengine first, then Kamailio, and adds them to what runs; the prompts are made meanwhile. Raises
        ServerMissing, ServerFailed."""
        self.engine.directory.mkdir(parents=True, exist_ok=True)
        make = [sys.executable, "-m", "antiphon.edge.sounds", str(self.sounds)]
        with (self.engine.directory / "sounds.log").open("ab") as log:
            subprocess.Popen(procs.dying_with_parent(make), stdout=log, stderr=log)
        for process in (servers.rtpengine(self.engine), servers.kamailio(self.edge)):
            running.append(process)
            process.start()

    def tell(self, settings: Settings) -> None:
        """Hands media, edge, directory and inbox what they read from the environment."""
        public = f"{self.edge.public_address}"
        give(
            {
                "ANTIPHON_EDGE_DOMAIN": self.edge.domain,
                "ANTIPHON_EDGE_DIRECTORY": str(self.edge.directory),
                "ANTIPHON_EDGE_PUBLIC_ADDRESS": public,
                "ANTIPHON_EDGE_SIP_PORT": str(self.edge.sip_port),
                "ANTIPHON_EDGE_TLS_PORT": str(self.edge.tls_port),
                "ANTIPHON_EDGE_WS_PORT": str(self.edge.ws_port),
                "ANTIPHON_EDGE_WSS_PORT": str(self.edge.wss_port),
                "ANTIPHON_EDGE_PRIVATE_PORT": str(self.edge.private_port),
                "ANTIPHON_EDGE_RPC_PORT": str(self.edge.rpc_port),
                "ANTIPHON_EDGE_RPC_KEY": self.edge.rpc_key.get_secret_value(),
                "ANTIPHON_EDGE_NONCE_SECRET": self.edge.nonce_secret.get_secret_value(),
                "ANTIPHON_EDGE_BROWSER_SECRETS": f'["{self.edge.browser_secrets[-1].get_secret_value()}"]',
                "ANTIPHON_EDGE_MEDIA": f'["{self.edge.media[0]}"]',
                "ANTIPHON_EDGE_ORIGINS": "[" + ",".join(f'"{origin}"' for origin in self.edge.origins) + "]",
                "ANTIPHON_MEDIA_SIP_PORT": str(self.media_port),
                "ANTIPHON_MEDIA_EDGE": f"127.0.0.1:{self.edge.private_port}",
                "ANTIPHON_MEDIA_DOMAIN": self.edge.domain,
                "ANTIPHON_MEDIA_ENGINES": f'["127.0.0.1:{self.engine.ng_port}"]',
                "ANTIPHON_MEDIA_KEYS_PORT": str(self.keys_port),
                "ANTIPHON_MEDIA_SOUNDS": str(self.sounds),
                "ANTIPHON_MEDIA_RECORDINGS": str(self.engine.recordings),
                "ANTIPHON_MEDIA_SPOOL": str(settings.directory.resolve() / "spool"),
                "ANTIPHON_MEDIA_BROWSER_SECRET": self.edge.browser_secrets[-1].get_secret_value(),
                "ANTIPHON_MEDIA_WEBSOCKET_URL": f"ws://{_host_of(public)}:{self.edge.ws_port}/",
                "ANTIPHON_DIRECTORY_SIP_DOMAIN": self.edge.domain,
                "ANTIPHON_DIRECTORY_SIP_PROXY": f"{public}:{self.edge.sip_port}",
            }
        )


async def knows(plant: Plant, phones: Iterable[str], within: float = 15.0) -> None:
    """Returns when the edge lets these phones in, and the trunks that were made before them; gives up in the end, for a
    desk without telephones is better than none."""
    wanted = set(phones)
    async with Kamailio(plant.edge) as node:
        for _ in range(int(within / _LOOK)):
            if wanted <= set(await _secrets(node)):
                return
            await asyncio.sleep(_LOOK)


async def _secrets(node: Kamailio) -> Iterable[str]:
    try:
        return await node.table("ha1")
    except KamailioAway:
        return ()


def without(why: str) -> None:
    """Tells media to run without voice, and to say why."""
    give({"ANTIPHON_MEDIA_ENABLED": "false", "ANTIPHON_MEDIA_WHY_DISABLED": why})


def plan(settings: Settings) -> Plant:
    """Chooses ports and secrets; nothing runs yet."""
    directory = settings.directory.resolve()
    secrets = dev.keys(directory, _SECRETS)
    here = address(settings)
    media_port, keys_port = procs.free_port(), procs.free_port()
    edge = EdgeSettings.model_validate(
        {
            "directory": directory / "edge", "public_address": here, "sip_port": settings.sip_port,
            "tls_port": settings.sip_tls_port, "ws_port": settings.sip_ws_port, "wss_port": settings.sip_wss_port,
            "private_address": "127.0.0.1", "private_port": procs.free_port(), "rpc_port": procs.free_port(),
            "rpc_key": secrets["edge-rpc"], "nonce_secret": secrets["edge-nonce"],
            "browser_secrets": [secrets["browser-phones"]], "media": [f"sip:127.0.0.1:{media_port};transport=udp"],
            "origins": [f"http://localhost:{settings.port}", f"http://127.0.0.1:{settings.port}"],
            "workers": 2, "shared_memory_mb": 64,
        }
    )  # fmt: skip
    engine = Rtpengine(
        directory / "rtpengine", procs.free_port(), procs.free_port(), public_address=here,
        port_min=settings.rtp_port_min, port_max=settings.rtp_port_max, dtmf_to=f"127.0.0.1:{keys_port}",
    )  # fmt: skip
    return Plant(edge, engine, keys_port=keys_port, media_port=media_port, sounds=directory / "sounds")


def address(settings: Settings) -> str:
    """What phones reach."""
    if settings.voice_address:
        return settings.voice_address
    return _own_address() if settings.host == "0.0.0.0" else settings.host  # noqa: S104


def sip_address(settings: Settings) -> str:
    """Where phones and trunks call, "host:port"; empty without voice."""
    return "" if why_not(settings) else f"{address(settings)}:{settings.sip_port}"


def ports(settings: Settings) -> list[tuple[str, int]]:
    """What people's devices connect to."""
    return [("SIP", settings.sip_port), ("SIP over WebSocket", settings.sip_ws_port)]


def _host_of(address: str) -> str:
    """Pages of localhost may speak to localhost only by that name or address."""
    return "localhost" if address == "127.0.0.1" else address


def _own_address() -> str:
    """This machine's address in its network; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
