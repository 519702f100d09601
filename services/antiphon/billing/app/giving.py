"""A line of the operator's bank statement that matched nobody is given to a customer by two people, once.

It is two accounts' matter, so it goes in steps that may be repeated: the line is marked as being given, the customer is
credited under the line's own name, the line is marked as given.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from antiphon.billing.app import messages
from antiphon.billing.app.accounts import account_on, keep_payment, restore
from antiphon.billing.app.customers import Behalf
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.payments import PAYMENT
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

LONGEST = 500
REVIEW, GIVING, GIVEN = "review", "giving", "given"
Send = Callable[[str, pb.TakeGivenPaymentRequest], Awaitable[pb.TakeGivenPaymentResponse]]
"""Credits the account of a tenant."""
log = logs.get("billing")


class Readings(Protocol):
    """What is needed of the store."""

    async def account(self, account_id: str) -> AccountRecord | None: ...

    async def everywhere(self, kind: str, state: str) -> Sequence[tuple[str, str, Paper]]: ...


class Giving:
    """Lines that are given away."""

    def __init__(self, writer: Desk, behalf: Behalf, reading: Readings) -> None:
        self._writer = writer
        self._behalf = behalf
        self._reading = reading

    async def offer(self, caller: Caller, request: pb.OfferPaymentRequest) -> pb.OfferPaymentResponse:
        if not 0 < len(request.reason.strip()) <= LONGEST:
            raise invalid("reason", f"is missing, or longer than {LONGEST} characters")
        customer = await self._behalf.customer(caller, request.customer_id)

        def decide(page: Page, now: int) -> pb.OfferPaymentResponse:
            known = _line(page, request.payment_id)
            if known.state != REVIEW:
                raise DomainError(Reason.ILLEGAL)
            if known.data["currency"] != customer.currency:
                raise DomainError(Reason.CURRENCY)
            offered = {
                "customer": customer.id, "company": customer.company or customer.customer.name,
                "offered_by": caller.subject, "why": request.reason.strip(),
            }  # fmt: skip
            known = page.put_paper(known.to(REVIEW, **offered))
            page.note(Said(now, caller.subject, "offer", f"{known.id} to {customer.id}"))
            return pb.OfferPaymentResponse(payment=message(known))

        return await self._writer.do(_work(caller, request.payment_id, decide))

    async def decide(self, caller: Caller, request: pb.DecidePaymentRequest) -> pb.DecidePaymentResponse:
        await self._behalf.staff(caller)

        def decide(page: Page, now: int) -> tuple[pb.DecidePaymentResponse, DomainError | None]:
            known = _line(page, request.payment_id)
            if known.state in (GIVING, GIVEN) and request.approve:
                return pb.DecidePaymentResponse(payment=message(known)), None
            if known.state != REVIEW or not known.data.get("customer"):
                raise DomainError(Reason.ILLEGAL)
            if request.approve and known.data["offered_by"] == caller.subject:
                page.note(Said(now, caller.subject, "own_request", known.id))
                return pb.DecidePaymentResponse(), DomainError(Reason.SAME_PERSON)
            if request.approve:
                known = page.put_paper(known.to(GIVING, given_by=caller.subject))
            else:
                known = page.put_paper(known.to(REVIEW, customer="", company="", offered_by="", why=""))
            page.note(Said(now, caller.subject, "give" if request.approve else "keep", known.id))
            return pb.DecidePaymentResponse(payment=message(known)), None

        answer, refusal = await self._writer.do(_work(caller, request.payment_id, decide))
        if refusal is not None:
            raise refusal  # after the attempt was written down
        return answer

    async def take(self, caller: Caller, request: pb.TakeGivenPaymentRequest) -> pb.TakeGivenPaymentResponse:
        """On the customer's account."""
        name, amount = request.payment_id, request.amount

        def decide(page: Page, now: int) -> pb.TakeGivenPaymentResponse:
            account = account_on(page)
            if key_of(PAYMENT, name) in page.papers:
                return pb.TakeGivenPaymentResponse()
            if amount.currency != account.currency:
                raise DomainError(Reason.CURRENCY)
            data = {
                "method": "bank", "amount": amount.micros, "credited": 0, "currency": amount.currency, "parts": [],
                "purpose": request.purpose, "reason": "",
            }  # fmt: skip
            page.put_paper(Paper(PAYMENT, name, REVIEW, now, request.by, data=data))
            page.book.submit(Operation(f"payment:{name}", Op.TOPUP, amount.micros, code=Code.BANK, ref=name), now)
            page.moved = True
            keep_payment(page, (name, "bank", request.by), amount.micros, now)
            page.note(Said(now, request.by, "given", name))
            restore(page, account, now)
            return pb.TakeGivenPaymentResponse()

        return await self._writer.do(_work(caller, name, decide))

    async def round(self, leads: Callable[[str], bool], send: Send) -> None:
        """Brings what is on its way to its customers."""
        for account_id, tenant, paper in await self._reading.everywhere(PAYMENT, GIVING):
            if leads(account_id):
                try:
                    await self._bring(tenant, paper, send)
                except DomainError as error:  # one that cannot be brought now keeps no other waiting
                    log.warning("a payment could not be given yet", reason=error.reason.name)

    async def _bring(self, tenant: str, paper: Paper, send: Send) -> None:
        data = paper.data
        customer = await self._reading.account(data["customer"])
        assert customer is not None, "accounts are never deleted"
        request = pb.TakeGivenPaymentRequest(
            payment_id=paper.id, amount=Money(currency=data["currency"], micros=data["amount"]),
            purpose=data.get("purpose", ""), by=f"operator:{data['given_by'].partition(':')[2]}",
        )  # fmt: skip
        await send(customer.tenant, request)

        def decide(page: Page, now: int) -> None:
            known = _line(page, paper.id)
            if known.state == GIVING:
                page.put_paper(known.to(GIVEN))

        await self._writer.do(_work(Caller(tenant, "service:billing"), paper.id, decide))


def _work(caller: Caller, name: str, decide: Callable[[Page, int], messages.A]) -> Work[messages.A]:
    touches = Touches([f"payment:{name}"], papers=[key_of(PAYMENT, name)])
    return Work(account_of(caller.tenant), caller.tenant, touches, decide)


def _line(page: Page, name: str) -> Paper:
    known = page.papers.get(key_of(PAYMENT, name))
    if known is None:
        raise DomainError(Common.NOT_FOUND, object=name)
    return known


def message(paper: Paper) -> pb.OfferedPayment:
    data = paper.data
    return pb.OfferedPayment(
        id=paper.id, amount=Money(currency=data["currency"], micros=data["amount"]), purpose=data.get("purpose", ""),
        customer_id=data.get("customer", ""), company=data.get("company", ""), reason=data.get("why", ""),
        offered_by=data.get("offered_by", ""), state=paper.state,
    )  # fmt: skip
