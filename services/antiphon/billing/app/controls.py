"""The controls of records, all the time: what switches tallied beside what was billed, and what was charged for it.

Nothing of this is in the way of a record: each round reads what was stored. A tally that is not billed, a call that is
not tallied and a posting without its call are alarms once they had time to arrive. Tallies come by the same consumer as
records, so whoever is behind is behind with both; after a failover or an outage everything gets its time anew.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from antiphon.billing.app import metrics
from antiphon.billing.app.alarms import Alarm, Alarms
from antiphon.billing.app.evidence import Counted, Evidence, Told
from antiphon.billing.app.messages import nanos
from antiphon.billing.app.reviewing import LATELY, Reviewing
from antiphon.billing.domain.chart import customer
from antiphon.billing.domain.instants import SECOND
from antiphon.billing.domain.records import Rated, Session, partition_of
from antiphon.billing.domain.tallies import (
    Kind,
    Mark,
    Numbers,
    Watched,
    against_session,
    digest,
    is_due,
    repeats,
    spans,
)
from antiphon.kit.clock import Clock

GRACE = 20 * SECOND
"""How long a record may be on its way after its tally, and a tally after its record."""
SLACK = 10 * SECOND
"""How far clocks may differ."""
SETTLED = 10 * SECOND
"""What was decided longer ago is stored, or never will be."""
LOOK_BACK = 120 * SECOND
STUCK = 10.0
"""Seconds between two rounds after which nothing is blamed on others."""
PLANT = "plant"
"""In the place of a tenant: of all companies."""
PATIENCE = 600 * SECOND
"""How long a switch may be silent before what it has not confirmed is named."""
MOST, MOST_WAITING = 1_000, 10_000
"""Of a partition: calls that are read in a round, and that wait."""


class Led(Protocol):
    """Which accounts are written here."""

    def leads(self, account_id: str) -> bool: ...

    @property
    def partitions(self) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that is billed and that nobody has tallied so far."""

    call: Rated
    before: int
    """When it was there already."""


@dataclass(slots=True)
class Looked:
    """What this process remembers between rounds. It may forget all of it."""

    since: dict[int, int] = field(default_factory=dict)
    """Partition → since when it is led here without an interruption."""
    marks: dict[int, Mark] = field(default_factory=dict)
    kept: dict[int, int] = field(default_factory=dict)
    """Marks as they are stored."""
    samples: deque[tuple[int, Mapping[int, int]]] = field(default_factory=deque)
    """How many calls each partition had at an instant."""
    left: dict[str, set[str]] = field(default_factory=dict)
    """Open tally → keys that are not billed."""
    waiting: dict[int, dict[int, Waiting]] = field(default_factory=dict)
    """Partition → number → call."""
    gaps: dict[tuple[str, int, int], int] = field(default_factory=dict)
    """(source, first, last) → when it was noticed."""
    missing: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(account, switch) → how many numbers nobody told."""
    excused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(account, switch) → how many untallied calls these may have been."""
    posted: int = 0
    """Postings before this instant are looked at."""


