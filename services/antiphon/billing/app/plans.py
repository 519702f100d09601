"""Plans of the operator: published by him, chosen by companies. A chosen plan is an order like any other.

What was agreed to stays: a plan that is changed or withdrawn later does so for those who choose it later.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from antiphon.billing.app import messages, notices, starting
from antiphon.billing.app.accounts import Accounts, account_on
from antiphon.billing.app.cabinet import ORDER, order_message
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.terms import LARGEST
from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain import plans as rules
from antiphon.billing.domain.amounts import decimal_text
from antiphon.billing.domain.charging import MICRO
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.plans import PLAN, Plan
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import plans_pb2 as pb
from antiphon.billing.v1.events_pb2 import OrderChanged
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import Caller

LANGUAGES = ("en", "ru", "uk")
LONGEST, MOST_SERVICES, MOST_LINES = 1_000, 20, 100_000
OFFERS = "offers.write"


class Published(Protocol):
    """What is needed of the store's plans."""

    async def seller(self, tenant: str) -> str: ...

    async def all(self, tenant: str) -> list[pb.ServicePlan]: ...

    async def put(self, tenant: str, plan: pb.ServicePlan) -> pb.ServicePlan: ...


class Papers(Protocol):
    """One paper as it is now."""

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...


Listed = Callable[[str], Awaitable[Sequence[dict[str, Any]]]]
"""The versions of an operator's tariffs."""


class Plans:
    """Publishing and choosing."""

    def __init__(
        self, writer: Desk, published: Published, papers: Papers, accounts: Accounts, tariffs: Listed, clock: Clock
    ) -> None:
        self._writer = writer
        self._published = published
        self._papers = papers
        self._accounts = accounts
        self._tariffs = tariffs
        self._clock = clock

    async def listed(self, caller: Caller) -> pb.ListServicePlansResponse:
        seller = await self._published.seller(caller.tenant)
        found = await self._published.all(seller or caller.tenant)
        staff = not seller and caller.may(OFFERS)
        answer = pb.ListServicePlansResponse(needed=bool(seller))
        answer.plans.extend(sorted((one for one in found if staff or not one.withdrawn), key=_smallest_first))
        if caller.may("billing.read"):
            current = await self._current(caller)
            if current is not None:
                answer.current.CopyFrom(order_message(current))
        return answer

    async def put(self, caller: Caller, request: pb.PutServicePlanRequest) -> pb.PutServicePlanResponse:
        wanted = _cleaned(request.plan)
        if wanted.tariff_id:
            known = {(one["tariff"], one["currency"]) for one in await self._tariffs(caller.tenant) if one["approver"]}
            if (wanted.tariff_id, wanted.monthly.currency) not in known:
                raise invalid("tariff_id", "is no approved tariff of yours in the currency of the plan")
        if not wanted.id:
            wanted.id, wanted.rev = new_id("pl", self._clock()), 0
        return pb.PutServicePlanResponse(plan=await self._published.put(caller.tenant, wanted))

    async def choose(self, caller: Caller, request: pb.ChoosePlanRequest) -> pb.ChoosePlanResponse:
        if not 1 <= len(request.request_id) <= 100:
            raise invalid("request_id", "has 1 to 100 characters")
        record = await self._accounts.record(caller)
        plan, seen = await self._offered(caller.tenant, request.plan_id), record.plan_order

        def decide(page: Page, now: int) -> pb.ChoosePlanResponse:
            known = page.papers.get(key_of(ORDER, request.request_id))
            if known is not None and known.data["product"] != PLAN + request.plan_id:
                raise DomainError(Reason.CONFLICT, object=request.request_id)
            if known is None:
                account = account_on(page)
                if account.plan_order != seen:
                    raise DomainError(Common.STALE, "another plan has just been chosen")
                if plan is None:
                    raise DomainError(Common.NOT_FOUND, object=request.plan_id)
                _check(page, account, plan, (request, now))
                known = _ordered(page, plan, (request, caller.subject), now)
            return pb.ChoosePlanResponse(order=order_message(known), account=messages.account(page))

        papers = [key_of(ORDER, request.request_id), *([key_of(ORDER, seen)] if seen else [])]
        return await self._writer.do(Work(record.id, caller.tenant, Touches(papers=papers), decide))

    async def _offered(self, tenant: str, plan_id: str) -> Plan | None:
        seller = await self._published.seller(tenant)
        offered = await self._published.all(seller or tenant)
        return next((_plan(one) for one in offered if one.id == plan_id and not one.withdrawn), None)

    async def _current(self, caller: Caller) -> Paper | None:
        try:
            record = await self._accounts.record(caller)
        except DomainError:
            return None  # no account yet
        if not record.plan_order:
            return None
        return await self._papers.paper(account_of(caller.tenant), ORDER, record.plan_order)


