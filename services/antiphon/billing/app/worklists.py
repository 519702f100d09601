"""What waits on all customers' accounts, and how a month is closed. Nothing here writes."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from antiphon.billing.app.customers import Behalf, offset
from antiphon.billing.app.incidents import read_month
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.domain.customers import Waiting
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.v1 import operator_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import invalid
from antiphon.kit.tokens import Caller

USUAL, MOST = 100, 500
KINDS = {
    pb.WORK_KIND_SUSPENSE: "suspense",
    pb.WORK_KIND_CASE: "case",
    pb.WORK_KIND_ALARM: "alarm",
    pb.WORK_KIND_REQUEST: "request",
}


class Customers(Protocol):
    """What is needed of the store."""

    async def waiting(self, operator: str, kind: str, reason: str, window: tuple[int, int]) -> list[Waiting]: ...

    async def reasons(self, operator: str, kind: str) -> dict[str, int]: ...

    async def names(self, accounts: Sequence[str]) -> dict[str, str]: ...

    async def closed(self, operator: str, month: int) -> tuple[int, int]: ...

    async def unclosed(self, operator: str, month: int, limit: int) -> list[AccountRecord]: ...

    async def alarms(self, accounts: Sequence[str]) -> list[tuple[str, str, int]]: ...

    async def counts(self, accounts: Sequence[str]) -> dict[tuple[str, str], int]: ...

    async def mailed(self, operator: str, last: str) -> tuple[int, dict[str, int]]: ...


class Worklists:
    """One list over everybody."""

    def __init__(self, behalf: Behalf, customers: Customers, clock: Clock) -> None:
        self._behalf = behalf
        self._customers = customers
        self._clock = clock

    async def listed(self, caller: Caller, request: pb.ListWorkRequest) -> pb.ListWorkResponse:
        operator = (await self._behalf.staff(caller)).tenant
        if request.kind not in KINDS:
            raise invalid("kind", "is missing")
        if request.limit < 0:
            raise invalid("limit", "is negative")
        kind, skip, limit = KINDS[request.kind], offset(request.after), min(request.limit or USUAL, MOST)
        found = await self._customers.waiting(operator, kind, request.reason, (skip, limit))
        names, now = await self._customers.names([one.account for one in found]), nanos(self._clock())
        answer = pb.ListWorkResponse(next=str(skip + limit) if len(found) == limit else "")
        for one in found:
            item = answer.items.add(
                kind=request.kind, customer_id=one.account, company=names.get(one.account, ""), id=one.id,
                reason=one.reason, since=stamp(one.since), by=one.by,
                age_hours=max(0, now - one.since) // (3600 * SECOND),
            )  # fmt: skip
            if one.currency:
                item.amount.CopyFrom(Money(currency=one.currency, micros=one.amount))
        counted = await self._customers.reasons(operator, kind)
        answer.counts.extend(pb.WorkCount(reason=reason, count=count) for reason, count in sorted(counted.items()))
        return answer

    async def month_end(self, caller: Caller, request: pb.GetMonthEndRequest) -> pb.GetMonthEndResponse:
        operator = (await self._behalf.staff(caller)).tenant
        first = read_month(request.month) if request.month else _last_month(self._clock().date())
        month = first.year * 100 + first.month
        last = first.replace(day=monthrange(first.year, first.month)[1]).isoformat()
        customers, closed = await self._customers.closed(operator, month)
        mailed, unmailed = await self._customers.mailed(operator, last)
        answer = pb.GetMonthEndResponse(
            month=f"{first:%Y-%m}", customers=customers, closed=closed, mailed=mailed, unmailed=sum(unmailed.values())
        )
        found = {one.id: one for one in await self._customers.unclosed(operator, month, MOST)}
        answer.blocked.extend(await self._blocked(found))
        names = await self._customers.names(list(unmailed)[:MOST])
        for account, count in sorted(unmailed.items(), key=lambda one: names.get(one[0], ""))[:MOST]:
            answer.blocked.add(customer_id=account, company=names.get(account, ""), reason="unmailed", count=count)
        return answer

    async def _blocked(self, found: Mapping[str, AccountRecord]) -> list[pb.BlockedAccount]:
        """Why accounts are not closed, by company."""
        alarms, counts = await self._customers.alarms(list(found)), await self._customers.counts(list(found))
        why: list[pb.BlockedAccount] = []
        for account, record in found.items():
            name = record.company or record.customer.name
            reasons = [
                pb.BlockedAccount(customer_id=account, company=name, reason="alarm", group=kind, count=count)
                for holder, kind, count in sorted(alarms)
                if holder == account
            ]
            if count := counts.get((account, "suspense"), 0):
                reasons.append(pb.BlockedAccount(customer_id=account, company=name, reason="suspense", count=count))
            why += reasons or [pb.BlockedAccount(customer_id=account, company=name, reason="waiting")]
        return why


def _last_month(today: date) -> date:
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
