"""From contact to sale: deals of the real directory, heard by the real insight over NATS."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from antiphon.common.v1.money_pb2 import Money
from antiphon.dialer.v1 import dialer_pb2
from antiphon.dialer.v1 import events_pb2 as dialer
from antiphon.directory.v1 import deals_pb2, events_pb2
from antiphon.insight.tests.centre import NINE, Centre
from antiphon.insight.v1 import insight_pb2 as pb
from antiphon.kit.protos import timestamp
from antiphon.kit.testing import eventually

pytestmark = [pytest.mark.service, pytest.mark.clause("D03")]

UAH = 1_000_000


@pytest_asyncio.fixture(loop_scope="session")
async def sold(centre: Centre) -> Centre:
    """Two calls and a chat of a morning; nothing is sold yet. The second call is a campaign's."""
    await centre.call("c1", NINE + timedelta(minutes=1), 10, 60)
    await centre.call("c2", NINE + timedelta(minutes=2), 30, 90, agent="bob")
    await centre.chat("cv1", NINE + timedelta(minutes=5))
    attempt = dialer_pb2.Attempt(id="at_1", campaign_id="cp_1", call_id="c2")
    await centre.tell(dialer.AttemptEnded(occurred_at=timestamp(NINE + timedelta(minutes=4)), attempt=attempt), "at_1")
    campaign = dialer_pb2.Campaign(id="cp_1", rev=1, name="Spring")
    await centre.tell(dialer.CampaignChanged(occurred_at=timestamp(NINE), campaign=campaign), "cp_1")
    await centre.folded(3)
    return centre


async def put(centre: Centre, deal: deals_pb2.Deal) -> deals_pb2.Deal:
    saved: deals_pb2.Deal = (await centre.crm("PutDeal", deals_pb2.PutDealRequest(deal=deal))).deal
    return saved


