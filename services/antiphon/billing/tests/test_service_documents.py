"""Documents with real servers: from the ledger to a PDF that can be checked."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import threading
from collections.abc import AsyncIterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from antiphon.billing.__main__ import serve
from antiphon.billing.domain.accounting import month_of
from antiphon.billing.settings import Settings
from antiphon.billing.store import Store
from antiphon.billing.tests.stage import TARIFF, Stage, uah
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1 import cabinet_pb2 as cb
from antiphon.billing.v1 import contract_pb2 as kb
from antiphon.billing.v1 import documents_pb2 as db
from antiphon.kit import mongo, procs
from antiphon.kit.clock import SettableClock, system_clock
from antiphon.kit.settings import Platform
from antiphon.kit.testing import eventually, running

pytestmark = pytest.mark.service
SELLER = '{"name": "ТОВ «Антифон»", "tax_id": "12345678", "address": "Київ"}'


class Letters:
    """A mail server's memory."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self._lock = threading.Lock()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        with self._lock:
            self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def of(self, address: str) -> list[bytes]:
        return [content for to, content in self.taken if address in to]


@pytest.fixture(scope="module")
async def house(platforms: dict[str, Platform]) -> AsyncIterator[tuple[Stage, Letters]]:
    clock, letters, port = SettableClock(system_clock()), Letters(), procs.free_port()
    mail = Controller(letters, hostname="127.0.0.1", port=port)
    mail.start()
    settings = Settings(sweep_seconds=0.2, smtp_host="127.0.0.1", smtp_port=port, seller=SELLER)
    try:
        async with running({"billing": functools.partial(serve, settings=settings)}, platforms, clock) as runtimes:
            yield Stage(runtimes["billing"], platforms, clock, []), letters
    finally:
        mail.stop()


@pytest.fixture
def stage(house: tuple[Stage, Letters]) -> Stage:
    return house[0].of_another_tenant()


@pytest.fixture
def letters(house: tuple[Stage, Letters]) -> Letters:
    return house[1]


def customer(**change: Any) -> pb.Customer:
    told: dict[str, Any] = {
        "kind": pb.CUSTOMER_KIND_COMPANY,
        "name": "ТОВ «Клієнт»",
        "language": "uk",
        "country": "UA",
    } | change
    return pb.Customer(**told)


async def documents(stage: Stage, count: int = 1) -> dict[int, db.Document]:
    async def there() -> dict[int, db.Document]:
        listed = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
        sealed = {one.kind: one for one in listed if one.hash}
        return sealed if len(sealed) >= count else {}

    return await eventually(there, 60)  # type: ignore[no-any-return]


async def file(stage: Stage, document: db.Document, form: str = "pdf") -> bytes:
    request = db.GetDocumentFileRequest(document_id=document.id, format=form)
    return bytes((await stage.ask("GetDocumentFile", request, "olena")).content)


