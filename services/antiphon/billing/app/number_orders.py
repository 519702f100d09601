"""Orders of the operator's numbers: money here, the number in directory, one outcome.

    connecting ── taken ────▶ active ── cancelled by the company ──▶ releasing ── given back ──▶ cancelled
               ── refused ──▶ refused            ◀── still a caller ID ──┘

The order is the truth of what is wanted and paid: its states change in the account's own transactions. Directory is
the truth of who has a number: it gives each order one answer for ever. Between the two goes `carry`, which may be
repeated at any point: it asks for what the order's state wants and writes down the answer if the state is still the one
it read. `NumberOrderMoved`, told in the transaction that began a step, makes billing carry on after any death.

The installation fee is reserved while the number is asked for and charged when it is there: a number without money, or
money without a number, is in no state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from antiphon.billing.app import messages, starting
from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.cabinet import ORDER, order_message
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.plans import Papers, short_of
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.plans import NUMBER
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import plans_pb2 as pb
from antiphon.billing.v1.events_pb2 import NumberOrderMoved, OrderChanged
from antiphon.kit import logs
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

REFUSALS = {"TAKEN", "NOT_FOUND", "FULL", "ORDER_ENDED"}
"""Answers of directory that end an order; with any other it asks again."""
log = logs.get("billing")


@dataclass(frozen=True, slots=True)
class Price:
    """What a number costs now, in micro-units."""

    installation: int
    monthly: int
    currency: str


class Pool(Protocol):
    """Who keeps the numbers."""

    async def price(self, tenant: str, e164: str) -> Price | None:
        """None: it is not offered."""

    async def take(self, tenant: str, order_id: str, e164: str) -> None: ...

    async def give_back(self, tenant: str, order_id: str) -> None: ...


class NumberOrders:
    """Ordering a number, and every further step of it."""

    def __init__(self, writer: Desk, papers: Papers, pool: Pool) -> None:
        self._writer = writer
        self._papers = papers
        self._pool = pool

    async def order(self, caller: Caller, request: pb.OrderNumberRequest) -> pb.OrderNumberResponse:
        if not 1 <= len(request.request_id) <= 100:
            raise invalid("request_id", "has 1 to 100 characters")
        if not request.e164:
            raise invalid("e164", "is needed")
        price = await self._pool.price(caller.tenant, request.e164)

        def decide(page: Page, now: int) -> Paper:
            known = page.papers.get(key_of(ORDER, request.request_id))
            if known is None:
                _check(page, request, price, now)
                return _place(page, request, caller.subject, now)
            if known.data["product"] != NUMBER + request.e164:
                raise DomainError(Reason.CONFLICT, object=request.request_id)
            return known

        paper = await self._do(caller.tenant, request.request_id, decide)
        try:
            paper = await self._carried(caller.tenant, paper)
        except DomainError as error:
            log.warning("an order of a number goes on later", error=str(error))
        if paper.state == "refused":
            raise DomainError(Reason.NUMBER_TAKEN, why=paper.data["reason"])
        return await self._do(
            caller.tenant,
            request.request_id,
            lambda page, now: pb.OrderNumberResponse(order=order_message(paper), account=messages.account(page)),
        )

    async def carry(self, caller: Caller, request: pb.CarryNumberOrderRequest) -> pb.CarryNumberOrderResponse:
        """Does what the order's state wants. Raises NOT_FOUND, and whatever is worth asking again."""
        paper = await self._papers.paper(account_of(caller.tenant), ORDER, request.order_id)
        if paper is None:
            raise DomainError(Common.NOT_FOUND, object=request.order_id)
        return pb.CarryNumberOrderResponse(order=order_message(await self._carried(caller.tenant, paper)))

    async def _carried(self, tenant: str, paper: Paper) -> Paper:
        if paper.state == "connecting":
            why = await _refusal(self._pool.take(tenant, paper.id, paper.data["e164"]), REFUSALS)
            return await self._finish(tenant, paper, lambda page, now: _connected(page, paper, why, now))
        if paper.state == "releasing":
            why = await _refusal(self._pool.give_back(tenant, paper.id), {"IN_USE"})
            return await self._finish(tenant, paper, lambda page, now: _released(page, paper, why, now))
        return paper

    async def _finish(self, tenant: str, seen: Paper, write: Callable[[Page, int], Paper]) -> Paper:
        """Writes the outcome of a step, unless another did meanwhile."""

        def decide(page: Page, now: int) -> Paper:
            known = page.papers[seen.key]
            return write(page, now) if known.state == seen.state else known

        return await self._do(tenant, seen.id, decide)

    async def _do(self, tenant: str, order_id: str, decide: Callable[[Page, int], messages.A]) -> messages.A:
        names = (f"{NUMBER}{order_id}", f"{NUMBER}{order_id}:freed", f"order:{order_id}")
        touches = Touches(names, holds=[f"{NUMBER}{order_id}"], papers=[key_of(ORDER, order_id)])
        return await self._writer.do(Work(account_of(tenant), tenant, touches, decide))


