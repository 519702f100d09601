"""What detectors make of calls as media tells them: each attack is found, an honest week of a busy centre is none."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf.message import Message

from antiphon.billing.app.fraud import Fraud
from antiphon.billing.domain.detectors import Finding, Level
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.tests.stage import stamp
from antiphon.kit.bus import Fact
from antiphon.media.v1.events_pb2 import CallChanged, CallEnded, CallStarted
from antiphon.media.v1.media_pb2 import DIRECTION_INBOUND, DIRECTION_OUTBOUND, Call

pytestmark = pytest.mark.domain
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
AGENTS = 20
PREMIUM, DUTY = "+8821612345678", "+380671230000"
Event = tuple[datetime, int, Message]


class House:
    """What findings come to, where the books would be: cases, countries, prices."""

    def __init__(self) -> None:
        self.found_: list[Finding] = []
        self.codes: dict[str, int] = {}

    async def found(self, tenant: str, finding: Finding) -> None:
        self.found_.append(finding)

    async def countries(self, account_id: str) -> dict[str, int]:
        return dict(self.codes)

    async def learn_country(self, tenant: str, code: str) -> None:
        """Kept by the watch itself while it runs."""

    async def catalogue(self, tenant: str) -> Any:
        return SimpleNamespace(at=lambda tariff, now: None)


class Days:
    """Calls by their time, as facts."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.events: list[Event] = []
        self.count = 0

    def tell(self, at: datetime, event: Any, call: Call) -> None:
        event.occurred_at.CopyFrom(stamp(at))
        event.call.CopyFrom(call)
        self.count += 1
        heapq.heappush(self.events, (at, self.count, event))

    def out(self, at: datetime, number: str, talk: float = -1, **told: Any) -> None:
        """A call that goes out: told as it begins, as it changes, and as it ends."""
        account = told.pop("account", "")
        call = Call(id=f"cl_{self.count}", direction=DIRECTION_OUTBOUND, called=number, **told)
        self.tell(at, CallStarted(), call)
        if account:  # the telephone rings a moment later
            call.legs.add(id="A", role="agent", person_id=call.agent_id, account_id=account)
        self.tell(at + timedelta(seconds=1), CallChanged(), call)
        self._end(at, call, number, talk)

    def come(self, at: datetime, caller: str, talk: float = -1, on: str = "", **told: Any) -> None:
        """A call that comes in; `on`: where it is forwarded to."""
        call = Call(id=f"cl_{self.count}", direction=DIRECTION_INBOUND, caller=caller, called="+380443902020", **told)
        call.started_at.CopyFrom(stamp(at))
        self.tell(at, CallStarted(), call)
        if talk >= 0:
            call.answered_at.CopyFrom(stamp(at))
        if on:
            call.legs.add(id="L1", role="outside", number=on)
            self.tell(at + timedelta(seconds=2), CallChanged(), call)
        over = at + timedelta(seconds=2 if talk < 0 else talk)
        if on and talk >= 0:
            call.legs[0].answered_at.CopyFrom(stamp(at))
            call.legs[0].ended_at.CopyFrom(stamp(over))
        call.ended_at.CopyFrom(stamp(over))
        self.tell(over, CallEnded(), call)

    def _end(self, at: datetime, call: Call, number: str, talk: float) -> None:
        leg = call.legs.add(id="L1", role="outside", number=number)
        over = at + timedelta(seconds=25 if talk < 0 else 8 + talk)
        if talk >= 0:
            leg.answered_at.CopyFrom(stamp(at + timedelta(seconds=8)))
            leg.ended_at.CopyFrom(stamp(over))
        self.tell(over, CallEnded(), call)

    def mobile(self) -> str:
        return f"+380{self.chance.choice((50, 63, 66, 67, 68, 93, 95, 97))}{self.chance.randrange(10**7):07}"

    async def findings(self, known: dict[str, int] | None = None) -> list[Finding]:
        house = House()
        house.codes = known or {}
        account = AccountRecord("ac", "tn", 1, "UAH", "tf", zone="Europe/Kyiv")

        async def read(account_id: str) -> AccountRecord:
            return account

        told: Any = house
        watch = Fraud(told, told, read, lambda account_id: True)
        while self.events:
            _, _, event = heapq.heappop(self.events)
            await watch.hear(Fact(event, "tn", "", "", 0))
        return house.found_


def shift(day: datetime, agent: int) -> Iterator[datetime]:
    """Every five minutes or so of a working day from 9 to 18 in Kyiv."""
    chance = random.Random(f"{day}{agent}")
    at = day.replace(hour=6) + timedelta(seconds=chance.randrange(300))
    while at < day.replace(hour=15):
        yield at
        at += timedelta(seconds=chance.randrange(60, 540))


