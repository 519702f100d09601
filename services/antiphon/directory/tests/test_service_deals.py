"""Deals with a real mongod and NATS: stages with their history, found under merged cards, reports, files, isolation."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import openpyxl
import pytest

from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1 import crm_pb2, deals_pb2_grpc, directory_pb2, events_pb2, privacy_pb2
from antiphon.directory.v1 import deals_pb2 as pb
from antiphon.kit.errors import Common
from antiphon.kit.grpc_client import metadata, stream

from .conftest import Desk, Tenancy

pytestmark = pytest.mark.service
UAH = 1_000_000


@pytest.fixture
async def one(desk: Desk) -> Tenancy:
    return await desk.sign_up()


@pytest.fixture
async def owner(desk: Desk, one: Tenancy) -> str:
    return await desk.token(one.session)


async def put(desk: Desk, token: str, **fields: Any) -> pb.Deal:
    answer: pb.PutDealResponse = await desk.ask("PutDeal", pb.PutDealRequest(deal=pb.Deal(**fields)), token)
    return answer.deal


async def moved(desk: Desk, token: str, deal: pb.Deal, stage: str, **fields: Any) -> pb.Deal:
    wanted = pb.Deal(stage=stage, **fields)
    wanted.MergeFrom(pb.Deal(id=deal.id, rev=deal.rev, title=deal.title, contact_id=deal.contact_id))
    wanted.owner_id = wanted.owner_id or deal.owner_id
    if not wanted.HasField("amount"):
        wanted.amount.CopyFrom(deal.amount)
    answer: pb.PutDealResponse = await desk.ask("PutDeal", pb.PutDealRequest(deal=wanted), token)
    return answer.deal


async def listed(desk: Desk, token: str, **asked: Any) -> list[str]:
    answer = await desk.ask("ListDeals", pb.ListDealsRequest(**asked), token)
    return [deal.id for deal in answer.deals]


async def customer(desk: Desk, token: str, name: str, phone: str) -> directory_pb2.Contact:
    card = directory_pb2.Contact(name=name, phones=[phone])
    made: directory_pb2.Contact = (
        await desk.ask("PutContact", directory_pb2.PutContactRequest(contact=card), token)
    ).contact
    return made


async def exported(desk: Desk, token: str, **asked: Any) -> bytes:
    stub = deals_pb2_grpc.DealServiceStub(desk.rt.peers.channel("directory"))
    parts: Any = stream(stub.ExportDeals, pb.ExportDealsRequest(**asked), metadata(token))
    return b"".join([part.chunk async for part in parts])


@pytest.mark.clause("G02")
async def test_a_deal_goes_through_its_stages_and_every_step_is_kept(desk: Desk, one: Tenancy, owner: str) -> None:
    who = await customer(desk, owner, "Леся", "+380671112233")
    deal = await put(
        desk, owner, title=" Awning  3 m ", contact_id=who.id, amount=Money(currency="UAH", micros=12_000 * UAH),
        conversation_ids=["cv_1", "cv_1"], source="conversation", expected_on="2026-12-01",
    )  # fmt: skip
    assert (deal.title, deal.pipeline_id, deal.stage, deal.state) == ("Awning 3 m", "sales", "new", pb.DEAL_STATE_OPEN)
    assert (deal.owner_id, list(deal.conversation_ids)) == (one.owner.id, ["cv_1"])
    desk.clock.forward(seconds=86_400)
    owner = await desk.token(await desk.sign_in(one.owner.email))
    won = await moved(desk, owner, deal, "won", amount=Money(currency="UAH", micros=11_000 * UAH))
    assert won.state == pb.DEAL_STATE_WON
    assert won.HasField("closed_at")
    assert won.source == "conversation"
    assert [step.stage for step in won.steps] == ["new", "won"]
    assert {step.by for step in won.steps} == {f"person:{one.owner.id}"}
    again = await moved(desk, owner, won, "offer")
    assert not again.HasField("closed_at")
    assert (await desk.ask("GetDeal", pb.GetDealRequest(deal_id=deal.id), owner)).deal == again

    entries = [entry for entry in await desk.audit(owner, f"deal:{deal.id}") if entry.action == "deal.put"]
    assert [entry.facts["stage"] for entry in entries] == ["won>offer", "new>won", ">new"]
    assert entries[1].facts["amount"] == f"{12_000 * UAH}>{11_000 * UAH} UAH"
    assert "Awning" not in str(entries)
    told = await desk.told(events_pb2.DealChanged, deal.id, 3)
    assert [event.stage for event in told] == ["new", "won", "offer"]

    stale = await desk.refusal("PutDeal", pb.PutDealRequest(deal=won), owner)
    assert stale.reason is Common.STALE


@pytest.mark.clause("G02")
async def test_bad_deals_change_nothing(desk: Desk, owner: str) -> None:
    wrong: list[dict[str, Any]] = [
        {"title": ""},
        {"title": "x" * 201},
        {"title": "x", "stage": "nowhere"},
        {"title": "x", "pipeline_id": "rent"},
        {"title": "x", "amount": Money(micros=5)},
        {"title": "x", "amount": Money(currency="UAH", micros=-5)},
        {"title": "x", "expected_on": "31.05.2026"},
        {"title": "x", "source": "heaven"},
        {"title": "x", "conversation_ids": [str(place) for place in range(51)]},
    ]
    for fields in wrong:
        refused = await desk.refusal("PutDeal", pb.PutDealRequest(deal=pb.Deal(**fields)), owner)
        assert refused.reason is Common.INVALID, fields
    for fields in ({"contact_id": "ct_no"}, {"owner_id": "pr_no"}, {"id": "dl_no", "rev": 1}):
        refused = await desk.refusal("PutDeal", pb.PutDealRequest(deal=pb.Deal(title="x", **fields)), owner)
        assert refused.reason is Common.NOT_FOUND, fields
    assert await listed(desk, owner) == []
    for asked in (pb.GetDealReportRequest(), pb.GetDealReportRequest(by=9)):  # type: ignore[arg-type]
        assert (await desk.refusal("GetDealReport", asked, owner)).reason is Common.INVALID


@pytest.mark.clause("G02")
async def test_deals_are_found_by_customer_words_and_place(desk: Desk, one: Tenancy, owner: str) -> None:
    olha = await customer(desk, owner, "Ольга Бондар", "+380671234567")
    mail = await customer(desk, owner, "olha@shop.example", "+380501234567")
    first = await put(desk, owner, title="Маркіза", contact_id=olha.id, conversation_ids=["cv_7"])
    desk.clock.forward(seconds=1)
    second = await put(desk, owner, title="Repair", contact_id=mail.id, stage="offer")
    desk.clock.forward(seconds=1)
    third = await put(desk, owner, title="Nobody's yet")
    await desk.ask("MergeContacts", crm_pb2.MergeContactsRequest(contact_id=mail.id, into_id=olha.id), owner)
    assert await listed(desk, owner) == [third.id, second.id, first.id]
    assert await listed(desk, owner, contact_id=olha.id) == [second.id, first.id]
    assert await listed(desk, owner, conversation_id="cv_7") == [first.id]
    assert await listed(desk, owner, query="бондар") == [second.id, first.id]
    assert await listed(desk, owner, query="маркіз") == [first.id]
    assert await listed(desk, owner, query=".*") == []
    assert await listed(desk, owner, stage="offer", owner_id=one.owner.id) == [second.id]
    assert await listed(desk, owner, state=pb.DEAL_STATE_WON) == []
    assert await listed(desk, owner, contact_id="ct_no") == []
    page = await desk.ask("ListDeals", pb.ListDealsRequest(limit=2), owner)
    assert page.contact_names == {mail.id: "Ольга Бондар"}
    assert await listed(desk, owner, limit=2, after=page.next) == [first.id]
    assert (await desk.refusal("ListDeals", pb.ListDealsRequest(after="?"), owner)).reason is Common.INVALID


@pytest.mark.clause("G02")
async def test_reports_by_stage_employee_and_department(desk: Desk, one: Tenancy, owner: str) -> None:
    anna, boris = await desk.hire(owner, name="Anna"), await desk.hire(owner, name="Boris")
    group = directory_pb2.Group(name="Sales", person_ids=[anna.id, boris.id])
    sales = (await desk.ask("PutGroup", directory_pb2.PutGroupRequest(group=group), owner)).group
    money = [Money(currency="UAH", micros=amount * UAH) for amount in (100, 250, 70)]
    deals = [
        await put(desk, owner, title="a", owner_id=anna.id, amount=money[0]),
        await put(desk, owner, title="b", owner_id=boris.id, amount=money[1]),
        await put(desk, owner, title="c", amount=money[2]),
    ]
    desk.clock.forward(seconds=2 * 86_400)
    owner = await desk.token(await desk.sign_in(one.owner.email))
    await moved(desk, owner, deals[0], "won")
    await moved(desk, owner, deals[1], "lost", lost_why="too dear")
    desk.clock.forward(seconds=60)

    async def asked(by: Any) -> tuple[dict[str, pb.DealLine], pb.DealLine]:
        answer = await desk.ask("GetDealReport", pb.GetDealReportRequest(by=by), owner)
        return {line.key: line for line in answer.lines}, answer.total

    lines, total = await asked(pb.DEAL_GROUPING_OWNER)
    assert (total.opened, total.open, total.won, total.lost, total.win_rate) == (3, 1, 1, 1, 0.5)
    assert total.sums[0] == pb.DealSum(
        currency="UAH", won_micros=100 * UAH, lost_micros=250 * UAH, open_micros=70 * UAH
    )  # fmt: skip
    assert (lines[anna.id].won, lines[boris.id].lost) == (1, 1)
    assert lines[anna.id].days_to_win == pytest.approx(2)
    lines, _ = await asked(pb.DEAL_GROUPING_GROUP)
    assert (lines[sales.id].won, lines[sales.id].lost, lines[""].open) == (1, 1, 1)
    lines, _ = await asked(pb.DEAL_GROUPING_STAGE)
    assert set(lines) == {"sales/new", "sales/won", "sales/lost"}
    lines, _ = await asked(pb.DEAL_GROUPING_SOURCE)
    assert lines["person"].opened == 3


@pytest.mark.clause("G02")
async def test_deals_as_files(desk: Desk, owner: str) -> None:
    who = await customer(desk, owner, "Леся", "+380671112233")
    await put(desk, owner, title='=HYPERLINK("x")', contact_id=who.id, amount=Money(currency="UAH", micros=1_500_000))
    desk.clock.forward(seconds=1)
    await put(desk, owner, title="other", stage="won")
    text = (await exported(desk, owner, language="uk", state=pb.DEAL_STATE_OPEN)).decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text))
    assert head[0] == "Угода"
    assert row[:7] == ['\'=HYPERLINK("x")', "Леся", "Продажі", "Нова", "відкрита", "1.5", "UAH"]
    book = openpyxl.load_workbook(io.BytesIO(await exported(desk, owner, format="xlsx")))
    assert [line[0] for line in book.active.values] == ["Deal", "other", '=HYPERLINK("x")']  # type: ignore[union-attr]


@pytest.mark.clause("G02")
async def test_pipelines_are_the_companys_own(desk: Desk, owner: str) -> None:
    before = await desk.ask("GetPipelines", pb.GetPipelinesRequest(), owner)
    assert (before.rev, before.pipelines[0].stages[0].name) == (0, "Нова")
    deal = await put(desk, owner, title="x", stage="talks")
    shorter = pb.PutPipelinesRequest(pipelines=before.pipelines, rev=0)
    del shorter.pipelines[0].stages[1]
    refused = await desk.refusal("PutPipelines", shorter, owner)
    assert (refused.reason.name, refused.facts["stage"]) == (Reason.IN_USE.name, "sales/talks")
    await moved(desk, owner, deal, "offer")
    after = await desk.ask("PutPipelines", shorter, owner)
    assert (after.rev, len(after.pipelines[0].stages)) == (1, 4)
    assert (await desk.refusal("PutPipelines", shorter, owner)).reason is Common.STALE
    assert (await desk.ask("GetPipelines", pb.GetPipelinesRequest(), owner)).pipelines == after.pipelines


@pytest.mark.clause("G02")
async def test_another_company_sees_and_changes_nothing(desk: Desk, one: Tenancy, owner: str) -> None:
    other = await desk.token((await desk.sign_up("Ландыш")).session)
    who = await customer(desk, owner, "Леся", "+380671112233")
    deal = await put(desk, owner, title="ours", contact_id=who.id)
    assert await listed(desk, other) == []
    assert await listed(desk, other, contact_id=who.id) == []
    assert (await desk.refusal("GetDeal", pb.GetDealRequest(deal_id=deal.id), other)).reason is Common.NOT_FOUND
    assert (await desk.refusal("PutDeal", pb.PutDealRequest(deal=deal), other)).reason is Common.NOT_FOUND
    strange = pb.PutDealRequest(deal=pb.Deal(title="x", contact_id=who.id))
    assert (await desk.refusal("PutDeal", strange, other)).reason is Common.NOT_FOUND
    strange = pb.PutDealRequest(deal=pb.Deal(title="x", owner_id=one.owner.id))
    assert (await desk.refusal("PutDeal", strange, other)).reason is Common.NOT_FOUND
    await desk.ask("DeleteDeal", pb.DeleteDealRequest(deal_id=deal.id), other)
    assert await listed(desk, owner) == [deal.id]
    answer = await desk.ask("GetDealReport", pb.GetDealReportRequest(by=pb.DEAL_GROUPING_STAGE), other)
    assert not answer.lines
    assert len(list(csv.reader(io.StringIO((await exported(desk, other)).decode())))) == 1


async def test_agents_keep_deals_and_do_not_delete_or_report(desk: Desk, one: Tenancy, owner: str) -> None:
    agent = await desk.hire(owner, password="Correct-Horse-7-Lamp")
    token = await desk.token(await desk.sign_in(agent.email))
    deal = await put(desk, token, title="mine", origin="attempt:forged")
    assert (deal.owner_id, deal.origin) == (agent.id, "")
    for method, request in (
        ("DeleteDeal", pb.DeleteDealRequest(deal_id=deal.id)),
        ("GetDealReport", pb.GetDealReportRequest(by=pb.DEAL_GROUPING_OWNER)),
        ("PutPipelines", pb.PutPipelinesRequest()),
        ("RecordSale", pb.RecordSaleRequest(origin="attempt:1", phone="+380671112233")),
    ):
        assert (await desk.refusal(method, request, token)).reason is Common.DENIED, method
    await desk.ask("DeleteDeal", pb.DeleteDealRequest(deal_id=deal.id), owner)
    await desk.ask("DeleteDeal", pb.DeleteDealRequest(deal_id=deal.id), owner)
    (told,) = await desk.told(events_pb2.DealDeleted, deal.id)
    assert told.deal_id == deal.id


@pytest.mark.clause("G02")
async def test_a_campaigns_sale_is_one_deal_however_often_it_is_told(desk: Desk, one: Tenancy, owner: str) -> None:
    service = desk.as_service(one.tenant.id, "dialer")
    sale = pb.RecordSaleRequest(
        origin="attempt:at_1", phone="+380671112233", name="Леся", title="Spring", owner_id=one.owner.id,
        call_id="cl_1", amount=Money(currency="UAH", micros=900 * UAH),
    )  # fmt: skip
    answers = await asyncio.gather(*(desk.ask("RecordSale", sale, service) for _ in range(4)))
    (deal_id,) = {answer.deal.id for answer in answers}
    deal = answers[0].deal
    assert (deal.state, deal.source, deal.title, list(deal.call_ids)) == (
        pb.DEAL_STATE_WON, "campaign", "Spring", ["cl_1"],
    )  # fmt: skip
    assert await listed(desk, owner, query="леся") == [deal_id]
    sale.amount.micros = 800 * UAH
    assert (await desk.ask("RecordSale", sale, service)).deal.amount.micros == 800 * UAH
    assert await listed(desk, owner) == [deal_id]
    none = pb.RecordSaleRequest(origin="attempt:at_2", phone="+380671112234")
    assert (await desk.ask("RecordSale", none, service)).deal.id == ""
    sale.ClearField("amount")
    assert (await desk.ask("RecordSale", sale, service)).deal.state == pb.DEAL_STATE_LOST
    assert await listed(desk, owner) == [deal_id]


async def test_an_erased_customer_leaves_figures_without_words(desk: Desk, owner: str) -> None:
    who = await customer(desk, owner, "Леся", "+380671112233")
    amount = Money(currency="UAH", micros=5 * UAH)
    deal = await put(desk, owner, title="Леся хоче маркізу", contact_id=who.id, note="+380671112233", amount=amount)
    await desk.ask("EraseContact", privacy_pb2.EraseContactRequest(contact_id=who.id, reason="asked"), owner)
    left = (await desk.ask("GetDeal", pb.GetDealRequest(deal_id=deal.id), owner)).deal
    assert (left.title, left.note, left.contact_id, left.amount) == ("", "", "", amount)
    assert await listed(desk, owner, query="маркіз") == []
