"""Accounts: their terms, payments, and the days that pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from antiphon.billing.app import ending, messages, notices
from antiphon.billing.app.dues import allocation
from antiphon.billing.app.messages import account_of, local_day, spent
from antiphon.billing.app.reserve import reserve_of
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.terms import LARGEST, read_terms
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.charging import MICRO
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.ledger import Book, Op, Operation, Result
from antiphon.billing.domain.lifecycle import Account, Happened, State, Terms, midnight
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.plans import changed_term
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import billing_pb2 as pb
from antiphon.billing.v1.events_pb2 import AccountRestored, AccountSuspended, AccountTerminated
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

METHODS = {"card": Code.CARD, "bank": Code.BANK}
KEPT = (
    "state",
    "suspended_on",
    "trust_until",
    "accrued_on",
    "traffic",
    "closed",
    "month",
    "month_sums",
    "numbers",
    "lines",
    "rented",
    "head",
    "plan",
    "plan_order",
    "company",
    "packages",
    "subscribed",
    "ending",
    "ends_on",
    "reserve_days",
)
"""What terms do not say."""
CERTIFICATE = key_of("certificate", "budget")
TOLD = {
    Happened.SUSPENDED: AccountSuspended,
    Happened.RESTORED: AccountRestored,
    Happened.TERMINATED: AccountTerminated,
}


class Accounts:
    """A tenant's account."""

    def __init__(
        self, writer: Desk, read: Callable[[str], Awaitable[AccountRecord | None]], tariffs: Tariffs, clock: Clock
    ) -> None:
        self._writer = writer
        self._read = read
        self._tariffs = tariffs
        self._clock = clock

    async def record(self, caller: Caller) -> AccountRecord:
        """The tenant's account as it is now. Raises NO_ACCOUNT."""
        record = await self._read(account_of(caller.tenant))
        if record is None:
            raise DomainError(Reason.NO_ACCOUNT)
        return record

    async def get(self, caller: Caller) -> pb.GetAccountResponse:
        record = await self.record(caller)
        catalogue = await self._tariffs.catalogue(caller.tenant)
        return pb.GetAccountResponse(account=messages.seen(record, catalogue, messages.nanos(self._clock())))

    async def put(self, caller: Caller, request: pb.PutAccountRequest) -> pb.PutAccountResponse:
        asked, account_id = request.account, account_of(caller.tenant)
        wanted = read_terms(asked, account_id, caller.tenant)
        sold_in = await self._tariffs.sold_in(caller.tenant)

        def decide(page: Page, now: int) -> pb.PutAccountResponse:
            known = page.account
            if sold_in is not None:
                _check_customer(known, wanted, sold_in)
            if known is None:
                _open(page, wanted, now)
            elif asked.rev == 0:
                raise DomainError(Reason.TAKEN)
            else:
                _change(page, known, wanted, now)
            page.moved = True
            page.note(Said(now, caller.subject, "terms", str(wanted.rev + 1)))
            return pb.PutAccountResponse(account=messages.account(page))

        touches = Touches(papers=[CERTIFICATE])
        return await self._writer.do(Work(account_id, caller.tenant, touches, decide))

    async def post_payment(self, caller: Caller, request: pb.PostPaymentRequest) -> pb.PostPaymentResponse:
        amount = request.amount
        if not request.payment_id or len(request.payment_id) > 100:
            raise invalid("payment_id", "has 1 to 100 characters")
        if request.method not in METHODS:
            raise invalid("method", "is neither card nor bank")
        if not 0 < amount.micros <= LARGEST:
            raise invalid("amount", "is not a positive amount")
        operation = Operation(
            f"payment:{request.payment_id}",
            Op.TOPUP,
            amount.micros,
            code=METHODS[request.method],
            ref=request.payment_id,
        )

        def decide(page: Page, now: int) -> pb.PostPaymentResponse:
            account = account_on(page)
            if amount.currency != account.currency:
                raise DomainError(Reason.CURRENCY)
            if operation.id not in page.book.entries and page.book.balance + amount.micros > LARGEST:
                raise invalid("amount", "takes the balance beyond a million million")
            result = page.book.submit(operation, now)
            if result is Result.CONFLICT:
                raise DomainError(Reason.CONFLICT, object=request.payment_id)
            if result is Result.OK:
                keep_payment(page, (request.payment_id, request.method, caller.subject), amount.micros, now)
                restore(page, account, now)
                page.moved = True
            return pb.PostPaymentResponse(account=messages.account(page))

        account_id = account_of(caller.tenant)
        touches = Touches([operation.id], papers=[key_of("payment", request.payment_id)])
        return await self._writer.do(Work(account_id, caller.tenant, touches, decide))

    async def free_overdue(self, account_id: str, tenant: str) -> None:
        """Ends the reservations whose time is over."""

        def decide(page: Page, now: int) -> None:
            if page.account is not None:
                before = page.book.held
                page.book.expire(now)
                if page.book.held != before:
                    page.moved = True

        await self._writer.do(Work(account_id, tenant, Touches(), decide))

    async def accrue(self, record: AccountRecord) -> None:
        """Takes the fee of the next local day that has begun and is not accrued yet."""
        if record.accrued_on is None:
            return
        day = record.accrued_on + timedelta(days=1)
        catalogue = await self._tariffs.catalogue(record.tenant)

        def decide(page: Page, now: int) -> None:
            account = account_on(page)
            begun = local_day(account, now)
            if account.ending != record.ending:
                return  # asked or withdrawn meanwhile: its papers were not loaded
            if account.accrued_on is not None and account.accrued_on < day <= begun:
                version = catalogue.at(account.tariff_id, now)
                account = _funded(page, account, (day, now))
                _accrue(page, account, (day, now), rests=version is not None and version.tariff.suspended_free)

        touches = Touches([_fee_id(day)], papers=[CERTIFICATE, *ending.touched(record)])
        await self._writer.do(Work(record.id, record.tenant, touches, decide))


