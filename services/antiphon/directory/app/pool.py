"""The operator's numbers for rent: kept by the operator, taken and given back by orders of billing's.

Who has a number is decided here, by one transaction over the pool, the company's own numbers and the order's fate. An
order has one fate for ever: taken or refused, and then given back. So a message that comes twice, late, or after the
number went to somebody else takes nothing that nobody pays for.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from antiphon.common.v1.money_pb2 import Money
from antiphon.directory.domain import limits, lines, phones
from antiphon.directory.domain.pool import REFUSED, RETURNED, TAKEN, Fate
from antiphon.directory.domain.reasons import Reason
from antiphon.directory.v1.directory_pb2 import Number
from antiphon.directory.v1.events_pb2 import NumberChanged, NumberDeleted, PoolNumberChanged
from antiphon.directory.v1.pool_pb2 import (
    POOL_STATE_HELD,
    POOL_STATE_OFFERED,
    POOL_STATE_TAKEN,
    OfferedNumber,
    PoolNumber,
)
from antiphon.kit import protos
from antiphon.kit.errors import Common, DomainError, invalid

from . import writing
from .catalogue import require_unused

if TYPE_CHECKING:
    from antiphon.directory.store import Store, TenantStore
    from antiphon.kit.clock import Clock
    from antiphon.kit.tokens import Caller

_SHOWN = 200
_DEAREST = 10**12
"""Micro-units: a million of anything."""


class NumberPool:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self, caller: Caller) -> list[PoolNumber]:
        return await self._store.pool.all(caller.tenant)

    async def offered(self, country: str, e164: str) -> list[OfferedNumber]:
        found = await self._store.pool.offered(_SHOWN, country=country, e164=e164)
        return [
            OfferedNumber(
                e164=one.e164, country=one.country, area=one.area, monthly=one.monthly, installation=one.installation
            )
            for one in found
        ]  # fmt: skip

    async def put(self, caller: Caller, wanted: PoolNumber) -> PoolNumber:
        """Creates or replaces. Raises INVALID, STALE, TAKEN, NOT_FOUND."""
        now = self._clock()
        before = await self._store.pool.get(caller.tenant, wanted.id) if wanted.id else None
        if wanted.id and before is None:
            raise DomainError(Common.NOT_FOUND)
        after = writing.revised(_cleaned(wanted, before), before, "pn", now)

        async def body(tx: TenantStore) -> None:
            if before is None and await tx.number_anywhere(after.e164):
                raise DomainError(Reason.TAKEN, field="e164")
            await tx.pool.save(caller.tenant, after)
            fields = writing.changed(before, after)
            entry = writing.entry(caller.subject, "pool_number.put", f"pool_number:{after.id}", now, fields=fields)
            await tx.audit.add(entry)

        await self._store.write(caller.tenant, body)
        return after

    async def delete(self, caller: Caller, number_id: str) -> None:
        """Raises IN_USE while a company has it."""
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            if not await tx.pool.delete(caller.tenant, number_id):
                raise DomainError(Reason.IN_USE, "a company has this number")
            await tx.audit.add(writing.entry(caller.subject, "pool_number.deleted", f"pool_number:{number_id}", now))

        await self._store.write(caller.tenant, body)

    async def take(self, caller: Caller, order_id: str, e164: str) -> str:
        """Gives a number to the caller's tenant; returns the id of its record. Raises what was decided first."""
        _require_order(order_id)
        dialled, now = phones.e164("e164", e164), self._clock()

        async def body(tx: TenantStore) -> Fate:
            known = await tx.pool.fate(caller.tenant, order_id)
            if known is not None:
                return known
            fate = await _taken(tx, (order_id, dialled), now)
            await tx.pool.decide(caller.tenant, order_id, fate)
            return fate

        fate = await self._store.write(caller.tenant, body)
        if fate.state == RETURNED:
            raise DomainError(Reason.ORDER_ENDED)
        if fate.state == REFUSED:
            reasons = {Common.NOT_FOUND.name: Common.NOT_FOUND, Reason.FULL.name: Reason.FULL}
            raise DomainError(reasons.get(fate.reason, Reason.TAKEN), field="e164")
        return fate.number_id

    async def give_back(self, caller: Caller, order_id: str) -> None:
        """Raises IN_USE while the number is a caller ID; then nothing has changed."""
        _require_order(order_id)
        now = self._clock()

        async def body(tx: TenantStore) -> None:
            known = await tx.pool.fate(caller.tenant, order_id) or Fate(REFUSED)
            if known.state == TAKEN:
                await _returned(tx, known, now)
            await tx.pool.decide(caller.tenant, order_id, Fate(RETURNED, known.e164, known.number_id))

        await self._store.write(caller.tenant, body)


