"""What an owner or accountant does about the company's own account: orders, trust credit, usage beside calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from antiphon.billing.app import messages, notices, packages, starting
from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.messages import account_of, local_day
from antiphon.billing.app.prices import PRODUCT, Prices, Sold, changed
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.times import instant_of, nanos, stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.charging import used_cost
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.ledger import Op, Operation, Result
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.rentals import PRODUCTS
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import cabinet_pb2 as pb
from antiphon.billing.v1.events_pb2 import AccountRestored, NumberOrderMoved, OrderChanged
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

ORDER = "order"
TRUST_DAYS = 5
MOST_AT_ONCE = 1_000
STATES = {
    "active": pb.ORDER_STATE_ACTIVE,
    "cancelled": pb.ORDER_STATE_CANCELLED,
    "done": pb.ORDER_STATE_DONE,
    "connecting": pb.ORDER_STATE_CONNECTING,
    "refused": pb.ORDER_STATE_REFUSED,
    "releasing": pb.ORDER_STATE_RELEASING,
    starting.WAITING: pb.ORDER_STATE_WAITING,
}


class Cabinet:
    """Commands of the cabinet."""

    def __init__(self, writer: Desk, tariffs: Tariffs, prices: Prices, clock: Clock) -> None:
        self._writer = writer
        self._prices = prices
        self._tariffs = tariffs
        self._clock = clock

    async def put_product(self, caller: Caller, request: pb.PutProductRequest) -> pb.PutProductResponse:
        asked = request.product
        if not asked.id or len(asked.id) > 60 or "/" in asked.id or ":" in asked.id or not asked.name.strip():
            raise invalid("product", "has an id of 1 to 60 characters without slash and colon, and a name")
        if asked.one_time.micros < 0 or asked.monthly.micros < 0:
            raise invalid("product", "has a price that is negative")
        packages.check(asked)

        def decide(page: Page, now: int) -> pb.PutProductResponse:
            account = account_on(page)
            if {asked.one_time.currency, asked.monthly.currency} - {"", account.currency}:
                raise DomainError(Reason.CURRENCY)
            known = page.papers.get(key_of(PRODUCT, asked.id))
            data = {
                "name": asked.name.strip(),
                "description": asked.description.strip(),
                "one_time": asked.one_time.micros,
                "monthly": asked.monthly.micros,
                "currency": account.currency,
                "by_hand": asked.by_hand,
                **({"package": packages.offered(asked)} if asked.HasField("package") else {}),
            }
            data |= changed(known, data, account, now)
            state, number = "retired" if asked.retired else "offered", known.number if known is not None else 0
            paper = page.put_paper(Paper(PRODUCT, asked.id, state, now, caller.subject, number, data))
            page.note(Said(now, caller.subject, "product", asked.id))
            return pb.PutProductResponse(product=product_message(paper))

        return await self._do(caller, Touches(papers=[key_of(PRODUCT, asked.id)]), decide)

    async def place_order(self, caller: Caller, request: pb.PlaceOrderRequest) -> pb.PlaceOrderResponse:
        quantity = request.quantity or 1
        if not 1 <= quantity <= MOST_AT_ONCE:
            raise invalid("quantity", f"is not 1 to {MOST_AT_ONCE}")
        if not request.request_id or len(request.request_id) > 100:
            raise invalid("request_id", "has 1 to 100 characters")
        sold = await self._prices.sold(caller.tenant, request.product_id)

        def decide(page: Page, now: int) -> pb.PlaceOrderResponse:
            known = page.papers.get(key_of(ORDER, request.request_id))
            if known is not None:
                if (known.data["product"], known.data["quantity"]) != (request.product_id, quantity):
                    raise DomainError(Reason.CONFLICT, object=request.request_id)
            else:
                known = _place(page, now, caller.subject, (request, quantity, sold))
            return pb.PlaceOrderResponse(order=order_message(known), account=messages.account(page))

        touches = starting.touches(request.request_id, key_of(PRODUCT, request.product_id))
        return await self._do(caller, touches, decide)

    async def cancel_order(self, caller: Caller, request: pb.CancelOrderRequest) -> pb.CancelOrderResponse:
        def decide(page: Page, now: int) -> pb.CancelOrderResponse:
            account = account_on(page)
            known = page.papers.get(key_of(ORDER, request.order_id))
            if known is None:
                raise DomainError(Common.NOT_FOUND, object=request.order_id)
            if known.data.get("subject"):
                raise DomainError(Reason.ENDS_WITH_USE, subject=known.data["subject"])
            if known.id == account.plan_order:
                raise DomainError(Reason.ILLEGAL, "a plan is changed for another one, not ended")
            if known.state == starting.WAITING:
                known = starting.cancel(page, known, caller.subject, now)
                page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(known)))
            elif known.state == "active" and "e164" in known.data:
                known = _release(page, known, caller.subject, now)
            elif known.state == "active":
                packages.charge_rest(page, known, now)
                monthly = max(0, account.monthly - known.data["monthly"])
                page.account = replace(account, monthly=monthly, subscribed=packages.without(account, known.id))
                known = page.put_paper(known.to("cancelled", ended=now, ended_by=caller.subject))
                page.note(Said(now, caller.subject, "cancel", known.id))
                page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(known)))
            return pb.CancelOrderResponse(order=order_message(known), account=messages.account(page))

        return await self._do(caller, starting.touches(request.order_id), decide)

    async def take_trust(self, caller: Caller, request: pb.TakeTrustRequest) -> pb.TakeTrustResponse:
        def decide(page: Page, now: int) -> pb.TakeTrustResponse:
            account = account_on(page)
            if account.state is State.TERMINATED:
                raise DomainError(Reason.TERMINATED)
            today = local_day(account, now)
            if account.trust_until is not None and account.trust_until >= today:
                raise DomainError(Reason.OPEN_TRUST)
            lifted = account.state is State.SUSPENDED
            until = today + timedelta(days=TRUST_DAYS)
            page.account = replace(account, state=State.ACTIVE, suspended_on=None, trust_until=until)
            page.note(Said(now, caller.subject, "trust", until.isoformat()))
            notices.write(page, "trust", until.isoformat(), now)
            if lifted:
                page.told.append(AccountRestored(occurred_at=stamp(now), account=messages.account(page)))
            return pb.TakeTrustResponse(account=messages.account(page))

        return await self._do(caller, Touches(), decide)

    async def charge_usage(self, caller: Caller, request: pb.ChargeUsageRequest) -> pb.ChargeUsageResponse:
        if not request.usage_id or len(request.usage_id) > 150:
            raise invalid("usage_id", "has 1 to 150 characters")
        try:
            quantity = exact(request.quantity)
        except ValueError as error:
            raise invalid("quantity", str(error)) from error
        if not 0 < quantity <= 10**9:
            raise invalid("quantity", "is not above 0")
        when = instant_of(request.at) if request.HasField("at") else nanos(self._clock())
        catalogue = await self._tariffs.catalogue(caller.tenant)

        def decide(page: Page, now: int) -> pb.ChargeUsageResponse:
            account = account_on(page)
            if account.state is State.TERMINATED:
                raise DomainError(Reason.TERMINATED)
            version = catalogue.at(account.tariff_id, when)
            if version is None:
                raise DomainError(Reason.NO_TARIFF)
            if request.service not in version.usage:
                raise DomainError(Reason.NO_RATE, object=request.service)
            cost = used_cost(version.usage[request.service], quantity)
            operation = Operation(
                f"usage:{request.usage_id}", Op.CHARGE, cost, code=Code.CONTENT, forced=True,
                ref=f"{request.service} × {request.quantity}", tariff=version.id,
            )  # fmt: skip
            result = page.book.submit(operation, now)
            if result is Result.CONFLICT:
                raise DomainError(Reason.CONFLICT, object=request.usage_id)
            if result is Result.OK:
                messages.spent(account, cost, now)
                page.moved = True
            return pb.ChargeUsageResponse(
                cost=Money(currency=account.currency, micros=cost), account=messages.account(page)
            )

        return await self._do(caller, Touches([f"usage:{request.usage_id}"]), decide)

    async def _do(self, caller: Caller, touches: Touches, decide: Callable[[Page, int], messages.M]) -> messages.M:
        return await self._writer.do(Work(account_of(caller.tenant), caller.tenant, touches, decide))


def _release(page: Page, known: Paper, by: str, now: int) -> Paper:
    """A number leaves when directory has it back (`number_orders`)."""
    released = page.put_paper(known.to("releasing", ended_by=by, reason=""))
    page.note(Said(now, by, "cancel", known.id))
    page.told.append(NumberOrderMoved(occurred_at=stamp(now), order_id=known.id))
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(released)))
    return released


def _place(page: Page, now: int, by: str, asked: tuple[pb.PlaceOrderRequest, int, Sold]) -> Paper:
    request, quantity, sold = asked
    account = account_on(page)
    product = sold.on(page, request.product_id)
    if request.product_id in PRODUCTS:
        raise DomainError(Reason.ENDS_WITH_USE, product=request.product_id)
    if product is None:
        raise DomainError(Common.NOT_FOUND, object=request.product_id)
    if account.state is not State.ACTIVE:
        raise DomainError(Reason.SUSPENDED)
    one_time, monthly = product.data["one_time"] * quantity, product.data["monthly"] * quantity
    if (request.one_time.micros, request.monthly.micros) != (one_time, monthly):
        raise DomainError(Reason.PRICE_CHANGED)
    data = {
        "product": request.product_id,
        "name": product.data["name"],
        "quantity": quantity,
        "one_time": one_time,
        "monthly": monthly,
        "currency": account.currency,
        **({"package": product.data["package"]} if "package" in product.data else {}),
    }
    later = starting.when(account, request.start_on, now, by_hand=product.data.get("by_hand", False))
    if later is not None:
        paper = starting.wait(page, Paper(ORDER, request.request_id, starting.WAITING, now, by, data=data | later), now)
        page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(paper)))
        return paper
    _charge_once(page, account, (f"order:{request.request_id}", one_time), now)
    state = "active" if monthly else "done"
    order = Paper(ORDER, request.request_id, state, now, by, data=data | {"started": now})
    packages.charge_first(page, order, now, forced=False)
    page.account = replace(account, monthly=account.monthly + monthly)
    paper = page.put_paper(order)
    packages.ordered(page, paper, now)
    page.note(Said(now, by, "order", f"{request.request_id}: {quantity} × {request.product_id}"))
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(paper)))
    return paper


def _charge_once(page: Page, account: AccountRecord, charge: tuple[str, int], now: int) -> None:
    name, amount = charge
    if not amount:
        return
    if page.book.available < amount:
        raise DomainError(Reason.INSUFFICIENT, "there is not enough money for this order")
    page.book.submit(Operation(name, Op.CHARGE, amount, code=Code.OTHER, ref=name), now)
    messages.spent(account, amount, now)
    page.moved = True


def product_message(paper: Paper) -> pb.Product:
    data = paper.data
    return pb.Product(
        id=paper.id,
        name=data["name"],
        description=data["description"],
        one_time=Money(currency=data["currency"], micros=data["one_time"]),
        monthly=Money(currency=data["currency"], micros=data["monthly"]),
        retired=paper.state == "retired",
        by_hand=data.get("by_hand", False),
        next_one_time=_next(data, "one_time"),
        next_monthly=_next(data, "monthly"),
        changes_on=data.get("changes_on", ""),
        package=packages.offer_message(paper),
    )


def _next(data: Mapping[str, Any], name: str) -> Money | None:
    return Money(currency=data["currency"], micros=data[f"next_{name}"]) if f"next_{name}" in data else None


def order_message(paper: Paper) -> pb.Order:
    data = paper.data
    return pb.Order(
        id=paper.id,
        number=paper.number,
        product_id=data["product"],
        name=data["name"],
        quantity=data["quantity"],
        one_time=Money(currency=data["currency"], micros=data["one_time"]),
        monthly=Money(currency=data["currency"], micros=data["monthly"]),
        state=STATES[paper.state],
        ordered_at=stamp(paper.at),
        ordered_by=paper.by,
        subject=data.get("subject", ""),
        rented_number=data.get("number", ""),
        slot=data.get("slot", ""),
        includes=data.get("includes", ()),
        e164=data.get("e164", ""),
        reason=data.get("reason", ""),
        start_on=data.get("start_on", ""),
        start_by=data.get("start_by", ""),
        late=data.get("late", False),
        started_at=stamp(data.get("started")),
        by_hand=data.get("by_hand", False),
    )
