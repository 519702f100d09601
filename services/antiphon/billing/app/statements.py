"""A bank's statement is imported: what names the account is credited once, the rest waits for a second person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from antiphon.billing.app.accounts import Accounts, account_on, keep_payment, restore
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.payments import PAYMENT, looks_like_a_card, payment_message
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.statements import Credit, NotAStatement, read
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import payments_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller


@dataclass(frozen=True, slots=True)
class Line:
    """A credit of the bank, as this account sees it."""

    id: str
    micros: int
    credit: Credit

    @property
    def otherwise(self) -> str:
        """Its name when the bank told another sum by the first name before."""
        return f"{self.id}:{self.micros}:{self.credit.currency}"


class Statements:
    """Bank transfers."""

    def __init__(
        self, writer: Desk, accounts: Accounts, papers: Callable[[str, str], Awaitable[Sequence[Paper]]]
    ) -> None:
        self._writer = writer
        self._accounts = accounts
        self._papers = papers

    async def take(self, caller: Caller, request: pb.ImportStatementRequest) -> pb.ImportStatementResponse:
        record = await self._accounts.record(caller)
        try:
            found = read(request.content, record.currency)
        except NotAStatement as error:
            raise invalid("content", str(error)) from error
        claims = [one for one in await self._papers(record.id, PAYMENT) if one.state == "expected"]
        counted: Counter[str] = Counter()
        for credit in found.credits:
            line = Line(f"bank:{credit.day.isoformat()}:{credit.reference}".replace("/", "-"), _micros(credit), credit)
            counted[await self._line(caller, line, claims)] += 1
        total = sum(_micros(credit) for credit in found.credits)
        return pb.ImportStatementResponse(
            format=found.format,
            credited=counted["credited"],
            known=counted["known"],
            review=counted["review"],
            lines=len(found.credits),
            total=Money(currency=record.currency, micros=total),
        )

    async def _line(self, caller: Caller, line: Line, claims: Sequence[Paper]) -> str:
        account_id = account_of(caller.tenant)
        claim = next((one for one in claims if _names(line.credit.purpose, one.data["document"])), None)

        def decide(page: Page, now: int) -> str:
            name, why = line.id, ""
            known = page.papers.get(key_of(PAYMENT, name))
            if known is not None and not _is_same(known, line):
                name, why = line.otherwise, "differs_from_known"
                known = page.papers.get(key_of(PAYMENT, name))
            if known is not None:
                return "known"
            account = account_on(page)
            why = why or _doubt(line, claim, account_id, account.currency)
            data = {
                "method": "bank",
                "amount": line.micros,
                "credited": 0,
                "currency": line.credit.currency,
                "parts": [],
                "purpose": "" if looks_like_a_card(line.credit.purpose) else line.credit.purpose[:300],
                "reason": why,
            }
            page.put_paper(Paper(PAYMENT, name, "review", now, caller.subject, data=data))
            page.note(Said(now, caller.subject, "statement", name))
            if why:
                return "review"
            _credit(page, line.id, line.micros, now)
            if claim is not None:
                page.put_paper(claim.to("found", found=line.id))
            return "credited"

        papers = [
            key_of(PAYMENT, line.id),
            key_of(PAYMENT, line.otherwise),
            *([claim.key] if claim is not None else []),
        ]
        touches = Touches([f"payment:{line.id}"], papers=papers)
        return await self._writer.do(Work(account_id, caller.tenant, touches, decide))

    async def resolve(self, caller: Caller, request: pb.ResolveLineRequest) -> pb.ResolveLineResponse:
        name = request.payment_id

        def decide(page: Page, now: int) -> pb.ResolveLineResponse:
            known = page.papers.get(key_of(PAYMENT, name))
            if known is None:
                raise DomainError(Common.NOT_FOUND, object=name)
            if known.state != "review":
                raise DomainError(Reason.ILLEGAL)
            if known.by == caller.subject:
                raise DomainError(Reason.SAME_PERSON)
            if request.credit and known.data["currency"] != account_on(page).currency:
                raise DomainError(Reason.CURRENCY)
            page.note(Said(now, caller.subject, "credited" if request.credit else "set_aside", name))
            if request.credit:
                _credit(page, name, known.data["amount"], now)
            else:
                page.put_paper(known.to("rejected"))
            return pb.ResolveLineResponse(payment=payment_message(page.papers[key_of(PAYMENT, name)]))

        touches = Touches([f"payment:{name}"], papers=[key_of(PAYMENT, name)])
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))


def _is_same(known: Paper, line: Line) -> bool:
    return (known.data["amount"], known.data["currency"]) == (line.micros, line.credit.currency)


def _credit(page: Page, name: str, micros: int, now: int) -> None:
    account = account_on(page)
    page.book.submit(Operation(f"payment:{name}", Op.TOPUP, micros, code=Code.BANK, ref=name), now)
    page.moved = True
    keep_payment(page, (name, "bank", page.papers[key_of(PAYMENT, name)].by), micros, now)
    restore(page, account, now)


def _doubt(line: Line, claim: Paper | None, account_id: str, currency: str) -> str:
    """Why a line waits for a person; empty when it is credited by itself."""
    if line.credit.currency != currency:
        return "currency"
    if claim is not None and claim.data["amount"] != line.micros:
        return "differs_from_claim"
    if claim is None and not _names(line.credit.purpose, account_id):
        return "not_named"
    return ""


def _names(purpose: str, word: str) -> bool:
    """Is the word there, and not a part of a longer one?"""
    return re.search(rf"(?<![0-9A-Za-z_]){re.escape(word)}(?![0-9A-Za-z_])", purpose, re.IGNORECASE) is not None


def _micros(credit: Credit) -> int:
    return int(credit.amount * 10**6)