async def _refusal(asked: object, final: set[str]) -> str:
    """The reason of a refusal that is final; empty when it was done. Raises what may be different next time."""
    try:
        await asked  # type: ignore[misc]
    except DomainError as error:
        if error.reason.name not in final:
            raise
        return error.reason.name
    return ""


def _check(page: Page, request: pb.OrderNumberRequest, price: Price | None, now: int) -> None:
    account = account_on(page)
    if not account.plan:
        raise DomainError(Reason.NO_PLAN)
    if account.state is not State.ACTIVE:
        raise DomainError(Reason.SUSPENDED)
    if price is None:
        raise DomainError(Common.NOT_FOUND, object=request.e164)
    if price.currency != account.currency:
        raise DomainError(Reason.CURRENCY)
    if (request.installation.micros, request.monthly.micros) != (price.installation, price.monthly):
        raise DomainError(Reason.PRICE_CHANGED)
    page.book.expire(now)
    lacks = price.installation - page.book.available
    if lacks > 0:
        raise short_of(page, lacks)


def _place(page: Page, request: pb.OrderNumberRequest, by: str, now: int) -> Paper:
    account, order_id = account_on(page), request.request_id
    installation, monthly = request.installation.micros, request.monthly.micros
    if installation:
        page.book.submit(Operation(f"{NUMBER}{order_id}", Op.RESERVE, installation, ref=f"order:{order_id}"), now)
        page.moved = True
    data = {
        "product": NUMBER + request.e164, "name": request.e164, "quantity": 1, "one_time": installation,
        "monthly": monthly, "currency": account.currency, "e164": request.e164,
    }  # fmt: skip
    page.note(Said(now, by, "order", f"{order_id}: a number"))
    later = starting.when(account, request.start_on, now, by_hand=False)
    if later is not None:
        return _told(page, Paper(ORDER, order_id, starting.WAITING, now, by, data=data | later), now)
    return move(page, Paper(ORDER, order_id, "connecting", now, by, data=data), now)


def _connected(page: Page, paper: Paper, why: str, now: int) -> Paper:
    """Directory has answered: the reserve becomes the fee, or is free again."""
    account, amount, hold = account_on(page), paper.data["one_time"], f"{NUMBER}{paper.id}"
    if amount:
        page.book.submit(Operation(f"{hold}:freed", Op.VOID, hold=hold, ref=f"order:{paper.id}"), now)
        page.moved = True
    if why:
        page.note(Said(now, "service:billing", "refused", f"{paper.id}: {why}"))
        return _told(page, paper.to("refused", reason=why), now)
    if amount:  # it was reserved: the fee of a day that came between is not in its way
        name = f"order:{paper.id}"
        page.book.submit(Operation(name, Op.CHARGE, amount, code=Code.OTHER, forced=True, ref=name), now)
        messages.spent(account, amount, now)
    page.account = replace(account, monthly=account.monthly + paper.data["monthly"])
    page.note(Said(now, "service:billing", "connected", paper.id))
    return _told(page, paper.to("active", connected=now), now)


def _released(page: Page, paper: Paper, why: str, now: int) -> Paper:
    account = account_on(page)
    if why:
        page.note(Said(now, "service:billing", "kept", f"{paper.id}: {why}"))
        return _told(page, paper.to("active", reason=why), now)
    page.account = replace(account, monthly=max(0, account.monthly - paper.data["monthly"]))
    page.note(Said(now, "service:billing", "released", paper.id))
    return _told(page, paper.to("cancelled", ended=now, reason=""), now)


def move(page: Page, paper: Paper, now: int) -> Paper:
    """A step begins: kept, and told to ourselves in the same transaction."""
    page.told.append(NumberOrderMoved(occurred_at=stamp(now), order_id=paper.id))
    return _told(page, paper, now)


def _told(page: Page, paper: Paper, now: int) -> Paper:
    kept = page.put_paper(paper)
    page.changed = True
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(kept)))
    return kept
