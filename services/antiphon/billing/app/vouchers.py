"""Receipts for payments, and the control register: papers about papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app import register_sheet, sheets
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.documents import Documents
from antiphon.billing.app.overview import between
from antiphon.billing.domain.accounting import DocumentKind
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.ledger import Entry
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.register import Entered, series
from antiphon.kit.errors import Common, DomainError
from antiphon.kit.tokens import Caller

PAID = ("paid", "partial", "refunded")
PAYMENT = "payment"
SERIES = ("document", "incident", "order", "payment", "request", "case")
"""Kinds of papers that are entered."""
POSTING = "posting"


class Readings(Protocol):
    """What this needs of the store."""

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...

    async def made(self, account_id: str, kinds: Sequence[str], between: tuple[int, int]) -> Sequence[Paper]: ...

    async def entries(self, account_id: str, between: tuple[int, int]) -> Sequence[Entry]: ...


class Vouchers:
    """Made on demand, by the same rules as every document."""

    def __init__(self, accounts: Accounts, reading: Readings, documents: Documents) -> None:
        self._accounts = accounts
        self._reading = reading
        self._documents = documents

    async def receipt(self, caller: Caller, payment_id: str) -> Paper:
        """That a payment came and what it went to. Raises NOT_FOUND, ILLEGAL (nothing was credited)."""
        record = await self._accounts.record(caller)
        payment = await self._reading.paper(record.id, PAYMENT, payment_id)
        if payment is None:
            raise DomainError(Common.NOT_FOUND, object=payment_id)
        if payment.state not in PAID or not payment.data.get("credited"):
            raise DomainError(Reason.ILLEGAL, "nothing was credited")
        day = at(payment.at // SECOND, ZoneInfo(record.zone)).date()

        async def compose() -> tuple[sheets.Sheet, dict[str, Any]]:
            about = self._documents.about(DocumentKind.RECEIPT, record, (day, day))
            facts = {"total": payment.data["credited"], "vat": 0}
            return sheets.receipt(about, payment), facts

        name = f"{DocumentKind.RECEIPT.value}:{payment.number}"
        return await self._documents.publish(caller, name, (DocumentKind.RECEIPT, (day, day)), compose)

    async def register(self, caller: Caller, days: tuple[date, date]) -> Paper:
        """Every numbered paper and posting of a period that is over."""
        record = await self._accounts.record(caller)
        self._documents.require_over(record, days)
        name = f"{DocumentKind.REGISTER.value}:{days[0].isoformat()}:{days[1].isoformat()}"

        async def compose() -> tuple[sheets.Sheet, dict[str, Any]]:
            papers, postings = await self._entered(record, days)
            about = self._documents.about(DocumentKind.REGISTER, record, days)
            found = series([*papers, *postings])
            total = next((one.amount for one in found if one.name == POSTING), 0)
            return register_sheet.register(about, papers, found), {"total": total, "vat": 0, "mail": ""}

        return await self._documents.publish(caller, name, (DocumentKind.REGISTER, days), compose)

    async def _entered(self, record: AccountRecord, days: tuple[date, date]) -> tuple[list[Entered], list[Entered]]:
        instants = between(days[0].isoformat(), days[1].isoformat(), record.zone)
        made = await self._reading.made(record.id, SERIES, instants)
        papers = [Entered(one.kind, one.number, one.at, _amount(one)) for one in made]
        entries = await self._reading.entries(record.id, instants)
        return papers, [Entered(POSTING, one.seq, one.at, one.amount if one.debit else 0) for one in entries]


def _amount(paper: Paper) -> int:
    for name in ("credited", "total", "amount", "one_time"):
        if isinstance(paper.data.get(name), int):
            return int(paper.data[name])
    return 0
