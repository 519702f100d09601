"""The end of a month with real servers: promotions, interest; receipts and the register."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from antiphon.billing.tests.stage import Stage, uah
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.billing.v1 import payments_pb2 as pay
from antiphon.kit.testing import eventually

pytestmark = pytest.mark.service


async def of_kind(stage: Stage, account: str) -> list[Any]:
    found = (await stage.ask("ListEntries", cb.ListEntriesRequest(), "olena")).entries
    return [one for one in found if account in (one.debit, one.credit)]


async def text_of(stage: Stage, document: str) -> str:
    request = db.GetDocumentFileRequest(document_id=document, format="csv")
    return (await stage.ask("GetDocumentFile", request, "olena")).content.decode()  # type: ignore[no-any-return]


def next_month(stage: Stage) -> None:
    now = stage.clock()
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=30)
    stage.clock.forward(seconds=(first - now).total_seconds())


async def ended(stage: Stage, months: int) -> None:
    """So many acts are there: the months are closed."""

    async def acts() -> bool:
        found = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
        return sum(one.kind == db.DOCUMENT_KIND_ACT for one in found) >= months  # type: ignore[no-any-return]

    await eventually(acts, within=60)


@pytest.mark.clause("I05")
async def test_a_promotion_of_two_people_is_a_line_of_its_own(stage: Stage) -> None:
    next_month(stage)  # a whole month lies ahead
    await stage.open("1000")
    today = f"{stage.clock():%Y-%m-%d}"
    offer = ob.Promotion(name="Травнева знижка", kind="discount", percent="10", least=uah("1"), first=today)
    asked = ob.AskForRequest(request_id="p1", kind="promotion", reason="акція", document="наказ 5", promotion=offer)
    wrong = ob.AskForRequest()
    for name, value in (("percent", "0"), ("percent", "101"), ("kind", "gift"), ("name", " "), ("last", "2020-01-01")):
        wrong.CopyFrom(asked)
        setattr(wrong.promotion, name, value)
        assert (await stage.refusal("AskFor", wrong, "olena")).reason.name == "INVALID"
    await stage.ask("AskFor", asked, "olena")
    await stage.ask("Decide", ob.DecideRequest(request_id="p1", approve=True), "petro")
    await stage.settle("c1", "380501234567", 300)
    next_month(stage)
    await ended(stage, 1)
    (line,) = await of_kind(stage, "rev.discount")
    assert (line.amount, line.reference, line.operation) == (uah("0.30"), "Травнева знижка", "topup")
    assert (await stage.account()).balance == uah("997.30")
    next_month(stage)
    await ended(stage, 2)
    assert len(await of_kind(stage, "rev.discount")) == 1, "nothing was charged in the second month"


async def test_a_debt_of_last_month_bears_interest(stage: Stage) -> None:
    next_month(stage)
    await stage.open("1", monthly_fee=uah("3100"), threshold=uah("-100000"))
    next_month(stage)
    await ended(stage, 1)
    assert not await of_kind(stage, "rev.penalty"), "the debt was not there when the month began"
    next_month(stage)
    await ended(stage, 2)
    (line,) = await of_kind(stage, "rev.penalty")
    assert line.amount.micros > 0
    assert line.reference.startswith("penalty ")


@pytest.mark.clause("K11")
async def test_the_printed_register_equals_the_books(stage: Stage) -> None:
    await stage.open("10")
    await stage.pay("second", "5")
    await stage.settle("c1", "380501234567", 60)
    first = stage.clock()
    today = f"{first:%Y-%m-%d}"
    request = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_REGISTER, first=today, last=today)
    assert (await stage.refusal("MakeDocument", request, "olena")).reason.name == "PERIOD"
    entries = (await stage.ask("ListEntries", cb.ListEntriesRequest(holds=True), "olena")).entries
    stage.clock.forward(days=1)
    request.first = f"{first - timedelta(days=1):%Y-%m-%d}"
    register = (await stage.ask("MakeDocument", request, "olena")).document
    assert register.total.micros == sum(one.amount.micros for one in entries)
    printed = await text_of(stage, register.id)
    assert f"Проведення: 1–{len(entries)} (Кількість: {len(entries)})" in printed
    assert "Платежі: 1–2 (Кількість: 2)" in printed
    assert printed.count("Платежі;") == 2


async def test_a_payment_has_a_receipt(stage: Stage) -> None:
    await stage.open("10")
    request = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_RECEIPT, payment_id="first")
    made = (await stage.ask("MakeDocument", request, "olena")).document
    assert (made.kind, made.total) == (db.DOCUMENT_KIND_RECEIPT, uah("10"))
    assert (await stage.ask("MakeDocument", request, "olena")).document.id == made.id
    printed = db.GetDocumentFileRequest(document_id=made.id)
    assert (await stage.ask("GetDocumentFile", printed, "olena")).content.startswith(b"%PDF")
    request.payment_id = "none"
    assert (await stage.refusal("MakeDocument", request, "olena")).reason.name == "NOT_FOUND"
    claim = pay.ClaimPaymentRequest(place="Банк", paid_on="2026-05-01", amount=uah("5"), document_number="7")
    request.payment_id = (await stage.ask("ClaimPayment", claim, "olena")).payment.id
    assert (await stage.refusal("MakeDocument", request, "olena")).reason.name == "ILLEGAL"