@pytest.mark.clause("J01")
@pytest.mark.clause("J02")
@pytest.mark.clause("J03")
@pytest.mark.clause("J06")
@pytest.mark.clause("J07")
@pytest.mark.clause("J08")
@pytest.mark.clause("I11")
@pytest.mark.clause("I16")
async def test_a_month_ends_with_its_documents(stage: Stage, letters: Letters) -> None:
    address = f"{stage.tenant}@client.example"
    tariff = {**TARIFF, "usage": {"sms": "0.4567"}}
    await stage.open("1000", tariff, customer=customer(email=address), time_zone="Europe/Kyiv")
    await stage.settle("c1", "38044", 61)
    await stage.settle("c2", "4930", 31)
    await stage.settle("m1", "", None, service="sms", quantity=1)
    now = stage.clock()
    first, last = month_of(now.date())
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=first.isoformat())
    early = await stage.refusal("MakeDocument", asked, "olena")
    assert (early.reason.name, early.facts["why"]) == ("PERIOD", "not_past")
    stage.clock.forward(days=(last - now.date()).days + 2)
    made = await documents(stage, 3)
    act, tax, detail = (made[kind] for kind in (1, 2, 5))
    assert {one.dated for one in (act, tax, detail)} == {last.isoformat()}
    assert (act.total, act.vat, detail.total) == (uah("1.97"), uah("0.33"), uah("1.9667"))
    assert act.number == tax.number == f"{last.year}-1"
    again = (await stage.ask("MakeDocument", asked, "olena")).document
    assert (again.id, again.hash) == (act.id, act.hash), "what was made automatically is what is built by hand"
    content = await file(stage, act)
    assert content.startswith(b"%PDF")
    assert hashlib.sha256(content).hexdigest() == act.hash
    assert await genuine(stage, hash=act.hash)
    assert await genuine(stage, code=act.code)
    assert not await genuine(stage, hash=hashlib.sha256(content[:-1] + b"x").hexdigest())
    assert not await genuine(stage, code="0000-0000-0000-0000")
    rows = (await file(stage, detail, "csv")).decode("utf-8-sig").splitlines()
    assert len(rows) == 5
    assert rows[-1].endswith("1.966700 UAH")
    assert any(";sms × 1;;;" in row and row.endswith(";0.4567") for row in rows)
    await eventually(lambda: len(letters.of(address)) >= 3, 60)
    await eventually(lambda: mailed(stage, address), 60)
    assert len(letters.of(address)) == 3, "each once"

    objection = db.ObjectToDocumentRequest(document_id=act.id, not_received="дзвінок c2")
    assert (await stage.refusal("ObjectToDocument", objection, "olena")).reason.name == "INVALID"
    objection.fault = "обрив на вашому боці"
    disputed = (await stage.ask("ObjectToDocument", objection, "olena")).document
    assert disputed.state == "disputed"
    kinds = [one.kind for one in (await stage.ask("ListNotices", cb.ListNoticesRequest(), "olena")).notices]
    assert kinds.count("document") == 3


@pytest.mark.clause("J01")
async def test_terms_that_change_within_a_month_do_not_keep_it_from_ending(stage: Stage) -> None:
    account = await stage.open("100", customer=customer())
    await stage.settle("c1", "38044", 61)
    account.threshold.CopyFrom(uah("5"))
    await stage.ask("PutAccount", pb.PutAccountRequest(account=account), "olena")
    kept = await Store(mongo.database(stage.platforms["billing"], "billing")).account(account.id)
    assert kept is not None
    assert kept.closed > 0, "which month was closed last is no term"
    last = month_of(stage.clock().date())[1]
    stage.clock.forward(days=(last - stage.clock().date()).days + 2)
    assert (await documents(stage, 3))[db.DOCUMENT_KIND_ACT].total == uah("1.20")


async def mailed(stage: Stage, address: str) -> bool:
    listed = (await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents
    return all(one.sent_to == address for one in listed)


async def genuine(stage: Stage, **by: str) -> bool:
    return bool((await stage.ask("VerifyDocument", db.VerifyDocumentRequest(**by), "stranger")).genuine)


@pytest.mark.clause("J07")
@pytest.mark.clause("J03")
async def test_silence_accepts_an_act_and_individuals_get_none_by_themselves(stage: Stage) -> None:
    await stage.open("10", customer=customer(kind=pb.CUSTOMER_KIND_INDIVIDUAL))
    await stage.settle("c1", "38044", 61)
    first, last = month_of(stage.clock().date())
    stage.clock.forward(days=(last - stage.clock().date()).days + 2)
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_ACT, first=first.isoformat())
    act = (await stage.ask("MakeDocument", asked, "olena")).document
    assert (act.state, act.total) == ("issued", uah("1.20"))
    assert len((await stage.ask("ListDocuments", db.ListDocumentsRequest(), "olena")).documents) == 1
    stage.clock.forward(days=6)
    (kept,) = (await documents(stage)).values()
    assert kept.state == "accepted"
    late = db.ObjectToDocumentRequest(document_id=act.id, not_received="усе", fault="ви")
    assert (await stage.refusal("ObjectToDocument", late, "olena")).reason.name == "ILLEGAL"