async def stands(centre: Centre, about: str, *amounts: int) -> pb.Interaction:
    """Until this interaction has sales of just these amounts."""
    found = pb.Interaction()

    async def told() -> bool:
        answer = await centre.ask("GetInteraction", pb.GetInteractionRequest(interaction_id=about))
        found.CopyFrom(answer.interaction)
        return sorted(sale.amount.micros // UAH for sale in found.sales) == sorted(amounts)

    await eventually(told, within=60)
    assert found.outcome == ("sale" if amounts else "")
    return found


def money(amount: int) -> Money:
    return Money(currency="UAH", micros=amount * UAH)


async def test_a_won_deal_is_the_outcome_of_its_source_contact_and_counts_once(sold: Centre) -> None:
    links: dict[str, Any] = {"call_ids": ["c1"], "conversation_ids": ["cv1"], "source": "call"}
    deal = await put(sold, deals_pb2.Deal(title="Awning", amount=money(250), **links))
    assert deal.source_interaction == "call:c1"
    deal.stage = "won"
    won = await put(sold, deal)
    it = await stands(sold, "call:c1", 250)
    assert it.sales[0].deal_id == deal.id
    # the same fact again, in another envelope
    again = events_pb2.DealChanged(
        occurred_at=won.changed_at, deal_id=won.id, rev=won.rev, state=won.state, amount=won.amount,
        source_interaction=won.source_interaction, closed_at=won.closed_at,
    )  # fmt: skip
    await sold.tell(again, won.id)
    won.amount.CopyFrom(money(300))
    won = await put(sold, won)
    await stands(sold, "call:c1", 300)
    await sold.folded(3)
    total = (await sold.report()).total
    assert (total.interactions, total.sold, total.sales) == (3, 1, 1)
    assert total.conversion == pytest.approx(1 / 3)
    assert list(total.sold_amounts) == [money(300)]
    assert [it.id for it in await sold.list(behind=pb.FIGURE_SOLD)] == ["call:c1"]
    won.stage = "talks"
    reopened = await put(sold, won)
    await stands(sold, "call:c1")
    reopened.stage = "lost"
    lost = await put(sold, reopened)
    lost.stage = "won"
    await put(sold, lost)
    await stands(sold, "call:c1", 300)
    assert (await sold.report()).total.sales == 1
    await sold.ask("RebuildHistory", pb.RebuildHistoryRequest())
    await sold.folded(3)
    assert (await sold.report()).total == total


async def test_the_sale_follows_the_deals_source_and_goes_with_the_deal(sold: Centre) -> None:
    deal = await put(sold, deals_pb2.Deal(title="x", stage="won", amount=money(10), conversation_ids=["cv1"]))
    await stands(sold, "conversation:cv1", 10)
    deal.ClearField("conversation_ids")
    deal.call_ids.append("c2")
    deal = await put(sold, deal)
    assert deal.source_interaction == "call:c2"
    await stands(sold, "call:c2", 10)
    await stands(sold, "conversation:cv1")
    second = await put(sold, deals_pb2.Deal(title="y", stage="won", amount=money(5), call_ids=["c2"]))
    await stands(sold, "call:c2", 10, 5)
    total = (await sold.report()).total
    assert (total.sold, total.sales, total.sold_amounts[0]) == (1, 2, money(15))
    for one in (deal, second):
        await sold.crm("DeleteDeal", deals_pb2.DeleteDealRequest(deal_id=one.id))
    await stands(sold, "call:c2")


async def test_conversion_by_queue_agent_channel_and_campaign_opens_what_it_counts(sold: Centre) -> None:
    await put(sold, deals_pb2.Deal(title="x", stage="won", amount=money(10), call_ids=["c2"]))
    await put(sold, deals_pb2.Deal(title="no amount", stage="won", conversation_ids=["cv1"]))
    await put(sold, deals_pb2.Deal(title="another's call", stage="won", call_ids=["cl_elsewhere"]))
    await stands(sold, "call:c2", 10)
    await stands(sold, "conversation:cv1", 0)

    async def rows(by: Any) -> dict[str, tuple[int, int]]:
        report = await sold.report(group_by=[by])
        assert sum(row.figures.sales for row in report.rows) == report.total.sales == 2
        return {row.keys[0]: (row.figures.sold, row.figures.interactions) for row in report.rows}

    assert await rows(pb.DIMENSION_QUEUE) == {"qu_1": (1, 2), "": (1, 1)}
    assert await rows(pb.DIMENSION_AGENT) == {"ann": (0, 1), "bob": (1, 1), "": (1, 1)}
    assert await rows(pb.DIMENSION_CHANNEL) == {"voice": (1, 2), "webchat": (1, 1)}
    assert await rows(pb.DIMENSION_CAMPAIGN) == {"cp_1": (1, 1), "": (1, 2)}
    report = await sold.report(group_by=[pb.DIMENSION_CAMPAIGN])
    assert dict(report.campaign_names) == {"cp_1": "Spring"}
    assert [it.id for it in await sold.list(behind=pb.FIGURE_SOLD, campaign_ids=["cp_1"])] == ["call:c2"]
    assert [it.id for it in await sold.list(behind=pb.FIGURE_SOLD, campaign_ids=[""])] == ["conversation:cv1"]
    assert [it.id for it in await sold.list(behind=pb.FIGURE_SOLD, agent_ids=["bob"])] == ["call:c2"]
    asked = sold.asked(
        pb.ExportReportRequest, language="en", group_by=[pb.DIMENSION_CAMPAIGN], format=pb.FILE_FORMAT_CSV
    )
    _, data = await sold.file("ExportReport", asked)
    lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [(row["Campaign"], row["Sales"], row["Conversion"], row["Sold for"]) for row in lines] == [
        ("", "1", "0.5", ""), ("Spring", "1", "1.0", "10 UAH"), ("Total", "2", "0.6667", "10 UAH"),
    ]  # fmt: skip
