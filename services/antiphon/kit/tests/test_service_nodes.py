"""Three nodes of NATS and MongoDB: what was acknowledged survives whoever led, and a start on other ports."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pymongo
import pytest

from antiphon.acd.v1.events_pb2 import WorkQueued
from antiphon.kit import dev, mongo
from antiphon.kit.bus import FACTS, Bus
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


async def _written(where: dev.Servers, directory: Path, first: int, after: int) -> Bus:
    """Ten facts and documents; the leaders die after some of them."""
    platform = dev.platforms(directory, ["acd"], where)["acd"]
    bus, db = await Bus.connect(platform, "test"), mongo.database(platform, "acd")
    for number in range(first, first + 10):
        if number == first + after:
            await _kill_leaders(where, bus)
        await bus.publish(WorkQueued(), tenant="t1", key=f"k{number}", event_id=f"e{number}", within=60)
        async with asyncio.timeout(60):
            await mongo.transaction(db, partial(_insert, db, number))
    return bus


async def _insert(db: mongo.Database, number: int, session: mongo.Session) -> None:
    await db.kept.insert_one({"_id": number}, session=session)


async def _kill_leaders(where: dev.Servers, bus: Bus) -> None:
    info = await bus.js.stream_info(FACTS)
    assert info.cluster is not None
    assert info.cluster.leader is not None
    number = int(info.cluster.leader.removeprefix("antiphon").removeprefix("-") or 1)
    where.of_nats[number - 1].kill()
    next(node for node in where.of_mongo if _leads(where, node.name)).kill()


def _leads(where: dev.Servers, name: str) -> bool:
    port = next(port for port, node in where.by_port.items() if node.name == name)
    with pymongo.MongoClient[dict[str, object]]("127.0.0.1", port, directConnection=True) as client:
        return bool(client.admin.command("hello")["isWritablePrimary"])


async def test_a_cluster_loses_its_leaders_and_nothing_else(tmp_path: Path) -> None:
    where = dev.start_servers(tmp_path, nats=3, mongo=3)
    try:
        bus = await _written(where, tmp_path, 0, after=4)
        assert sorted(where.revive())
        assert await bus.last_sequence() == 10
        await bus.close()
        await eventually(lambda: all(node.alive for node in where.all))
    finally:
        where.stop()
    where = dev.start_servers(tmp_path, nats=3, mongo=3)  # on other ports
    try:
        bus = await _written(where, tmp_path, 10, after=99)
        info = await bus.js.stream_info(FACTS)
        assert info.config.num_replicas == 3
        assert info.state.messages == 20
        platform = dev.platforms(tmp_path, ["acd"], where)["acd"]
        assert await mongo.database(platform, "acd").kept.count_documents({}) == 20
        await bus.close()
    finally:
        mongo.close_clients()
        where.stop()
