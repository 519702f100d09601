"""A campaign whose clock is set while it runs, over nights in which clocks change; all agents leave, all trunks fail.

The service's own runner over a real store, by a clock that the test sets: never a dial at a wrong hour, always a
reason.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from antiphon.acd.v1 import acd_pb2
from antiphon.dialer.app.lists import Lists
from antiphon.dialer.app.results import Results
from antiphon.dialer.app.runner import Runner
from antiphon.dialer.app.world import World
from antiphon.dialer.rulebook import rulebook
from antiphon.dialer.settings import Settings
from antiphon.dialer.store import COLLECTIONS, INDEXES, Store
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit import mongo
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import new_id
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Caller
from antiphon.media.domain.reasons import Reason
from antiphon.media.v1 import media_pb2

pytestmark = pytest.mark.service

SPRING, AUTUMN, SUMMER = date(2026, 3, 8), date(2026, 11, 1), date(2026, 6, 10)
NOON = datetime(2026, 6, 10, 16, 0, tzinfo=UTC)
ZONES = {"+1212736": "America/New_York", "+1602253": "America/Phoenix", "+1310273": "America/Los_Angeles"}
HOUR = timedelta(hours=1)


@dataclass
class Outside:
    """The agents and the telephones of the test: it says who works, and sees what rings, and when."""

    now: datetime
    agents: int = 3
    channels: int = 1000
    rung: list[tuple[datetime, media_pb2.OriginateRequest]] = field(default_factory=list)
    calls: dict[str, media_pb2.Call] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.now

    async def board(self, tenant: str) -> acd_pb2.GetBoardResponse:
        ready = acd_pb2.AGENT_STATE_READY
        mine = [acd_pb2.Agent(agent_id=f"ps_{at}", state=ready, queue_ids=["q"]) for at in range(self.agents)]
        return acd_pb2.GetBoardResponse(agents=mine)

    async def has_queue(self, tenant: str, queue_id: str) -> bool:
        return True

    async def phones(self, tenant: str, contact_id: str) -> list[str]:
        return []

    async def originate(self, tenant: str, request: media_pb2.OriginateRequest) -> media_pb2.Call:
        if len(self.ringing) >= self.channels:
            raise DomainError(Reason.BUSY)
        self.rung.append((self.now, request))
        call = media_pb2.Call(id=request.call_id, direction=media_pb2.DIRECTION_OUTBOUND)
        self.calls[call.id] = call
        return call

    @property
    def ringing(self) -> list[media_pb2.Call]:
        return [call for call in self.calls.values() if not call.HasField("ended_at")]

    async def call(self, tenant: str, call_id: str) -> media_pb2.Call | None:
        return self.calls.get(call_id)


@dataclass
class Campaign:
    """One that runs, a second at a time."""

    tenant: str
    outside: Outside
    world: World
    made: pb.Campaign
    runner: Runner

    async def second(self, later: timedelta = timedelta(seconds=1)) -> dict[str, Any]:
        """So much later by this clock, which may be earlier. Says why it dials or does not."""
        self.outside.now += later
        await self.runner.second()
        said = await self.world.store.status(self.made.id)
        assert said is not None
        assert said["code"], said
        assert said["why"], said
        return said

    async def all_are_busy(self, code: int = 486, outcome: str = "busy") -> None:
        """Whoever rings says busy; or the trunks say something else."""
        results, now = Results(self.world), self.outside.now
        ringing = self.outside.ringing
        for call in ringing:
            call.ended_at.FromDatetime(now)
            call.outcome = outcome
            call.legs.add(role="caller", code=code)
        await asyncio.gather(*(results.end(self.tenant, call) for call in ringing))

    async def journal(self) -> list[dict[str, Any]]:
        return [dict(one) for one in await self.world.store.attempts.newest(self.made.id, 1000, "")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def store(platforms: dict[str, Platform]) -> AsyncIterator[Store]:
    db = mongo.database(platforms["dialer"], "dialer")
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    yield Store(db, "secret")


async def campaign(store: Store, now: datetime, contacts: int, person: str = "", **more: object) -> Campaign:
    """Of a tenant of its own, with contacts in three zones, one of them without summer time."""
    outside, tenant = Outside(now), new_id("tn")
    world = World(store, outside, outside.clock, Settings(), rulebook())
    wanted = pb.Campaign(
        id=new_id("cm"), name="Clock", mode=pb.MODE_PROGRESSIVE, queue_id="q", pack_id="US", region="US",
        caller_ids=["+12125550100"], state=pb.CAMPAIGN_STATE_RUNNING, max_attempts=3,
    )  # fmt: skip
    for name, value in more.items():
        setattr(wanted, name, value)
    made = await store.campaigns.put(tenant, wanted)
    rows = [f"{base}{1000 + at}" for at in range(contacts) for base in ZONES][:contacts]

    async def parts() -> AsyncIterator[bytes]:
        yield ("phone,person\n" + "".join(f"{row},{person}\n" for row in rows)).encode()

    asked = pb.ListToImport(request_id="r1", campaign_id=made.id, name="List")
    listed = await Lists(world).import_list(Caller(tenant, "service:test"), asked, parts())
    assert listed.list.contacts == contacts
    return Campaign(tenant, outside, world, made, Runner(world, tenant, made))


def nobody_was_called_at_a_wrong_hour(it: Campaign) -> None:
    """By the clock that was, where each number is: 8 to 21, with the ringing."""
    for at, order in it.outside.rung:
        local = at.astimezone(ZoneInfo(ZONES[order.to[:8]]))
        assert 8 <= local.hour < 21, (order.to, local)


async def every_attempt_has_a_reason_and_nobody_is_forgotten(it: Campaign, contacts: int) -> None:
    journal = await it.journal()
    assert all(one["reason"] for one in journal)
    assert {one["number"] for one in journal if one["dialled"]} == {order.to for _, order in it.outside.rung}
    live = {one["contact"] for one in journal if one["live"]}
    found = [one async for one in it.world.store.contacts.all(it.made.id)]
    assert len(found) == contacts
    assert {one["_id"] for one in found if one["state"] == "dialling"} == live


@pytest.mark.clause("E06")
@pytest.mark.parametrize("day", [SPRING, AUTUMN, SUMMER])
@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_clock_that_is_set_in_mid_campaign_never_makes_a_wrong_dial(
    store: Store, day: date, jump: timedelta
) -> None:
    """Around the hours at which it opens in the east and closes in the west, in nights in which clocks change."""
    opens = datetime.combine(day, time(8), ZoneInfo("America/New_York")).astimezone(UTC)
    closes = datetime.combine(day, time(21), ZoneInfo("America/Los_Angeles")).astimezone(UTC)
    for begins in (opens - timedelta(minutes=5), closes - timedelta(minutes=10)):
        it = await campaign(store, begins, 12)
        for at in range(32):
            later = timedelta(minutes=2) if at % 10 != 9 else jump
            await it.second(later)
            if at % 4 == 3:
                await it.all_are_busy()
        nobody_was_called_at_a_wrong_hour(it)
        await every_attempt_has_a_reason_and_nobody_is_forgotten(it, 12)
        assert {one["reason"] for one in await it.journal()} >= {"outside_hours", "allowed"}


async def test_a_clock_that_is_set_back_stops_nothing_for_longer_than_it_lasts(store: Store) -> None:
    """Dials in the air that began "later", a pause that was to end at a time of the earlier clock, agents who talk."""
    it = await campaign(store, NOON, 40, mode=pb.MODE_PREDICTIVE, hold=pb.HOLD_NEVER)
    it.outside.agents = 8
    while (await it.second())["code"] != "calls_fail":
        await it.all_are_busy(503, "unreachable")
    said = await it.second(-HOUR)
    assert said["code"] == "dialling"
    assert (await it.second(-HOUR))["ringing"] >= 8  # for minus an hour
    await it.all_are_busy()
    before = len(it.outside.rung)
    await it.second()
    assert len(it.outside.rung) > before
    nobody_was_called_at_a_wrong_hour(it)


async def test_a_clock_that_is_set_forward_ends_no_call_that_goes_on(store: Store) -> None:
    """They are silent for an hour then: media is asked, and knows."""
    it = await campaign(store, NOON, 9)
    await it.second()
    rung = len(it.outside.rung)
    assert rung == 3
    await it.second(HOUR)
    assert [one["live"] for one in await it.journal()] == [True] * rung
    assert len(it.outside.rung) == rung  # three agents, three dials
    await it.all_are_busy()
    await it.second()
    assert Counter(one["result"] for one in await it.journal()) == {"busy": 3, "": 3}


@pytest.mark.clause("E03")
@pytest.mark.parametrize("mode", [pb.MODE_PROGRESSIVE, pb.MODE_POWER, pb.MODE_PREDICTIVE])
async def test_all_agents_leave_at_once(store: Store, mode: int) -> None:
    """Not one more dial, and it says so; when somebody comes back it goes on."""
    it = await campaign(store, NOON, 60, mode=mode, lines_per_agent=2.0, hold=pb.HOLD_NEVER)
    it.outside.agents = 8
    await it.second()
    before = len(it.outside.rung)
    assert before >= 8
    it.outside.agents = 0
    for _ in range(5):
        assert (await it.second())["code"] == "no_agents"
    await it.all_are_busy()
    assert (await it.second())["code"] == "no_agents"
    assert len(it.outside.rung) == before
    it.outside.agents = 8
    assert (await it.second())["code"] == "dialling"
    assert len(it.outside.rung) > before


async def test_all_trunks_fail_and_nobody_loses_an_attempt(store: Store) -> None:
    """Five failures, then a pause that is said, again and again; when the trunks are back everybody is called."""
    it = await campaign(store, NOON, 12)
    codes = Counter[str]()
    for _ in range(40):
        codes[(await it.second())["code"]] += 1
        await it.all_are_busy(503, "unreachable")
    assert codes["calls_fail"] >= 20
    contacts = [one async for one in it.world.store.contacts.all(it.made.id)]
    assert {one["attempts"] for one in contacts} == {0}
    assert {one["state"] for one in contacts} == {"ready"}
    while len({one["number"] for one in await it.journal() if one["result"] == "busy"}) < 12:
        await it.second(timedelta(seconds=15))
        await it.all_are_busy()
    nobody_was_called_at_a_wrong_hour(it)


async def test_a_number_with_all_its_channels_taken_is_no_failure(store: Store) -> None:
    """As many as there is room for, without a pause; it says how many lines are free."""
    it = await campaign(store, NOON, 60)
    it.outside.agents, it.outside.channels = 30, 10
    assert (await it.second())["code"] == "dialling"
    assert len(it.outside.rung) == 10
    said = await it.second()
    assert said["code"] == "pacing"
    assert "only 0 free lines" in said["why"]
    await it.all_are_busy()
    assert (await it.second())["code"] == "dialling"
    assert len(it.outside.rung) == 20


async def test_two_numbers_of_one_person_are_not_dialled_side_by_side(store: Store) -> None:
    """What counts by person counts them both."""
    it = await campaign(store, NOON, 6, person="one")
    for _ in range(3):
        await it.second()
    assert len(it.outside.rung) == 1