def keep_payment(page: Page, who: tuple[str, str, str], amount: int, now: int) -> Paper:
    """The paper of a payment that was just credited, with what it went to."""
    account = account_on(page)
    name, method, by = who
    parts = allocation(account, page.book.balance - amount, amount, local_day(account, now))
    data = {"method": method, "amount": amount, "credited": amount, "currency": account.currency, "parts": parts}
    known = page.papers.get(key_of("payment", name))
    if known is not None:
        return page.put_paper(known.to("paid", **data))
    return page.put_paper(Paper("payment", name, "paid", now, by, data=data))


def begun_everywhere(now: int) -> str:
    """The latest date there is anywhere on earth: no account can be waiting for a later one."""
    return at(now // SECOND + 14 * 3600, ZoneInfo("UTC")).date().isoformat()


def is_due(record: AccountRecord, now: int) -> bool:
    """Has a day begun whose fee was not taken?"""
    return record.accrued_on is not None and record.accrued_on < local_day(record, now)


def _fee_id(day: date) -> str:
    return f"fee:{day.isoformat()}"


def _funded(page: Page, record: AccountRecord, when: tuple[date, int]) -> AccountRecord:
    """Paying after use ends at the midnight after the last day of the certificate, and its credit line with it."""
    day, now = when
    if not record.postpaid or _is_valid(page, day):
        return record
    page.account = replace(record, rev=record.rev + 1, postpaid=False, floor=max(0, record.floor))
    page.book.floor = page.account.floor
    page.changed = page.moved = True
    page.note(Said(now, ending.MACHINE, "certificate_over", day.isoformat()))
    notices.write(page, "certificate_over", day.isoformat(), now)
    return account_on(page)


def _accrue(page: Page, record: AccountRecord, when: tuple[date, int], *, rests: bool) -> None:
    """`rests`: no fee of a day that begins suspended."""
    day, now = when
    terms = Terms(
        Fraction(record.fee, 10**MICRO), Fraction(record.threshold, 10**MICRO),
        reserve_days=reserve_of(record), suspended_free=rests, ends_on=record.ends_on,
    )  # fmt: skip
    before = Account(Fraction(page.book.balance, 10**MICRO), record.state, record.suspended_on, record.trust_until)
    without_fee = record.fee == 0 and record.state is State.ACTIVE and record.ends_on is None
    after, log = (before, ()) if without_fee else midnight(before, terms, day)
    fee = int((before.balance - after.balance) * 10**MICRO)
    if fee:
        spent(record, fee, now, "subscription_local")
        page.book.submit(
            Operation(_fee_id(day), Op.CHARGE, fee, code=Code.SUBSCRIPTION, forced=True, ref=day.isoformat()), now
        )
    page.account = replace(
        record,
        state=after.state,
        suspended_on=after.suspended_on,
        trust_until=after.trust_until,
        accrued_on=day,
    )
    page.changed = True
    if Happened.SUSPENDED in log:
        page.account.reserve_days = 0  # an extension belongs to one suspension
    if Happened.TERMINATED in log:
        ending.finish(page, now)
    _tell_states(page, log, now)
    if fee:
        page.moved = True


def restore(page: Page, record: AccountRecord, now: int) -> None:
    """A payment above the threshold brings paid service back."""
    if record.state is State.SUSPENDED and page.book.balance > record.threshold:
        page.account = replace(record, state=State.ACTIVE, suspended_on=None)
        page.changed = True
        _tell_states(page, (Happened.RESTORED,), now)


def _tell_states(page: Page, log: tuple[Happened, ...], now: int) -> None:
    for happened in log:
        if happened in TOLD:
            page.told.append(TOLD[happened](occurred_at=messages.stamp(now), account=messages.account(page)))


def account_on(page: Page) -> AccountRecord:
    if page.account is None:
        raise DomainError(Reason.NO_ACCOUNT)
    return page.account


def _open(page: Page, wanted: AccountRecord, now: int) -> None:
    if wanted.rev != 0:
        raise DomainError(Reason.NO_ACCOUNT)
    _check_postpaid(page, wanted, now)
    opened = local_day(wanted, now)
    before = opened.replace(day=1) - timedelta(days=1)
    closed = before.year * 100 + before.month
    page.account = replace(wanted, rev=1, accrued_on=opened - timedelta(days=1), closed=closed)
    page.book = Book(wanted.id, floor=wanted.floor)
    page.changed = True


def _change(page: Page, known: AccountRecord, wanted: AccountRecord, now: int) -> None:
    if known.rev != wanted.rev:
        raise DomainError(Common.STALE)
    if known.currency != wanted.currency:
        raise DomainError(Reason.CURRENCY)
    _check_postpaid(page, wanted, now)
    kept = {name: getattr(known, name) for name in KEPT}
    page.account = replace(wanted, rev=known.rev + 1, **kept)
    page.book.floor = wanted.floor
    page.changed = True


def _check_customer(known: AccountRecord | None, wanted: AccountRecord, sold_in: set[str]) -> None:
    """Of an operator's customer the plan says the terms, not he himself."""
    if known is None and wanted.currency not in sold_in:
        raise DomainError(Reason.CURRENCY, "no plan is sold in this currency")
    if field := changed_term(known, wanted):
        raise DomainError(Reason.OPERATORS_TERMS, field=field)


def _check_postpaid(page: Page, wanted: AccountRecord, now: int) -> None:
    """Paying after use is for budgets whose certificate was approved and is valid."""
    valid = _is_valid(page, local_day(wanted, now))
    if wanted.postpaid and not (wanted.customer.kind == "budget" and valid):
        raise DomainError(Reason.NO_CERTIFICATE)


def _is_valid(page: Page, day: date) -> bool:
    """Is the budget's certificate valid on a day?"""
    certificate = page.papers.get(CERTIFICATE)
    return certificate is not None and day.isoformat() <= certificate.data["valid_until"]
