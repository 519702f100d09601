"""Replicas of two releases share a consumer: what only one of them knows is not lost, and takes nobody down."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from nats.js.errors import NotFoundError

from antiphon.directory.v1.events_pb2 import DealChanged, DealDeleted
from antiphon.kit import sharing
from antiphon.kit.bus import DEAD, FACTS, Bus, Fact, Table, subject_of
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


class Replica:
    """One that runs: the release before knows DealChanged, this one DealDeleted too."""

    def __init__(self, bus: Bus, durable: str, *kinds: type[DealChanged | DealDeleted]) -> None:
        self.heard: list[str] = []
        table: Table = dict.fromkeys(kinds, self._hear)
        self.work = asyncio.ensure_future(bus.consume(durable, table))

    async def _hear(self, fact: Fact) -> None:
        if fact.tenant == "t-share":
            self.heard.append(fact.id)

    async def end(self) -> None:
        assert not self.work.done()  # it lived until now
        self.work.cancel()
        await asyncio.wait({self.work})


async def tell(bus: Bus, kind: type[DealChanged | DealDeleted], name: str) -> None:
    await bus.publish(kind(), tenant="t-share", key=name, event_id=name)


async def takes(bus: Bus, durable: str, *kinds: type[DealChanged | DealDeleted]) -> bool:
    """True when the consumer's filter is just these."""
    try:
        config = (await bus.js.consumer_info(FACTS, durable)).config
    except NotFoundError:
        return False
    return set(config.filter_subjects or [config.filter_subject or ""]) == set(map(subject_of, kinds))


async def test_a_kind_that_only_the_newer_release_knows_finds_it(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "s1")
    old = Replica(bus, "kit-share-1", DealChanged)
    await tell(bus, DealChanged, "share-1")
    await eventually(lambda: old.heard == ["share-1"], within=30)
    new = Replica(bus, "kit-share-1", DealChanged, DealDeleted)
    await eventually(partial(takes, bus, "kit-share-1", DealChanged, DealDeleted), within=30)
    again = Replica(bus, "kit-share-1", DealChanged)  # one of the release before begins last, and narrows nothing
    names = [f"share-1-{number}" for number in range(12)]
    for name in names:
        await tell(bus, DealDeleted, name)
    await eventually(lambda: set(new.heard) >= set(names), within=60)
    assert await takes(bus, "kit-share-1", DealChanged, DealDeleted)
    assert not set(names) & {*old.heard, *again.heard}
    for replica in (old, again, new):
        await replica.end()
    await bus.close()


async def test_what_nobody_knows_any_more_waits_for_the_release_that_does(
    platforms: dict[str, Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "_AGAIN", 0.05)
    monkeypatch.setattr(sharing, "_TIMES", 2)
    bus = await Bus.connect(platforms["directory"], "s2")
    new = Replica(bus, "kit-share-2", DealChanged, DealDeleted)
    await tell(bus, DealDeleted, "share-2-a")
    await eventually(lambda: "share-2-a" in new.heard, within=30)
    await new.end()
    old = Replica(bus, "kit-share-2", DealChanged)  # all are rolled back
    await tell(bus, DealDeleted, "share-2-b")
    await tell(bus, DealChanged, "share-2-c")
    aside = f"antiphon-dead.kit-share-2.{subject_of(DealDeleted, 't-share', 'share-2-b')}"

    async def is_aside() -> bool:
        try:
            return (await bus.js.get_last_msg(DEAD, aside)).headers == {sharing.MARK: "share-2-b"}
        except NotFoundError:
            return False

    async def is_taken_up() -> bool:
        return not await is_aside()

    await eventually(is_aside, within=30)
    await eventually(lambda: "share-2-c" in old.heard, within=30)
    await old.end()
    later = Replica(bus, "kit-share-2", DealChanged, DealDeleted)  # and upgraded once more
    await eventually(lambda: "share-2-b" in later.heard, within=30)
    await eventually(is_taken_up, within=30)
    await later.end()
    await bus.close()


async def test_a_filter_loses_what_a_release_says_it_needs_no_more(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "s3")
    replica = Replica(bus, "kit-share-3", DealChanged, DealDeleted)
    await eventually(partial(takes, bus, "kit-share-3", DealChanged, DealDeleted), within=30)
    await replica.end()

    async def hear(fact: Fact) -> None:
        raise AssertionError(fact)

    table: Table = {DealDeleted: hear}
    last = asyncio.ensure_future(bus.consume("kit-share-3", table, former=[DealChanged]))
    await eventually(partial(takes, bus, "kit-share-3", DealDeleted), within=30)
    assert not last.done()
    last.cancel()
    await bus.close()


async def test_who_follows_passes_over_what_it_does_not_know(platforms: dict[str, Platform]) -> None:
    bus = await Bus.connect(platforms["directory"], "s4")
    after = await bus.last_sequence()
    await bus.publish_raw("antiphon.future.v1.Unheard.t-follow.k", b"", {})
    await bus.publish_raw("antiphon.directory.v1.Unheard.t-follow.k", b"", {})
    await bus.publish(DealDeleted(), tenant="t-follow", key="k", event_id="follow-1")
    facts = bus.follow("t-follow", after)
    async with asyncio.timeout(30):
        assert (await anext(facts)).id == "follow-1"
    await bus.close()
