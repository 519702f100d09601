"""The paid calls that go on, for people who look on. Nothing here writes.

When a call was answered is media's to know: it is overheard from its facts. After a restart in the middle of a call it
follows from the last extension, which said how long was talked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

from antiphon.billing.app.accounts import Accounts
from antiphon.billing.app.tariffs import Tariffs
from antiphon.billing.app.times import instant_of, nanos, stamp
from antiphon.billing.domain.charging import Catalogue
from antiphon.billing.domain.records import Session
from antiphon.billing.domain.running import Running, costs
from antiphon.billing.v1 import live_pb2 as pb
from antiphon.common.v1.money_pb2 import Money
from antiphon.kit.bus import Fact
from antiphon.kit.clock import Clock
from antiphon.kit.tokens import Caller
from antiphon.media.v1.events_pb2 import CallChanged, CallEnded

SHOWN = 200
REMEMBERED = 20_000
Open = tuple[Session, int]
"""A session and what is reserved for it."""


class Holding(Protocol):
    """What is reserved."""

    async def running(self, account_id: str, limit: int) -> tuple[Sequence[Open], int]: ...

    async def talked_since(self, account_id: str, session_id: str) -> int | None: ...


class Talks:
    """When the calls of all companies were answered, as far as it was heard here."""

    def __init__(self) -> None:
        self._answered: OrderedDict[tuple[str, str], int] = OrderedDict()

    def of(self, tenant: str, session_id: str) -> int | None:
        return self._answered.get((tenant, session_id))

    async def noting(self, facts: AsyncIterator[Fact]) -> AsyncIterator[Fact]:
        """Passes facts on, and remembers what they say of answers."""
        async for fact in facts:
            self._note(fact)
            yield fact

    def _note(self, fact: Fact) -> None:
        if not isinstance(fact.event, CallChanged | CallEnded):
            return
        call = fact.event.call
        for leg in call.legs:
            place = fact.tenant, f"{call.id}:{leg.id}"
            if isinstance(fact.event, CallEnded) or leg.HasField("ended_at"):
                self._answered.pop(place, None)
            elif leg.HasField("answered_at"):
                self._answered[place] = instant_of(leg.answered_at)
        while len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)


class Live:
    """What goes on now."""

    def __init__(self, holding: Holding, accounts: Accounts, tariffs: Tariffs, talks: Talks, clock: Clock) -> None:
        self._holding = holding
        self._accounts = accounts
        self._catalogue: Callable[[str], Awaitable[Catalogue]] = tariffs.catalogue
        self._talks = talks
        self._clock = clock

    async def running(self, caller: Caller) -> pb.ListRunningCallsResponse:
        record = await self._accounts.record(caller)
        catalogue = await self._catalogue(caller.tenant)
        opened, count = await self._holding.running(record.id, SHOWN)
        now = nanos(self._clock())
        answer = pb.ListRunningCallsResponse(count=count, now=stamp(now))
        for session, reserved in opened:
            answered = self._talks.of(caller.tenant, session.id)
            if answered is None:
                answered = await self._holding.talked_since(record.id, session.id)
            one = Running(session, reserved, answered)
            answer.calls.append(_message(one, catalogue, now, record.currency))
        return answer


def _message(one: Running, catalogue: Catalogue, now: int, currency: str) -> pb.RunningCall:
    session = one.session
    message = pb.RunningCall(
        session_id=session.id, called=session.called, authorized_at=stamp(session.at),
        reserved=Money(currency=currency, micros=one.reserved), granted_seconds=session.granted,
        final=session.final, tariff_version=session.version,
    )  # fmt: skip
    if (began := stamp(one.answered)) is not None:
        message.answered_at.CopyFrom(began)
    version = catalogue.version(session.version)
    if version is not None:
        found = costs(one, version, now)
        message.prefix = found.prefix
        for second, cost in found.steps:
            message.steps.add(second=second, cost=Money(currency=currency, micros=cost))
    return message
