"""The back office with real servers: two people for each correction, outages, cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pymongo
import pytest

from antiphon.billing.app.messages import account_of
from antiphon.billing.tests.stage import TARIFF, Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


def wanted(name: str, kind: str = "credit", amount: str = "10", **change: Any) -> ob.AskForRequest:
    told = {"reason": "рахували двічі", "document": "лист 17"} | change
    return ob.AskForRequest(request_id=name, kind=kind, amount=uah(amount), **told)


async def decided(stage: Stage, name: str, who: str = "petro", approve: bool = True) -> ob.Petition:
    request = ob.DecideRequest(request_id=name, approve=approve)
    return (await stage.ask("Decide", request, who)).request  # type: ignore[no-any-return]


@pytest.mark.clause("K08")
@pytest.mark.clause("K04")
async def test_who_asks_for_a_correction_may_not_approve_it(stage: Stage) -> None:
    await stage.open("100")
    for bad in (wanted("r", reason=""), wanted("r", document=" "), wanted("r", amount="0"), wanted("r", kind="gift")):
        assert (await stage.refusal("AskFor", bad, "olena")).reason.name == "INVALID"
    await stage.ask("AskFor", wanted("r1"), "olena")
    await stage.ask("AskFor", wanted("r1"), "olena")
    refused = await stage.refusal("Decide", ob.DecideRequest(request_id="r1", approve=True), "olena")
    assert refused.reason.name == "SAME_PERSON"
    assert (await stage.account()).balance == uah("100")
    done = await decided(stage, "r1")
    assert (done.state, done.number, done.asked_by) == ("approved", 1, "person:olena")
    assert (await stage.refusal("Decide", ob.DecideRequest(request_id="r1"), "petro")).reason.name == "ILLEGAL"
    await stage.ask("AskFor", wanted("r2", "charge", "30"), "petro")
    await decided(stage, "r2", "olena", approve=False)
    assert (await stage.account()).balance == uah("110")
    trail = (await stage.ask("ListTrail", cb.ListTrailRequest(), "olena")).lines
    assert "own_request" in [line.what for line in trail], "the attempt is written down"
    listed = (await stage.ask("ListTransfers", pb.ListTransfersRequest(), "olena")).transfers
    assert listed[0].reference == "лист 17 (request 1)"


async def test_a_refund_is_what_is_left_and_waits_for_live_calls(stage: Stage) -> None:
    await stage.open("100")
    await stage.ask("Authorize", pb.AuthorizeRequest(session_id="s1", called="38044"))
    await stage.ask("AskFor", wanted("r1", "refund", "0"), "olena")
    refused = await stage.refusal("Decide", ob.DecideRequest(request_id="r1", approve=True), "petro")
    assert refused.reason.name == "OPEN_HOLDS"
    await stage.ask("Release", pb.ReleaseRequest(session_id="s1"))
    done = await decided(stage, "r1")
    assert (done.amount, bool(done.due)) == (uah("100"), True)
    assert (await stage.account()).balance == uah("0")


@pytest.mark.clause("I13")
async def test_an_approved_certificate_opens_paying_after_use(stage: Stage) -> None:
    account = await stage.open("0")
    account.customer.kind, account.postpaid = pb.CUSTOMER_KIND_BUDGET, True
    request = pb.PutAccountRequest(account=account)
    assert (await stage.refusal("PutAccount", request, "olena")).reason.name == "NO_CERTIFICATE"
    until = (stage.clock() + timedelta(days=30)).date().isoformat()
    await stage.ask("AskFor", wanted("c1", "certificate", "0", valid_until=until), "olena")
    assert (await stage.refusal("PutAccount", request, "olena")).reason.name == "NO_CERTIFICATE"
    await decided(stage, "c1")
    assert (await stage.ask("PutAccount", request, "olena")).account.postpaid


@pytest.mark.clause("I13")
async def test_paying_after_use_ends_the_day_after_the_certificate(stage: Stage) -> None:
    account = await stage.open("0")
    account.customer.kind, account.postpaid = pb.CUSTOMER_KIND_BUDGET, True
    account.floor.CopyFrom(uah("-50"))
    last = (stage.clock().astimezone(ZoneInfo(account.time_zone)) + timedelta(days=2)).date()
    await stage.ask("AskFor", wanted("c1", "certificate", "0", valid_until=last.isoformat()), "olena")
    await decided(stage, "c1")
    await stage.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")
    account_id = account_of(stage.tenant)
    platform = stage.platforms["billing"]
    with pymongo.MongoClient[dict[str, Any]](platform.mongo_url) as client:
        accounts = client[f"{platform.mongo_prefix}_billing"].accounts

        async def on(day: date) -> pb.Account:
            where = {"_id": account_id, "accrued_on": {"$gte": day.isoformat()}}
            await eventually(lambda: accounts.find_one(where), within=60)
            return await stage.account()

        stage.clock.forward(days=2)
        assert ((await on(last)).postpaid, (await on(last)).floor) == (True, uah("-50")), "its last day"
        stage.clock.forward(days=1)
        after = await on(last + timedelta(days=1))
    assert (after.postpaid, after.floor, after.available) == (False, uah("0"), uah("0"))
    notices = (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices
    assert [one.kind for one in notices].count("certificate_over") == 1
    after.postpaid = True
    again = await stage.refusal("PutAccount", pb.PutAccountRequest(account=after), "olena")
    assert again.reason.name == "NO_CERTIFICATE"


def outage(name: str, at: datetime, minutes: float, **change: Any) -> ob.PutIncidentRequest:
    told = {"fault": "operator", "what": "Вузол зв’язку"} | change
    incident = ob.Incident(id=name, started_at=stamp(at), ended_at=stamp(at + timedelta(minutes=minutes)), **told)
    return ob.PutIncidentRequest(incident=incident)


def first_of_this_month(stage: Stage) -> datetime:
    now = stage.clock()
    return datetime(now.year, now.month, 1, 1, tzinfo=UTC)


@pytest.mark.clause("M05")
@pytest.mark.clause("M07")
@pytest.mark.clause("M08")
@pytest.mark.clause("I21")
async def test_only_documented_outages_of_the_operator_are_credited_once(stage: Stage) -> None:
    await stage.open("1000", monthly_fee=uah("720"))
    start = first_of_this_month(stage)
    month = f"{start:%Y-%m}"
    credit = ob.CreditOutagesRequest(month=month)
    assert (await stage.refusal("CreditOutages", credit, "olena")).reason.name == "NO_INCIDENT"
    faults = ("subscriber", "other_operator", "third_party", "power", "access_link", "force_majeure")
    for number, fault in enumerate(faults):
        await stage.ask("PutIncident", outage(f"x{number}", start, 600, fault=fault), "olena")
    answer = await stage.ask("CreditOutages", credit, "olena")
    assert (answer.hours, answer.credit.micros) == (0, 0)
    await stage.ask("PutIncident", outage("o1", start, 61), "olena")
    for _ in range(2):
        answer = await stage.ask("CreditOutages", credit, "olena")
    assert (answer.hours, answer.credit) == (2, uah("2"))
    credited = [one for one in await entries(stage) if one.debit == "exp.sla"]
    assert [one.amount for one in credited] == [uah("2")]
    assert (await stage.refusal("PutIncident", outage("o1", start, 600), "olena")).reason.name == "ILLEGAL"


async def entries(stage: Stage) -> list[Any]:
    return list((await stage.ask("ListTransfers", pb.ListTransfersRequest(), "olena")).transfers)


@pytest.mark.clause("M03")
@pytest.mark.clause("M04")
async def test_works_are_told_a_week_before_and_fit_four_hours_a_month(stage: Stage) -> None:
    await stage.open("10")
    now = stage.clock()
    late = outage("w1", now + timedelta(days=6, hours=23), 60, planned=True)
    assert (await stage.refusal("PutIncident", late, "olena")).reason.name == "LATE_NOTICE"
    day = datetime(now.year + 1, 3, 10, tzinfo=UTC)
    await stage.ask("PutIncident", outage("w2", day, 200, planned=True), "olena")
    much = await stage.refusal("PutIncident", outage("w3", day + timedelta(days=2), 41, planned=True), "olena")
    assert much.reason.name == "TOO_MUCH_PLANNED"
    await stage.ask("PutIncident", outage("w4", day + timedelta(days=2), 40, planned=True), "olena")
    going_on = ob.Incident(id="i1", fault="operator", what="Збій", started_at=stamp(now))
    await stage.ask("PutIncident", ob.PutIncidentRequest(incident=going_on), "olena")
    told = (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices
    assert [one.kind for one in told] == ["incident", "works", "works"]


@pytest.mark.clause("M11")
async def test_an_overrun_repair_is_escalated_once_and_reported(stage: Stage) -> None:
    await stage.open("10")
    if stage.clock().day > 26:
        stage.clock.forward(days=7)  # all of it is in one month
    began = stage.clock()
    month = f"{began.astimezone(ZoneInfo('Europe/Kyiv')):%Y-%m}"
    open_ended: dict[str, Any] = {"fault": "operator", "started_at": stamp(began)}
    incidents = [
        ob.Incident(id="i1", what="Вузол", severity="critical", **open_ended),
        ob.Incident(id="i2", what="Гучність", severity="minor", **open_ended),
        ob.Incident(id="i3", what="Звичайний", **open_ended),
    ]
    put = [(await stage.ask("PutIncident", ob.PutIncidentRequest(incident=one), "olena")).incident for one in incidents]
    due = [one.due_at.ToDatetime(UTC) - began for one in put]
    assert due == [timedelta(hours=4), timedelta(hours=24), timedelta(hours=8)]
    odd = ob.PutIncidentRequest(incident=ob.Incident(id="i4", what="?", severity="urgent", **open_ended))
    assert (await stage.refusal("PutIncident", odd, "olena")).reason.name == "INVALID"

    stage.clock.forward(hours=5)

    async def overruns() -> list[Any]:
        told = (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices
        return [one for one in told if one.kind == "overrun"]

    (notice,) = await eventually(overruns, within=30)
    assert notice.about == "Вузол"
    ended = incidents[0]
    ended.ended_at.CopyFrom(stamp(stage.clock()))
    closed = (await stage.ask("PutIncident", ob.PutIncidentRequest(incident=ended), "olena")).incident
    assert closed.HasField("escalated_at")
    past = ob.Incident(id="i5", what="Пізно", severity="critical", fault="power", started_at=stamp(began))
    past.ended_at.CopyFrom(stamp(began + timedelta(hours=4, seconds=1)))
    await stage.ask("PutIncident", ob.PutIncidentRequest(incident=past), "olena")
    assert sorted(one.about for one in await overruns()) == ["Вузол", "Пізно"]

    report = await stage.ask("GetSlaReport", ob.GetSlaReportRequest(month=month), "olena")
    critical, major, minor = report.severities
    assert (critical.outages, critical.overrun, critical.in_time, critical.open) == (2, 2, 0, 0)
    assert (major.open, major.overrun, minor.open, minor.target_seconds) == (1, 0, 1, 24 * 3600)
    assert {one.id for one in report.overruns} == {"i1", "i5"}
    assert report.lost_seconds == 5 * 3600
    assert float(report.available_percent) < 100
    late = ob.GetSlaReportRequest(month="2999-01")
    assert (await stage.refusal("GetSlaReport", late, "olena")).reason.name == "INVALID"


@pytest.mark.clause("M07")
async def test_a_compensation_above_the_fee_is_an_exception(stage: Stage) -> None:
    await stage.open("10", monthly_fee=uah("720"))
    await stage.ask("AskFor", wanted("c1", "compensation", "721"), "olena")
    refused = await stage.refusal("Decide", ob.DecideRequest(request_id="c1", approve=True), "petro")
    assert refused.reason.name == "ABOVE_CAP"
    await stage.ask("AskFor", wanted("c2", "compensation", "721", exception=True), "olena")
    await decided(stage, "c2")
    assert [one.amount for one in await entries(stage) if one.debit == "exp.sla"] == [uah("721")]


@pytest.mark.clause("K09")
async def test_a_complaint_becomes_a_case_with_a_decision(stage: Stage) -> None:
    await stage.open("10")
    opened = ob.OpenCaseRequest(request_id="k1", complaint="Дзвонять від нашого імені", subscriber=True)
    case = (await stage.ask("OpenCase", opened, "olena")).case
    assert (case.state, case.number) == ("open", 1)
    declined = ob.OpenCaseRequest(request_id="k2", complaint="спам", decline=True)
    assert (await stage.ask("OpenCase", declined, "olena")).case.state == "not_considered"
    wrong = ob.OpenCaseRequest(request_id="k3", complaint="спам", subscriber=True, decline=True)
    assert (await stage.refusal("OpenCase", wrong, "olena")).reason.name == "INVALID"
    no_reason = ob.DecideCaseRequest(case_id="k1", decision="measures")
    assert (await stage.refusal("DecideCase", no_reason, "petro")).reason.name == "INVALID"
    decision = ob.DecideCaseRequest(case_id="k1", decision="measures", reason="Напрямок закрито")
    done = (await stage.ask("DecideCase", decision, "petro")).case
    assert (done.state, done.owner, done.decision) == ("measures", "person:petro", "Напрямок закрито")
    assert (await stage.refusal("DecideCase", decision, "petro")).reason.name == "ILLEGAL"


PRICES = "prefix;rate;scheme\n380;0.90;60\n49;0.60;1\n44;2;60\n"


@pytest.mark.clause("I23")
@pytest.mark.clause("K08")
async def test_a_price_list_is_looked_at_before_it_is_in_force(stage: Stage) -> None:
    tariff_id = await stage.activate(TARIFF)
    await stage.open("100", tariff_id=tariff_id)
    await stage.settle("c1", "38044", 61)
    await stage.settle("c2", "4930", 60)
    bad = ob.ReadPriceListRequest(content=b"prefix;rate\n380;-1\n")
    answer = await stage.ask("ReadPriceList", bad, "olena")
    assert (answer.usable, [(one.line, one.column) for one in answer.remarks]) == (False, [(2, "rate")])
    read = await stage.ask(
        "ReadPriceList", ob.ReadPriceListRequest(content=PRICES.encode(), tariff_id=tariff_id), "olena"
    )
    changes = {one.prefix: (one.kind, one.percent) for one in read.changes}
    assert changes == {"380": ("dearer", "50.0"), "44": ("new", "")}
    assert read.usable
    draft = pb.Tariff(id=tariff_id, currency="UAH", document=read.document)
    version = (await stage.ask("PutTariff", pb.PutTariffRequest(tariff=draft), "olena")).tariff.version
    shadow = ob.ShadowRateRequest(tariff_id=tariff_id, version=version)
    told = await stage.ask("ShadowRate", shadow, "olena")
    assert (told.calls, told.charged, told.would_cost, told.refused) == (2, uah("1.80"), uah("2.40"), 0)
    assert (await stage.account()).balance == uah("98.20"), "a look costs nothing"


@pytest.mark.clause("H07")
@pytest.mark.clause("K08")
async def test_a_refund_is_the_balance_after_final_charges_and_due_in_thirty_days_of_the_request(stage: Stage) -> None:
    account = await stage.open("100", monthly_fee=uah("0"))
    asked = (await stage.ask("AskFor", wanted("r1", "refund", "0"), "olena")).request
    due = stage.clock().date() + timedelta(days=30)
    assert (asked.due, asked.overdue) == (due.isoformat(), False), account.time_zone
    stage.clock.forward(days=10)
    await stage.settle("late", "38044", 61)  # a call that is charged between request and decision
    done = await decided(stage, "r1")
    assert (done.amount, done.due) == (uah("98.80"), due.isoformat()), "after the last charge; due as it was asked"
    assert (await stage.account()).balance == uah("0")
    await stage.ask("AskFor", wanted("r2", "refund", "0"), "olena")  # nobody decides about this one
    stage.clock.forward(days=20)
    assert await overdue(stage) == set(), "the thirtieth day"
    stage.clock.forward(days=1)
    assert await overdue(stage) == {"r1"}
    paid = ob.ConfirmRefundRequest(request_id="r1", paid_on=f"{stage.clock():%Y-%m-%d}", document="п/д 5")
    for change in ({"paid_on": "2999-01-01"}, {"paid_on": "today"}, {"document": " "}):
        wrong = ob.ConfirmRefundRequest(request_id="r1", paid_on=paid.paid_on, document="5")
        wrong.MergeFrom(ob.ConfirmRefundRequest(**change))
        assert (await stage.refusal("ConfirmRefund", wrong, "olena")).reason.name == "INVALID"
    assert (await stage.refusal("ConfirmRefund", paid, "petro")).reason.name == "SAME_PERSON", "he approved it"
    assert await overdue(stage) == {"r1"}
    for _ in range(2):
        assert (await stage.ask("ConfirmRefund", paid, "olena")).request.state == "paid"
    assert await overdue(stage) == set()
    stage.clock.forward(days=10)
    assert await overdue(stage) == {"r2"}, "that nobody decided is no excuse"
    paid.request_id = "r2"
    assert (await stage.refusal("ConfirmRefund", paid, "petro")).reason.name == "ILLEGAL"
    trail = (await stage.ask("ListTrail", cb.ListTrailRequest(), "olena")).lines
    assert "own_approval" in [line.what for line in trail], "the attempt is written down"


async def overdue(stage: Stage) -> set[str]:
    listed = (await stage.ask("ListRequests", ob.ListRequestsRequest(), "olena")).requests
    return {one.id for one in listed if one.overdue}
