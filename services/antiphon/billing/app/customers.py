"""What the operator's people see and do on customers' accounts.

Who is a customer is decided here, and nowhere else: whoever asks is a signed-in person of the company that published
the plans, and the account is another company's. Everything after that is done as that person on behalf of the customer
("operator:<person>") by the use cases that the customer's own cabinet uses, and stands in the customer's own log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from antiphon.billing.app.messages import STATES, account_of, forecast, local_day
from antiphon.billing.app.reserve import reserved_until
from antiphon.billing.app.times import nanos
from antiphon.billing.app.writer import Desk, Page, Touches, Work
from antiphon.billing.domain.customers import Total, Wanted
from antiphon.billing.domain.lifecycle import State
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

USUAL, MOST, LONGEST = 50, 200, 100
FAR = 100_000
VISIT = "visit"
RIGHTS = frozenset({"billing.read", "billing.write"})
ORDERS = {
    pb.CUSTOMER_ORDER_UNSPECIFIED: "name",
    pb.CUSTOMER_ORDER_NAME: "name",
    pb.CUSTOMER_ORDER_BALANCE: "balance",
    pb.CUSTOMER_ORDER_DAYS_LEFT: "days",
}
_STATES = {number: state.value for state, number in STATES.items()}
_WHY = {State.ACTIVE: "", State.SUSPENDED: "threshold", State.TERMINATED: "unpaid"}


class Customers(Protocol):
    """What is needed of the store."""

    async def operator(self) -> str: ...

    async def page(self, wanted: Wanted, skip: int, limit: int) -> list[AccountRecord]: ...

    async def totals(self, wanted: Wanted) -> list[Total]: ...

    async def counts(self, accounts: Sequence[str]) -> dict[tuple[str, str], int]: ...

    async def plans(self, operator: str) -> dict[str, str]: ...


class Readings(Protocol):
    """One account, one paper, as they are now."""

    async def account(self, account_id: str) -> AccountRecord | None: ...

    async def paper(self, account_id: str, kind: str, paper_id: str) -> Paper | None: ...


class Behalf:
    """Who may act for whom."""

    def __init__(self, customers: Customers, reading: Readings) -> None:
        self._customers = customers
        self._reading = reading

    async def staff(self, caller: Caller) -> Caller:
        """A person of the operator's company. Raises DENIED."""
        if not caller.person_id or await self._customers.operator() != caller.tenant:
            raise DomainError(Common.DENIED, "only a person of whoever runs the installation does this")
        return caller

    async def customer(self, caller: Caller, customer_id: str) -> AccountRecord:
        """An account of one of the operator's customers. Raises DENIED, NOT_FOUND."""
        await self.staff(caller)
        record = await self._reading.account(customer_id)
        if record is None or record.tenant == caller.tenant:
            raise DomainError(Common.NOT_FOUND, object=customer_id)
        return record

    async def of(self, caller: Caller, customer_id: str) -> Caller:
        """The caller on behalf of a customer. Raises DENIED, NOT_FOUND."""
        record = await self.customer(caller, customer_id)
        return Caller(record.tenant, f"operator:{caller.person_id}", RIGHTS)


class CustomerList:
    """All customers, a page at a time."""

    def __init__(self, behalf: Behalf, customers: Customers, clock: Clock) -> None:
        self._behalf = behalf
        self._customers = customers
        self._clock = clock

    async def listed(self, caller: Caller, request: pb.ListCustomersRequest) -> pb.ListCustomersResponse:
        operator = (await self._behalf.staff(caller)).tenant
        if len(request.search) > LONGEST or request.order not in ORDERS:
            raise invalid("search", f"has at most {LONGEST} characters, and the order is one of those named")
        limit, skip = min(request.limit or USUAL, MOST), offset(request.after)
        if limit < 0:
            raise invalid("limit", "is negative")
        wanted = Wanted(
            operator, request.search.strip(), _STATES.get(request.state, ""), request.in_arrears,
            ORDERS[request.order], request.descending,
        )  # fmt: skip
        found = await self._customers.page(wanted, skip, limit)
        counts = await self._customers.counts([record.id for record in found])
        plans, now = await self._customers.plans(operator), nanos(self._clock())
        answer = pb.ListCustomersResponse(next=str(skip + limit) if len(found) == limit else "")
        answer.customers.extend(_row(record, counts, plans, now) for record in found)
        answer.totals.extend(_total(one) for one in await self._customers.totals(wanted))
        return answer


