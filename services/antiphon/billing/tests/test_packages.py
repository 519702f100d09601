"""Packages of an account by chance: concurrent calls, late and repeated records, holds that run out, edges of months.

The machine drives the service's own use cases on one page; the model beside it walks second by second and step by step
and shares no line with them.
"""

from __future__ import annotations

import itertools
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.billing.app import packages
from antiphon.billing.app.calls import Calls
from antiphon.billing.app.charging import Charging
from antiphon.billing.app.writer import Page, Work, loaded
from antiphon.billing.domain.auditing import Books, examine
from antiphon.billing.domain.bundles import rate_with_bundles
from antiphon.billing.domain.charging import Catalogue, Left, Version, grant_covered
from antiphon.billing.domain.instants import SECOND, at, instant
from antiphon.billing.domain.ledger import Book, Hold, HoldState, Op, Operation
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.packages import granted, month_at
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.reading import Form
from antiphon.billing.domain.records import AccountRecord, Recorded
from antiphon.billing.domain.tariff import compile_tariff
from antiphon.billing.settings import Settings
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.kit.errors import DomainError
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.domain
RATE = {"prefix": "49", "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 1}]}
TARIFF = {
    "scale": 6,
    "rates": [RATE, {**RATE, "prefix": "38", "groups": [{"start": 0, "rate": "1", "per": 1, "inc": 7}]}],
    "packages": [
        {"id": "de", "name": "Germany", "seconds": 100, "prefixes": ["49"], "weight": 2},
        {"id": "all", "name": "World", "seconds": 50, "draw_inc": 6, "connect_fee": "0.05"},
    ],
}
PRICES, STEPS = {"49": Fraction(1, 100), "38": Fraction(1)}, {"49": 1, "38": 7}
CALLER = Caller("tn_1", "service:media")
ZONES = ("Europe/Kyiv", "America/New_York", "UTC", "Australia/Lord_Howe")
EDGES = ("2026-10-31T21:59:30Z", "2026-11-01T04:00:00Z", "2026-03-31T23:59:30Z", "2026-03-31T12:59:40Z")


@dataclass
class Table:
    """A desk with one account, which keeps its page as a store would."""

    now: int
    zone: str
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        account = AccountRecord("ac_1", "tn_1", 1, "UAH", "tf", zone=self.zone)
        self.page = Page("ac_1", "tn_1", account, loaded(account, (), ()))
        self.page.book.submit(Operation("p", Op.TOPUP, 10**9, ref="p"), self.now)

    async def do(self, work: Work[Any]) -> Any:
        return work.decide(self.page, self.now)

    async def catalogue(self, tenant: str) -> Catalogue:
        return Catalogue({"tf": [Version("tf:1", "UAH", 0, compile_tariff(Form(TARIFF)))]})


@dataclass
class Model:
    """What is left by (package, month), walked."""

    zone: ZoneInfo
    left: dict[tuple[str, str], int] = field(default_factory=dict)
    ordered: list[tuple[str, int, int]] = field(default_factory=list)

    def buckets(self, called: str, answer: int) -> list[tuple[tuple[str, str], int, Fraction]]:
        """(bucket, its step, its fee) that a call may draw from, in order."""
        moment = datetime.fromtimestamp(answer / SECOND, UTC).astimezone(self.zone)
        name = f"{moment.year}-{moment.month:02}"
        found: list[tuple[tuple[str, str], int, Fraction]] = []
        bought = [one for one in self.ordered if one[1] <= answer < one[2]]
        found += [((one[0], ""), 1, Fraction(0)) for one in sorted(bought, key=lambda one: (one[2], one[0]))]
        found += [(("de", name), 1, Fraction(0))] if called.startswith("49") else []
        found.append((("all", name), 6, Fraction(5, 100)))
        for key, _, _ in found:
            self.left.setdefault(key, {"de": 100, "all": 50}.get(key[0], 40))
        return found

    def price(
        self, called: str, answer: int, seconds: int, held: list[dict[Any, int]]
    ) -> tuple[Fraction, dict[Any, int]]:
        """(cost, seconds by bucket), a second after another."""
        drawn: dict[Any, int] = {}
        position, fee = 0, None
        for key, step, connect in self.buckets(called, answer):
            free = self.left[key] - sum(each.get(key, 0) for each in held)
            while position < seconds and free >= step:
                drawn[key] = drawn.get(key, 0) + step
                position, free = position + step, free - step
                fee = connect if fee is None else fee
        cost = fee or Fraction(0)
        while position < seconds:
            cost += PRICES[called[:2]] * STEPS[called[:2]]
            position += STEPS[called[:2]]
        return cost, drawn


def named(model: Model, drawn: dict[str, int]) -> dict[tuple[str, str], int]:
    """The service's names of buckets as the model's."""
    found = {}
    for name, seconds in drawn.items():
        kind, source, offer, *when = name.split(":")
        found[(offer, when[0]) if kind == "tariff" else (f"{kind}:{source}", "")] = seconds
    return found


steps = st.lists(
    st.one_of(
        st.tuples(st.just("authorize"), st.integers(0, 3), st.sampled_from(["4930", "3804"])),
        st.tuples(st.just("extend"), st.integers(0, 3), st.integers(1, 90)),
        st.tuples(st.just("release"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("settle"), st.integers(0, 3), st.integers(0, 130)),
        st.tuples(st.just("late"), st.integers(0, 40), st.integers(0, 130)),
        st.tuples(st.just("again"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("batch"), st.integers(1, 4), st.integers(1, 60)),
        st.tuples(st.just("buy"), st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("wait"), st.integers(0, 1), st.sampled_from([1, 30, 59, 119, 120, 86_400, 20 * 86_400])),
    ),
    max_size=25,
)


class Story:
    """One account's life, in the service and in the model."""

    def __init__(self, zone: str, edge: str) -> None:
        self.table = Table(instant(edge), zone)
        self.model = Model(ZoneInfo(zone))
        self.charging = Charging(self.table, self.table, Settings())  # type: ignore[arg-type]

        async def none(account_id: str, limit: int) -> list[Any]:
            return []

        self.calls = Calls(self.table, self.table, none)  # type: ignore[arg-type]
        self.live: dict[str, str] = {}
        self.told: list[Recorded] = []
        self.count = 0
        self.balance = Fraction(1000)

    def session(self, place: int) -> str:
        return sorted(self.live)[place % len(self.live)] if self.live else "s0"

    async def go(self, what: str, place: int, much: Any) -> None:
        table = self.table
        if what == "wait":
            table.now += much * SECOND
        elif what == "authorize":
            self.count += 1
            try:
                asked = pb.AuthorizeRequest(session_id=f"s{self.count}", called=much)
                await self.charging.authorize(CALLER, asked)
                self.live[f"s{self.count}"] = much
            except DomainError as refusal:
                self.refused(refusal, "INSUFFICIENT")
        elif what in ("extend", "release"):
            await self.change(what, self.session(place), much)
        elif what == "settle":
            name = self.session(place)
            await self.settle([self.record(self.live.pop(name, "4930"), table.now, much, name)])
        elif what == "late":
            await self.settle([self.record("4930", table.now - place * 86_400 * SECOND, much, "")])
        elif what == "batch":
            await self.settle([self.record("4930", table.now, much, "") for _ in range(place)])
        elif what == "again" and self.told:
            before = dict(self.model.left), table.page.book.balance
            await self.calls.take_all("tn_1", [self.told[place % len(self.told)]])
            assert (self.model.left, table.page.book.balance) == before
        elif what == "buy":
            self.buy(f"order:o{place}", much)

    def buy(self, name: str, days: int) -> None:
        if any(one[0] == name for one in self.model.ordered):
            return
        now, zone = self.table.now, self.model.zone
        terms = {"seconds": 40, "prefixes": [], "draw_inc": 1, "weight": 9, "days": days, "connect_fee": 0}
        packages.ordered(self.table.page, bought(name.partition(":")[2], terms, now), now)
        local = datetime.fromtimestamp(now / SECOND, UTC).astimezone(zone).date()
        last = local + timedelta(days=days or monthrange(local.year, local.month)[1] - local.day)
        ends = datetime.combine(last + timedelta(days=1), time(), zone)
        self.model.ordered.append((name, now, int(ends.timestamp()) * SECOND))

    async def change(self, what: str, name: str, used: int) -> None:
        try:
            if what == "extend":
                await self.charging.extend(CALLER, pb.ExtendRequest(session_id=name, used_seconds=used))
            else:
                await self.charging.release(CALLER, pb.ReleaseRequest(session_id=name))
                self.live.pop(name, None)
        except DomainError as refusal:
            self.refused(refusal, "NOT_FOUND", "NOT_OPEN")

    def refused(self, refusal: DomainError, *expected: str) -> None:
        assert refusal.reason.name in expected

    def record(self, called: str, ended: int, seconds: int, session: str) -> Recorded:
        self.count += 1
        return Recorded("sbc", f"c{self.count}", session, called, ended - seconds * SECOND, ended, free=False)

    async def settle(self, records: list[Recorded]) -> None:
        book = self.table.page.book
        for record in records:
            held = [named(self.model, dict(one.packages)) for one in live(book, self.table.now, record.session_id)]
            assert record.answered is not None
            assert record.ended is not None
            seconds = (record.ended - record.answered) // SECOND
            cost, drawn = self.model.price(record.called, record.answered, seconds, held)
            (call,), _ = await self.calls.take_all("tn_1", [record])
            assert named(self.model, {one.package: one.seconds for one in call.drawn}) == drawn
            assert Fraction(call.cost, 10**6) == cost
            for key, taken in drawn.items():
                self.model.left[key] -= taken
            self.told.append(record)

    def check(self) -> None:
        page = self.table.page
        account = page.account
        assert account is not None
        for package in account.packages:
            (key,) = named(self.model, {package.id: 0})
            assert package.left == self.model.left.get(key, package.total)
        account.balance, account.held, account.seq = page.book.balance, page.book.held, page.book.seq
        papers = [paper for paper in page.papers.values() if paper.kind == "package"]
        history = page.book.fresh, list(page.book.holds.values()), list(page.calls.values())
        versions = {"tf:1": Version("tf:1", "UAH", 0, compile_tariff(Form(TARIFF)))}
        faults = examine("ac_1", Books(account, *history, papers=papers), versions)
        assert [fault for fault in faults if fault.invariant != "I7"] == []


def live(book: Book, now: int, but: str) -> list[Hold]:
    """Reservations of other calls whose time is not over, whether anybody looked at the clock or not."""
    opened = [hold for hold in book.holds.values() if hold.state is HoldState.OPEN and hold.id != but]
    return [hold for hold in opened if hold.expires is None or now < hold.expires]


@given(st.sampled_from(ZONES), st.sampled_from(EDGES), steps)
@settings(deadline=None, max_examples=150)
async def test_every_second_is_drawn_once_and_what_is_beyond_is_paid(zone: str, edge: str, done: list[Any]) -> None:
    story = Story(zone, edge)
    for what, place, much in done:
        await story.go(what, place, much)
        story.check()


async def test_a_call_of_last_month_draws_from_last_months_package() -> None:
    story = Story("Europe/Kyiv", "2026-10-31T21:59:30Z")  # in Kyiv 30 s before November
    page = story.table.page
    await story.settle([story.record("4930", story.table.now, 90, "")])
    story.table.now += 3_600 * SECOND
    await story.settle([story.record("4930", story.table.now, 90, "")])
    await story.settle([story.record("4930", story.table.now - 3_600 * SECOND, 20, "")])
    assert page.account is not None
    assert {package.id: package.left for package in page.account.packages} == {
        "tariff:tf:de:2026-10": 0,
        "tariff:tf:all:2026-10": 38,
        "tariff:tf:de:2026-11": 10,
        "tariff:tf:all:2026-11": 50,
    }
    story.check()


@pytest.mark.parametrize("zone", ZONES)
def test_months_follow_one_another_without_a_gap(zone: str) -> None:
    where, moment = ZoneInfo(zone), instant("2026-01-15T00:00:00Z")
    for number in range(1, 25):
        name, since, until = month_at(moment, zone)
        assert (name, at(since // SECOND, where).day) == (f"{2026 + (number - 1) // 12}-{(number - 1) % 12 + 1:02}", 1)
        assert month_at(until - 1, zone)[0] == name
        assert month_at(until, zone)[1] == until
        moment = until


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 9), st.integers(0, 3), st.integers(0, 90))
@settings(deadline=None)
def test_the_longest_call_is_found_as_by_trying_every_second(a: int, b: int, inc: int, money: int, limit: int) -> None:
    rate = {**RATE, "connect_fee": "0.5", "min_charge": "0.7", "max_cost": "1.1", "max_cost_strategy": "disconnect"}
    tariff = compile_tariff(Form({"scale": 2, "rates": [rate]}))
    offers = Offer("a", "A", 60, ("49",), inc, 1), Offer("b", "B", 60)
    left = Left(
        [granted(offer, "tariff:tf", "", (0, 10**12)) for offer in offers], {"tariff:tf:a": a, "tariff:tf:b": b}
    )
    tried = [rate_with_bundles(tariff, left.bundles, left.seconds, "4930", 0, seconds) for seconds in range(limit + 1)]
    most = max(seconds for seconds, found in enumerate(tried) if found.cost <= min(money * 50, 110))
    found = grant_covered(tariff, left, ("4930", 0, money * 500_000, limit))
    assert (found.seconds, found.micros) == (most, tried[most].cost * 10_000)
    assert dict(found.drawn) == dict(tried[most].drawn)
    for less, more in itertools.pairwise(tried):
        assert less.cost <= more.cost
        assert all(more.drawn.get(name, 0) >= taken for name, taken in less.drawn.items())


@pytest.mark.parametrize("answered", [-62_135_596_800 * SECOND, 253_402_300_799 * SECOND, 0])
async def test_a_record_from_another_time_waits_and_nothing_is_granted(answered: int) -> None:
    story = Story("America/New_York", "2026-03-31T23:00:00Z")
    record = Recorded("sbc", "c1", "", "4930", answered, answered + SECOND, free=False)
    (call,), _ = await story.calls.take_all("tn_1", [record])
    assert call.reason in ("too_old", "in_the_future")
    account = story.table.page.account
    assert account is not None
    assert account.packages == ()


def bought(name: str, package: dict[str, Any], now: int, monthly: int = 0) -> Paper:
    """An order of one package."""
    data = {"product": "p", "name": "P", "quantity": 1, "package": package, "monthly": monthly}
    return Paper("order", name, "active", now, "x", data=data)


async def test_a_package_of_every_month_pays_for_no_call_before_its_order() -> None:
    story = Story("UTC", "2026-04-15T12:00:00Z")
    terms = {"seconds": 40, "prefixes": [], "draw_inc": 1, "weight": 9, "days": 0, "connect_fee": 0}
    packages.ordered(story.table.page, bought("o1", terms, 0, monthly=10**6), story.table.now)
    before = [story.record("3804", story.table.now - days * 86_400 * SECOND, 7, "") for days in (0, 10, 40)]
    story.table.now += 60 * SECOND
    after = story.record("3804", story.table.now, 7, "")
    taken, _ = await story.calls.take_all("tn_1", [*before, after])
    assert [[one.name for one in call.drawn] for call in taken] == [["World"], ["World"], ["World"], ["P"]]


async def test_seconds_of_a_call_whose_time_is_over_are_free_before_anybody_looks() -> None:
    story = Story("UTC", "2026-04-15T12:00:00Z")
    await story.go("authorize", 0, "4930")
    story.table.now += 600 * SECOND
    await story.settle([story.record("4930", story.table.now, 100, "")])
    story.check()