class Controls:
    """One for a process; each account is looked at where it is written."""

    def __init__(self, evidence: Evidence, alarms: Alarms, reviewing: Reviewing, led: Led, clock: Clock) -> None:
        self._evidence = evidence
        self._alarms = alarms
        self._reviewing = reviewing
        self._led = led
        self._clock = clock
        self._looked = Looked()
        self._watched: Mapping[tuple[str, str], Watched] = {}
        self._ended: float | None = None
        """When the last round ended; None when it failed."""
        self.secrets: Mapping[str, bytes] = {}
        """By switch."""

    async def round(self) -> None:
        """Looks at everything that is new, and again at what is open."""
        now, loop = nanos(self._clock()), asyncio.get_running_loop().time()
        if self._ended is None or loop > self._ended + STUCK:
            self._looked = Looked()
        self._ended = None
        self._watched = await self._evidence.watched()
        self._lead(now)
        await self._compare(now)
        await self._question(now)
        await self._postings(now)
        await self._reviewing.review(now)
        self._ended = asyncio.get_running_loop().time()

    def _lead(self, now: int) -> None:
        looked, led = self._looked, set(self._led.partitions)
        looked.since = {number: looked.since.get(number, now) for number in led}
        looked.marks = {number: mark for number, mark in looked.marks.items() if number in led}
        looked.waiting = {number: looked.waiting.get(number, {}) for number in led}
        metrics.unconfirmed.set(sum(map(len, looked.waiting.values())))

    # --- tallied: is it billed?

    async def _compare(self, now: int) -> None:
        told = [
            one for one in await self._evidence.open_tallies(list(self._looked.since)) if self._led.leads(one.account)
        ]
        counted = await self._count(told, now)
        looked = self._looked
        wanted = {
            (one.account, f"{one.switch}/{key}"): (one, key, digested)
            for one in told
            for key, digested in one.records
            if one.id not in looked.left or key in looked.left[one.id]
        }
        billed = await self._evidence.billed(wanted)
        sessions = await self._sessions(billed.values())
        findings: list[Alarm] = []
        left: dict[str, set[str]] = {one.id: set() for one in told if one.source_id in counted}
        for name, (tally, key, digested) in wanted.items():
            call = billed.get(name)
            if call is not None:
                findings += self._differs(call, digested, sessions)
                self._see(call)
            elif now < max(tally.at, looked.since.get(partition_of(tally.account), now)) + GRACE:
                left.setdefault(tally.id, set()).add(key)
            else:
                findings.append(_dropped(tally, key, digested))
        await self._raise(findings)
        done = [one.id for one in told if one.source_id in counted and not left[one.id]]
        if done:
            await self._evidence.close_tallies(done)
        looked.left = {one.id: left[one.id] for one in told if one.source_id in counted}

    async def _count(self, told: Sequence[Told], now: int) -> set[str]:
        """Notes the numbers of sources; returns those that are noted. Holes that stay are alarms."""
        fresh = {one.source_id: one for one in told if one.id not in self._looked.left}
        known = {one.id: one for one in await self._evidence.counted(fresh) if self._led.leads(one.account)}
        counted = {one.source_id for one in told} - set(fresh)
        for source_id, tally in fresh.items():
            some = [one for one in told if one.source_id == source_id]
            source = known.get(source_id)
            if source is None:
                source = known[source_id] = self._first_seen(tally, min(one.first for one in some), now)
            for one in some:
                source.numbers.hear(one.first, len(one.records))
            if await self._evidence.keep_counted(source, now):
                counted.add(source_id)
        holes = {(one.id, *gap): one for one in known.values() for gap in one.numbers.gaps}
        self._looked.gaps = {hole: self._looked.gaps.get(hole, now) for hole in holes}
        self._looked.missing = Counter()
        for (_, first, last), source in holes.items():
            self._looked.missing[source.account, source.switch] += last + 1 - first
        due = [hole for hole, since in self._looked.gaps.items() if now >= since + GRACE]
        await self._raise(_untold(holes[hole], hole[1:]) for hole in due)
        return counted

    def _first_seen(self, tally: Told, first: int, now: int) -> Counted:
        """A source counts from 1; but what one told before anybody listened is not missed."""
        numbers = Numbers()
        watched = self._watching(tally.tenant, tally.switch)
        if watched is None or now < watched.since + SLACK:
            numbers.hear(1, first - 1)
        return Counted(tally.tenant, tally.account, tally.switch, tally.source, numbers)

    def _watching(self, tenant: str, switch: str) -> Watched | None:
        return self._watched.get((tenant, switch)) or self._watched.get((PLANT, switch))

    def _differs(self, call: Rated, digested: bytes, sessions: Mapping[tuple[str, str], Session]) -> list[Alarm]:
        if call.erased:
            return []
        why = "" if digest(self._secret(call), call.record) == digested else "it was recorded otherwise"
        session = sessions.get((call.account, call.record.session_id))
        if not why and session is not None:
            why = against_session(call.record, session)
        return [_found(call, Kind.ALTERED, why, digest=digested.hex())] if why else []

    def _secret(self, call: Rated) -> bytes:
        return self.secrets.get(call.record.switch, b"")

    async def _sessions(self, calls: Iterable[Rated]) -> dict[tuple[str, str], Session]:
        names = {(call.account, call.record.session_id) for call in calls if call.record.session_id}
        return await self._evidence.sessions(names) if names else {}

    def _see(self, call: Rated) -> None:
        mark = self._looked.marks.get(call.partition)
        if mark is not None:
            mark.see(call.number)
        self._looked.waiting.get(call.partition, {}).pop(call.number, None)

    # --- billed: was it tallied?

    async def _question(self, now: int) -> None:
        looked, partitions = self._looked, list(self._looked.since)
        counts = await self._evidence.numbers(partitions)
        await self._marks(partitions, counts)
        looked.samples.append((now, counts))
        while len(looked.samples) > 1 and looked.samples[1][0] <= now - GRACE:
            looked.samples.popleft()
        before, then = looked.samples[0]
        if before <= now - GRACE:
            for number in partitions:
                await self._read(number, then.get(number, 0), before)
        await self._judge(now)
        changed = {number: mark.done for number, mark in looked.marks.items() if mark.done > looked.kept.get(number, 0)}
        await self._evidence.keep_marks(changed)
        looked.kept.update(changed)

    async def _marks(self, partitions: Sequence[int], counts: Mapping[int, int]) -> None:
        """Where nobody has looked so far, controls begin with the present."""
        looked = self._looked
        missing = [number for number in partitions if number not in looked.marks]
        stored = await self._evidence.marks(missing) if missing else {}
        begun = {number: counts.get(number, 0) for number in missing if number not in stored}
        await self._evidence.keep_marks(begun)
        looked.kept.update(begun | stored)
        looked.marks.update({number: Mark(looked.kept[number]) for number in missing})

    async def _read(self, partition: int, until: int, before: int) -> None:
        known = self._looked.waiting[partition]
        unseen = self._looked.marks[partition].unseen(until, known, MOST) if len(known) < MOST_WAITING else ()
        for call in await self._evidence.numbered(partition, unseen) if unseen else ():
            known[call.number] = Waiting(call, before)

    async def _judge(self, now: int) -> None:
        """Whoever need not be tallied is seen; whoever should have been long ago is looked for."""
        suspects: dict[str, list[Rated]] = {}
        plain = []
        for one in (one for some in self._looked.waiting.values() for one in some.values()):
            watched = self._watching(one.call.tenant, one.call.record.switch)
            due = is_due(watched, one.before, SLACK) if watched is not None else None
            if due is None or one.call.conflict_with or one.call.erased:
                plain.append(one.call)
            elif due or now > one.before + PATIENCE:
                suspects.setdefault(one.call.record.switch, []).append(one.call)
        sessions = await self._sessions([*plain, *(call for calls in suspects.values() for call in calls)])
        for call in plain:
            session = sessions.get((call.account, call.record.session_id))
            why = against_session(call.record, session) if session is not None and not call.erased else ""
            await self._raise([_found(call, Kind.ALTERED, why)] if why else ())
            self._see(call)
        for switch, calls in suspects.items():
            told = await self._evidence.told(switch, [call.record.key for call in calls], [now - LATELY, 0])
            for call in calls:
                here = told.get(call.record.key, ())
                mine = [digested for account, digested in here if account == call.account]
                found = self._differs(call, mine[0], sessions) if mine else await self._invented(call, here)
                await self._raise(found)
                self._see(call)

    async def _invented(self, call: Rated, told: Sequence[tuple[str, bytes]]) -> list[Alarm]:
        """Nobody tallied it for this account."""
        sealed = digest(self._secret(call), call.record)
        for account, digested in told:
            if digested == sealed:
                return [_found(call, Kind.MISPOSTED, f"it was recorded for account {account}", owner=account)]
        for twin in await self._evidence.alike(call) if call.record.answered is not None else ():
            if repeats(call.record, twin.record):
                return [_found(call, Kind.DUPLICATE, f"it repeats {twin.id}", seal=sealed.hex())]
        if self._excuses(call):
            return []
        return [_found(call, Kind.FICTITIOUS, "the switch has not recorded it", seal=sealed.hex())]

    def _excuses(self, call: Rated) -> bool:
        """Is it one of those that a lost tally counted? That is an alarm of its own; more than were lost are not."""
        place = call.account, call.record.switch
        if not self._looked.missing[place]:
            self._looked.excused.pop(place, None)
            return False
        self._looked.excused[place] += 1
        return self._looked.excused[place] <= self._looked.missing[place]

    # --- charged: for what?

    async def _postings(self, now: int) -> None:
        since, until = self._looked.posted or now - LOOK_BACK, now - SETTLED
        found = [one for one in await self._evidence.charged((since, until)) if self._led.leads(one.account)]
        costs = await self._evidence.costs({(one.account, one.ref) for one in found})
        for one in found:
            cost = costs.get((one.account, one.ref))
            if cost is None:
                why = "it rests on no record"
            elif cost != one.amount:
                why = f"the record costs {cost}, {one.amount} was charged"
            elif one.debit != customer(one.account):
                why = f"it was taken from {one.debit}"
            else:
                continue
            switch = one.ref.partition("/")[0]
            facts = {"ref": one.ref}
            await self._raise([Alarm(one.tenant, one.account, Kind.POSTING, switch, one.id, why, facts)])
        self._looked.posted = until

    async def _raise(self, alarms: Iterable[Alarm]) -> None:
        await asyncio.gather(*(self._alarms.raise_(alarm) for alarm in alarms))


def _found(call: Rated, kind: Kind, why: str, **facts: str) -> Alarm:
    return Alarm(call.tenant, call.account, kind, call.record.switch, call.record.key, why, facts)


def _dropped(tally: Told, key: str, digested: bytes) -> Alarm:
    facts = {"digest": digested.hex()}
    return Alarm(tally.tenant, tally.account, Kind.DROPPED, tally.switch, key, "it was never billed", facts)


def _untold(source: Counted, gap: Sequence[int]) -> Alarm:
    first, last = gap
    what = f"{source.source} {next(spans([(first, last)]))}"
    facts = {"source": source.id, "first": first, "last": last}
    why = "the switch numbered these records and nobody tallied them"
    return Alarm(source.tenant, source.account, Kind.UNTOLD, source.switch, what, why, facts)
