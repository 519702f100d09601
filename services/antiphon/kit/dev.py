"""One machine, nothing configured: settings, keys and servers for `antiphon up`, tests and e2e.

Everything lives under one directory: keys (made once, mode 600), the data of nats-server and mongod, their logs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from antiphon.kit import nodes, procs
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import new_private_key, public_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Servers:
    """The running servers of a directory; each can be killed and started again."""

    nats: procs.Process
    mongo: procs.Process
    nats_port: int
    mongo_port: int
    others: list[procs.Process] = field(default_factory=list)
    """What else lives and dies with them."""
    more_nats: Mapping[int, procs.Process] = field(default_factory=dict)
    """Further nodes of the cluster, by port."""
    more_mongo: Mapping[int, procs.Process] = field(default_factory=dict)
    """Further members of the replica set, by port."""

    @property
    def all(self) -> list[procs.Process]:
        """In the order in which they start."""
        return [*self.of_nats, *self.of_mongo, *self.others]

    @property
    def by_port(self) -> Mapping[int, procs.Process]:
        """Nodes of NATS and MongoDB by where their clients reach them."""
        first = {self.nats_port: self.nats}
        return {**first, **self.more_nats, self.mongo_port: self.mongo, **self.more_mongo}

    @property
    def of_nats(self) -> list[procs.Process]:
        return [self.nats, *self.more_nats.values()]

    @property
    def of_mongo(self) -> list[procs.Process]:
        return [self.mongo, *self.more_mongo.values()]

    @property
    def nats_url(self) -> str:
        return ",".join(f"nats://127.0.0.1:{port}" for port in (self.nats_port, *self.more_nats))

    @property
    def mongo_url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in (self.mongo_port, *self.more_mongo))
        return f"mongodb://{hosts}/?replicaSet=rs0"

    def wait_ready(self) -> None:
        """Raises ServerFailed."""
        for server in self.all:
            server.wait_ready()

    @contextmanager
    def coming_up(self) -> Iterator[None]:
        """They get ready while the block does something else; afterwards they are. Raises ServerFailed."""
        with ThreadPoolExecutor(1, "servers") as beside:
            ready = beside.submit(self.wait_ready)
            yield
            ready.result()

    def stop(self) -> None:
        """Whoever uses another stops before it; members of one cluster at once, as none waits for the rest then."""
        for server in reversed(self.others):
            server.stop()
        for cluster in (self.of_nats, self.of_mongo):
            for server in cluster:
                server.ask_to_stop()
            for server in cluster:
                server.stop()

    def revive(self) -> list[str]:
        """Starts again what has ended by itself, without waiting; returns the names. Only from the main thread."""
        ended = [server for server in self.all if not server.alive]
        for server in ended:
            server.spawn()
        return [server.name for server in ended]


def start_servers(directory: Path, *, nats: int = 1, mongo: int = 1) -> Servers:
    """Starts so many nodes of nats-server and mongod on free ports. Raises ServerMissing, ServerFailed."""
    running = spawn_servers(directory, nats=nats, mongo=mongo)
    try:
        running.wait_ready()
    except BaseException:
        running.stop()
        raise
    return running


def spawn_servers(directory: Path, *, nats: int = 1, mongo: int = 1) -> Servers:
    """As `start_servers`, without waiting until they can be asked. Raises ServerMissing."""
    nats_ports = [nodes.Ports(procs.free_port()) for _ in range(nats)]
    mongo_ports = [procs.free_port() for _ in range(mongo)]
    of_nats, of_mongo = nodes.nats_servers(directory, nats_ports), nodes.mongods(directory, mongo_ports)
    running = Servers(
        of_nats[0], of_mongo[0], nats_ports[0].clients, mongo_ports[0],
        more_nats={ports.clients: node for ports, node in zip(nats_ports[1:], of_nats[1:], strict=True)},
        more_mongo=dict(zip(mongo_ports[1:], of_mongo[1:], strict=True)),
    )  # fmt: skip
    try:
        for server in running.all:
            server.spawn()
    except BaseException:
        running.stop()
        raise
    return running


@contextmanager
def servers(directory: Path) -> Iterator[Servers]:
    """Servers for the length of a block."""
    running = start_servers(directory)
    try:
        yield running
    finally:
        running.stop()


def keys(directory: Path, names: Sequence[str]) -> dict[str, str]:
    """A private key for each name, made at first use and kept."""
    file = directory / "keys.json"
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in names if name not in kept]
    if missing:
        kept.update({name: new_private_key() for name in missing})
        directory.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(kept, indent=1))
    return kept


def platforms(
    directory: Path,
    names: Sequence[str],
    where: Servers,
    *,
    ports: Mapping[str, int] | None = None,
    mongo_prefix: str = "antiphon",
    log_level: str = "INFO",
) -> dict[str, Platform]:
    """The settings of each service on this machine: own key, everybody's public key, addresses on loopback."""
    private = keys(directory, names)
    public = {name: public_of(private[name]) for name in names}
    given = ports or {}
    addresses = {name: f"127.0.0.1:{given.get(name) or procs.free_port()}" for name in names}
    return {
        name: Platform(
            nats_url=where.nats_url,
            mongo_url=where.mongo_url,
            replicas=len(where.of_nats),
            mongo_prefix=mongo_prefix,
            endpoints=addresses,
            listen_host="127.0.0.1",
            token_key=SecretStr(private[name]),
            token_keys=public,
            log_level=log_level,
            drain_seconds=2.0,
        )
        for name in names
    }