def offset(after: str) -> int:
    """How many rows are before a page. Raises INVALID."""
    if after and not (after.isascii() and after.isdigit() and int(after) <= FAR):
        raise invalid("after", "is no mark of a page")
    return int(after or 0)


def _row(
    record: AccountRecord, counts: Mapping[tuple[str, str], int], plans: Mapping[str, str], now: int
) -> pb.CustomerRow:
    def money(micros: int) -> Money:
        return Money(currency=record.currency, micros=micros)

    day = forecast(record, now) if record.state is State.ACTIVE else None
    until = reserved_until(record)
    return pb.CustomerRow(
        id=record.id,
        company=record.company or record.customer.name,
        legal_name=record.customer.name,
        plan_id=record.plan,
        plan=plans.get(record.plan, ""),
        state=STATES[record.state],
        state_reason=_WHY[record.state],
        balance=money(record.balance),
        available=money(record.balance - record.held - record.floor),
        threshold=money(record.threshold),
        arrears=money(max(0, -record.balance)),
        monthly_fee=money(record.fee),
        suspends_on=day.isoformat() if day is not None else "",
        terminates_on=(until + timedelta(days=1)).isoformat() if until is not None else "",
        late_payments=counts.get((record.id, "late"), 0),
        open_requests=counts.get((record.id, "request"), 0),
        open_cases=counts.get((record.id, "case"), 0),
        open_alarms=counts.get((record.id, "alarm"), 0),
        suspense=counts.get((record.id, "suspense"), 0),
    )


def _total(one: Total) -> pb.CustomerTotal:
    def money(micros: int) -> Money:
        return Money(currency=one.currency, micros=micros)

    return pb.CustomerTotal(
        state=STATES[State(one.state)], customers=one.customers, balance=money(one.balance),
        arrears=money(one.arrears), monthly_fee=money(one.monthly),
    )  # fmt: skip


class Marks:
    """Who of the operator has looked at an account: once a day and person, in its own log."""

    def __init__(self, writer: Desk, reading: Readings, clock: Clock) -> None:
        self._writer = writer
        self._reading = reading
        self._clock = clock

    async def is_left(self, record: AccountRecord, subject: str) -> bool:
        """Has it been written down today?"""
        name = _visit(record, subject, nanos(self._clock()))
        return await self._reading.paper(record.id, VISIT, name) is not None

    async def leave(self, record: AccountRecord, subject: str) -> None:
        name = _visit(record, subject, nanos(self._clock()))

        def decide(page: Page, now: int) -> None:
            if page.account is not None and key_of(VISIT, name) not in page.papers:
                page.put_paper(Paper(VISIT, name, "looked", now, subject))
                page.note(Said(now, subject, "looked_up", name))

        await self._writer.do(Work(record.id, record.tenant, Touches(papers=[key_of(VISIT, name)]), decide))


def _visit(record: AccountRecord, subject: str, now: int) -> str:
    return f"{subject}:{local_day(record, now).isoformat()}"


class Names:
    """Puts what the directory calls a company into its account, where lists look."""

    def __init__(self, writer: Desk, store: Any, leads: Callable[[str], bool]) -> None:
        self._writer = writer
        self._store = store
        self._leads = leads

    async def round(self) -> None:
        """Tells the accounts written here; one that is not open yet learns it when it is."""
        for tenant, name, rev in await self._store.renamed():
            if self._leads(account_of(tenant)):
                await self._tell(tenant, name)
                await self._store.told(tenant, rev)
        for tenant, name in await self._store.nameless():
            if self._leads(account_of(tenant)):
                await self._tell(tenant, name)

    async def _tell(self, tenant: str, name: str) -> None:
        def decide(page: Page, now: int) -> None:
            if page.account is not None and page.account.company != name:
                page.account, page.changed = replace(page.account, company=name), True

        await self._writer.do(Work(account_of(tenant), tenant, Touches(), decide))
