"""What carriers say they carried, compared with our records; and what calls over each brought."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import date, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app.carriers import Carriers
from antiphon.billing.app.overview import days_between
from antiphon.billing.app.price_lists import LARGEST
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.domain import carrier_statement as rules
from antiphon.billing.domain.carrier_statement import COLUMNS, Compared, Discrepancy, Told
from antiphon.billing.domain.instants import midnight
from antiphon.billing.domain.price_list import Line
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import Rated, masked
from antiphon.billing.domain.tariff import dialled
from antiphon.billing.v1 import carriers_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.clock import Clock
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.tokens import Caller

LONGEST_DAYS, MOST_LISTED = 62, 1_000
UTC = ZoneInfo("UTC")


class Store(Protocol):
    """What is needed of the store."""

    def carried(self, tenant: str, carrier_id: str, between: tuple[int, int]) -> AsyncIterator[tuple[Rated, str]]: ...

    async def totals(self, tenant: str, between: tuple[int, int]) -> list[dict[str, Any]]: ...

    async def statement(self, tenant: str, statement_id: str) -> tuple[pb.CarrierStatement, str] | None: ...

    async def keep_statement(self, tenant: str, made: pb.CarrierStatement, hashed: str, at: int) -> None: ...

    async def statements(self, tenant: str, carrier_id: str) -> list[pb.CarrierStatement]: ...


class CarrierStatements:
    def __init__(
        self, store: Store, carriers: Carriers, lines_of: Callable[[bytes, Sequence[str]], Sequence[Line]], clock: Clock
    ) -> None:
        self._store = store
        self._carriers = carriers
        self._lines_of = lines_of
        self._clock = clock

    async def reconcile(self, caller: Caller, request: pb.ReconcileCarrierRequest) -> pb.ReconcileCarrierResponse:
        carrier = await self._carriers.carrier(caller, request.carrier_id)
        if not 1 <= len(request.statement_id) <= 100:
            raise invalid("statement_id", "has 1 to 100 characters")
        zone, days = _zone(request.time_zone), days_between(request.first, request.last)
        if (days[1] - days[0]).days >= LONGEST_DAYS:
            raise invalid("last", f"is {LONGEST_DAYS} days after first, or more")
        told = request.SerializeToString(deterministic=True)
        hashed = hashlib.sha256(told).hexdigest()
        known = await self._store.statement(caller.tenant, request.statement_id)
        if known is None:
            theirs = self._theirs(request.content, zone)
            between = _instants(days, zone)
            wide = between[0] - rules.CLOCKS, between[1] + rules.CLOCKS
            ours = [_ours(one) async for one, _ in self._store.carried(caller.tenant, carrier.id, wide)]
            compared = rules.compare(ours, theirs, between)
            inside = [one for one in ours if between[0] <= one.at < between[1]]
            now = nanos(self._clock())
            made = _message(request, compared, (inside, theirs), carrier.currency)
            made.made_at.CopyFrom(stamp(now) or made.made_at)
            made.by = caller.subject
            await self._store.keep_statement(caller.tenant, made, hashed, now)
            known = await self._store.statement(caller.tenant, request.statement_id)
        assert known is not None
        if known[1] != hashed:
            raise DomainError(Reason.CONFLICT, object=request.statement_id)
        return pb.ReconcileCarrierResponse(statement=known[0])

    def _theirs(self, content: bytes, zone: ZoneInfo) -> list[Told]:
        if not content or len(content) > LARGEST:
            raise invalid("content", "is empty, or larger than 3 MB")
        try:
            return rules.read(self._lines_of(content, COLUMNS), zone)
        except ValueError as error:
            raise invalid("content", str(error)) from error

    async def listed(
        self, caller: Caller, request: pb.ListCarrierStatementsRequest
    ) -> pb.ListCarrierStatementsResponse:
        await self._carriers.require_own(caller)
        found = await self._store.statements(caller.tenant, request.carrier_id)
        return pb.ListCarrierStatementsResponse(statements=found)

    async def totals(self, caller: Caller, request: pb.ListCarrierTotalsRequest) -> pb.ListCarrierTotalsResponse:
        await self._carriers.require_own(caller)
        days = days_between(request.first, request.last)
        carriers = {one.id: one for one in (await self._carriers.listed(caller)).carriers}
        answer = pb.ListCarrierTotalsResponse()
        for one in await self._store.totals(caller.tenant, _instants(days, UTC)):
            group = one["_id"]
            known = carriers.get(group["carrier"])
            total = answer.totals.add(
                carrier_id=group["carrier"], carrier=known.name if known is not None else group["name"],
                calls=one["calls"], seconds=one["seconds"],
                sold=Money(currency=group["sold"], micros=one["sold"]),
                owed=Money(currency=group["owed"], micros=one["owed"]),
            )  # fmt: skip
            if group["sold"] == group["owed"]:
                total.margin.CopyFrom(Money(currency=group["sold"], micros=one["sold"] - one["owed"]))
        return answer


def _ours(call: Rated) -> Told:
    assert call.record.answered is not None
    number = call.record.called if call.erased else dialled(call.record.called)
    return Told(call.id, call.record.answered, number, call.seconds, call.carrier_cost)


def _instants(days: tuple[date, date], zone: ZoneInfo) -> tuple[int, int]:
    return midnight(days[0], zone), midnight(days[1] + timedelta(days=1), zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError) as error:
        raise invalid("time_zone", "is not known") from error


def _message(
    request: pb.ReconcileCarrierRequest, compared: Compared, sides: tuple[list[Told], list[Told]], currency: str
) -> pb.CarrierStatement:
    def money(micros: int) -> Money:
        return Money(currency=currency, micros=micros)

    def line(one: Discrepancy) -> pb.CarrierDiscrepancy:
        told = one.theirs or one.ours
        assert told is not None
        return pb.CarrierDiscrepancy(
            kind=one.kind.value,
            line=int(one.theirs.name) if one.theirs is not None else 0,
            call=one.ours.name if one.ours is not None else "",
            at=stamp(told.at),
            number=masked(told.number),
            our_seconds=one.ours.seconds if one.ours is not None else 0,
            their_seconds=one.theirs.seconds if one.theirs is not None else 0,
            our_amount=money(one.ours.amount) if one.ours is not None else None,
            their_amount=money(one.theirs.amount) if one.theirs is not None else None,
        )

    ours, theirs = sides
    return pb.CarrierStatement(
        id=request.statement_id, carrier_id=request.carrier_id, first=request.first, last=request.last,
        ours=len(ours), theirs=len(theirs), equal=compared.equal,
        our_sum=money(sum(one.amount for one in ours)), their_sum=money(sum(one.amount for one in theirs)),
        discrepancies_count=len(compared.discrepancies),
        discrepancies=[line(one) for one in compared.discrepancies[:MOST_LISTED]],
    )  # fmt: skip
