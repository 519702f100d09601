"""Documents: composed from the ledger, numbered and kept by the writer, printed, sealed with the hash of the print.

    read the period ─▶ compose ─▶ [writer] number, code, data ─▶ print ─▶ keep the file ─▶ [writer] hash ─▶ mail

A document is known by its kind and period, so asking twice gives the same one, and whatever died between two steps is
completed by whoever asks next. Data and file never change once they are there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.app import detail_sheet, sheets
from antiphon.billing.app.accounts import Accounts, account_on
from antiphon.billing.app.closing import CLOSING
from antiphon.billing.app.document_ways import Readings, Ways
from antiphon.billing.app.messages import account_of, local_day
from antiphon.billing.app.numbering import DOCUMENT, numbered
from antiphon.billing.app.overview import days_between
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.sheets import About, Sheet
from antiphon.billing.app.terms import LARGEST
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import accounting, detail
from antiphon.billing.domain.accounting import MICRO, DocumentKind
from antiphon.billing.domain.instants import midnight
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.domain.vat import included
from antiphon.billing.v1 import documents_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

KINDS = {
    pb.DOCUMENT_KIND_ACT: DocumentKind.ACT,
    pb.DOCUMENT_KIND_TAX_INVOICE: DocumentKind.TAX_INVOICE,
    pb.DOCUMENT_KIND_INVOICE: DocumentKind.INVOICE,
    pb.DOCUMENT_KIND_RECONCILIATION: DocumentKind.RECONCILIATION,
    pb.DOCUMENT_KIND_DETAIL: DocumentKind.DETAIL,
}
NUMBERS = {kind: number for number, kind in KINDS.items()} | {
    DocumentKind.RECEIPT: pb.DOCUMENT_KIND_RECEIPT,
    DocumentKind.CLIENT_STATEMENT: pb.DOCUMENT_KIND_CLIENT_STATEMENT,
    DocumentKind.REGISTER: pb.DOCUMENT_KIND_REGISTER,
    DocumentKind.CORRECTION: pb.DOCUMENT_KIND_CORRECTION,
}
ACTS = (DocumentKind.ACT, DocumentKind.TAX_INVOICE)
MONTHLY = (*ACTS, DocumentKind.DETAIL)
TABLES = ("detail", "reconciliation", "client_statement", "register")
"""Kinds that are a table for spreadsheets, too."""
LONGEST_TEXT = 1_000


class Documents:
    """Everything about accounting documents."""

    def __init__(self, writer: Desk, accounts: Accounts, reading: Readings, ways: Ways, clock: Clock) -> None:
        self._writer = writer
        self._accounts = accounts
        self._reading = reading
        self._ways = ways
        self._clock = clock

    async def make(self, caller: Caller, request: pb.MakeDocumentRequest) -> pb.MakeDocumentResponse:
        kind = KINDS.get(request.kind)
        if kind is None:
            raise invalid("kind", "is no kind of document that is made on demand")
        record = await self._accounts.record(caller)
        today = local_day(record, nanos(self._clock()))
        if kind is DocumentKind.INVOICE:
            if request.amount.currency != record.currency:
                raise DomainError(Reason.CURRENCY)
            if not 0 < request.amount.micros <= LARGEST or request.amount.micros % 10_000:
                raise invalid("amount", "is not a positive amount of whole hundredths")
            paper = await self.issue(caller, record, kind, (today, today), Fraction(request.amount.micros, MICRO))
        else:
            period = days_between(request.first, request.last or request.first)
            period = _allowed(kind, period, today)
            if (
                kind in ACTS
                and await self._reading.paper(record.id, DOCUMENT, _name(kind, period, Fraction(0))) is None
            ):
                await self._ways.closing.check(record, period[0])
            paper = await self.issue(caller, record, kind, period)
        return pb.MakeDocumentResponse(document=self.message(paper))

    async def issue(
        self,
        caller: Caller,
        record: AccountRecord,
        kind: DocumentKind,
        period: tuple[date, date],
        amount: Fraction = Fraction(0),
    ) -> Paper:
        """The document of a period, made if it is not there."""
        name = _name(kind, period, amount)
        return await self.publish(caller, name, (kind, period), lambda: self._compose(record, kind, period, amount))

    async def publish(
        self,
        caller: Caller,
        name: str,
        what: tuple[DocumentKind, tuple[date, date]],
        compose: Callable[[], Awaitable[tuple[Sheet, dict[str, Any]]]],
    ) -> Paper:
        """The document of a name: composed, numbered, printed and sealed if it is not there. `compose` gives what is
        printed and what the paper keeps beside it; "mail" in it is where it goes, else the account's own address."""
        known = await self._reading.paper(account_of(caller.tenant), DOCUMENT, name)
        if known is None:
            known = await self._number(caller, name, what, await compose())
        return await self._sealed(caller, known)

    def about(self, kind: DocumentKind, record: AccountRecord, period: tuple[date, date]) -> About:
        """What every document says; it is dated today, those of a month at its end."""
        dated = period[1] if kind in MONTHLY else local_day(record, nanos(self._clock()))
        return About(kind, record, self._ways.seller, dated, *period)

    def require_over(self, record: AccountRecord, period: tuple[date, date]) -> None:
        """Raises PERIOD while something may still happen in it."""
        if period[1] >= local_day(record, nanos(self._clock())):
            raise DomainError(Reason.PERIOD, why=detail.Refused.NOT_PAST.value)

    async def _compose(
        self, record: AccountRecord, kind: DocumentKind, period: tuple[date, date], amount: Fraction
    ) -> tuple[Sheet, dict[str, Any]]:
        """(what is printed, what the paper keeps beside it)."""
        first, last = period
        zone, about = ZoneInfo(record.zone), self.about(kind, record, period)
        percent = profile(record.customer.country).vat_on(about.dated) if self._ways.seller.pays_vat else Fraction(0)
        if kind is DocumentKind.INVOICE:
            vat = included(amount, percent).vat
            return sheets.invoice(about, amount, vat, percent), {"total": _micros(amount), "vat": _micros(vat)}
        between = midnight(first, zone), midnight(last + timedelta(days=1), zone)
        entries = await self._reading.entries(record.id, between)
        if kind is DocumentKind.RECONCILIATION:
            turned = accounting.turnover(await self._reading.balance_before(record.id, between[0]), entries, record.id)
            return sheets.reconciliation(about, turned, entries), {"total": turned.closing, "vat": 0}
        missing = accounting.without_basis(entries)
        if missing:
            raise DomainError(Reason.NOT_CLOSED, what=missing[0])
        charges = [entry for entry in entries if accounting.worth(entry, record.id)]
        if kind is DocumentKind.DETAIL:
            calls = await self._reading.named_calls(record.id, [entry.operation.ref for entry in charges])
            total = sum(accounting.worth(entry, record.id) for entry in charges)
            made = await self._reading.paper(record.id, DOCUMENT, _name(DocumentKind.ACT, period, Fraction(0)))
            acted = None if made is None else (_whole(made.data["total"]), _whole(made.data["carry"]))
            return detail_sheet.detail(about, charges, calls, acted), {"total": total, "vat": 0}
        calls = await self._reading.named_calls(record.id, accounting.sold_for_others(charges))
        lines = accounting.service_lines(charges, record.id, {name: call.carrier for name, call in calls.items()})
        if record.packages:
            lines = accounting.with_packages(lines, *await self._reading.talked(record.id, between))
        before = accounting.month_of(first - timedelta(days=1))
        earlier = await self._reading.paper(record.id, DOCUMENT, _name(kind, before, Fraction(0)))
        carry = _whole(earlier.data["carry"]) if earlier is not None else Fraction(0)
        sums = accounting.settle(lines, carry, percent)
        facts = {"total": _micros(sums.total), "vat": _micros(sums.vat), "carry": _micros(sums.carry)}
        return sheets.act(about, lines, sums, percent, carry), facts

    async def _number(
        self,
        caller: Caller,
        name: str,
        what: tuple[DocumentKind, tuple[date, date]],
        made: tuple[Sheet, dict[str, Any]],
    ) -> Paper:
        def decide(page: Page, now: int) -> Paper:
            known = page.papers.get(key_of(DOCUMENT, name))
            return known or numbered(page, (now, caller.subject), name, what, made)

        touches = Touches(papers=[key_of(DOCUMENT, name)])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def complete(self, caller: Caller, name: str) -> None:
        """Prints and seals a document that was numbered elsewhere."""
        paper = await self._reading.paper(account_of(caller.tenant), DOCUMENT, name)
        if paper is not None:
            await self._sealed(caller, paper)

    async def _sealed(self, caller: Caller, paper: Paper) -> Paper:
        """Printed, kept and sealed; the seal of who was first stays."""
        if paper.data["hash"]:
            return paper
        content = await self._ways.printed(paper.data["sheet"])
        hashed = hashlib.sha256(content).hexdigest()
        await self._reading.keep_file(hashed, content)
        sealed = await self._learn(caller, paper.id, lambda known: {} if known.data["hash"] else {"hash": hashed})
        return await self._mailed(caller, sealed)

    async def _mailed(self, caller: Caller, paper: Paper) -> Paper:
        to = paper.data["mail"]
        if not to or paper.data["sent"]:
            return paper
        content = await self._reading.file(paper.data["hash"])
        subject = f"{paper.data['sheet']['title']} {paper.data['text']}"
        if content is None or not await self._ways.mail(to, subject, [(_file_name(paper, "pdf"), content)]):
            return paper
        return await self._learn(caller, paper.id, lambda _: {"sent": to})

    async def _learn(self, caller: Caller, name: str, learnt: Callable[[Paper], dict[str, Any]]) -> Paper:
        def decide(page: Page, now: int) -> Paper:
            known = page.papers[key_of(DOCUMENT, name)]
            news = learnt(known)
            return page.put_paper(known.to(known.state, **news)) if news else known

        touches = Touches(papers=[key_of(DOCUMENT, name)])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def close_month(self, record: AccountRecord, month: date) -> None:
        """At the end of a month: the whole set for who gets it, once. Raises NOT_CLOSED and makes nothing while its
        control totals differ."""
        caller, name = Caller(record.tenant, "service:billing"), f"{month:%Y-%m}"
        kept = await self._ways.closing.check(record, month)
        if record.customer.kind != "individual":
            for kind in MONTHLY:
                await self.issue(caller, record, kind, accounting.month_of(month))

        def decide(page: Page, now: int) -> None:
            account = account_on(page)
            page.account = replace(account, closed=max(account.closed, month.year * 100 + month.month))
            page.changed = True
            if key_of(CLOSING, name) not in page.papers:
                page.put_paper(Paper(CLOSING, name, "closed", now, caller.subject, data=kept))

        await self._writer.do(Work(record.id, record.tenant, Touches(papers=[key_of(CLOSING, name)]), decide))
        await self._ways.closing.settled(record, month)

    async def mail_waiting(self, tenant: str, paper: Paper) -> None:
        """Tries once more to mail what could not be mailed."""
        await self._mailed(Caller(tenant, "service:billing"), paper)

    async def object_to(self, caller: Caller, request: pb.ObjectToDocumentRequest) -> pb.ObjectToDocumentResponse:
        texts = (request.not_received.strip(), request.fault.strip())
        if not all(texts) or max(map(len, texts)) > LONGEST_TEXT:
            raise invalid("not_received", "says what was not received and how the provider is at fault")

        def decide(page: Page, now: int) -> Paper:
            known = page.papers.get(key_of(DOCUMENT, request.document_id))
            if known is None or known.data["kind"] != DocumentKind.ACT.value:
                raise DomainError(Common.NOT_FOUND, object=request.document_id)
            if known.state == "issued" and now >= known.data["accept_at"]:
                raise DomainError(Reason.ILLEGAL, "it is accepted already")
            if known.state != "issued":
                return known
            page.note(Said(now, caller.subject, "objection", known.data["text"]))
            return page.put_paper(known.to("disputed", objection=" · ".join(texts)))

        touches = Touches(papers=[key_of(DOCUMENT, request.document_id)])
        paper = await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))
        return pb.ObjectToDocumentResponse(document=self.message(paper))

    async def listed(self, caller: Caller, limit: int) -> pb.ListDocumentsResponse:
        found = await self._reading.papers(account_of(caller.tenant), DOCUMENT, limit)
        return pb.ListDocumentsResponse(documents=[self.message(paper) for paper in found])

    async def file(self, caller: Caller, request: pb.GetDocumentFileRequest) -> pb.GetDocumentFileResponse:
        paper = await self._reading.paper(account_of(caller.tenant), DOCUMENT, request.document_id)
        if paper is None:
            raise DomainError(Common.NOT_FOUND, object=request.document_id)
        if request.format == "csv" and paper.data["kind"] in TABLES:
            content = sheets.as_csv(paper.data["sheet"])
            return pb.GetDocumentFileResponse(
                content=content, name=_file_name(paper, "csv"), content_type="text/csv; charset=utf-8"
            )
        if request.format not in ("", "pdf"):
            raise invalid("format", "is neither pdf nor, of a detail, csv")
        if not paper.data["hash"]:  # a call's number was masked in it since
            paper = await self._sealed(caller, paper)
        printed = await self._reading.file(paper.data["hash"]) if paper.data["hash"] else None
        if printed is None:
            raise DomainError(Common.NOT_FOUND, object=request.document_id)
        return pb.GetDocumentFileResponse(
            content=printed, name=_file_name(paper, "pdf"), content_type="application/pdf"
        )

    async def verify(self, request: pb.VerifyDocumentRequest) -> pb.VerifyDocumentResponse:
        code, hashed = request.code.strip().upper(), request.hash.strip().lower()
        paper = await self._reading.by_code(code, hashed) if code or hashed else None
        if paper is None:
            return pb.VerifyDocumentResponse()
        data = paper.data
        return pb.VerifyDocumentResponse(
            genuine=True, kind=_kind(data), number=data["text"], dated=data["dated"]
        )  # fmt: skip

    def message(self, paper: Paper) -> pb.Document:
        data, now = paper.data, nanos(self._clock())
        accepted = paper.state == "issued" and 0 < data["accept_at"] <= now
        return pb.Document(
            id=paper.id,
            kind=_kind(data),
            number=data["text"],
            dated=data["dated"],
            first=data["first"],
            last=data["last"],
            total=Money(currency=data["currency"], micros=data["total"]),
            vat=Money(currency=data["currency"], micros=data["vat"]),
            state="accepted" if accepted else paper.state,
            accepted_at=stamp(data["accept_at"] or None),
            hash=data["hash"],
            code=data["code"],
            issued_at=stamp(paper.at),
            sent_to=data["sent"],
            objection=data.get("objection", ""),
            corrects=data.get("corrects", ""),
        )


