"""The plumbing against real servers: facts, outbox, leases and gRPC through kills and repeats."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from nats.js.errors import NotFoundError

from antiphon.directory.v1 import events_pb2
from antiphon.directory.v1.directory_pb2 import Group
from antiphon.kit import bus as kit_bus
from antiphon.kit import dev, leases, mongo, tasks
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


async def test_facts_are_handled_together_and_a_bad_one_among_them_is_put_aside(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "t")
    seen: list[str] = []

    async def picky(facts: Sequence[Fact]) -> None:
        names = [fact.event.trunk_id for fact in facts]
        if "bad" in names:
            raise ValueError("cannot be handled")
        seen.extend(names)

    names = [*map(str, range(40)), "bad", *map(str, range(40, 60))]
    for name in names:
        event = events_pb2.TrunkDeleted(trunk_id=name)
        await bus.publish(event, tenant="t1", key=name, event_id=f"together-{name}")
    reader = asyncio.ensure_future(bus.consume_together("kit-together", [events_pb2.TrunkDeleted], picky, every=0.2))
    await eventually(lambda: len(set(seen)) == 60, within=30)

    async def put_aside() -> bool:
        try:
            dead = await bus.js.get_last_msg(
                DEAD, "antiphon-dead.kit-together.antiphon.directory.v1.TrunkDeleted.t1.bad"
            )
        except NotFoundError:
            return False
        return "cannot be handled" in (dead.headers or {})["Error"]

    await eventually(put_aside, within=30)
    await bus.publish(events_pb2.TrunkDeleted(trunk_id="last"), tenant="t1", key="last", event_id="together-last")
    await eventually(lambda: "last" in seen, within=30)
    await tasks.end(reader)
    await bus.close()


async def test_what_a_dead_reader_held_goes_to_another_soon_and_what_a_slow_one_holds_does_not(
    platforms: dict[str, Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit_bus, "_ACK_WAIT", 1.0)
    monkeypatch.setattr(kit_bus, "_IN_HAND", 0.2)
    bus = await Bus.connect(platforms["directory"], "h")
    begun: list[str] = []
    done: list[str] = []

    async def hangs(fact: Fact) -> None:
        begun.append(fact.id)
        await asyncio.Event().wait()

    async def slow(fact: Fact) -> None:
        await asyncio.sleep(2.5)  # much longer than the time to acknowledge
        done.append(fact.id)

    dying = asyncio.ensure_future(bus.consume("kit-held", {events_pb2.NumberDeleted: hangs}))
    await bus.publish(events_pb2.NumberDeleted(), tenant="t-held", key="k", event_id="held-1")
    await eventually(lambda: begun)
    await tasks.end(dying)
    heir = asyncio.ensure_future(bus.consume("kit-held", {events_pb2.NumberDeleted: slow}))
    await eventually(lambda: done)
    await asyncio.sleep(1.5)  # a second copy would have begun by now
    await tasks.end(heir)
    assert done == begun == ["held-1"]
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

    readers = [
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
    for reader in readers:
        reader.cancel()
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


async def test_leases_last_as_long_as_the_installation_says_now(platforms: dict[str, Platform]) -> None:
    """All live in one bucket: one that lasted otherwise is changed, and whoever has died holds nothing any more."""
    for seconds in (1.5, 60.0):
        bus = await Bus.connect(platforms["directory"].model_copy(update={"lease_seconds": seconds}), "g")
        own = await leases.Leases.open(bus)
        assert (own.ttl, (await bus.js.stream_info(f"KV_{leases.BUCKET}")).config.max_age) == (seconds, seconds)
        await bus.close()
    bus = await Bus.connect(platforms["directory"].model_copy(update={"lease_seconds": 60.0}), "g")
    own = await leases.Leases.open(bus)
    await (await bus.js.key_value(leases.BUCKET)).put("shard-9", b"who died")
    assert await own.is_held("shard-9")
    await own.release_all()
    assert not await own.is_held("shard-9")
    await bus.close()


async def test_a_lease_has_one_holder_and_passes_on(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"].model_copy(update={"lease_seconds": 1.5}), "e")
    own = await leases.Leases.open(bus)
    leading: list[str] = []
    fences: list[int] = []

    async def lead(lease: leases.Lease) -> None:
        leading.append(lease.holder)
        fences.append(lease.fence)
        await asyncio.Event().wait()

    first = asyncio.ensure_future(own.hold("shard-0", "first", lead))
    await eventually(lambda: leading == ["first"])
    second = asyncio.ensure_future(own.hold("shard-0", "second", lead))
    await asyncio.sleep(timedelta(seconds=2.5).total_seconds())
    assert leading == ["first"], "a renewed lease must not pass on"
    first.cancel()
    await eventually(lambda: leading == ["first", "second"])
    assert fences[1] > fences[0]
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await bus.close()
