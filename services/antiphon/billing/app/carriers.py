"""Carriers kept: who they are, what they ask, by what they are chosen.

Prices are written by one person and put in force by another; a version that is stored never changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from antiphon.billing.app import choosing
from antiphon.billing.app.choosing import DEFAULT, POLICIES, TERMS
from antiphon.billing.app.price_lists import LARGEST, MOST_SHOWN
from antiphon.billing.app.tariffs import LARGEST_DOCUMENT
from antiphon.billing.app.times import nanos, stamp
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.charging import MICRO, fixed_price
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.price_list import Line, PriceList, compare, read
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.v1 import carriers_pb2 as pb
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id
from antiphon.kit.tokens import Caller

MOST_CARRIERS, MOST_TRUNKS, LONGEST_NAME = 200, 50, 100
FEE_DECIMALS = 4


class Store(choosing.Carriers, Protocol):
    """What is needed of the store, beside what choosing needs."""

    async def get(self, tenant: str, carrier_id: str) -> pb.Carrier | None: ...

    async def put(self, tenant: str, carrier: pb.Carrier) -> pb.Carrier: ...

    async def put_policy(self, tenant: str, policy: pb.CarrierPolicy) -> pb.CarrierPolicy: ...

    async def add_prices(self, draft: dict[str, Any]) -> dict[str, Any]: ...

    async def prices(self, tenant: str, carrier_id: str, version: int) -> dict[str, Any] | None: ...

    async def versions(self, tenant: str, carrier_id: str) -> list[dict[str, Any]]: ...

    async def approve(self, prices_id: str, approver: str, effective_from: int) -> bool: ...


class Carriers:
    def __init__(self, store: Store, lines_of: Callable[[bytes], Sequence[Line]], clock: Clock) -> None:
        self._store = store
        self._lines_of = lines_of
        self._clock = clock

    async def require_own(self, caller: Caller) -> None:
        """Raises OPERATORS_TERMS for an operator's customer."""
        if await self._store.seller(caller.tenant):
            raise DomainError(Reason.OPERATORS_TERMS, "only whoever runs the installation has carriers")

    async def carrier(self, caller: Caller, carrier_id: str) -> pb.Carrier:
        """Raises OPERATORS_TERMS, NOT_FOUND."""
        await self.require_own(caller)
        found = await self._store.get(caller.tenant, carrier_id)
        if found is None:
            raise DomainError(Common.NOT_FOUND, object=carrier_id)
        return found

    async def listed(self, caller: Caller) -> pb.ListCarriersResponse:
        if await self._store.seller(caller.tenant):
            return pb.ListCarriersResponse(policy=DEFAULT, operators=True)
        now = nanos(self._clock())
        found = await self._store.all(caller.tenant)
        current: dict[str, int] = {}
        for one in await self._store.in_force(caller.tenant):
            if one["effective_from"] <= now:
                current.setdefault(one["carrier"], one["version"])
        for carrier in found:
            carrier.version = current.get(carrier.id, 0)
        return pb.ListCarriersResponse(carriers=found, policy=await self._store.policy(caller.tenant) or DEFAULT)

    async def put(self, caller: Caller, request: pb.PutCarrierRequest) -> pb.PutCarrierResponse:
        await self.require_own(caller)
        wanted, known = _cleaned(request.carrier), await self._store.all(caller.tenant)
        before = next((one for one in known if one.id == wanted.id), None)
        if before is not None and before.currency != wanted.currency:
            raise invalid("currency", "stays as it was made")
        if before is None and len(known) >= MOST_CARRIERS:
            raise invalid("id", f"there are {MOST_CARRIERS} carriers already")
        others = {trunk for one in known if one.id != wanted.id for trunk in one.trunk_ids}
        if taken := others & set(wanted.trunk_ids):
            raise invalid("trunk_ids", f"{min(taken)} reaches another carrier already")
        if not wanted.id:
            wanted.id, wanted.rev = new_id("cr", self._clock()), 0
        return pb.PutCarrierResponse(carrier=await self._store.put(caller.tenant, wanted))

    async def put_policy(self, caller: Caller, request: pb.PutCarrierPolicyRequest) -> pb.PutCarrierPolicyResponse:
        await self.require_own(caller)
        asked = request.policy
        if asked.choice not in POLICIES:
            raise invalid("choice", "is cost, good enough or quality")
        bounds = (
            ("min_asr_percent", 0, 100), ("max_pdd_ms", 0, 60_000), ("min_mos", 0.0, 4.5),
            ("max_loss_percent", 0.0, 100.0), ("min_calls", 1, 50),
        )  # fmt: skip
        for name, least, most in bounds:
            if not least <= getattr(asked, name) <= most:
                raise invalid(name, f"is not {least:g} to {most:g}")
        return pb.PutCarrierPolicyResponse(policy=await self._store.put_policy(caller.tenant, asked))

    # --- prices

    async def read(self, caller: Caller, request: pb.ReadCarrierPricesRequest) -> pb.ReadCarrierPricesResponse:
        await self.carrier(caller, request.carrier_id)
        if not request.content or len(request.content) > LARGEST:
            raise invalid("content", "is empty, or larger than 3 MB")
        try:
            found = read(self._lines_of(request.content))
        except ValueError as error:
            raise invalid("content", str(error)) from error
        versions = await self._store.versions(caller.tenant, request.carrier_id)
        before = json.loads(versions[0]["document"], parse_float=Decimal)["rates"] if versions else []
        answer = _reported(found, before)
        if request.keep and found.usable:
            kept = await self._store.add_prices(self._draft(caller, request.carrier_id, found))
            answer.prices.CopyFrom(_prices(kept))
        return answer

    def _draft(self, caller: Caller, carrier_id: str, found: PriceList) -> dict[str, Any]:
        document = json.dumps({"scale": MICRO, "rates": found.rates}, ensure_ascii=False, default=str)
        if len(document) > LARGEST_DOCUMENT:
            raise invalid("content", "has too many rows")
        return {
            "tenant": caller.tenant, "carrier": carrier_id, "document": document, "author": caller.subject,
            "approver": "", "effective_from": 0, "count": len(found.rates),
        }  # fmt: skip

    async def approve(self, caller: Caller, request: pb.ApproveCarrierPricesRequest) -> pb.ApproveCarrierPricesResponse:
        await self.require_own(caller)
        draft = await self._store.prices(caller.tenant, request.carrier_id, request.version)
        if draft is None:
            raise DomainError(Common.NOT_FOUND, object=request.carrier_id)
        if draft["author"] == caller.subject:
            raise DomainError(Reason.SAME_PERSON)
        now, asked = nanos(self._clock()), request.effective_from
        starts = asked.seconds * SECOND + asked.nanos if request.HasField("effective_from") else now
        if draft["approver"] or starts < now:
            raise DomainError(Reason.ILLEGAL, "it is in force already, or would begin in the past")
        if not await self._store.approve(draft["_id"], caller.subject, starts):
            raise DomainError(Reason.ILLEGAL, "somebody else approved it meanwhile")
        active = draft | {"approver": caller.subject, "effective_from": starts}
        return pb.ApproveCarrierPricesResponse(prices=_prices(active))

    async def versions(self, caller: Caller, request: pb.ListCarrierPricesRequest) -> pb.ListCarrierPricesResponse:
        await self.carrier(caller, request.carrier_id)
        found = await self._store.versions(caller.tenant, request.carrier_id)
        return pb.ListCarrierPricesResponse(prices=[_prices(one) for one in found])


