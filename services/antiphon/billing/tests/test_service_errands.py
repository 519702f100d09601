"""One thing done to many customers: an outage told to each, credited to each, what had no price rated; once, whatever
dies in between."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.customers import Behalf
from antiphon.billing.app.errands import Errands, Send, Ways
from antiphon.billing.app.incidents import Incidents
from antiphon.billing.app.memory import Memory
from antiphon.billing.app.messages import account_of, facts, nanos
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.writer import Pace, Writer
from antiphon.billing.domain.records import PARTITIONS
from antiphon.billing.store import COLLECTIONS, INDEXES, Store
from antiphon.billing.tests.operators import APPROVE, ASK, READ, House
from antiphon.billing.tests.stage import Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as bb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.billing.v1 import plans_pb2
from antiphon.kit import mongo
from antiphon.kit.testing import eventually
from antiphon.kit.tokens import Caller

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
async def house(theatre: Stage) -> House:
    made = House(theatre)
    await made.begin()
    await made.open_once()
    return made


def outage(began: datetime, ended: datetime | None = None, **change: Any) -> ob.Incident:
    made = ob.Incident(fault="operator", started_at=stamp(began), what="No calls abroad", severity="critical", **change)
    if ended is not None:
        made.ended_at.CopyFrom(stamp(ended))
    return made


async def put(house: House, name: str, firms: list[Stage], **what: Any) -> pb.Errand:
    ids = [account_of(firm.tenant) for firm in firms]
    errand = pb.Errand(id=name, customer_ids=ids, **what)
    kept: pb.Errand = (await house.ask("PutErrand", pb.PutErrandRequest(errand=errand), "clerk", {READ, ASK})).errand
    return kept


async def reached(house: House, name: str, state: str) -> pb.Errand:
    async def found() -> pb.Errand | None:
        errands = (await house.ask("ListErrands", pb.ListErrandsRequest(limit=500))).errands
        return next((one for one in errands if (one.id, one.state) == (name, state)), None)

    errand: pb.Errand = await eventually(found)
    return errand


async def incidents(firm: Stage) -> list[ob.Incident]:
    return list((await firm.ask("ListIncidents", ob.ListIncidentsRequest(), "owner")).incidents)


async def notices(firm: Stage) -> list[str]:
    found = (await firm.ask("ListNotices", cb.ListNoticesRequest(), "owner")).notices
    return [one.kind for one in found if one.kind == "incident"]


@pytest.mark.clause("M03", "M08")
async def test_an_outage_is_told_to_each_and_credited_to_each_once(house: House) -> None:
    firms = [await house.customer(f"Аварія {number}", "1000") for number in range(3)]
    other = await house.customer("Без аварії", "1000")
    for firm in [*firms, other]:
        await house.choose(firm)
    clock = house.stage.clock
    began = clock() - timedelta(hours=2)
    await put(house, "cut", firms, incident=outage(began))
    standing = await reached(house, "cut", "standing")
    assert (standing.reached, standing.customers, list(standing.failures), standing.by) == (3, 3, [], "person:clerk")
    assert [[one.id for one in await incidents(firm)] for firm in firms] == [["op-cut"]] * 3
    assert await incidents(other) == []
    ended = outage(began, began + timedelta(hours=1, minutes=30))
    await put(house, "cut", firms, incident=ended)
    await put(house, "cut", firms, incident=ended)
    await reached(house, "cut", "standing")
    assert [await notices(firm) for firm in firms] == [["incident"]] * 3, "told once"
    assert [[one.HasField("ended_at") for one in await incidents(firm)] for firm in firms] == [[True]] * 3
    late = pb.Errand(id="cut", incident=outage(began), customer_ids=[account_of(one.tenant) for one in firms])
    assert (await house.refused("PutErrand", pb.PutErrandRequest(errand=late))).reason.name == "ILLEGAL"
    clock.forward(days=40)
    done = await reached(house, "cut", "done")
    assert (done.step, done.reached) == ("crediting", 3)
    month = f"sla:{began:%Y-%m}"
    for firm, credits_ in [*((firm, [("0.83", month)]) for firm in firms), (other, [])]:
        found = (await firm.ask("ListEntries", cb.ListEntriesRequest(limit=500), "owner")).entries
        sla = [one for one in found if one.id.startswith("sla:")]
        assert [(f"{one.amount.micros / 1e6:.2f}", one.id) for one in sla] == credits_, "two started hours of 720"


class Killed(Exception):
    """No process is left to do anything."""


def dying_after(most: int, told: list[str], incidents_of: Incidents) -> Send:
    async def send(tenant: str, request: Message) -> Any:
        assert isinstance(request, ob.PutIncidentRequest)
        answer = await incidents_of.put(Caller(tenant, "service:billing"), request)
        told.append(account_of(tenant))
        if len(told) == most:
            raise Killed  # its place was not stored
        return answer

    return send


async def test_what_dies_in_between_goes_on_where_it_was(house: House) -> None:
    """In a database of its own, so that nobody else goes on with it."""
    clock, told = house.stage.clock, list[str]()
    db = mongo.database(house.stage.platforms["billing"], "billing_errands")
    await mongo.migrate(db, INDEXES, COLLECTIONS)
    store = Store(db)
    epochs = await store.take(range(PARTITIONS), "test")
    writer = Writer(Memory(store, 100), epochs, facts, lambda: nanos(clock()), Pace(0.001, 100))
    accounts = Accounts(writer, store.account, Tariffs(store.tariffs, clock), clock)
    real, operator = Incidents(writer, store.reading.papers), Caller("tn_operator", "person:clerk")

    def errands(most: int) -> Errands:
        ways = Ways(store.customers, store.reading, dying_after(most, told, real), lambda _: True)
        return Errands(writer, Behalf(store.customers, store.reading), ways, clock)

    writing = asyncio.ensure_future(writer.run())
    try:
        for tenant in ("tn_operator", *(f"tn_far_{number}" for number in range(30))):
            request = bb.PutAccountRequest(account=bb.Account(currency="UAH"))
            await accounts.put(Caller(tenant, "service:test"), request)
        await store.plans.put("tn_operator", plans_pb2.ServicePlan(id="pl_1", name="Small", monthly=uah("300")))
        errand = pb.Errand(id="on", incident=outage(clock()))
        await errands(0).put(operator, pb.PutErrandRequest(errand=errand))
        for most in (2, 25):
            with pytest.raises(Killed):
                await errands(most).round()
        await errands(0).round()
        after = (await errands(0).listed(operator, 10)).errands[0]
        assert (after.state, after.reached, after.customers) == ("standing", 30, 30)
        assert len(set(told)) == 30
        papers = [await store.reading.papers(one, "incident") for one in set(told)]
        notes = [await store.reading.papers(one, "notice") for one in set(told)]
        assert {len(one) for one in papers} == {len(one) for one in notes} == {1}, "each has one, whatever died"
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


@pytest.mark.clause("M04")
async def test_planned_works_are_told_a_week_before(house: House) -> None:
    firm = await house.customer("Планова")
    soon = house.stage.clock() + timedelta(days=2)
    works = outage(soon, soon + timedelta(hours=2), planned=True)
    errand = pb.Errand(id="soon", incident=works, customer_ids=[account_of(firm.tenant)])
    assert (await house.refused("PutErrand", pb.PutErrandRequest(errand=errand))).reason.name == "LATE_NOTICE"
    later = house.stage.clock() + timedelta(days=9)
    await put(house, "later", [firm], incident=outage(later, later + timedelta(hours=2), planned=True))
    await reached(house, "later", "standing")
    assert [one.planned for one in await incidents(firm)] == [True]
    empty = pb.Errand(id="x", incident=ob.Incident())
    for wrong in (pb.Errand(), pb.Errand(id="x"), pb.Errand(id="a/b", rerate=True), empty):
        assert (await house.refused("PutErrand", pb.PutErrandRequest(errand=wrong))).reason.name == "INVALID"


@pytest.mark.clause("K02")
async def test_after_a_tariff_was_mended_everybodys_suspense_is_rated(house: House) -> None:
    firms = [await house.customer(f"Ціна {number}") for number in range(2)]
    for firm in firms:
        for number in range(3):
            await firm.settle(f"m{number}", "380441234567", 60)
    errand = await put(house, "mend", firms, rerate=True)
    done = await reached(house, errand.id, "done")
    assert (done.rated, done.left, done.reached) == (0, 6, 2)
    again = await put(house, "mend", firms, rerate=True)
    assert again.state == "done", "the same errand"


async def test_a_stranger_sends_nobody_anywhere(house: House) -> None:
    firm = await house.customer("Стороння")
    errand = pb.Errand(id="s", rerate=True, customer_ids=[account_of(firm.tenant)])
    for method, request in (
        ("PutErrand", pb.PutErrandRequest(errand=errand)), ("ListErrands", pb.ListErrandsRequest()),
        ("OfferPayment", pb.OfferPaymentRequest(payment_id="p", customer_id=account_of(firm.tenant), reason="x")),
        ("DecidePayment", pb.DecidePaymentRequest(payment_id="p", approve=True)),
    ):  # fmt: skip
        for who in ({"tenant": firm.tenant, "who": "owner"}, {"who": "key:ky_1"}, {"rights": {"billing.write"}}):
            assert (await house.refused(method, request, **who)).reason.name == "DENIED", (method, who)
    taking = pb.TakeGivenPaymentRequest(payment_id="p", amount=uah("1"), by="operator:x")
    assert (await house.refused("TakeGivenPayment", taking, rights={APPROVE})).reason.name == "DENIED"
    wrong = pb.Errand(id="w", rerate=True, customer_ids=[account_of(house.tenant)])
    assert (await house.refused("PutErrand", pb.PutErrandRequest(errand=wrong))).reason.name == "NOT_FOUND"
