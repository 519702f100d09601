"""Voice on one machine: rtpengine and the SIP edge as children of `antiphon up`, and what services are told of them.

Everything else runs without it: where a program is missing, `why_not` says which, and the desk shows it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.edge import servers
from antiphon.edge.app.reconcile import KamailioAway
from antiphon.edge.kamailio import Kamailio
from antiphon.edge.rtpengine import Rtpengine
from antiphon.edge.settings import Settings as EdgeSettings
from antiphon.kit import dev, procs
from antiphon.up.replicas import named
from antiphon.up.settings import Settings, give

_LOOK = 0.05
"""Seconds between two looks at the edge."""
PARTS = ("edge", "media", "rtpengine")
"""What may run several times: `edge` is a Kamailio and its sidecar."""
_SECRETS = ("edge-rpc", "edge-nonce", "browser-phones")


def why_not(settings: Settings) -> str:
    """Why this machine has no voice, in words; empty when it can."""
    if not settings.voice:
        return "It was switched off (--no-voice)."
    return " ".join(servers.missing())


@dataclass(slots=True)
class Plant:
    """The servers of voice: nodes of the edge, engines, and where replicas of media listen."""

    edges: list[EdgeSettings]
    engines: list[Rtpengine]
    media_ports: list[int]
    sounds: Path = Path()

    def start(self, running: list[procs.Process]) -> None:
        """rtpengine first, then Kamailio, and adds them to what runs; the prompts are made meanwhile. Raises
        ServerMissing, ServerFailed."""
        directory = self.engines[0].directory
        directory.mkdir(parents=True, exist_ok=True)
        make = [sys.executable, "-m", "antiphon.edge.sounds", str(self.sounds)]
        with (directory / "sounds.log").open("ab") as log:
            subprocess.Popen(procs.dying_with_parent(make), stdout=log, stderr=log)
        processes = [servers.rtpengine(each, named("rtpengine", n)) for n, each in enumerate(self.engines, 1)]
        processes += [servers.kamailio(each, named("kamailio", n)) for n, each in enumerate(self.edges, 1)]
        for process in processes:
            running.append(process)
            process.start()

    def places(self) -> dict[str, str]:
        """Where people's devices and trunks reach each server, by its name."""
        found = {}
        for number, engine in enumerate(self.engines, 1):
            where = f"{engine.public_address}:{engine.port_min}-{engine.port_max} (RTP)"
            found[named("rtpengine", number)] = where
        for number, edge in enumerate(self.edges, 1):
            where = f"{edge.public_address}:{edge.sip_port} (SIP), {edge.ws_port} (browsers)"
            found[named("kamailio", number)] = where
        return found

    def tell(self, settings: Settings) -> None:
        """Hands media, edge, directory and inbox what they read from the environment."""
        edge = self.edges[0]
        public = f"{edge.public_address}"
        give(self.of_edge(1))
        give(
            {
                "ANTIPHON_MEDIA_SIP_PORT": str(self.media_ports[0]),
                "ANTIPHON_MEDIA_EDGE": ",".join(f"127.0.0.1:{each.private_port}" for each in self.edges),
                "ANTIPHON_MEDIA_DOMAIN": edge.domain,
                "ANTIPHON_MEDIA_ENGINES": json.dumps([f"127.0.0.1:{each.ng_port}" for each in self.engines]),
                "ANTIPHON_MEDIA_SOUNDS": str(self.sounds),
                "ANTIPHON_MEDIA_RECORDINGS": str(self.engines[0].recordings),
                "ANTIPHON_MEDIA_SPOOL": str(settings.directory.resolve() / "spool"),
                "ANTIPHON_MEDIA_BROWSER_SECRET": edge.browser_secrets[-1].get_secret_value(),
                "ANTIPHON_MEDIA_WEBSOCKET_URL": f"ws://{_host_of(public)}:{edge.ws_port}/",
                "ANTIPHON_DIRECTORY_SIP_DOMAIN": edge.domain,
                "ANTIPHON_DIRECTORY_SIP_PROXY": f"{public}:{edge.sip_port}",
            }
        )

    def own(self, service: str, number: int) -> dict[str, str]:
        """What a further replica of a service is told that the first is not."""
        if number == 1:
            return {}
        if service == "edge":
            return self.of_edge(number)
        return {"ANTIPHON_MEDIA_SIP_PORT": str(self.media_ports[number - 1])} if service == "media" else {}

    def of_edge(self, number: int) -> dict[str, str]:
        """A node's settings, as its sidecar reads them."""
        edge = self.edges[number - 1]
        return {
            "ANTIPHON_EDGE_DOMAIN": edge.domain,
            "ANTIPHON_EDGE_DIRECTORY": str(edge.directory),
            "ANTIPHON_EDGE_PUBLIC_ADDRESS": edge.public_address,
            "ANTIPHON_EDGE_SIP_PORT": str(edge.sip_port),
            "ANTIPHON_EDGE_TLS_PORT": str(edge.tls_port),
            "ANTIPHON_EDGE_WS_PORT": str(edge.ws_port),
            "ANTIPHON_EDGE_WSS_PORT": str(edge.wss_port),
            "ANTIPHON_EDGE_PRIVATE_PORT": str(edge.private_port),
            "ANTIPHON_EDGE_RPC_PORT": str(edge.rpc_port),
            "ANTIPHON_EDGE_RPC_KEY": edge.rpc_key.get_secret_value(),
            "ANTIPHON_EDGE_NONCE_SECRET": edge.nonce_secret.get_secret_value(),
            "ANTIPHON_EDGE_BROWSER_SECRETS": json.dumps([each.get_secret_value() for each in edge.browser_secrets]),
            "ANTIPHON_EDGE_MEDIA": json.dumps(edge.media),
            "ANTIPHON_EDGE_NODES": json.dumps(edge.nodes),
            "ANTIPHON_EDGE_ORIGINS": json.dumps(edge.origins),
        }


