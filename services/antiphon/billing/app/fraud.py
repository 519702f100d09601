"""Who watches for fraud: every process hears all calls, the one that writes an account acts on what its detectors say.

Windows live in memory: after a start they fill anew. A verdict becomes a case and a block, which media and edge obey.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from importlib.resources import files
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from antiphon.billing.app.cases import Cases
from antiphon.billing.app.messages import account_of
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.times import instant_of
from antiphon.billing.domain import countries
from antiphon.billing.domain.charging import Version
from antiphon.billing.domain.detectors import SHORT_RING_S, Seen, Watch, is_night, read
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.rating import NoPrice, rate_call
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.tariff import dialled
from antiphon.billing.v1.events_pb2 import BlocksChanged
from antiphon.kit import logs
from antiphon.kit.bus import Fact
from antiphon.kit.errors import DomainError
from antiphon.media.v1.events_pb2 import CallChanged, CallEnded, CallStarted
from antiphon.media.v1.media_pb2 import DIRECTION_INBOUND, DIRECTION_OUTBOUND, Call, Leg

FACTS = (CallStarted, CallChanged, CallEnded, BlocksChanged)
OUTSIDE = "outside"
log = logs.get("billing")


class Accounts(Protocol):
    """What this needs to know of an account."""

    async def __call__(self, account_id: str) -> AccountRecord | None: ...


class Fraud:
    """The watches of all companies."""

    def __init__(self, cases: Cases, tariffs: Tariffs, account: Accounts, leads: Callable[[str], bool]) -> None:
        self._cases = cases
        self._tariffs = tariffs
        self._account = account
        self._leads = leads
        told = json.loads(files("antiphon.billing").joinpath("detectors.json").read_text())
        self._detectors, self._premium = read(told)
        self._watches: dict[str, Watch] = {}
        self._attempts: set[str] = set()
        self._known: dict[str, Mapping[str, int]] = {}
        """Account → calling code → since when it is called; read once, then followed."""
        self._blocked: dict[str, set[str]] = {}

    async def follow(self, facts: AsyncIterator[Fact]) -> None:
        """For ever."""
        async for fact in facts:
            try:
                await self.hear(fact)
            except DomainError as error:
                log.warning("a verdict was not kept", reason=error.reason.name)

    async def hear(self, fact: Fact) -> None:
        """One fact about a call, or that somebody is free again: what he did before is not held against him."""
        if isinstance(fact.event, BlocksChanged):
            self._freed(fact)
            return
        call: Call = fact.event.call
        ended = isinstance(fact.event, CallEnded)
        if not ended and not self._begins(call) and not self._forwards(call):
            return
        account = await self._account(account_of(fact.tenant))
        if account is None:
            return
        seen = await self._seen(account, call, instant_of(fact.event.occurred_at), ended=ended)
        watch = self._watches.setdefault(fact.tenant, Watch(self._detectors))
        for finding in watch.see(seen):
            if self._leads(account.id):
                await self._cases.found(fact.tenant, finding)

    def _freed(self, fact: Fact) -> None:
        now = {f"{one.kind}:{one.value}" for one in fact.event.blocks}
        for subject in self._blocked.get(fact.tenant, set()) - now:
            if (watch := self._watches.get(fact.tenant)) is not None:
                watch.forget(subject)
        self._blocked[fact.tenant] = now

    def _begins(self, call: Call) -> bool:
        """The first that is heard of a call that goes out."""
        if call.direction != DIRECTION_OUTBOUND or call.id in self._attempts:
            return False
        if len(self._attempts) > 50_000:
            self._attempts.clear()  # a call that is counted twice is in its window once
        self._attempts.add(call.id)
        return True

    def _forwards(self, call: Call) -> bool:
        """The first that is heard of a call that came in and goes out again."""
        place = f"{call.id}>"
        if call.direction != DIRECTION_INBOUND or place in self._attempts or _outside(call) is None:
            return False
        self._attempts.add(place)
        return True

    async def _seen(self, account: AccountRecord, call: Call, now: int, *, ended: bool) -> Seen:
        if ended:
            self._attempts -= {call.id, f"{call.id}>"}
            return _ended(call, now, profile(account.customer.country).code)
        forwarded = call.direction == DIRECTION_INBOUND
        outside = _outside(call) if forwarded else None
        called = outside.number if outside is not None else call.called
        number = _digits(called)
        version = (await self._tariffs.catalogue(account.tenant)).at(account.tariff_id, now)
        terms = profile(account.customer.country)
        foreign = called.strip().startswith("+") and not number.startswith(terms.code)
        night = is_night(at(now // SECOND, ZoneInfo(account.zone)).hour)
        promised = not forwarded and bool(call.item_id)
        mine = bool(number) and not forwarded and not promised
        return Seen(
            now, call.id, _origin(call), number, is_attempt=mine,
            dear=number.startswith(self._premium) or _is_dear(version, number, now, terms.dear_minute),
            foreign_at_night=night and foreign,
            country=await self._new_country(account, number, now) if mine and foreign and _origin(call) else "",
            promised=promised, forwarded=forwarded,
        )  # fmt: skip

    async def _new_country(self, account: AccountRecord, number: str, now: int) -> str:
        """The calling code, of a country that is called for the first time today. Who has only begun to call abroad
        has no habits yet."""
        code = countries.code_of(number)
        known = self._known.get(account.id)
        if known is None:
            known = self._known[account.id] = await self._cases.countries(account.id)
        if code and code not in known:
            self._known[account.id] = known = {**known, code: now}
            if self._leads(account.id):
                await self._cases.learn_country(account.tenant, code)
        return code if countries.is_new(known, code, now) else ""


def _is_dear(version: Version | None, number: str, now: int, limit: int) -> bool:
    """A minute of it costs as much as what fraud is made for; a number without price cannot cost anything."""
    if version is None:
        return False
    try:
        cost = rate_call(version.tariff, dialled(number), now, 60).cost
    except (NoPrice, ValueError):
        return False
    return cost >= limit * version.tariff.unit


def _outside(call: Call) -> Leg | None:
    return next((leg for leg in call.legs if leg.role == OUTSIDE), None)


def _ended(call: Call, now: int, home: str) -> Seen:
    outside = _outside(call)
    inbound = call.direction == DIRECTION_INBOUND
    ours = bool(call.queue_id or call.item_id) or any(leg.person_id for leg in call.legs)
    foreign = call.caller.strip().startswith("+") and not _digits(call.caller).startswith(home)
    rang = (call.ended_at.seconds - call.started_at.seconds) if call.HasField("ended_at") else SHORT_RING_S + 1
    return Seen(
        now, call.id, _origin(call), called=_digits(outside.number) if outside is not None else "",
        caller=_digits(call.caller) if inbound else "",
        talk_s=_talked(outside) if outside is not None and not (call.campaign or inbound) else -1,
        short_ring=inbound and foreign and not call.HasField("answered_at") and rang <= SHORT_RING_S,
        transit=inbound and outside is not None and not ours,
    )  # fmt: skip


def _origin(call: Call) -> str:
    """Who calls out: the telephone's account, else the person; nobody in a campaign, which dials more than people."""
    if call.direction != DIRECTION_OUTBOUND or call.campaign:
        return ""
    first: Any = next((leg for leg in call.legs if leg.account_id and leg.role != OUTSIDE), None)
    if first is not None:
        return f"sip_account:{first.account_id}"
    return f"person:{call.agent_id}" if call.agent_id else ""


def _talked(leg: Leg) -> int:
    if not (leg.HasField("answered_at") and leg.HasField("ended_at")):
        return -1
    return leg.ended_at.seconds - leg.answered_at.seconds


def _digits(number: str) -> str:
    text = number.strip().removeprefix("+")
    return text if text.isascii() and text.isdigit() else ""
