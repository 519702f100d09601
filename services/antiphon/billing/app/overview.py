"""What the cabinet shows: sums by day, notices, services, orders, the log of decisions. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app import notices, packages
from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.cabinet import ORDER, order_message, product_message
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.prices import Prices
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.instants import day_of, midnight
from antiphon.billing.domain.ledger import Hold
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.trail import Line
from antiphon.billing.v1 import cabinet_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import invalid
from antiphon.kit.tokens import Caller

LONGEST = 400
USUAL, MOST = 100, 500
KINDS = {
    Code.VOICE.value: "voice",
    Code.SUBSCRIPTION.value: "subscription",
    Code.LONG_DISTANCE.value: "long_distance",
    Code.CONTENT.value: "content",
}


def between(first: str, last: str, zone: str) -> tuple[int, int]:
    """Instants of a period of local days, both included. Raises INVALID."""
    days = days_between(first, last)
    return midnight(days[0], ZoneInfo(zone)), midnight(days[1] + timedelta(days=1), ZoneInfo(zone))


def days_between(first: str, last: str) -> tuple[date, date]:
    """Raises INVALID for what is no period."""
    try:
        days = day_of(first), day_of(last)
    except ValueError as error:
        raise invalid("first", f"first and last are days: {error}") from error
    if not 0 <= (days[1] - days[0]).days < LONGEST:
        raise invalid("last", f"is before first, or more than {LONGEST} days after")
    return days


class Readings(Protocol):
    """What the cabinet needs of the store."""

    async def papers(self, account_id: str, kind: str, limit: int = MOST, state: str = "") -> Sequence[Paper]: ...

    async def trail(self, account_id: str, limit: int = 0) -> Sequence[Line]: ...

    async def open_holds(self, account_id: str) -> Sequence[Hold]: ...

    async def spending(self, account_id: str, zone: str, between: tuple[int, int]) -> list[tuple[str, str, int]]: ...


class Overview:
    """Questions of the cabinet."""

    def __init__(self, reading: Readings, accounts: Accounts, tariffs: Tariffs, prices: Prices, clock: Clock) -> None:
        self._reading = reading
        self._prices = prices
        self._accounts = accounts
        self._tariffs = tariffs
        self._clock = clock

    async def spending(self, caller: Caller, request: pb.GetSpendingRequest) -> pb.GetSpendingResponse:
        record = await self._accounts.record(caller)
        period = between(request.first, request.last, record.zone)
        found = await self._reading.spending(record.id, record.zone, period)
        answer, sums = pb.GetSpendingResponse(total=Money(currency=record.currency)), dict[tuple[str, str], int]()
        for day, other, amount in found:
            place = day, KINDS.get(other, "other")
            sums[place] = sums.get(place, 0) + amount
            answer.total.micros += amount
        for (day, kind), amount in sorted(sums.items()):
            answer.days.add(day=day, kind=kind, amount=Money(currency=record.currency, micros=amount))
        return answer

    async def notices(self, caller: Caller, request: pb.ListNoticesRequest) -> pb.ListNoticesResponse:
        found = await self._reading.papers(account_of(caller.tenant), notices.KIND, limit(request.limit))
        return pb.ListNoticesResponse(notices=[notices.message(paper) for paper in found])

    async def products(self, caller: Caller, request: pb.ListProductsRequest) -> pb.ListProductsResponse:
        found = await self._prices.listed(caller.tenant)
        listed = sorted((product_message(paper) for paper in found), key=lambda product: product.name)
        return pb.ListProductsResponse(products=listed)

    async def packages(self, caller: Caller) -> pb.ListPackagesResponse:
        record = await self._accounts.record(caller)
        catalogue, now = await self._tariffs.catalogue(caller.tenant), nanos(self._clock())
        version, holds = catalogue.at(record.tariff_id, now), await self._reading.open_holds(record.id)
        return pb.ListPackagesResponse(packages=packages.listed(record, version, holds, now))

    async def orders(self, caller: Caller, request: pb.ListOrdersRequest) -> pb.ListOrdersResponse:
        found = await self._reading.papers(account_of(caller.tenant), ORDER, limit(request.limit))
        return pb.ListOrdersResponse(orders=[order_message(paper) for paper in found])

    async def trail(self, caller: Caller, request: pb.ListTrailRequest) -> pb.ListTrailResponse:
        lines = await self._reading.trail(account_of(caller.tenant), limit(request.limit))
        shown = [
            pb.TrailLine(
                number=line.number,
                at=stamp(line.said.at),
                by=line.said.by,
                what=line.said.what,
                about=line.said.about,
                hash=line.hash,
            )
            for line in lines
        ]
        return pb.ListTrailResponse(lines=shown)


def limit(asked: int) -> int:
    """How many rows an answer has."""
    return min(asked, MOST) if asked > 0 else USUAL