async def knows(plant: Plant, phones: Iterable[str], within: float = 15.0) -> None:
    """Returns when the edge lets these phones in, and the trunks that were made before them; gives up in the end, for a
    desk without telephones is better than none."""
    wanted = set(phones)
    for edge in plant.edges:
        async with Kamailio(edge) as node:
            for _ in range(int(within / _LOOK)):
                if wanted <= set(await _secrets(node)):
                    break
                await asyncio.sleep(_LOOK)


async def _secrets(node: Kamailio) -> Iterable[str]:
    try:
        return await node.table("ha1")
    except KamailioAway:
        return ()


def without(why: str) -> None:
    """Tells media to run without voice, and to say why."""
    give({"ANTIPHON_MEDIA_ENABLED": "false", "ANTIPHON_MEDIA_WHY_DISABLED": why})


def plan(settings: Settings, counts: Mapping[str, int] | None = None) -> Plant:
    """Chooses ports and secrets; nothing runs yet. `counts`: replicas of edge, media and rtpengine."""
    many = {name: (counts or {}).get(name, 1) for name in PARTS}
    media_ports = [procs.free_port() for _ in range(many["media"])]
    private_ports = [procs.free_port() for _ in range(many["edge"])]
    edges = [_edge(settings, number, private_ports, media_ports) for number in range(many["edge"])]
    engines = [_engine(settings, number, many["rtpengine"]) for number in range(many["rtpengine"])]
    return Plant(edges, engines, media_ports, settings.directory.resolve() / "sounds")


def _edge(settings: Settings, index: int, private_ports: Sequence[int], media_ports: Sequence[int]) -> EdgeSettings:
    """A node: the first on the ports that are set, the others on free ones; they know each other."""
    directory = settings.directory.resolve()
    secrets = dev.keys(directory, _SECRETS)
    wanted = (settings.sip_port, settings.sip_tls_port, settings.sip_ws_port, settings.sip_wss_port)
    sip, tls, ws, wss = wanted if not index else [procs.free_port() for _ in wanted]
    return EdgeSettings.model_validate(
        {
            "directory": directory / named("edge", index + 1), "public_address": address(settings), "sip_port": sip,
            "tls_port": tls, "ws_port": ws, "wss_port": wss,
            "private_address": "127.0.0.1", "private_port": private_ports[index], "rpc_port": procs.free_port(),
            "rpc_key": secrets["edge-rpc"], "nonce_secret": secrets["edge-nonce"],
            "browser_secrets": [secrets["browser-phones"]],
            "media": [f"sip:127.0.0.1:{port};transport=udp" for port in media_ports],
            "nodes": [f"127.0.0.1:{port}" for port in private_ports if port != private_ports[index]],
            "origins": [f"http://localhost:{settings.port}", f"http://127.0.0.1:{settings.port}"],
            "workers": 2, "shared_memory_mb": 64,
        }
    )  # fmt: skip


def _engine(settings: Settings, index: int, count: int) -> Rtpengine:
    """An engine: each has its share of the ports for sound, all have one directory for recordings."""
    directory = settings.directory.resolve()
    share = (settings.rtp_port_max + 1 - settings.rtp_port_min) // count & ~1
    first = settings.rtp_port_min + index * share
    return Rtpengine(
        directory / named("rtpengine", index + 1), procs.free_port(), procs.free_port(),
        public_address=address(settings), port_min=first, port_max=first + share - 1,
        shared=directory / "rtpengine" / "recordings" if index else None,
    )  # fmt: skip


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
