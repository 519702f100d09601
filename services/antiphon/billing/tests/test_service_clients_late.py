"""Clients' work told twice, late and across a change of prices: every piece is one client's, and the sums agree."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from antiphon.billing.tests.stage import Stage, stamp, uah
from antiphon.billing.tests.test_service_clients import a_call, told
from antiphon.billing.v1 import clients_pb2 as kb
from antiphon.kit.testing import eventually
from antiphon.media.v1.events_pb2 import CallEnded
from antiphon.media.v1.media_pb2 import DIRECTION_OUTBOUND

pytestmark = pytest.mark.service


async def priced(stage: Stage, contact: str, since: datetime, project: str = "pr_a") -> None:
    card = kb.RateCard(project_id=project, name=project, contact=uah(contact), valid_from=f"{since:%Y-%m-%d}")
    await stage.ask("PutRateCard", kb.PutRateCardRequest(card=card), "olena")


async def a_late_call(stage: Stage, name: str, project: str, began: datetime) -> None:
    """Told now of a day that is over."""
    event = CallEnded(occurred_at=stamp(began + timedelta(seconds=60)))
    call = event.call
    call.id, call.direction, call.project_id = name, DIRECTION_OUTBOUND, project
    call.started_at.CopyFrom(stamp(began))
    call.answered_at.CopyFrom(stamp(began))
    call.talked.seconds = 60
    leg = call.legs.add(id="L1", role="outside", number="+380671234567")
    leg.answered_at.CopyFrom(stamp(began))
    leg.ended_at.CopyFrom(event.occurred_at)
    await told(stage, event, name, times=3)


@pytest.mark.clause("E05")
async def test_each_piece_is_one_clients_at_the_price_of_its_day(stage: Stage) -> None:
    stage.clock.at = stage.clock().replace(hour=10, minute=0)
    await stage.open("1000")
    before = stage.clock()
    await priced(stage, "2", before - timedelta(days=5))
    await a_call(stage, "cl_1", "pr_a", 60)
    stage.clock.forward(days=2)
    await priced(stage, "5", before + timedelta(days=1))
    await priced(stage, "7", before - timedelta(days=5), "pr_b")
    await a_call(stage, "cl_2", "pr_a", 60)
    await a_late_call(stage, "cl_3", "pr_a", before)
    await a_late_call(stage, "cl_4", "pr_b", before + timedelta(days=1))
    await a_late_call(stage, "cl_5", "", before)
    days = {"first": f"{before - timedelta(days=1):%Y-%m-%d}", "last": f"{stage.clock():%Y-%m-%d}"}

    async def all_there() -> Any:
        found = await stage.ask("ListClientTotals", kb.ListClientTotalsRequest(**days), "olena")
        return found if found.work.calls == 5 else None

    whole = await eventually(all_there, within=30)
    assert {one.project_id: (one.work.contacts, one.amount) for one in whole.clients} == {
        "pr_a": (3, uah("9")), "pr_b": (1, uah("7")), "": (1, uah("0")),
    }  # fmt: skip
    assert whole.amount == uah("16")
    request = kb.GetClientStatementRequest(project_id="pr_a", **days)
    lines = (await stage.ask("GetClientStatement", request, "olena")).statement.lines
    assert [(line.quantity, line.price, line.amount) for line in lines] == [
        ("2", uah("2"), uah("4")), ("1", uah("5"), uah("5")),
    ]  # fmt: skip
    first, last = ({**days, "last": days["first"]}, {**days, "first": f"{before:%Y-%m-%d}"})
    parts = [(await stage.ask("ListClientTotals", kb.ListClientTotalsRequest(**one), "olena")) for one in (first, last)]
    assert sum(one.amount.micros for one in parts) == whole.amount.micros
    assert sum(one.work.calls for one in parts) == whole.work.calls