@pytest.mark.clause("J04")
async def test_a_reconciliation_is_the_ledger_of_any_period(stage: Stage) -> None:
    await stage.open("100")
    await stage.settle("c1", "38044", 600)
    stage.clock.forward(days=2)
    await stage.pay("p2", "50")
    stage.clock.forward(days=2)
    today = stage.clock().date()
    first, last = today - timedelta(days=3), today - timedelta(days=1)
    asked = db.MakeDocumentRequest(
        kind=db.DOCUMENT_KIND_RECONCILIATION, first=first.isoformat(), last=last.isoformat()
    )  # fmt: skip
    done = (await stage.ask("MakeDocument", asked, "olena")).document
    rows = (await file(stage, done, "csv")).decode("utf-8-sig").splitlines()
    sums = [row.rpartition(";")[2].replace("\u00a0", " ") for row in rows[-4:]]
    assert sums == ["94.00 UAH", "0.00 UAH", "50.00 UAH", "144.00 UAH"]
    assert done.total == (await stage.account()).balance


@pytest.mark.clause("J05")
async def test_a_detail_is_had_of_days_that_are_over_up_to_six_months_back(stage: Stage) -> None:
    await stage.open("10")
    today = stage.clock().date()

    async def refused(first: date, last: date) -> str:
        asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_DETAIL, first=first.isoformat(), last=last.isoformat())
        return str((await stage.refusal("MakeDocument", asked, "olena")).facts["why"])

    assert await refused(today, today) == "not_past"
    assert await refused(today - timedelta(days=200), today - timedelta(days=1)) == "too_old"
    yesterday = (today - timedelta(days=1)).isoformat()
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_DETAIL, first=yesterday, last=yesterday)
    assert (await stage.ask("MakeDocument", asked, "olena")).document.total.micros == 0


@pytest.mark.clause("J09")
@pytest.mark.clause("H11")
async def test_an_invoice_and_a_change_of_terms_reach_the_address_of_the_application(
    stage: Stage, letters: Letters
) -> None:
    address = f"{stage.tenant}@client.example"
    await stage.open("0", customer=customer(email=address))
    asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_INVOICE, amount=uah("70"))
    invoice = (await stage.ask("MakeDocument", asked, "olena")).document
    await eventually(lambda: len(letters.of(address)) == 1, 60)
    (part,) = attached(letters.of(address)[0])
    assert (part.get_content_type(), part.get_content()) == ("application/pdf", await file(stage, invoice))
    again = (await stage.ask("MakeDocument", asked, "olena")).document
    assert (again.id, again.sent_to) == (invoice.id, address)
    texts = {"en": "Chat only", "ru": "Только чат", "uk": "Лише чат"}
    day = (stage.clock() + timedelta(days=20)).date().isoformat()
    change = kb.TermsChange(id="c1", kind="terms", titles=texts, texts=texts, effective_on=day)
    await stage.ask("PublishChange", kb.PublishChangeRequest(change=change), "olena")

    async def told() -> bool:
        changes = (await stage.ask("GetContract", kb.GetContractRequest(), "olena")).changes
        return [one.sent_to for one in changes] == [address]

    await eventually(told, 60)
    letter = message_from_bytes(letters.of(address)[1], policy=policy.default)
    body = letter.get_body()
    assert body is not None
    assert all(word in body.get_content() for word in (*texts.values(), day))
    assert len(letters.of(address)) == 2, "each once"


def attached(letter: bytes) -> list[EmailMessage]:
    return list(message_from_bytes(letter, policy=policy.default).iter_attachments())


@pytest.mark.clause("K01")
async def test_numbers_of_invoices_have_no_gaps_and_the_same_is_the_same(stage: Stage) -> None:
    await stage.open("0", customer=customer(language="ru", country="UA"))

    async def invoice(amount: str) -> db.Document:
        asked = db.MakeDocumentRequest(kind=db.DOCUMENT_KIND_INVOICE, amount=uah(amount))
        return (await stage.ask("MakeDocument", asked, "olena")).document  # type: ignore[no-any-return]

    made = await asyncio.gather(*(invoice(amount) for amount in ("10", "20", "20", "30")))
    assert {one.number.partition("-")[2] for one in made} == {"1", "2", "3"}
    assert len({one.hash for one in made}) == 3
    assert next(one.vat for one in made if one.total == uah("30")) == uah("5")