def _allowed(kind: DocumentKind, period: tuple[date, date], today: date) -> tuple[date, date]:
    """Raises PERIOD for days that are not over, or a detail that is too old."""
    if kind in ACTS:
        period = accounting.month_of(period[0])
        if period[1] >= today:
            raise DomainError(Reason.PERIOD, why=detail.Refused.NOT_PAST.value)
    elif kind is DocumentKind.DETAIL:
        asked = detail.period(today, *period)
        if asked.refused is not None:
            raise DomainError(Reason.PERIOD, why=asked.refused.value, earliest=asked.earliest.isoformat())
    elif period[1] >= today:
        raise DomainError(Reason.PERIOD, why=detail.Refused.NOT_PAST.value)
    return period


def _name(kind: DocumentKind, period: tuple[date, date], amount: Fraction) -> str:
    first, last = (day.isoformat() for day in period)
    return f"{kind.value}:{first}:{last}" + (f":{_micros(amount)}" if kind is DocumentKind.INVOICE else "")


def _kind(data: Mapping[str, Any]) -> pb.DocumentKind.ValueType:
    return NUMBERS[DocumentKind(data["kind"])]


def _whole(micros: int) -> Fraction:
    return Fraction(micros, MICRO)


def _micros(amount: Fraction) -> int:
    return int(amount * MICRO)


def _file_name(paper: Paper, suffix: str) -> str:
    return f"{paper.data['kind']}-{paper.data['text']}.{suffix}"
