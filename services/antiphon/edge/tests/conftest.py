"""One Kamailio for a module of tests, on free ports, with accounts of its own."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from antiphon.edge import servers
from antiphon.edge.domain.wanted import Account, Wanted, changes
from antiphon.edge.kamailio import Kamailio
from antiphon.edge.settings import Settings
from antiphon.edge.tests import sip
from antiphon.kit.procs import Process, free_port
from antiphon.kit.testing import eventually

DOMAIN = "antiphon.test"
ORIGIN = "http://localhost:8080"
SECRET = "browser-secret-0123456789"


def settings_for(where: Path, address: str = "127.0.0.1", **more: Any) -> Settings:
    ports = {name: free_port() for name in ("sip_port", "tls_port", "ws_port", "wss_port", "private_port", "rpc_port")}
    given: dict[str, object] = {
        "directory": where, "domain": DOMAIN, "public_address": address, "private_address": address,
        "rpc_key": "rpc-key-0123456789", "nonce_secret": "nonce-secret-0123456789", "browser_secrets": (SECRET,),
        "origins": (ORIGIN,), "workers": 1, "shared_memory_mb": 32, **ports, **more,
    }  # fmt: skip
    return Settings.model_validate(given)


def account(username: str, password: str = "right", **more: object) -> Account:
    ha1 = sip.ha1_of(username, DOMAIN, password)
    return Account(username=username, account_id=f"id-{username}", tenant_id="acme", ha1=ha1, **more)  # type: ignore[arg-type]


@dataclass
class Edge:
    """A running node."""

    settings: Settings
    process: Process
    rpc: Kamailio
    media: sip.Peer
    peers: list[sip.Peer] = field(default_factory=list)

    async def peer(self, transport: str = "udp", address: str = "127.0.0.1") -> sip.Peer:
        """A phone or browser connected to this node."""
        host, settings = self.settings.public_address, self.settings
        match transport:
            case "udp":
                peer = await sip.udp((host, settings.sip_port), (address, 0))
            case "tcp":
                peer = await sip.stream((host, settings.sip_port))
            case "tls":
                peer = await sip.stream((host, settings.tls_port), tls=True)
            case "ws":
                peer = await sip.websocket(f"ws://{host}:{settings.ws_port}/", ORIGIN)
            case _:
                peer = await sip.websocket(f"wss://{host}:{settings.wss_port}/", ORIGIN)
        self.peers.append(peer)
        return peer

    async def put(self, *accounts: Account) -> None:
        wanted = Wanted.of(accounts, ())
        for name, rows in (("ha1", wanted.ha1), ("account", wanted.account)):
            await self.rpc.change(name, changes({}, rows))

    @property
    def outside(self) -> tuple[str, int]:
        return self.settings.public_address, self.settings.sip_port

    @property
    def inside(self) -> tuple[str, int]:
        return self.settings.private_address, self.settings.private_port


def register_call(user: str) -> sip.Call:
    """The dialog of a REGISTER."""
    return sip.Call(DOMAIN, user, f"sip:{DOMAIN}", to=f"sip:{user}@{DOMAIN}")


def alive(message: sip.Message) -> str | None:
    """Answers Kamailio's probes."""
    return sip.answer(message, 200, "OK", tag="probe") if message.method == "OPTIONS" else None


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Process]]:
    settings = settings_for(
        tmp_path_factory.mktemp("edge"),
        private_address="127.0.0.7",
        media=(f"sip:127.0.0.1:{free_port()}",),
        flood_requests=400,
    )
    process = servers.kamailio(settings)
    process.start()
    yield settings, process
    process.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def edge(node: tuple[Settings, Process]) -> AsyncIterator[Edge]:
    settings, process = node
    media = await sip.udp(local=("127.0.0.1", int(settings.media[0].rpartition(":")[2])))
    media.automatic = alive
    async with Kamailio(settings) as rpc:
        running = Edge(settings, process, rpc, media)
        await media_is_seen(rpc)
        yield running
        for peer in (*running.peers, media):
            assert peer.close is not None
            await peer.close()


async def media_is_seen(rpc: Kamailio, living: int = 1) -> None:
    """Waits until the dispatcher's probes say that so many replicas live."""

    async def seen() -> bool:
        listed = await rpc.call("dispatcher.list")
        targets = [each["DEST"]["FLAGS"] for group in listed["RECORDS"] for each in group["SET"]["TARGETS"]]
        states = [flags[0] for flags in targets]  # active, inactive; while trying it is still used
        return states.count("A") == living and states.count("I") == len(states) - living

    await eventually(seen, within=20)


Pair = tuple[Edge, Edge]


@pytest.fixture(scope="package")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Settings, Process]]]:
    media = tuple(f"sip:127.0.0.1:{free_port()}" for _ in range(2))
    ports = {address: free_port() for address in ("127.0.0.5", "127.0.0.6")}
    pairs = []
    for address, port in ports.items():
        others = tuple(f"{other}:{ports[other]}" for other in ports if other != address)
        directory = tmp_path_factory.mktemp(f"node-{address[-1]}")
        settings = settings_for(directory, address, media=media, nodes=others, private_port=port)
        pairs.append((settings, servers.kamailio(settings)))
    for _, process in pairs:
        process.start()
    yield pairs
    for _, process in pairs:
        process.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def pair(nodes: list[tuple[Settings, Process]]) -> AsyncIterator[Pair]:
    """Both nodes; `media` of the first is the first replica, of the second the second."""
    async with AsyncExitStack() as stack:
        edges = []
        for index, (settings, process) in enumerate(nodes):
            media = await sip.udp(local=("127.0.0.1", int(settings.media[index].rpartition(":")[2])))
            media.automatic = alive
            rpc = await stack.enter_async_context(Kamailio(settings))
            edges.append(Edge(settings, process, rpc, media, [media]))
        for edge in edges:
            await media_is_seen(edge.rpc, living=2)
            await eventually(functools.partial(knows_other, edge), within=30)
        yield edges[0], edges[1]
        for edge in edges:
            for peer in edge.peers:
                assert peer.close is not None
                await peer.close()


async def knows_other(edge: Edge) -> bool:
    listed = await edge.rpc.call("dmq.list_nodes")
    return sum(str(each["status"]) == "active" for each in listed) >= 2