async def _taken(tx: TenantStore, order: tuple[str, str], now: datetime) -> Fate:
    """The company has the number after this transaction, or the order is refused for ever."""
    order_id, e164 = order
    found = await tx.pool.at(e164)
    if found is None:
        return Fate(REFUSED, e164, reason=Common.NOT_FOUND.name)
    operator, pooled = found
    if pooled.state != POOL_STATE_OFFERED or await tx.number_anywhere(e164):
        return Fate(REFUSED, e164, reason=Reason.TAKEN.name)
    if await tx.numbers.size() >= limits.NUMBERS:
        return Fate(REFUSED, e164, reason=Reason.FULL.name)
    number = writing.revised(Number(e164=e164, title=pooled.area, rented=True), None, "nu", now)
    tenant = await tx.tenants.get(tx.tenant)
    pooled.rev += 1
    pooled.state, pooled.company_id, pooled.company, pooled.order_id = (
        POOL_STATE_TAKEN,
        tenant.id,
        tenant.name,
        order_id,
    )
    pooled.taken_at.MergeFrom(protos.timestamp(now) or Timestamp())
    await _written(tx, operator, pooled, now)
    await tx.numbers.save(number)
    await tx.audit.add(writing.entry("service:billing", "number.rented", f"number:{number.id}", now, order=order_id))
    event = NumberChanged(occurred_at=protos.timestamp(now), number=number)
    await tx.tell(event, key=number.id, version=number.rev)
    return Fate(TAKEN, e164, number.id)


async def _returned(tx: TenantStore, known: Fate, now: datetime) -> None:
    await require_unused(tx, known.e164)
    number, found = await tx.numbers.find(known.number_id), await tx.pool.at(known.e164)
    if number is not None:
        await tx.numbers.delete(number.id)
        await tx.audit.add(writing.entry("service:billing", "number.given_back", f"number:{number.id}", now))
        event = NumberDeleted(occurred_at=protos.timestamp(now), number_id=number.id)
        await tx.tell(event, key=number.id, version=number.rev + 1)
    if found is not None:
        operator, pooled = found
        pooled.rev += 1
        pooled.state = POOL_STATE_OFFERED
        for field in ("company_id", "company", "order_id", "taken_at"):
            pooled.ClearField(field)
        await _written(tx, operator, pooled, now)


async def _written(tx: TenantStore, operator: str, pooled: PoolNumber, now: datetime) -> None:
    """Stores the operator's side: the number, his audit log, his fact."""
    await tx.pool.save(operator, pooled)
    facts = {"company": pooled.company, "order": pooled.order_id}
    action = "pool_number.taken" if pooled.order_id else "pool_number.returned"
    entry = writing.entry("service:billing", action, f"pool_number:{pooled.id}", now, **facts)
    await tx.audit_of(operator).add(entry)
    event = PoolNumberChanged(occurred_at=protos.timestamp(now), e164=pooled.e164, number_id=pooled.id)
    await tx.tell_at(operator, event, key=pooled.id, version=pooled.rev)


def _cleaned(wanted: PoolNumber, before: PoolNumber | None) -> PoolNumber:
    e164 = phones.e164("e164", wanted.e164)
    if before is not None and e164 != before.e164:
        raise invalid("e164", "a number in the pool stays that number")
    country = lines.country(wanted.country)
    if not country:
        raise invalid("country", "country is needed")
    cleaned = PoolNumber(
        id=wanted.id, rev=wanted.rev, e164=e164, country=country, area=limits.line("area", wanted.area, limits.TITLE),
        monthly=_price("monthly", wanted.monthly), installation=_price("installation", wanted.installation),
    )  # fmt: skip
    if cleaned.monthly.currency != cleaned.installation.currency:
        raise invalid("installation", "both prices are in one currency")
    cleaned.state = POOL_STATE_HELD if wanted.state == POOL_STATE_HELD else POOL_STATE_OFFERED
    if before is not None and before.state == POOL_STATE_TAKEN:
        cleaned.state, cleaned.company_id, cleaned.company = before.state, before.company_id, before.company
        cleaned.order_id = before.order_id
        cleaned.taken_at.CopyFrom(before.taken_at)
    return cleaned


def _price(field: str, money: Money) -> Money:
    if len(money.currency) != 3 or not money.currency.isupper() or not money.currency.isascii():
        raise invalid(field, "has no ISO 4217 currency")
    if not 0 <= money.micros <= _DEAREST:
        raise invalid(field, "is negative or too large")
    return money


def _require_order(order_id: str) -> None:
    if not 1 <= len(order_id) <= 120:
        raise invalid("order_id", "has 1 to 120 characters")