def short_of(page: Page, amount: int) -> DomainError:
    """The refusal that says what to do: top up by `needed`."""
    account = account_on(page)
    needed = decimal_text(amount, MICRO).rstrip("0").rstrip(".")
    return DomainError(
        Reason.INSUFFICIENT, f"top up {needed} {account.currency} first", needed=needed, currency=account.currency
    )


def _check(page: Page, account: AccountRecord, plan: Plan, asked: tuple[pb.ChoosePlanRequest, int]) -> None:
    request, now = asked
    if account.state is not State.ACTIVE:
        raise DomainError(Reason.TERMINATED if account.state is State.TERMINATED else Reason.SUSPENDED)
    if plan.currency != account.currency:
        raise DomainError(Reason.CURRENCY)
    if request.monthly.micros != plan.monthly:
        raise DomainError(Reason.PRICE_CHANGED)
    page.book.expire(now)
    if lacks := rules.missing(plan, page.book.available):
        raise short_of(page, lacks)


def _ordered(page: Page, plan: Plan, asked: tuple[pb.ChoosePlanRequest, str], now: int) -> Paper:
    """The order of a plan, which begins at once or waits."""
    request, by = asked
    data = {
        "product": PLAN + plan.id, "name": plan.name, "quantity": 1, "one_time": 0, "monthly": plan.monthly,
        "currency": plan.currency, "includes": list(plan.services), "tariff": plan.tariff_id, "lines": plan.lines,
    }  # fmt: skip
    later = starting.when(account_on(page), request.start_on, now, by_hand=plan.by_hand)
    paper = Paper(ORDER, request.request_id, starting.WAITING, now, by, data=data | (later or {}))
    if later is None:
        return begin(page, paper, by, now)
    kept = starting.wait(page, paper, now)
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(kept)))
    return kept


def begin(page: Page, order: Paper, by: str, now: int) -> Paper:
    """The plan that was agreed to begins, in the place of the one before."""
    account, data = account_on(page), order.data
    plan = Plan(
        data["product"].removeprefix(PLAN), data["name"], data["monthly"], data["currency"], data["tariff"],
        data["lines"], data["includes"],
    )  # fmt: skip
    old = page.papers.get(key_of(ORDER, account.plan_order)) if account.plan_order else None
    if old is not None:
        ended = page.put_paper(old.to("cancelled", ended=now, ended_by=by))
        page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(ended)))
    page.account = rules.under(plan, account, old.data["monthly"] if old is not None else 0)
    page.account.plan_order = order.id
    page.changed = True
    paper = page.put_paper(order.to("active", started=now))
    page.note(Said(now, by, "plan", f"{order.id}: {plan.id}"))
    notices.write(page, "plan", plan.name, now)
    page.told.append(OrderChanged(occurred_at=stamp(now), order=order_message(paper)))
    return paper


def _plan(one: pb.ServicePlan) -> Plan:
    monthly = one.monthly
    return Plan(
        one.id, one.name, monthly.micros, monthly.currency, one.tariff_id, one.lines, tuple(one.services), one.by_hand
    )


def _smallest_first(plan: pb.ServicePlan) -> tuple[int, int, str]:
    return plan.size, plan.monthly.micros, plan.name


def _cleaned(asked: pb.ServicePlan) -> pb.ServicePlan:
    """Raises INVALID."""
    plan = pb.ServicePlan()
    plan.CopyFrom(asked)
    plan.name = asked.name.strip()
    if not 0 < len(plan.name) <= 100:
        raise invalid("name", "has 1 to 100 characters")
    for texts in (plan.names, plan.descriptions):
        if set(texts) - set(LANGUAGES) or any(len(text) > LONGEST for text in texts.values()):
            raise invalid("names", f"are of {', '.join(LANGUAGES)}, each at most {LONGEST} characters")
    if plan.size not in pb.CompanySize.values() or not plan.size:
        raise invalid("size", "is small, medium or large")
    currency = plan.monthly.currency
    if len(currency) != 3 or not currency.isupper() or not currency.isascii():
        raise invalid("monthly", "has no ISO 4217 currency")
    if not 0 < plan.monthly.micros <= LARGEST:
        raise invalid("monthly", "is not a positive amount")
    if not 0 <= plan.lines <= MOST_LINES:
        raise invalid("lines", f"is not 0 to {MOST_LINES}")
    if len(plan.services) > MOST_SERVICES or any(not 0 < len(one) <= 60 for one in plan.services):
        raise invalid("services", f"are at most {MOST_SERVICES} names of the catalogue")
    return plan
