"""Tariffs before they are in force: a price list read with its mistakes and changes, and last week rated anew by it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from antiphon.billing.app.messages import account_of
from antiphon.billing.app.tariffs import Versions, compiled, usage_of
from antiphon.billing.app.times import nanos
from antiphon.billing.domain.charging import Version, rate_record
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.price_list import Line, compare, read
from antiphon.billing.domain.records import AccountRecord, Charge, Rated
from antiphon.billing.v1 import office_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.tokens import Caller

WEEK = 7 * 86_400 * SECOND
LARGEST = 3_000_000
MOST_SHOWN = 500


class Readings(Protocol):
    """What is needed of the store."""

    def calls(self, account_id: str, between: tuple[int, int]) -> AsyncIterator[Rated]: ...


class PriceLists:
    """Looks before leaps."""

    def __init__(
        self, versions: Versions, readings: Readings, lines_of: Callable[[bytes], Sequence[Line]], clock: Clock
    ) -> None:
        self._versions = versions
        self._readings = readings
        self._lines_of = lines_of
        self._clock = clock

    async def read(self, caller: Caller, request: pb.ReadPriceListRequest) -> pb.ReadPriceListResponse:
        if not request.content or len(request.content) > LARGEST:
            raise invalid("content", "is empty, or larger than 3 MB")
        try:
            found = read(self._lines_of(request.content))
        except ValueError as error:
            raise invalid("content", str(error)) from error
        old: dict[str, Any] = {"rates": []}
        if request.tariff_id:
            old = json.loads((await self._newest(caller, request.tariff_id))["document"], parse_float=Decimal)
        changes = compare(old["rates"], found.rates) if found.usable else []
        answer = pb.ReadPriceListResponse(usable=found.usable, rates=len(found.rates))
        for remark in found.remarks[:MOST_SHOWN]:
            answer.remarks.add(line=remark.line, column=remark.column, message=remark.message, fatal=remark.fatal)
        for one in changes[:MOST_SHOWN]:
            answer.changes.add(
                prefix=one.prefix, kind=one.kind, before=one.before, after=one.after, percent=one.percent
            )
        if found.usable:
            answer.document = json.dumps({**old, "rates": found.rates}, ensure_ascii=False, default=str)
        return answer

    async def shadow(
        self, caller: Caller, request: pb.ShadowRateRequest, account: AccountRecord
    ) -> pb.ShadowRateResponse:
        draft = await self._versions.get(caller.tenant, request.tariff_id, request.version)
        if draft is None:
            raise DomainError(Common.NOT_FOUND, object=request.tariff_id)
        usage = usage_of(json.loads(draft["document"], parse_float=Decimal))
        version = Version(f"{request.tariff_id}:{request.version}", draft["currency"], 0, compiled(draft), usage)
        now = nanos(self._clock())
        charged = would = refused = count = 0
        prefixes: set[str] = set()
        async for call in self._readings.calls(account_of(caller.tenant), (now - WEEK, now)):
            if call.charge is not Charge.BILLED:
                continue
            again = rate_record(call.record, version, account.currency, now)
            count, charged, would = count + 1, charged + call.cost, would + again.cost
            if again.charge is Charge.SUSPENSE:
                refused += 1
                prefixes.add(call.prefix)

        def money(micros: int) -> Money:
            return Money(currency=account.currency, micros=micros)

        return pb.ShadowRateResponse(
            calls=count,
            charged=money(charged),
            would_cost=money(would),
            refused=refused,
            refused_prefixes=sorted(prefixes)[:MOST_SHOWN],
        )

    async def _newest(self, caller: Caller, tariff_id: str) -> dict[str, Any]:
        listed = [one for one in await self._versions.all(caller.tenant) if one["tariff"] == tariff_id]
        if not listed:
            raise DomainError(Common.NOT_FOUND, object=tariff_id)
        return max(listed, key=lambda one: int(one["version"]))
