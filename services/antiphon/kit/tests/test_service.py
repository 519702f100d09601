"""The plumbing against real servers: facts, outbox, leases and gRPC through kills and repeats."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.directory.v1 import events_pb2
from antiphon.directory.v1.directory_pb2 import Group
from antiphon.kit import dev, leases, mongo
from antiphon.kit.bus import DEAD, Bus, Fact
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.outbox import INDEXES, Outbox
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


def group_changed(name: str) -> events_pb2.GroupChanged:
    return events_pb2.GroupChanged(occurred_at=Timestamp(seconds=1), group=Group(id=name, name=name))


async def test_a_repeated_fact_is_stored_once_and_delivered_in_order(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "a")
    seen: list[str] = []

    async def note(fact: Fact) -> None:
        seen.append(fact.event.group.name)

    reader = asyncio.ensure_future(bus.consume("kit-order", {events_pb2.GroupChanged: note}))
    for number in range(50):
        for _ in range(2):
            await bus.publish(group_changed(str(number)), tenant="t1", key="k", event_id=f"order-{number}")
    await eventually(lambda: len(seen) >= 50)
    assert seen == [str(number) for number in range(50)]
    reader.cancel()
    await bus.close()


async def test_a_fact_that_always_fails_is_put_aside_and_the_next_ones_go_on(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "b")
    seen: list[str] = []

    async def picky(fact: Fact) -> None:
        if fact.event.project.name == "bad":
            raise ValueError("cannot be handled")
        seen.append(fact.event.project.name)

    reader = asyncio.ensure_future(bus.consume("kit-picky", {events_pb2.ProjectChanged: picky}))
    for name in ("bad", "good"):
        event = events_pb2.ProjectChanged()
        event.project.name = name
        await bus.publish(event, tenant="t1", key="k", event_id=f"picky-{name}")
    await eventually(lambda: seen == ["good"], within=30)
    dead = await bus.js.get_last_msg(DEAD, "antiphon-dead.kit-picky.antiphon.directory.v1.ProjectChanged.t1.k")
    assert "cannot be handled" in (dead.headers or {})["Error"]
    reader.cancel()
    await bus.close()


async def test_nothing_is_lost_when_nats_is_killed(platforms: dict[str, Platform], servers: dev.Servers) -> None:
    bus = await Bus.connect(platforms["directory"], "c")
    consumed: set[str] = set()
    followed: list[int] = []

    async def note(fact: Fact) -> None:
        consumed.add(fact.id)

    async def follow() -> None:
        async for fact in bus.follow("t-kill"):
            followed.append(fact.sequence)

    tasks = [
        asyncio.ensure_future(bus.consume("kit-kill", {events_pb2.PersonChanged: note})),
        asyncio.ensure_future(follow()),
    ]
    await asyncio.sleep(0.2)
    for number in range(60):
        if number in (20, 40):
            servers.nats.kill()
            servers.nats.start()
        await bus.publish(events_pb2.PersonChanged(), tenant="t-kill", key="k", event_id=f"kill-{number}")
    await eventually(lambda: len(consumed) == 60 and len(followed) == 60, within=30)
    assert followed == sorted(set(followed))
    for task in tasks:
        task.cancel()
    await bus.close()


async def test_the_outbox_publishes_what_was_committed_and_nothing_else(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "d")
    db = mongo.database(platforms["directory"], "kit")
    await mongo.migrate(db, INDEXES, ["things"])
    outbox = Outbox(db)
    relay = asyncio.ensure_future(outbox.relay(bus))
    seen: list[str] = []

    async def note(fact: Fact) -> None:
        seen.append(fact.event.group_id)

    reader = asyncio.ensure_future(bus.consume("kit-outbox", {events_pb2.GroupDeleted: note}))

    async def write(name: str, fail: bool) -> None:
        async def body(session: mongo.Session) -> None:
            await db.things.insert_one({"_id": name}, session=session)
            await outbox.add(session, events_pb2.GroupDeleted(group_id=name), tenant="t", key="k", version=len(name))
            if fail:
                raise DomainError(Common.STALE)

        await mongo.transaction(db, body)
        outbox.wake()

    await write("a", fail=False)
    with pytest.raises(DomainError):
        await write("bb", fail=True)
    await write("ccc", fail=False)
    await eventually(lambda: seen == ["a", "ccc"])
    assert await db.things.count_documents({}) == 2
    assert await db.outbox.count_documents({}) in (0, 1)
    relay.cancel()
    reader.cancel()
    await bus.close()


async def test_a_lease_has_one_holder_and_passes_on(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "e")
    kv = await leases.open_bucket(bus, ttl=1.5)
    leading: list[str] = []
    fences: list[int] = []

    async def lead(lease: leases.Lease) -> None:
        leading.append(lease.holder)
        fences.append(lease.fence)
        await asyncio.Event().wait()

    first = asyncio.ensure_future(leases.hold(kv, "shard-0", "first", lead, ttl=1.5))
    await eventually(lambda: leading == ["first"])
    second = asyncio.ensure_future(leases.hold(kv, "shard-0", "second", lead, ttl=1.5))
    await asyncio.sleep(timedelta(seconds=2.5).total_seconds())
    assert leading == ["first"], "a renewed lease must not pass on"
    first.cancel()
    await eventually(lambda: leading == ["first", "second"])
    assert fences[1] > fences[0]
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await bus.close()
