"""An issued document is put right by another one, with real servers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from antiphon.billing.app.messages import account_of
from antiphon.billing.domain.accounting import month_of
from antiphon.billing.store import Store
from antiphon.billing.tests.stage import Stage, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.billing.v1 import office_pb2 as ob
from antiphon.kit import mongo

pytestmark = pytest.mark.service
CORRECTION = db.DOCUMENT_KIND_CORRECTION


async def act_of(stage: Stage, seconds: int) -> db.Document:
    """A month of calls, ended, and its act."""
    for number in range(2):
        await stage.settle(f"c{seconds}-{number}", "38044", seconds)
    first, last = month_of(stage.clock().date())
    stage.clock.forward(days=(last - stage.clock().date()).days + 2)
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=first.isoformat())
    return (await stage.ask("MakeDocument", asked, "olena")).document  # type: ignore[no-any-return]


def wanted(name: str, document: str, amount: str, kind: str = "credit") -> ob.AskForRequest:
    told: dict[str, Any] = {"reason": "рахували двічі", "document": "лист 17"}
    return ob.AskForRequest(request_id=name, kind=kind, amount=uah(amount), corrects=document, **told)


async def agreed(stage: Stage, request: ob.AskForRequest) -> ob.Petition:
    await stage.ask("AskFor", request, "olena")
    decision = ob.DecideRequest(request_id=request.request_id, approve=True)
    return (await stage.ask("Decide", decision, "petro")).request  # type: ignore[no-any-return]


async def issued(stage: Stage) -> list[db.Document]:
    """Corrections, the oldest first."""
    listed = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
    return sorted((one for one in listed if one.kind == CORRECTION), key=lambda one: one.number)


async def sheet(stage: Stage, document: db.Document) -> dict[str, Any]:
    store = Store(mongo.database(stage.platforms["billing"], "billing"))
    paper = await store.reading.paper(account_of(stage.tenant), "document", document.id)
    assert paper is not None
    return dict(paper.data["sheet"])


@pytest.mark.clause("J01")
@pytest.mark.clause("K01")
@pytest.mark.parametrize(
    ("language", "title", "number"),
    [
        ("uk", "Розрахунок коригування", "Акт наданих послуг"),
        ("ru", "Корректировочный счёт-фактура", "Акт оказанных услуг"),
    ],
    ids=["uk", "ru"],
)
async def test_a_credit_note_shows_what_was_and_what_is(stage: Stage, language: str, title: str, number: str) -> None:
    customer = pb.Customer(kind=pb.CUSTOMER_KIND_COMPANY, name="Клієнт", language=language, country="UA")
    await stage.open("1000", customer=customer)
    act = await act_of(stage, 3000)  # twice 50 steps of 0.60
    assert (act.total, act.vat) == (uah("60"), uah("10"))
    done = await agreed(stage, wanted("r1", act.id, "12"))
    (note,) = await issued(stage)
    assert (done.correction_id, note.corrects, done.corrects) == (note.id, act.id, act.id)
    assert (note.total, note.vat, note.number) == (uah("-12"), uah("-2"), f"{stage.clock().year}-1")
    printed = await sheet(stage, note)
    dated = date.fromisoformat(act.dated)
    assert printed["title"] == title
    assert f"{number} № {act.number} " in printed["subtitle"]
    assert f"{dated:%d.%m.%Y}" in printed["subtitle"]
    cells = [[cell.replace("\u00a0", " ") for cell in row[1:]] for row in printed["rows"]]
    assert cells == [
        ["50.00 UAH", "10.00 UAH", "60.00 UAH"],
        ["40.00 UAH", "8.00 UAH", "48.00 UAH"],
        ["–", "–", "–"],
        ["10.00 UAH", "2.00 UAH", "12.00 UAH"],
    ]
    assert note.hash
    assert any(act.code in line for line in printed["notes"])
    assert (await stage.account()).balance == uah("952")
    request = db.GetDocumentFileRequest(document_id=note.id)
    assert (await stage.ask("GetDocumentFile", request, "olena")).content.startswith(b"%PDF")


async def test_corrections_follow_each_other_and_never_give_back_more_than_was_asked(stage: Stage) -> None:
    await stage.open("1000")
    act = await act_of(stage, 3000)
    for bad in (wanted("b1", act.id, "60.01"), wanted("b2", act.id, "1.005"), wanted("b3", "none", "1")):
        reason = (await stage.refusal("AskFor", bad, "olena")).reason.name
        assert reason == {"b1": "ILLEGAL", "b2": "INVALID", "b3": "NOT_FOUND"}[bad.request_id]
    refund = wanted("b4", act.id, "1", "compensation")
    assert (await stage.refusal("AskFor", refund, "olena")).reason.name == "INVALID"
    await stage.ask("AskFor", wanted("r1", act.id, "40"), "olena")
    await stage.ask("AskFor", wanted("r2", act.id, "40"), "olena")  # together more than the act
    await stage.ask("Decide", ob.DecideRequest(request_id="r1", approve=True), "petro")
    refused = await stage.refusal("Decide", ob.DecideRequest(request_id="r2", approve=True), "petro")
    assert refused.reason.name == "ILLEGAL"
    assert (await stage.account()).balance == uah("980"), "what was refused changed nothing"
    await agreed(stage, wanted("r3", act.id, "5.50", "charge"))
    await agreed(stage, wanted("r4", act.id, "25.50"))
    notes = await issued(stage)
    assert [note.total for note in notes] == [uah("-40"), uah("5.50"), uah("-25.50")]
    assert [note.number.partition("-")[2] for note in notes] == ["1", "2", "3"], "no number was used up by a refusal"
    assert sum(note.vat.micros for note in notes) == -act.vat.micros, "the tax of an act given back whole is given back"
    last = await sheet(stage, notes[2])
    assert last["rows"][1][3].replace("\u00a0", " ") == "0.00 UAH"
    again = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=act.first)
    assert (await stage.ask("MakeDocument", again, "olena")).document.hash == act.hash, "the act itself never changes"


async def test_what_was_corrected_is_in_no_later_act(stage: Stage) -> None:
    await stage.open("1000")
    act = await act_of(stage, 600)
    await agreed(stage, wanted("r1", act.id, "7", "charge"))
    following = await act_of(stage, 60)
    assert following.total == uah("1.20")
    rows = (await sheet(stage, following))["rows"]
    assert len(rows) == 1
    stage.clock.forward(days=1)
    day = (stage.clock() - timedelta(days=1)).date().isoformat()
    first = act.first
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_RECONCILIATION, first=first, last=day)
    assert (await stage.ask("MakeDocument", asked, "olena")).document.total == (await stage.account()).balance
