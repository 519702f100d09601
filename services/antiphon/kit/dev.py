"""One machine, nothing configured: settings, keys and servers for `antiphon up`, tests and e2e.

Everything lives under one directory: keys (made once, mode 600), the data of nats-server and mongod, their logs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from antiphon.kit import procs
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

    def stop(self) -> None:
        for server in (*reversed(self.others), self.nats, self.mongo):
            server.stop()

    def revive(self) -> list[str]:
        """Starts again what has ended by itself, without waiting; returns the names. Only from the main thread."""
        ended = [server for server in (self.nats, self.mongo, *self.others) if not server.alive]
        for server in ended:
            server.spawn()
        return [server.name for server in ended]


def start_servers(directory: Path, nats_port: int = 0, mongo_port: int = 0) -> Servers:
    """Starts nats-server and mongod on the given or free ports. Raises ServerMissing, ServerFailed."""
    nats_port = nats_port or procs.free_port()
    mongo_port = mongo_port or procs.free_port()
    nats = procs.nats_server(directory / "nats", nats_port, procs.free_port())
    mongo = procs.mongod(directory / "mongo", mongo_port)
    nats.start()
    try:
        mongo.start()
    except BaseException:
        nats.stop()
        raise
    return Servers(nats, mongo, nats_port, mongo_port)


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
            nats_url=f"nats://127.0.0.1:{where.nats_port}",
            mongo_url=f"mongodb://127.0.0.1:{where.mongo_port}/?replicaSet=rs0",
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
