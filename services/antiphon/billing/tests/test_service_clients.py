"""Clients of the centre with real servers: facts of four services become one bill."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from antiphon.acd.v1 import events_pb2 as acd
from antiphon.billing.tests.stage import Stage, stamp, uah
from antiphon.billing.v1 import clients_pb2 as kb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.channels.v1 import events_pb2 as channels
from antiphon.channels.v1.channels_pb2 import CONVERSATION_STATUS_CLOSED
from antiphon.dialer.v1 import events_pb2 as dialer
from antiphon.kit.testing import eventually
from antiphon.media.v1.events_pb2 import CallEnded
from antiphon.media.v1.media_pb2 import DIRECTION_OUTBOUND

pytestmark = pytest.mark.service


async def told(stage: Stage, event: Any, name: str, *, times: int = 2) -> None:
    """A fact of another service; it comes twice."""
    bus = await stage.rt.bus()
    for number in range(times):
        await bus.publish(event, tenant=stage.tenant, key=name, event_id=f"{stage.tenant}{name}{number}")


async def a_call(stage: Stage, name: str, project: str, seconds: int) -> None:
    """Answered outside, by an agent who was busy for ten seconds more."""
    ended = stage.clock()
    began = ended - timedelta(seconds=seconds)
    event = CallEnded(occurred_at=stamp(ended))
    call = event.call
    call.id, call.direction, call.project_id = name, DIRECTION_OUTBOUND, project
    call.started_at.CopyFrom(stamp(began))
    call.answered_at.CopyFrom(stamp(began))
    call.talked.seconds = seconds
    leg = call.legs.add(id="L1", role="outside", number="+380671234567")
    leg.answered_at.CopyFrom(stamp(began))
    leg.ended_at.CopyFrom(stamp(ended))
    await told(stage, event, name)
    for kind, at in ((acd.WorkAccepted, began), (acd.WorkCompleted, ended + timedelta(seconds=10))):
        item = kind(occurred_at=stamp(at))
        item.item.id, item.item.subject = f"wi_{name}", f"call:{name}"
        await told(stage, item, f"wi_{name}{kind.DESCRIPTOR.name}")


async def a_sale(stage: Stage, call: str, project: str, *amounts: str) -> None:
    """An attempt of a campaign, and what its agent wrote down; the last word holds."""
    for number, amount in enumerate(amounts):
        result = dialer.ResultRecorded(occurred_at=stamp(stage.clock() + timedelta(seconds=number)), project_id=project)
        result.attempt.id, result.attempt.call_id, result.attempt.campaign_id = f"at_{call}", call, "cp_1"
        result.attempt.amount.CopyFrom(uah(amount))
        await told(stage, result, f"result{call}{number}")
    ended = dialer.AttemptEnded(occurred_at=stamp(stage.clock()), attempt=result.attempt, project_id=project)
    await told(stage, ended, f"attempt{call}")


async def a_conversation(stage: Stage, project: str) -> None:
    event = channels.ConversationChanged(occurred_at=stamp(stage.clock()))
    event.conversation.id, event.conversation.project_id = f"cv_{project}", project
    event.conversation.status = CONVERSATION_STATUS_CLOSED
    event.conversation.created_at.CopyFrom(stamp(stage.clock()))
    await told(stage, event, f"cv_{project}")


def period(stage: Stage) -> dict[str, str]:
    return {"first": f"{stage.clock() - timedelta(days=2):%Y-%m-%d}", "last": f"{stage.clock():%Y-%m-%d}"}


async def totals(stage: Stage) -> Any:
    return await stage.ask("ListClientTotals", kb.ListClientTotalsRequest(**period(stage)), "olena")


async def file_of(stage: Stage, document: str, form: str) -> bytes:
    request = db.GetDocumentFileRequest(document_id=document, format=form)
    return bytes((await stage.ask("GetDocumentFile", request, "olena")).content)


async def some_work(stage: Stage) -> None:
    await stage.open("1000")
    card = kb.RateCard(
        project_id="pr_a", name="Клієнт А", contact=uah("2"), minute=uah("0.60"), agent_hour=uah("36"), sale=uah("10"),
        valid_from=f"{stage.clock() - timedelta(days=30):%Y-%m-%d}", language="uk",
    )  # fmt: skip
    await stage.ask("PutRateCard", kb.PutRateCardRequest(card=card), "olena")
    await a_call(stage, "cl_1", "pr_a", 90)
    await a_call(stage, "cl_2", "pr_b", 60)
    await a_call(stage, "cl_3", "", 30)
    await a_sale(stage, "cl_1", "pr_a", "700", "500")
    await a_conversation(stage, "pr_a")

    async def all_there() -> bool:
        work = (await totals(stage)).work
        done = work.calls, work.contacts, work.agent_seconds, work.sales, work.sold.micros, work.cost.micros
        return done == (3, 4, 210, 1, 500_000_000, 2_400_000)  # 2, 1 and 1 begun minutes at 0.60

    await eventually(all_there, within=30)


@pytest.mark.clause("E05")
async def test_each_client_is_billed_for_its_work(stage: Stage) -> None:
    await some_work(stage)
    whole = await totals(stage)
    assert [(one.project_id, one.unpriced) for one in whole.clients] == [("pr_a", False), ("pr_b", True), ("", True)]
    for name in ("calls", "contacts", "talk_seconds", "agent_seconds", "sales"):
        assert sum(getattr(one.work, name) for one in whole.clients) == getattr(whole.work, name)
    assert sum(one.work.cost.micros for one in whole.clients) == whole.work.cost.micros
    request = kb.GetClientStatementRequest(project_id="pr_a", **period(stage))
    statement = (await stage.ask("GetClientStatement", request, "olena")).statement
    lines = {line.unit: (line.quantity, line.amount) for line in statement.lines}
    assert lines == {
        "contact": ("2", uah("4")), "minute": ("1.5", uah("0.90")), "agent_hour": ("0.0278", uah("1")),
        "sale": ("1", uah("10")),
    }  # fmt: skip
    assert statement.amount == whole.amount == uah("15.90")
    assert [(one.campaign_id, one.work.calls) for one in statement.campaigns] == [("", 0), ("cp_1", 1)]
    cost = kb.GetCampaignCostRequest(campaign_id="cp_1", **period(stage))
    assert (await stage.ask("GetCampaignCost", cost)).work.cost == uah("1.20")


async def test_the_statement_is_a_document(stage: Stage) -> None:
    await some_work(stage)
    days = period(stage)
    request = db.MakeDocumentRequest(
        kind=db.DOCUMENT_KIND_CLIENT_STATEMENT, project_id="pr_a", first=days["first"], last=days["last"]
    )
    assert (await stage.refusal("MakeDocument", request, "olena")).reason.name == "PERIOD"
    stage.clock.forward(days=1)
    made = (await stage.ask("MakeDocument", request, "olena")).document
    again = (await stage.ask("MakeDocument", request, "olena")).document
    assert (made.kind, made.total, again.hash) == (request.kind, uah("15.90"), made.hash)
    pdf, csv = [await file_of(stage, made.id, form) for form in ("pdf", "csv")]
    assert pdf.startswith(b"%PDF")
    assert "Години агентів".encode() in csv
    assert b"15.90" in csv
    request.project_id = "pr_b"
    assert (await stage.refusal("MakeDocument", request, "olena")).reason.name == "NOT_FOUND"


async def test_bad_prices_change_nothing(stage: Stage) -> None:
    await stage.open()
    good: dict[str, Any] = {"project_id": "pr_a", "name": "А", "valid_from": "2026-05-01"}
    bad: list[tuple[dict[str, Any], str]] = [
        ({"project_id": ""}, "INVALID"),
        ({"name": " "}, "INVALID"),
        ({"valid_from": "yesterday"}, "INVALID"),
        ({"language": "fr"}, "INVALID"),
        ({"contact": uah("-1")}, "INVALID"),
    ]
    for change, reason in bad:
        request = kb.PutRateCardRequest(card=kb.RateCard(**{**good, **change}))
        assert (await stage.refusal("PutRateCard", request, "olena")).reason.name == reason
    assert not (await stage.ask("ListRateCards", kb.ListRateCardsRequest(), "olena")).cards
    await stage.ask("PutRateCard", kb.PutRateCardRequest(card=kb.RateCard(**good)), "olena")
    earlier = kb.PutRateCardRequest(card=kb.RateCard(**{**good, "valid_from": "2026-04-30"}))
    assert (await stage.refusal("PutRateCard", earlier, "olena")).reason.name == "ILLEGAL"