def an_honest_day(days: Days, day: datetime) -> None:
    chance = days.chance
    for agent in range(AGENTS):
        person = f"pn_{agent}"
        for at in shift(day, agent):
            talk = min(1800.0, chance.lognormvariate(4.5, 1)) if chance.random() < 0.6 else -1
            number = days.mobile()
            if agent < 2 and chance.random() < 0.2:  # two of them serve customers in Poland and Germany
                number = f"{chance.choice(('+4822', '+4930'))}{chance.randrange(10**7):07}"
            days.out(at, number, talk, agent_id=person, account=f"sa_{agent}" if agent % 2 else "")
    for second in range(0, 8 * 3600, 10):  # a campaign, dialled ahead: most reach nobody, voicemails are alike
        at = day.replace(hour=6) + timedelta(seconds=second)
        talk = chance.choice((-1, -1, 9, chance.lognormvariate(4, 1)))
        days.out(at, f"+38067100{chance.randrange(10**4):04}", talk, campaign=True)
    for second in range(0, 12 * 3600, 25):  # customers of all kinds, an exchange of a large one among them
        at = day.replace(hour=5) + timedelta(seconds=second + chance.random() * 20)
        caller = f"+38044390{chance.randrange(10**4):04}" if chance.random() < 0.1 else days.mobile()
        talk = -1 if chance.random() < 0.3 else chance.lognormvariate(5, 1)
        days.come(at, caller, talk, queue_id="qu_1")
    for minute in range(0, 8 * 60, 20):  # callbacks that customers asked for
        at = day.replace(hour=7) + timedelta(minutes=minute)
        days.out(at, days.mobile(), 120, agent_id=f"pn_{minute % AGENTS}", item_id=f"wi_{minute}")
    for minute in range(0, 180, 2):  # in the evening calls go on to one telephone
        days.come(day.replace(hour=17) + timedelta(minutes=minute), days.mobile(), 40, on=DUTY)
    for minute in range(0, 60, 25):  # who is on duty calls two customers abroad at night, and an ambulance
        days.out(day.replace(hour=20) + timedelta(minutes=minute), "+48221234567", 60, agent_id="pn_1")
        days.out(day.replace(hour=20) + timedelta(minutes=minute + 5), "103", 60, agent_id="pn_1")


async def test_a_busy_week_of_an_honest_centre_is_no_case() -> None:
    days = Days()
    for day in range(5):
        an_honest_day(days, MONDAY + timedelta(days=day))
    assert days.count > 40_000
    assert await days.findings() == []


def _velocity(days: Days, at: datetime) -> None:
    for second in range(40):
        days.out(at + timedelta(seconds=second), days.mobile(), 0, agent_id="pn_1")


def _concurrent(days: Days, at: datetime) -> None:
    for place in range(10):
        days.out(at + timedelta(seconds=10 * place), days.mobile(), 3600, agent_id="pn_1")


def _dear(days: Days, at: datetime) -> None:
    for place in range(6):
        days.out(at + timedelta(minutes=5 * place), PREMIUM, 30, agent_id="pn_1", account="sa_1")


def _at_night(days: Days, at: datetime) -> None:
    for place in range(10):
        days.out(at.replace(hour=22) + timedelta(minutes=3 * place), f"+4930{place:07}", 30, agent_id="pn_1")


def _countries(days: Days, at: datetime) -> None:
    for place, code in enumerate(("44", "49", "33", "252", "53", "960")):
        days.out(at + timedelta(minutes=20 * place), f"+{code}61234567", 30, agent_id="pn_1")


def _callbacks(days: Days, at: datetime) -> None:
    for place in range(4):
        days.out(at + timedelta(hours=place), f"+88216123456{place}", 30, agent_id=f"pn_{place}", item_id=f"wi_{place}")


def _forwards(days: Days, at: datetime) -> None:
    for place in range(4):
        days.come(at + timedelta(minutes=5 * place), days.mobile(), 60, on=PREMIUM)


def _wangiri(days: Days, at: datetime) -> None:
    for place in range(8):
        days.come(at + timedelta(minutes=place), f"+2526123{place:04}")


def _pumping(days: Days, at: datetime) -> None:
    for place in range(12):
        days.out(at + timedelta(minutes=4 * place), f"+3809001{place:05}", 60 + place % 2, agent_id=f"pn_{place}")


def _resale(days: Days, at: datetime) -> None:
    for minute in range(30):
        days.come(at + timedelta(minutes=minute), "+49301234567", 60, on=days.mobile())


ATTACKS = {
    "velocity": (_velocity, "person:pn_1"),
    "concurrent": (_concurrent, "person:pn_1"),
    "high_cost": (_dear, "person:pn_1"),
    "off_hours": (_at_night, "person:pn_1"),
    "new_country": (_countries, "person:pn_1"),
    "callback": (_callbacks, "destination:8821612"),
    "forward": (_forwards, "destination:8821612"),
    "wangiri": (_wangiri, "destination:2526123"),
    "pumping": (_pumping, "destination:3809001"),
    "resale": (_resale, "account:"),
}


@pytest.mark.parametrize("detector", ATTACKS)
async def test_each_attack_is_found_and_names_whom_to_stop(detector: str) -> None:
    attack, subject = ATTACKS[detector]
    days, at = Days(), MONDAY.replace(hour=8)
    attack(days, at)
    since = int((MONDAY - timedelta(days=30)).timestamp()) * 10**9
    found = await days.findings({"48": since})
    critical = {(one.detector, one.subject) for one in found if one.level is Level.CRITICAL}
    assert critical == {(detector, subject)}
