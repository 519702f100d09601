"""The carriers of a company as they count for its calls: who has the next, and what is owed for those that ended."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from antiphon.billing.app.messages import account_of
from antiphon.billing.app.tariffs import FRESH, Tariffs, compiled
from antiphon.billing.app.times import nanos
from antiphon.billing.domain import carrying, choosing
from antiphon.billing.domain.amounts import exact
from antiphon.billing.domain.carrying import MINUTE, Book, Carrier, Terms
from antiphon.billing.domain.charging import MICRO, Version, fixed_price
from antiphon.billing.domain.choosing import Candidate, Chosen, Measured, Policy, Rules
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.tariff import Tariff, dialled
from antiphon.billing.v1 import carriers_pb2 as pb
from antiphon.kit.clock import Clock
from antiphon.kit.errors import invalid
from antiphon.kit.tokens import Caller

TERMS = {
    pb.CARRIER_TERMS_WHOLESALE: Terms.WHOLESALE,
    pb.CARRIER_TERMS_AGENCY: Terms.AGENCY,
    pb.CARRIER_TERMS_DIRECT: Terms.DIRECT,
}
POLICIES = {
    pb.CARRIER_CHOICE_COST: Policy.COST,
    pb.CARRIER_CHOICE_GOOD_ENOUGH: Policy.GOOD_ENOUGH,
    pb.CARRIER_CHOICE_QUALITY: Policy.QUALITY,
}
DEFAULT = pb.CarrierPolicy(choice=pb.CARRIER_CHOICE_COST, min_calls=10)
MOST_TRUNKS = 100
MOST_COMPILED = 200


class Carriers(Protocol):
    """What is needed of the store."""

    async def seller(self, tenant: str) -> str: ...

    async def all(self, tenant: str) -> list[pb.Carrier]: ...

    async def policy(self, tenant: str) -> pb.CarrierPolicy | None: ...

    async def in_force(self, tenant: str) -> list[dict[str, Any]]: ...

    async def document(self, prices_id: str) -> str: ...


class Accounts(Protocol):
    async def __call__(self, account_id: str) -> AccountRecord | None:
        """An account as it is now."""


class Choosing:
    """Reads everything at the very moment of the call: a price that has just been put in force counts for it."""

    def __init__(self, store: Carriers, tariffs: Tariffs, account: Accounts, clock: Clock) -> None:
        self._store = store
        self._tariffs = tariffs
        self._account = account
        self._clock = clock
        self._kept: dict[str, tuple[int, Book]] = {}
        self._compiled: dict[str, Tariff] = {}

    async def book(self, tenant: str, since: int) -> Book:
        """The carriers that count for a company, as they were at an instant or later; at most a second old."""
        now = nanos(self._clock())
        kept = self._kept.get(tenant)
        if kept is not None and since <= kept[0] and 0 <= now - kept[0] < FRESH:
            return kept[1]
        owner = await self._store.seller(tenant) or tenant
        carriers = [one for one in await self._store.all(owner) if not one.disabled]
        versions: dict[str, list[Version]] = {}
        for one in await self._store.in_force(owner) if carriers else ():
            tariff = await self._tariff(str(one["_id"]))
            version = Version(f"{one['carrier']}:{one['version']}", "", one["effective_from"], tariff)
            versions.setdefault(one["carrier"], []).append(version)
        book = Book(owner, {trunk: _carrier(one) for one in carriers for trunk in one.trunk_ids}, versions)
        self._kept[tenant] = now, book
        return book

    async def choose(self, caller: Caller, request: pb.ChooseCarriersRequest) -> pb.ChooseCarriersResponse:
        number = _checked(request)
        now = nanos(self._clock())
        self._kept.pop(caller.tenant, None)
        book = await self.book(caller.tenant, now)
        if not book.trunks:
            return pb.ChooseCarriersResponse(trunks=[pb.ChosenTrunk(trunk_id=one.trunk_id) for one in request.trunks])
        account = await self._account(account_of(caller.tenant))
        rules = _rules(await self._store.policy(book.owner) or DEFAULT)
        sell = await self._sell(account, number, now)
        own = book.owner == caller.tenant
        candidates = [
            _candidate(score, place, (book, account, number, now), shows_price=own)
            for place, score in enumerate(request.trunks)
        ]
        decision = choosing.choose(candidates, rules, sell)
        return pb.ChooseCarriersResponse(
            trunks=[_message(one, own=own) for one in decision.order],
            left_out=[_message(one, own=own) for one in decision.left_out],
        )

    async def _sell(self, account: AccountRecord | None, number: str, now: int) -> int | None:
        """What the subscriber pays for a minute; None where that is not known."""
        if account is None:
            return None
        version = (await self._tariffs.catalogue(account.tenant)).at(account.tariff_id, now)
        known = version is not None and version.currency == account.currency
        return carrying.asked(version, number, now, MINUTE) if version is not None and known else None

    async def _tariff(self, prices_id: str) -> Tariff:
        kept = self._compiled.get(prices_id)
        if kept is None:
            if len(self._compiled) >= MOST_COMPILED:
                self._compiled.clear()
            kept = self._compiled[prices_id] = compiled({"document": await self._store.document(prices_id)})
        return kept


Asked = tuple[Book, AccountRecord | None, str, int]


def _candidate(score: pb.TrunkScore, place: int, asked: Asked, *, shows_price: bool) -> Candidate:
    book, account, number, now = asked
    measured = Measured(
        score.attempts,
        score.answered,
        score.pdd_ms if score.HasField("pdd_ms") else None,
        score.rang,
        score.mos if score.HasField("mos") else None,
        score.loss if score.HasField("loss") else None,
        score.heard,
    )
    carrier = book.trunks.get(score.trunk_id)
    if carrier is None:
        return Candidate(score.trunk_id, place, measured=measured)
    found = book.cost(carrier, number, now, MINUTE)
    comparable = found is not None and account is not None and account.currency == carrier.currency
    cost = found[0] if found is not None and comparable else None
    return Candidate(
        score.trunk_id,
        place,
        carrier.id,
        carrier.name,
        cost,
        measured,
        lacks_consent=carrier.terms.needs_consent and not (account is not None and account.carrier_consent),
        may_lose=carrier.terms is Terms.WHOLESALE,
        price=_price(found[0], carrier.currency) if found is not None and shows_price else "",
    )


def _price(micros: int, currency: str) -> str:
    return f"{fixed_price(Fraction(micros, 10**MICRO))} {currency}/min"


def _message(one: Chosen, *, own: bool) -> pb.ChosenTrunk:
    candidate = one.candidate
    nobody = not candidate.carrier
    return pb.ChosenTrunk(
        trunk_id=candidate.trunk,
        carrier_id=candidate.carrier if own else "",
        carrier=candidate.name,
        why="" if nobody and one.left_out is None else one.why,
        reason=one.left_out.value if one.left_out is not None else "",
    )


def _rules(policy: pb.CarrierPolicy) -> Rules:
    return Rules(
        POLICIES.get(policy.choice, Policy.COST),
        policy.min_asr_percent,
        policy.max_pdd_ms,
        policy.min_mos,
        policy.max_loss_percent / 100,
        policy.never_at_loss,
        policy.min_calls or DEFAULT.min_calls,
    )


def _carrier(one: pb.Carrier) -> Carrier:
    return Carrier(one.id, one.name, one.currency, TERMS[one.terms], exact(one.agent_fee_percent or "0") / 100)


def _checked(request: pb.ChooseCarriersRequest) -> str:
    """The number. Raises INVALID."""
    names: Sequence[str] = [one.trunk_id for one in request.trunks]
    if not 1 <= len(names) <= MOST_TRUNKS or len(set(names)) != len(names) or not all(names):
        raise invalid("trunks", f"are 1 to {MOST_TRUNKS} different ones")
    try:
        return dialled(request.called)
    except ValueError as error:
        raise invalid("called", "is not a number that can be dialled") from error
