"""Shared fixtures: real servers once per session, a fresh NATS and fresh databases per module.

Every test module states its ring with exactly one of the markers domain, service, e2e; without it collection fails.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from antiphon.kit import dev, nodes, procs
from antiphon.kit.mongo import close_clients
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import new_private_key

# What the services' own settings need beside the platform; cheap password hashes keep the tests quick.
os.environ.setdefault("ANTIPHON_DIRECTORY_SEALING_KEY", new_private_key())
os.environ.setdefault("ANTIPHON_DIRECTORY_PASSWORD_MEMORY_KIB", "1024")
os.environ.setdefault("ANTIPHON_ACD_SNAPSHOT_ENTRIES", "7")
os.environ.setdefault("ANTIPHON_DIALER_EVIDENCE_KEY", new_private_key())

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("antiphon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("antiphon")

RINGS = {"domain", "service", "e2e"}
SERVICES = (
    "directory",
    "routing",
    "acd",
    "media",
    "channels",
    "billing",
    "wfm",
    "dialer",
    "insight",
    "team",
    "inbox",
    "edge",
)
_counter = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        module = item.getparent(pytest.Module)
        marks = {mark.name for mark in module.own_markers} & RINGS if module is not None else set()
        if len(marks) != 1:
            raise pytest.UsageError(f"{item.path}: needs exactly one of {sorted(RINGS)} as `pytestmark`")


@pytest.fixture(scope="session")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[procs.Process, int]]:
    """One mongod for the whole session; modules keep apart by database prefix."""
    port = procs.free_port()
    server = nodes.mongod(tmp_path_factory.mktemp("mongo"), port)
    server.start()
    yield server, port
    server.stop()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, mongo: tuple[procs.Process, int]) -> Iterator[dev.Servers]:
    """A nats-server of the module's own beside the shared mongod: kill them and start them as you like."""
    port = procs.free_port()
    nats = nodes.nats_server(tmp_path_factory.mktemp("nats"), port)
    nats.start()
    yield dev.Servers(nats, mongo[0], port, mongo[1])
    nats.stop()


@pytest.fixture(scope="module")
def platforms(tmp_path_factory: pytest.TempPathFactory, servers: dev.Servers) -> dict[str, Platform]:
    """The settings of every service, with databases that no other module uses; files and texts are sealed."""
    directory: Path = tmp_path_factory.mktemp("keys")
    prefix = f"t{next(_counter)}"
    found = dev.platforms(directory, SERVICES, servers, mongo_prefix=prefix, log_level="WARNING")
    masters = directory / "masters.json"
    masters.write_text(json.dumps({"current": "test", "keys": {"test": new_private_key()}}))
    sealing = {"master_keys": masters, "seal_texts": True}
    return {name: platform.model_copy(update=sealing) for name, platform in found.items()}


@pytest.fixture(scope="session", autouse=True)
async def _close_mongo_clients() -> AsyncIterator[None]:
    yield
    close_clients()
