"""Lines and slots: charged by the day exactly while they are in use (`domain/rentals.py`).

Three ways lead to `take`: a fact of directory, a product or account that is there now, and a look at the whole truth
now and then. Each may come at any time and as often as it likes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from antiphon.billing.app.cabinet import ORDER, order_message
from antiphon.billing.app.messages import account_of, spent
from antiphon.billing.app.prices import PRODUCT, Prices
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.rentals import CHARGED, ENDED, RENTAL, WAITING, Heard, Step, step
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import rentals_pb2 as pb
from antiphon.billing.v1.events_pb2 import OrderChanged
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

STATES = {CHARGED: pb.RENTAL_STATE_CHARGED, WAITING: pb.RENTAL_STATE_WAITING, ENDED: pb.RENTAL_STATE_ENDED}
LIVE = (CHARGED, WAITING)
BY = "service:directory"


class Truth(Protocol):
    """What of a tenant is in use, as directory knows it at this moment."""

    async def rented(self, tenant: str) -> list[Heard]: ...


class Kept(Protocol):
    """What this needs of the store."""

    async def in_states(self, account_id: str, kind: str, states: Sequence[str]) -> list[Paper]: ...


class Rentals:
    def __init__(self, writer: Desk, reading: Kept, truth: Truth, prices: Prices) -> None:
        self._writer = writer
        self._prices = prices
        self._reading = reading
        self._truth = truth

    async def take(self, caller: Caller, request: pb.TakeRentalRequest) -> pb.TakeRentalResponse:
        """Begins, ends or notes. Raises INVALID."""
        heard = heard_of(request)
        order_id = f"{heard.subject}:{heard.rev}"
        known = key_of(RENTAL, heard.subject)
        sold = await self._prices.sold(caller.tenant, heard.product)

        def decide(page: Page, now: int) -> pb.TakeRentalResponse:
            if page.account is None:
                return pb.TakeRentalResponse()
            paper = page.papers.get(known)
            match step(paper, heard):
                case Step.NOTHING:
                    assert paper is not None
                case Step.NOTE:
                    paper = _note(page, paper, heard, now)
                case Step.BEGIN:
                    paper = _begin(page, paper, (heard, order_id, sold.on(page, heard.product)), now)
                case Step.END:
                    assert paper is not None
                    if key_of(ORDER, paper.data["order"]) not in page.papers:  # it began after we looked
                        raise DomainError(Common.UNAVAILABLE, "the rental has just begun; repeat it")
                    paper = _end(page, paper, heard, now)
            return pb.TakeRentalResponse(rental=rental_message(paper, page.account.currency))

        kept = await self._reading.in_states(account_of(caller.tenant), RENTAL, (CHARGED,))
        ordered = [paper.data["order"] for paper in kept if paper.id == heard.subject]
        papers = [known, key_of(PRODUCT, heard.product), *(key_of(ORDER, one) for one in {order_id, *ordered})]
        touches = Touches([f"order:{order_id}"], papers=papers)
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))

    async def listed(self, caller: Caller, currency: str) -> pb.ListRentalsResponse:
        """What is charged beside what is in use. What is kept is read first: see `differences`."""
        kept = await self._reading.in_states(account_of(caller.tenant), RENTAL, LIVE)
        truth = await self._truth.rented(caller.tenant)
        in_use, charged = Counter(one.product for one in truth), _charged(kept)
        used, paid = {one.subject for one in truth}, {paper.id for paper in kept if paper.state == CHARGED}
        return pb.ListRentalsResponse(
            rentals=[rental_message(paper, currency) for paper in sorted(kept, key=lambda paper: paper.id)],
            counts=[
                pb.RentalCount(product_id=name, in_use=in_use[name], charged=charged[name])
                for name in sorted({*in_use, *charged})
            ],
            uncharged=sorted(used - paid),
            overcharged=sorted(paid - used),
        )

    async def differences(self, tenant: str) -> list[pb.TakeRentalRequest]:
        """What makes what is charged equal to what is in use.

        What is kept is read before directory is asked. So what directory does not have any more has ended, with a
        revision above the kept one; should it have begun again meanwhile, that revision is higher still."""
        kept = {paper.id: paper for paper in await self._reading.in_states(account_of(tenant), RENTAL, LIVE)}
        truth = await self._truth.rented(tenant)
        used = {heard.subject for heard in truth}
        changes = [
            request_of(heard) for heard in truth if heard.subject not in kept or kept[heard.subject].state == WAITING
        ]
        for subject, paper in kept.items():
            if subject not in used:
                rental = pb.Rental(subject=subject, rev=paper.data["rev"] + 1, product_id=paper.data["product"])
                changes.append(pb.TakeRentalRequest(rental=rental, ended=True))
        return changes


def heard_of(request: pb.TakeRentalRequest) -> Heard:
    """Raises INVALID."""
    it = request.rental
    kind, _, name = it.subject.partition(":")
    if kind not in ("line", "slot") or not name or len(name) > 60 or "/" in name:
        raise invalid("subject", 'is "line:" or "slot:" and an id')
    if it.rev < 1 or not it.product_id or "/" in it.product_id:
        raise invalid("rental", "has a revision from 1 and a product")
    return Heard(it.subject, it.rev, it.product_id, it.number, it.slot, it.person_id, not request.ended)


def request_of(heard: Heard) -> pb.TakeRentalRequest:
    rental = pb.Rental(
        subject=heard.subject, rev=heard.rev, product_id=heard.product, number=heard.number, slot=heard.slot,
        person_id=heard.person_id,
    )  # fmt: skip
    return pb.TakeRentalRequest(rental=rental, ended=not heard.in_use)


def rental_message(paper: Paper, currency: str) -> pb.Rental:
    data = paper.data
    return pb.Rental(
        subject=paper.id, rev=data["rev"], product_id=data["product"], number=data["number"], slot=data["slot"],
        person_id=data["person"], state=STATES[paper.state], order_id=data["order"],
        monthly=Money(currency=currency, micros=data["monthly"]), since=stamp(paper.at),
    )  # fmt: skip


def _charged(kept: Sequence[Paper]) -> Counter[str]:
    return Counter(paper.data["product"] for paper in kept if paper.state == CHARGED)


def _note(page: Page, paper: Paper | None, heard: Heard, now: int) -> Paper:
    """Keeps what was heard; of something that never was in use only that it is over."""
    if paper is None:
        return page.put_paper(Paper(RENTAL, heard.subject, ENDED, now, BY, data=_data(heard)))
    if not heard.in_use:
        return page.put_paper(paper.to(ENDED, rev=heard.rev))
    shown = {"number": heard.number, "slot": heard.slot, "person": heard.person_id}
    return page.put_paper(paper.to(paper.state, rev=heard.rev, **shown))


def _begin(page: Page, paper: Paper | None, asked: tuple[Heard, str, Paper | None], now: int) -> Paper:
    """One order for it, at today's price; without a price it waits. It is in use already, so money is no question."""
    heard, order_id, product = asked
    account = page.account
    assert account is not None
    data = _data(heard)
    number = paper.number if paper is not None else 0
    if product is None:
        return page.put_paper(Paper(RENTAL, heard.subject, WAITING, now, BY, number, data))
    one_time, monthly = product.data["one_time"], product.data["monthly"]
    if one_time:
        charge = Operation(f"order:{order_id}", Op.CHARGE, one_time, code=Code.OTHER, forced=True, ref=order_id)
        page.book.submit(charge, now)
        spent(account, one_time, now)
        page.moved = True
    ordered = {
        "product": heard.product, "name": product.data["name"], "quantity": 1, "one_time": one_time,
        "monthly": monthly, "currency": account.currency, "subject": heard.subject, "number": heard.number,
        "slot": heard.slot,
    }  # fmt: skip
    order = page.put_paper(Paper(ORDER, order_id, "active", now, BY, data=ordered))
    page.account = replace(account, rented=account.rented + monthly)
    page.note(Said(now, BY, "order", f"{order_id}: 1 × {heard.product}"))
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(order)))
    data |= {"order": order_id, "monthly": monthly}
    return page.put_paper(Paper(RENTAL, heard.subject, CHARGED, now, BY, number, data))


def _end(page: Page, paper: Paper, heard: Heard, now: int) -> Paper:
    """The order that charged it is over; the fee of a day that has begun was taken."""
    account, order = page.account, page.papers[key_of(ORDER, paper.data["order"])]
    assert account is not None
    page.account = replace(account, rented=account.rented - order.data["monthly"])
    order = page.put_paper(order.to("cancelled", ended=now, ended_by=BY))
    page.note(Said(now, BY, "cancel", order.id))
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(order)))
    return page.put_paper(paper.to(ENDED, rev=heard.rev))


def _data(heard: Heard) -> dict[str, object]:
    return {
        "rev": heard.rev, "product": heard.product, "number": heard.number, "slot": heard.slot,
        "person": heard.person_id, "order": "", "monthly": 0,
    }  # fmt: skip
