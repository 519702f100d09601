"""Every record is tallied once, whoever dies; the seal is the one that billing computes from its own record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from antiphon.billing.app.calls import settlements
from antiphon.billing.app.messages import recorded
from antiphon.billing.domain.tallies import Numbers, digest
from antiphon.kit import mongo
from antiphon.kit.bus import Bus, Fact
from antiphon.kit.clock import system_clock
from antiphon.kit.ids import new_id
from antiphon.kit.outbox import Outbox
from antiphon.kit.protos import timestamp
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually
from antiphon.media.books import PLANT
from antiphon.media.store import COLLECTIONS, INDEXES, CallStore
from antiphon.media.tallies import Tallies
from antiphon.media.v1 import media_pb2 as pb
from antiphon.media.v1.events_pb2 import RecordsTallied, TalliesComplete

pytestmark = pytest.mark.service
NOW = datetime(2026, 3, 3, 9, 0, 0, 123456, tzinfo=UTC)


class House:
    """Two replicas on one database, and what is heard of them."""

    def __init__(self, db: mongo.Database, bus: Bus, heard: list[Fact]) -> None:
        self.stores = [CallStore(db, Outbox(db), new_id("md")) for _ in range(2)]
        self.tellers = [Tallies(one.tallies, bus, f"r{place}", system_clock) for place, one in enumerate(self.stores)]
        self.tenant = new_id("tn")
        self.heard = heard

    async def close(self, place: int, *calls: pb.Call) -> list[bool]:
        done = (self.stores[place].close(self.tenant, call, 1, NOW) for call in calls)
        return list(await asyncio.gather(*done))

    async def told(self, count: int) -> list[Any]:
        def found() -> list[Any]:
            tallies = [fact.event.tally for fact in self.heard if fact.tenant == self.tenant]
            return tallies if sum(len(one.records) for one in tallies) >= count else []

        return list(await eventually(found))


@pytest.fixture
async def house(platforms: dict[str, Platform]) -> AsyncIterator[House]:
    db = mongo.database(platforms["media"], "media")
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    bus, heard = await Bus.connect(platforms["media"], "tallies"), list[Fact]()

    async def follow() -> None:
        async for fact in bus.follow(after=after, kinds=(RecordsTallied, TalliesComplete)):
            heard.append(fact)

    after = await bus.last_sequence()
    following = asyncio.ensure_future(follow())
    yield House(db, bus, heard)
    following.cancel()
    await bus.close()


def call(name: str, *roles: str, direction: int = pb.DIRECTION_OUTBOUND) -> pb.Call:
    made = pb.Call(id=name, direction=direction, started_at=timestamp(NOW))  # type: ignore[arg-type]
    for place, role in enumerate(roles):
        leg = made.legs.add(id=f"L{place}", role=role, number=f"+49301{place}")
        if place:
            leg.answered_at.CopyFrom(timestamp(NOW) or leg.answered_at)
            leg.ended_at.CopyFrom(timestamp(NOW + timedelta(seconds=61)) or leg.ended_at)
    return made


@pytest.mark.clause("K01")
async def test_every_record_is_tallied_as_billing_will_have_it(house: House) -> None:
    calls = [
        call("cl_1", "agent", "outside", "outside"), call("cl_2", "outside"), call("cl_3", "caller", "agent"),
        call("cl_4", "agent", "outside", direction=pb.DIRECTION_INTERNAL),
    ]  # fmt: skip
    for one in calls:
        one.id += house.tenant
    assert await house.close(0, *calls[:2]) == [True, True]
    assert await house.close(1, calls[0], *calls[2:]) == [False, True, True], "a record that is there is not counted"
    assert await house.close(0, call(f"cl_5{house.tenant}")) == [True]
    await house.tellers[1].round()  # the first replica has died: the other tells for it
    tallies = await house.told(6)
    told = {one.key: one.digest for tally in tallies for one in tally.records}
    wanted = [request.record for one in (*calls, call(f"cl_5{house.tenant}")) for request in settlements(one)]
    assert told == {one.key: digest(b"", recorded(one)) for one in wanted}
    assert {tally.switch for tally in tallies} == {one.switch for one in wanted}
    for source in {tally.source for tally in tallies}:
        numbers = Numbers()
        for tally in tallies:
            if tally.source == source:
                numbers.hear(tally.first, len(tally.records))
        assert numbers.gaps == []


async def test_the_end_of_a_run_is_announced_and_then_nothing_more(house: House) -> None:
    await house.close(0, call(f"cl_1{house.tenant}"))
    before = system_clock()
    for _ in range(3):
        await house.tellers[0].round()

    def complete() -> list[Any]:
        found = [fact.event.until for fact in house.heard if fact.tenant == PLANT]
        return found if len(found) >= 3 else []

    assert min(until.ToDatetime(UTC) for until in await eventually(complete)) >= before
    assert [(one.first, len(one.records)) for one in await house.told(1)] == [(1, 1), (2, 0)]


async def test_an_unknown_outcome_begins_another_run(house: House) -> None:
    store = house.stores[0]
    await house.close(0, call(f"cl_1{house.tenant}"))

    async def fails(session: mongo.Session) -> None:
        raise PyMongoError("gone in the middle")

    with pytest.raises(PyMongoError):
        await store._surely_counted(fails)
    await house.close(0, call(f"cl_2{house.tenant}"), call(f"cl_3{house.tenant}"))
    await house.tellers[0].round()
    first, second = sorted(await house.told(3), key=lambda tally: tally.source)
    assert (first.first, second.first, second.source) == (1, 1, f"{first.source}.1")
    assert len(second.records) == 2
