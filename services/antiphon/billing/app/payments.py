"""Money that comes in: by card through a provider, by bank transfer, and what people say about either.

A provider's notice is believed by its signature alone. What was really paid is what counts: in part, late and in
another way than it was begun; a country that is not served is declined, what else cannot be credited waits for a
person or goes back, and is seen. The number of a card never comes here; what looks like one is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from antiphon.billing.app import messages
from antiphon.billing.app.accounts import Accounts, account_on, keep_payment, restore
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.terms import LARGEST
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import signing
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.instants import SECOND, day_of
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.topups import Declined, declined
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import payments_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

PAYMENT = "payment"
STATES = ("succeeded", "failed", "refunded")
_CARD = re.compile(r"(?<![0-9])(?:[0-9][ -]?){12,18}[0-9](?![0-9])")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A payment to begin."""

    reference: str
    micros: int
    currency: str
    email: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What the provider calls it, and where the payer goes on."""

    id: str
    redirect_url: str


class Provider(Protocol):
    """Who takes cards."""

    async def begin(self, wanted: Wanted) -> Begun: ...


@dataclass(frozen=True, slots=True)
class Notice:
    """What the provider told of a payment."""

    provider_id: str
    payment_id: str
    tenant: str
    status: str
    paid: int
    currency: str
    country: str
    masked: str
    token: str


class Payments:
    """Top-ups by card, and claims."""

    def __init__(self, writer: Desk, accounts: Accounts, provider: Provider, clock: Clock, key: bytes) -> None:
        self._writer = writer
        self._accounts = accounts
        self._provider = provider
        self._clock = clock
        self._key = key

    async def start(self, caller: Caller, request: pb.StartTopUpRequest) -> pb.StartTopUpResponse:
        amount, name = request.amount, request.request_id
        if not 1 <= len(name) <= 80 or "/" in name or "|" in name:
            raise invalid("request_id", "has 1 to 80 characters, no slash and no bar")
        record = await self._accounts.record(caller)
        if amount.currency != record.currency:
            raise DomainError(Reason.CURRENCY)
        rules = profile(record.customer.country)
        exact_amount = Fraction(amount.micros, 10**6)
        why = declined(exact_amount, "", rules.card_limit, None)
        if why is Declined.FRACTION and not rules.whole_cards and (exact_amount * 100).denominator == 1:
            why = None
        if why is not None or amount.micros > LARGEST:
            raise DomainError(Reason.TOPUP_DECLINED, why=(why or Declined.LIMIT).value)
        reference = f"{caller.tenant}|{name}"
        begun = await self._provider.begin(Wanted(reference, amount.micros, record.currency, record.customer.email))

        def decide(page: Page, now: int) -> pb.StartTopUpResponse:
            known = page.papers.get(key_of(PAYMENT, name))
            if known is None:
                data = {
                    "method": "card",
                    "amount": amount.micros,
                    "credited": 0,
                    "currency": record.currency,
                    "provider_id": begun.id,
                    "parts": [],
                }
                known = page.put_paper(Paper(PAYMENT, name, "pending", now, caller.subject, data=data))
                page.note(Said(now, caller.subject, "topup", name))
            elif known.data["amount"] != amount.micros:
                raise DomainError(Reason.CONFLICT, object=name)
            return pb.StartTopUpResponse(payment=payment_message(known), redirect_url=begun.redirect_url)

        return await self._do(caller.tenant, Touches(papers=[key_of(PAYMENT, name)]), decide)

    def read_notice(self, request: pb.TakeProviderNoticeRequest) -> Notice:
        """Believes a notice by its signature. Raises FORGED, INVALID."""
        now = nanos(self._clock()) // SECOND
        if not self._key or not signing.is_genuine(self._key, request.signature, request.body, now):
            raise DomainError(Reason.FORGED)
        try:
            return _notice(json.loads(request.body))
        except (ValueError, KeyError, TypeError) as error:
            raise invalid("body", "is no notice of a payment") from error

    async def take(self, caller: Caller, request: pb.TakeProviderNoticeRequest) -> pb.TakeProviderNoticeResponse:
        """Does what a notice says, once."""
        notice = self.read_notice(request)
        if notice.tenant != caller.tenant:
            raise DomainError(Reason.FORGED)
        name = notice.payment_id

        def decide(page: Page, now: int) -> pb.TakeProviderNoticeResponse:
            known = page.papers.get(key_of(PAYMENT, name))
            if known is None or known.data.get("provider_id") != notice.provider_id:
                raise DomainError(Common.NOT_FOUND, object=name)
            if known.state in ("pending", "declined"):
                _settle(page, known, notice, now)
            elif notice.status == "refunded" and known.state in ("paid", "partial"):
                _take_back(page, known, now)
            return pb.TakeProviderNoticeResponse()

        operations = [f"payment:{name}", f"payment:{name}:back"]
        return await self._do(notice.tenant, Touches(operations, papers=[key_of(PAYMENT, name)]), decide)

    async def claim(self, caller: Caller, request: pb.ClaimPaymentRequest) -> pb.ClaimPaymentResponse:
        place, document = request.place.strip(), request.document_number.strip()
        if not place or not document or len(place) + len(document) > 300 or looks_like_a_card(place + " " + document):
            raise invalid("place", "place and number of the document are both needed, and no number of a card")
        try:
            paid_on = day_of(request.paid_on)
        except ValueError as error:
            raise invalid("paid_on", str(error)) from error
        if not 0 < request.amount.micros <= LARGEST:
            raise invalid("amount", "is not a positive amount")
        name = f"claim:{paid_on.isoformat()}:{document}".replace("/", "-")[:150]

        def decide(page: Page, now: int) -> pb.ClaimPaymentResponse:
            account = account_on(page)
            if request.amount.currency != account.currency:
                raise DomainError(Reason.CURRENCY)
            known = page.papers.get(key_of(PAYMENT, name))
            if known is None:
                data = {
                    "method": "claim",
                    "amount": request.amount.micros,
                    "credited": 0,
                    "currency": account.currency,
                    "parts": [],
                    "purpose": f"{place}, {paid_on.isoformat()}, {document}",
                    "document": document,
                }
                known = page.put_paper(Paper(PAYMENT, name, "expected", now, caller.subject, data=data))
                page.note(Said(now, caller.subject, "claim", name))
            return pb.ClaimPaymentResponse(payment=payment_message(known))

        return await self._do(caller.tenant, Touches(papers=[key_of(PAYMENT, name)]), decide)

    async def _do(self, tenant: str, touches: Touches, decide: Callable[[Page, int], messages.A]) -> messages.A:
        return await self._writer.do(Work(account_of(tenant), tenant, touches, decide))


def _notice(told: Any) -> Notice:
    reference = str(told["reference"])
    tenant, _, payment_id = reference.partition("|")
    status = str(told["status"])
    paid = exact(str(told["paid"])) * 10**6
    if status not in STATES or not payment_id or paid.denominator != 1 or not 0 <= paid <= LARGEST:
        raise ValueError("no notice")
    masked = re.sub(r"[^0-9]", "", str(told.get("last4", "")))[-4:]
    token = str(told.get("token", ""))[:80]
    if looks_like_a_card(token):
        raise ValueError("a token that is a card")
    texts = (str(told["currency"])[:3], str(told.get("country", ""))[:2], masked, token)
    return Notice(str(told["id"])[:80], payment_id, tenant, status, int(paid), *texts)


def _settle(page: Page, known: Paper, notice: Notice, now: int) -> None:
    account = account_on(page)
    about = {"masked": notice.masked, "token": notice.token}
    if notice.status != "succeeded":
        if known.state == "pending":
            page.put_paper(known.to("declined", reason="provider", **about))
        return
    if notice.currency != account.currency:
        page.put_paper(known.to("review", reason="currency", **about))
        return
    countries = profile(account.customer.country).card_countries
    if countries is not None and notice.country not in countries:
        page.put_paper(known.to("declined", reason="country", **about))
        return
    if not notice.paid:
        page.put_paper(known.to("declined", reason="nothing_paid", **about))
        return
    what = Operation(f"payment:{known.id}", Op.TOPUP, notice.paid, code=Code.CARD, ref=known.id)
    if not page.book.submit(what, now).done:
        return
    page.moved = True
    paper = keep_payment(page, (known.id, "card", known.by), notice.paid, now)
    whole = notice.paid >= known.data["amount"]
    page.put_paper(paper.to("paid" if whole else "partial", amount=known.data["amount"], **about))
    restore(page, account, now)


def _take_back(page: Page, known: Paper, now: int) -> None:
    """The provider gave the money back to the payer."""
    amount = known.data["credited"]
    what = Operation(f"payment:{known.id}:back", Op.CHARGE, amount, code=Code.CARD, forced=True, ref=known.id)
    if page.book.submit(what, now).done:
        page.moved = True
        page.put_paper(known.to("refunded", credited=0))


def looks_like_a_card(text: str) -> bool:
    """Is there a number of 13 to 19 digits that passes the check of cards (ISO/IEC 7812)?"""
    return any(_luhn(re.sub(r"[ -]", "", found.group(0))) for found in _CARD.finditer(text))


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def payment_message(paper: Paper) -> pb.Payment:
    data = paper.data
    currency = data["currency"]
    parts = [pb.Part(name=name, amount=Money(currency=currency, micros=micros)) for name, micros in data["parts"]]
    return pb.Payment(
        id=paper.id,
        number=paper.number,
        at=stamp(paper.at),
        method=data["method"],
        state=paper.state,
        reason=data.get("reason", ""),
        amount=Money(currency=currency, micros=data["amount"]),
        credited=Money(currency=currency, micros=data["credited"]),
        masked=f"•••• {data['masked']}" if data.get("masked") else "",
        parts=parts,
        purpose=data.get("purpose", ""),
    )
