"""What a writer remembers and presumes changes nothing but its speed."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from antiphon.billing.app import packages
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.memory import Memory
from antiphon.billing.app.messages import account_of, facts, nanos
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.writer import Pace, Page, Touches, Work, Writer
from antiphon.billing.audit import audit
from antiphon.billing.domain import packages as rules
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.records import PARTITIONS
from antiphon.billing.settings import Settings
from antiphon.billing.store import COLLECTIONS, INDEXES, Store
from antiphon.billing.tests.stage import TARIFF, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.kit import mongo
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.errors import DomainError
from antiphon.kit.settings import Platform
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.service

BEGINNING = system_clock()
FREE = {"id": "de", "name": "Німеччина", "seconds": 100, "prefixes": ["49"]}
PACKED = {**TARIFF, "packages": [FREE]}
COMPARED = ("accounts", "transfers", "holds", "sessions", "calls", "papers", "trail")
Ask = Callable[[], Awaitable[Message]]


@dataclass
class Billing:
    """Use cases over one writer, which can be begun anew; it is the desk that they are brought to."""

    database: mongo.Database
    remembered: int
    clock: SettableClock = field(default_factory=lambda: SettableClock(BEGINNING))

    def __post_init__(self) -> None:
        self.store = Store(self.database)
        self.tariffs = Tariffs(self.store.tariffs, self.clock)
        self.calls = Calls(self, self.tariffs, self.store.suspended)
        self.charging = Charging(self, self.tariffs, Settings())
        self.accounts = Accounts(self, self.store.account, self.tariffs, self.clock)

    async def do(self, work: Work[Any]) -> Any:
        return await self.writer.do(work)

    async def begin(self) -> None:
        """A new epoch, a new writer that remembers nothing yet."""
        epochs = await self.store.take(range(PARTITIONS), "test")
        memory = Memory(self.store, self.remembered)
        self.writer = Writer(memory, epochs, facts, lambda: nanos(self.clock()), Pace(0.001, 100))
        self.writing = asyncio.ensure_future(self.writer.run())

    async def end(self) -> None:
        self.writing.cancel()
        await asyncio.gather(self.writing, return_exceptions=True)

    async def open(self, tenant: str, money: str, tariff: dict[str, Any] = TARIFF) -> None:
        olena, petro = Caller(tenant, "person:olena"), Caller(tenant, "person:petro")
        asked = pb.Tariff(id="home", currency="UAH", document=json.dumps(tariff))
        await self.tariffs.put(olena, pb.PutTariffRequest(tariff=asked))
        await self.tariffs.approve(petro, pb.ApproveTariffRequest(id="home", version=1))
        limits = pb.Limits(concurrent=6, attempts_a_minute=40)
        account = pb.Account(currency="UAH", tariff_id="home", limits=limits)
        await self.accounts.put(olena, pb.PutAccountRequest(account=account))
        await self.accounts.post_payment(olena, pb.PostPaymentRequest(payment_id="p", amount=uah(money), method="card"))

    async def buy(self, tenant: str, offer: Offer) -> None:
        """A package that an order brought."""

        def decide(page: Page, now: int) -> None:
            assert page.account is not None
            span = now, now + 86_400 * SECOND
            packages.grant(page, page.account, rules.granted(offer, rules.order_source("o1"), "", span), now)

        await self.do(Work(account_of(tenant), tenant, Touches(), decide))

    async def sound(self) -> None:
        """No invariant is broken: what was granted was drawn or is left (I12), and calls cost what they should."""
        assert (await audit(self.store)).faults == []

    async def books(self) -> dict[str, list[Any]]:
        return {name: await self.database[name].find().sort("_id", 1).to_list(None) for name in COMPARED}


@asynccontextmanager
async def billing(platform: Platform, name: str, remembered: int) -> AsyncIterator[Billing]:
    database = mongo.database(platform.model_copy(update={"mongo_prefix": name}), "billing")
    await mongo.migrate(database, INDEXES, COLLECTIONS)
    running = Billing(database, remembered)
    await running.begin()
    try:
        yield running
    finally:
        await running.end()


def story(chance: random.Random) -> list[list[tuple[str, str, int]]]:
    """Bursts of (what, session or record, number): everything comes more than once, sooner or later."""
    kinds = ("authorize", "authorize", "extend", "settle", "settle", "hear", "release", "other", "batch")
    return [
        [
            (chance.choice(kinds), f"s{max(0, burst // 2 - chance.choice((0, 0, 1, 2, 9)))}", chance.randrange(1, 4))
            for _ in range(chance.randrange(1, 7))
        ]
        for burst in range(60)
    ]


def ask(on: Billing, asked: tuple[str, str, int]) -> Awaitable[Message]:
    what, name, number = asked
    caller = Caller(f"tn{number}", "service:media")
    ended = BEGINNING + timedelta(seconds=40)
    record = pb.CallRecord(switch="sbc", key=name, session_id=name, called="49301")
    record.answered_at.CopyFrom(stamp(ended - timedelta(seconds=30)))
    record.ended_at.CopyFrom(stamp(ended))
    batch = pb.SettleBatchRequest(count=2, seconds=30, records=[record, pb.CallRecord(switch="sbc", key=f"{name}free")])
    if what == "other":
        record.called = "49302"
    match what:
        case "authorize":
            return on.charging.authorize(caller, pb.AuthorizeRequest(session_id=name, called="49301"))
        case "extend":
            return on.charging.extend(caller, pb.ExtendRequest(session_id=name, used_seconds=number * 45))
        case "release":
            return on.charging.release(caller, pb.ReleaseRequest(session_id=name))
        case "batch":
            return on.calls.settle_batch(caller, batch)
        case "hear":
            return on.calls.hear(caller, pb.SettleRequest(record=record))
    return on.calls.settle(caller, pb.SettleRequest(record=record))


async def play(on: Billing, bursts: list[list[tuple[str, str, int]]], deaths: frozenset[int]) -> list[str]:
    for number in (1, 2, 3):
        await on.open(f"tn{number}", f"{number * 4}", PACKED)
    answers = []
    on.clock.forward(seconds=10)
    for number in (2, 3):
        await on.buy(f"tn{number}", Offer("trip", "Trip", 35 * number, draw_inc=20, weight=1))
    for place, burst in enumerate(bursts):
        if place in deaths:
            await on.end()
            await on.begin()
        for answer in await asyncio.gather(*(ask(on, one) for one in burst), return_exceptions=True):
            assert isinstance(answer, Message | DomainError), answer
            answers.append(str(answer))
        if place % 5 == 0 or place + 1 == len(bursts):
            await on.sound()
        on.clock.forward(seconds=11)
    return answers


@pytest.mark.clause("I06")
async def test_a_forgetful_writer_answers_as_one_that_remembers(platforms: dict[str, Platform]) -> None:
    """The same story for a writer that remembers all, and for one that remembers little and is succeeded often."""
    bursts = story(random.Random(1))
    told, books = [], []
    for name, remembered, deaths in (("all", 10_000, ()), ("little", 12, (7, 20, 33, 34, 50))):
        async with billing(platforms["billing"], f"mem{name}", remembered) as on:
            told.append(await play(on, bursts, frozenset(deaths)))
            books.append(await on.books())
    assert told[0] == told[1]
    for name in COMPARED:
        assert books[0][name] == books[1][name], name
    results = {document["result"] for document in books[0]["transfers"]}
    assert {"ok", "ok_late"} <= results, "the story tells of late calls, too"
    assert {document["charge"] for document in books[0]["calls"]} == {"billed", "zero", "suspense"}
    left = [(one["name"], one["left"]) for document in books[0]["accounts"] for one in document["packages"]]
    assert sorted(left) == [("Trip", 5), ("Trip", 10), *[("Німеччина", 0)] * 3], "whole steps, to the last"


async def test_a_yes_that_was_forgotten_is_not_taken_back(platforms: dict[str, Platform]) -> None:
    """The reservation left too little for another like it: whoever asks again after a death is no other."""
    async with billing(platforms["billing"], "memyes", 1_000) as on:
        await on.open("tn1", "0.60")
        on.clock.forward(seconds=10)
        caller, asked = Caller("tn1", "service:media"), pb.AuthorizeRequest(session_id="s1", called="49301")
        granted = await on.charging.authorize(caller, asked)
        assert granted.granted_seconds == 60
        await on.end()
        await on.begin()
        assert await on.charging.authorize(caller, asked) == granted
        with pytest.raises(DomainError) as refused:
            await on.charging.authorize(caller, pb.AuthorizeRequest(session_id="s2", called="38044"))
        assert refused.value.reason.name == "INSUFFICIENT"


async def test_a_writer_that_was_succeeded_gives_no_answer_at_all(platforms: dict[str, Platform]) -> None:
    """Not even a refusal, which needs no commit: what it remembers may be old."""
    async with billing(platforms["billing"], "memfence", 1_000) as old:
        await old.open("tn1", "0.01")
        old.clock.forward(seconds=10)
        authorize = pb.AuthorizeRequest(session_id="s1", called="38044")
        caller = Caller("tn1", "service:media")
        with pytest.raises(DomainError) as refused:
            await old.charging.authorize(caller, authorize)
        assert refused.value.reason.name == "INSUFFICIENT"
        async with billing(platforms["billing"], "memfence", 1_000) as new:
            new.clock.forward(seconds=10)
            payment = pb.PostPaymentRequest(payment_id="more", amount=uah("50"), method="card")
            await new.accounts.post_payment(caller, payment)
            with pytest.raises(DomainError) as refused:
                await old.charging.authorize(caller, authorize)
            assert refused.value.reason.name == "UNAVAILABLE"
            assert (await new.charging.authorize(caller, authorize)).granted_seconds == 60


@pytest.mark.clause("K01")
async def test_a_batch_is_taken_once_and_only_whole(platforms: dict[str, Platform]) -> None:
    async with billing(platforms["billing"], "membatch", 1_000) as on:
        await on.open("tn1", "100")
        on.clock.forward(seconds=100)
        caller = Caller("tn1", "service:media")
        ended = on.clock() - timedelta(seconds=1)
        records = [
            pb.CallRecord(
                switch="sbc",
                key=f"c{number}",
                called="49301" if number else "7000",
                answered_at=stamp(ended - timedelta(seconds=number)),
                ended_at=stamp(ended),
            )
            for number in range(50)
        ]
        records[0].answered_at.CopyFrom(stamp(ended - timedelta(seconds=5)))
        total = sum(range(50)) + 5
        for wrong in ({"count": 49, "seconds": total}, {"count": 50, "seconds": total + 1}):
            with pytest.raises(DomainError) as refused:
                await on.calls.settle_batch(caller, pb.SettleBatchRequest(records=records, **wrong))
            assert refused.value.reason.name == "INVALID"
        assert await on.database.calls.count_documents({}) == 0
        asked = pb.SettleBatchRequest(records=records, count=50, seconds=total)
        for _ in range(2):
            told = await on.calls.settle_batch(caller, asked)
            assert (told.billed, told.zero, told.suspense) == (49, 0, 1)
            assert told.cost == uah("12.25")
            await on.end()
            await on.begin()  # the second time nothing is remembered
        numbers = [one["number"] for one in await on.database.calls.find().sort("number", 1).to_list(None)]
        assert numbers == list(range(1, 51))
        account = await on.store.account(told and (await on.accounts.record(caller)).id)
        assert account is not None
        assert account.balance == uah("87.75").micros
