"""What an outage is worth, with real servers: by which policy, outside announced works, on the next bill."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from antiphon.billing.tests.stage import Stage, stamp, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


def to_day(stage: Stage, day: int, days: int = 30) -> datetime:
    """Noon of a day of the first month from now on that has so many days and lies ahead."""
    month = stage.clock().date().replace(day=1)
    while (
        monthrange(month.year, month.month)[1] != days
        or datetime(month.year, month.month, 1, tzinfo=UTC) < stage.clock()
    ):
        month = (month + timedelta(days=32)).replace(day=1)
    noon = datetime(month.year, month.month, day, 12, tzinfo=UTC)
    stage.clock.forward(seconds=(noon - stage.clock()).total_seconds())
    return noon


async def put(stage: Stage, name: str, began: datetime, seconds: int, **more: Any) -> ob.Incident:
    incident = ob.Incident(id=name, what="Вузол", started_at=stamp(began), **{"fault": "operator"} | more)
    incident.ended_at.CopyFrom(stamp(began + timedelta(seconds=seconds)))
    return (await stage.ask("PutIncident", ob.PutIncidentRequest(incident=incident), "olena")).incident  # type: ignore[no-any-return]


async def credited(stage: Stage, month: date) -> Any:
    return (await stage.ask("CreditOutages", ob.CreditOutagesRequest(month=f"{month:%Y-%m}"), "olena")).credit


async def follow_policy(stage: Stage, policy: str) -> None:
    account = await stage.account()
    account.outage_policy = policy
    await stage.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")


@pytest.mark.clause("M06")
async def test_a_switched_policy_is_of_outages_that_begin_later(stage: Stage) -> None:
    noon = to_day(stage, 2)
    await stage.open("1000", monthly_fee=uah("720"))
    began = noon - timedelta(hours=2)
    earlier = await put(stage, "o1", began, 60)
    await follow_policy(stage, "pro_rata")
    later = await put(stage, "o2", began, 61 * 60)
    assert (earlier.policy, later.policy) == ("started_hours", "pro_rata")
    await follow_policy(stage, "started_hours")
    assert (await put(stage, "o3", began, 1, fault="power")).policy == "started_hours"
    account = await stage.account()
    account.outage_policy = "generous"
    assert (await stage.refusal("PutAccount", pb.PutAccountRequest(account=account), "olena")).reason.name == "INVALID"
    assert await credited(stage, noon.date()) == uah("2.02"), "a started hour at 1.00 and 61 minutes pro rata at 1.02"


@pytest.mark.clause("M05")
@pytest.mark.parametrize(("seconds", "worth"), [(61 * 60, "2"), (1, "1"), (800 * 3600, "720")])
async def test_a_started_hour_is_worth_its_part_of_the_fee(stage: Stage, seconds: int, worth: str) -> None:
    noon = to_day(stage, 2)
    await stage.open("1000", monthly_fee=uah("720"))
    stage.clock.forward(hours=801)
    await put(stage, "o1", noon, seconds)
    assert await credited(stage, noon.date()) == uah(worth)


@pytest.mark.clause("M03")
async def test_minutes_within_announced_works_earn_nothing(stage: Stage) -> None:
    noon = to_day(stage, 2)
    await stage.open("1000", monthly_fee=uah("720"))
    works = stage.clock() + timedelta(days=7, minutes=5)
    await put(stage, "w1", works, 3600, planned=True)
    await put(stage, "w2", works + timedelta(minutes=90), 3600, planned=True)
    stage.clock.forward(days=8)
    await put(stage, "o1", works, 3600)
    assert (await credited(stage, noon.date())).micros == 0
    await put(stage, "o2", works - timedelta(minutes=30), 3 * 3600 + 60)
    assert await credited(stage, noon.date()) == uah("2"), "61 minutes of it were not announced"


@pytest.mark.clause("M05")
@pytest.mark.clause("J01")
async def test_a_credit_is_taken_off_the_next_bill(stage: Stage) -> None:
    noon = to_day(stage, 28)
    account = await stage.open("1000", monthly_fee=uah("720"), customer=pb.Customer(kind=pb.CUSTOMER_KIND_COMPANY))
    await stage.settle("c1", "38044", 3000)
    await put(stage, "o1", noon - timedelta(hours=3), 61 * 60)
    assert await credited(stage, noon.date()) == uah("2")
    account.monthly_fee.micros = 0
    await stage.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")
    stage.clock.forward(days=4)

    async def made() -> Any:
        answer = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
        return {one.kind: one.total for one in answer} if len(answer) == 3 else None

    totals = await eventually(made, within=60)
    assert list(totals.values()) == [uah("28")] * 3, "of act, tax invoice and detail: 30.00 of calls, less the credit"