def _cleaned(asked: pb.Carrier) -> pb.Carrier:
    """Raises INVALID."""
    carrier = pb.Carrier()
    carrier.CopyFrom(asked)
    carrier.name = asked.name.strip()
    carrier.ClearField("version")
    if not 0 < len(carrier.name) <= LONGEST_NAME:
        raise invalid("name", f"has 1 to {LONGEST_NAME} characters")
    if len(asked.currency) != 3 or not asked.currency.isupper() or not asked.currency.isascii():
        raise invalid("currency", "is not an ISO 4217 code")
    if asked.terms not in TERMS:
        raise invalid("terms", "are wholesale, agency or direct")
    try:
        fee = exact(asked.agent_fee_percent or "0")
    except ValueError as error:
        raise invalid("agent_fee_percent", str(error)) from error
    if not 0 <= fee <= 100 or (fee * 10**FEE_DECIMALS).denominator != 1:
        raise invalid("agent_fee_percent", f"is not 0 to 100 with at most {FEE_DECIMALS} decimals")
    if fee and asked.terms != pb.CARRIER_TERMS_AGENCY:
        raise invalid("agent_fee_percent", "is earned only as the carrier's agent")
    if len(asked.trunk_ids) > MOST_TRUNKS or len(set(asked.trunk_ids)) != len(asked.trunk_ids):
        raise invalid("trunk_ids", f"are at most {MOST_TRUNKS} different ones")
    if any(not 0 < len(one) <= LONGEST_NAME for one in asked.trunk_ids):
        raise invalid("trunk_ids", "holds what is no id")
    return carrier


def _reported(found: PriceList, before: Sequence[Any]) -> pb.ReadCarrierPricesResponse:
    answer = pb.ReadCarrierPricesResponse(usable=found.usable, rates=len(found.rates))
    for remark in found.remarks[:MOST_SHOWN]:
        answer.remarks.add(line=remark.line, column=remark.column, message=remark.message, fatal=remark.fatal)
    for one in compare(before, found.rates)[:MOST_SHOWN] if found.usable else ():
        answer.changes.add(prefix=one.prefix, kind=one.kind, before=one.before, after=one.after, percent=one.percent)
    return answer


def _prices(stored: dict[str, Any]) -> pb.CarrierPrices:
    rates = json.loads(stored["document"], parse_float=Decimal)["rates"]
    return pb.CarrierPrices(
        carrier_id=stored["carrier"],
        version=stored["version"],
        author=stored["author"],
        approver=stored["approver"],
        effective_from=stamp(stored["effective_from"]) if stored["approver"] else None,
        rows_count=len(rates),
        rows=[_row(rate) for rate in rates[:MOST_SHOWN]],
    )


def _row(rate: dict[str, Any]) -> pb.CarrierRow:
    groups = rate["groups"]
    minute = exact(groups[0]["rate"]) * Fraction(60, int(groups[0]["per"]))
    return pb.CarrierRow(
        prefix=rate["prefix"],
        per_minute=fixed_price(minute),
        connect_fee=str(rate.get("connect_fee", "")),
        scheme=f"{groups[0]['inc']}/{groups[-1]['inc']}",
    )
