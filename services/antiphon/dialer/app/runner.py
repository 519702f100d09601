"""What a running campaign does every second, in the one process that leads.

    read what changed → see who works → decide → for each dial: whose turn, the gate, the journal, the call → say why

Everything that must survive is in the store; this object can be thrown away at any moment and made anew.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import numpy as np

from antiphon.acd.v1 import acd_pb2
from antiphon.dialer.app import messages
from antiphon.dialer.app.dialling import BUSY, Dial, Dialling, Step
from antiphon.dialer.app.filling import Filling
from antiphon.dialer.app.results import Results
from antiphon.dialer.app.saying import Done, Saying
from antiphon.dialer.app.world import World, day_of, seconds
from antiphon.dialer.domain.floor import Decision, Floor, Limits, Mode
from antiphon.dialer.domain.gate import Verdict
from antiphon.dialer.domain.learning import LIMIT, Learned
from antiphon.dialer.domain.pacing import State, decide
from antiphon.dialer.domain.recycling import Result
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import new_id

TRIES_A_SECOND = 100
"""Contacts that are looked at in one second: refusals cost time as well."""
LINES_OF_A_MESSAGE = 10
"""Of a message campaign that names no limit."""
_BY_HAND = (Mode.MANUAL, Mode.PREVIEW)
AT_ONCE = 24
"""Dials that are made side by side."""
_RECOUNT = timedelta(minutes=10)
_JUST_DIALLED: dict[str, Any] = {"answered_at": None, "bridged_at": None}
_FAILURES, _PAUSE = 5, timedelta(seconds=10)
_SILENT = timedelta(seconds=30)
_JUMP = timedelta(minutes=1)
"""Who has not looked for so long, or looks before he looked last, knows nothing of what lies between."""
_FULL_FOR = timedelta(seconds=30)
"""So long it is believed that no more lines are there than were when one was refused."""
Dialled = tuple[Step, Verdict | None, str]
log = logs.get("dialer")


class Runner:
    def __init__(self, world: World, tenant: str, campaign: pb.Campaign) -> None:
        self._world = world
        self.tenant = tenant
        self.campaign = campaign
        self._dialling = Dialling(world)
        self._results = Results(world)
        self._saying = Saying(world, tenant)
        self._filling = Filling(world, tenant, campaign.id)
        self._learned = Learned()
        self._air: dict[str, dict[str, Any]] = {}
        """Live attempts as they were last seen."""
        self._since: dict[str, tuple[str, datetime]] = {}
        """Agent → what he does, and since when."""
        self._counted_at: datetime | None = None
        self._failures = 0
        self._paused_until: datetime | None = None
        self._caller_ids = cycle(campaign.caller_ids or [""])
        self._idle: frozenset[str] = frozenset()
        """Agents who are free."""
        self._to_hold: list[str] = []
        """Agents whose phones are rung before the contact's, in this second."""
        self._silent: dict[str, datetime] = {}
        """Agents whose phones were not answered → until when they are not rung first."""
        self._full: tuple[int, datetime] | None = None
        """So many lines were in use when media had none left, and until when that is believed."""
        self._looked_at: datetime | None = None
        self._closed_until: datetime | None = None
        """When the campaign's own hours begin."""

    async def second(self) -> None:
        """One step. Raises DomainError when the ACD or the store is away; then nothing was dialled."""
        now = self._world.clock()
        self._mind_the_clock(now)
        await self._follow()
        await self._news(now)
        await self._filling.refill(now)
        await self._count(now)
        floor = await self._floor(now)
        decision = self._decide(floor, now)
        dialled, refusals = await self._act(decision, floor, now)
        await self._journal(decision, dialled, now)
        done = Done(decision, dialled, refusals, self._closed_until, self._paused_until)
        await self._saying.second(self.campaign, floor, self._learned, done, self._filling.hopper)

    def _mind_the_clock(self, now: datetime) -> None:
        """A clock that was set, or a process that stood still: nothing is learned from how long things seem to have
        lasted, nothing waits for a time that was reckoned by another clock, and everything is read anew. What the gate
        says is always of this clock's now."""
        before, self._looked_at = self._looked_at, now
        if before is None or timedelta(0) <= now - before < _JUMP:
            return
        log.warning("the clock jumped", seconds=round((now - before).total_seconds()))
        self._since.clear()
        self._silent.clear()
        self._full = self._paused_until = self._counted_at = None
        self._filling.read_anew()

    # --- what changed

    async def _follow(self) -> None:
        """Hot changes of the campaign itself."""
        found = await self._world.store.campaigns.get(self.tenant, self.campaign.id)
        if found is not None and found.rev != self.campaign.rev:
            if list(found.caller_ids) != list(self.campaign.caller_ids):
                self._caller_ids = cycle(found.caller_ids or [""])
            self.campaign = found

    async def _news(self, now: datetime) -> None:
        """Live attempts of the store; those that ended teach the pacer; silent ones are asked about."""
        live = {one["_id"]: one for one in await self._world.store.attempts.live(self.campaign.id)}
        gone = [attempt_id for attempt_id in self._air if attempt_id not in live]
        for attempt in await self._world.store.attempts.some(gone):
            self._learn_end(attempt)
        for attempt_id, attempt in live.items():
            before = self._air.get(attempt_id, _JUST_DIALLED)
            if before["answered_at"] is None and attempt["answered_at"] is not None:
                self._learned.resolved(True, _rang(attempt, attempt["answered_at"]))
            if before["bridged_at"] is None and attempt["bridged_at"] is not None:
                self._learn_bridged(attempt, now)
        self._air = live
        refused = [attempt for attempt in live.values() if "refused" in attempt]
        await asyncio.gather(*(self._results.finish(one, _refused(one["refused"]), now) for one in refused))
        for attempt in live.values():
            if "refused" not in attempt and self._is_silent(attempt, now):
                await self._reconcile(attempt, now)

    def _learn_bridged(self, attempt: dict[str, Any], now: datetime) -> None:
        if not attempt.get("screened"):  # else it may be a machine: its end tells
            self._learned.answered(False)
        if not attempt.get("own_phone"):
            lag = (attempt["bridged_at"] - (attempt["answered_at"] or attempt["bridged_at"])).total_seconds()
            self._learned.connects.observe(max(0.0, lag), seconds(now))

    def _learn_end(self, attempt: dict[str, Any]) -> None:
        before, now = self._air[attempt["_id"]], self._world.clock()
        ours = attempt["result"] == Result.SYSTEM
        if attempt.get("own_phone") and ours:
            self._silent[attempt["agent"]] = now + _SILENT
        elif attempt.get("refused") != BUSY:
            self._note_failure(ours, now)
        ended = attempt["ended_at"] or attempt["at"]
        if before["answered_at"] is None and attempt["result"] != Result.SYSTEM:
            human = attempt["contact_made"]
            self._learned.resolved(human, _rang(attempt, attempt["answered_at"] or ended))
        if attempt["contact_made"] and (before["bridged_at"] is None or attempt.get("screened")):
            self._learned.answered(attempt["abandoned"])

    def _is_silent(self, attempt: dict[str, Any], now: datetime) -> bool:
        """Nothing was heard of it for longer than anything may ring; or a conversation lasts for hours."""
        limit = timedelta(seconds=self._world.settings.unanswered_seconds)
        if attempt["answered_at"] is not None:
            limit += timedelta(hours=1)
        asked = attempt.get("asked_at") or attempt["at"]
        return bool(now - max(asked, attempt["at"]) > limit)

    async def _reconcile(self, attempt: dict[str, Any], now: datetime) -> None:
        """Media knows best. What it never heard of never rang."""
        try:
            call = await self._world.asks.call(self.tenant, attempt["call"])
        except DomainError:
            return
        if call is None:
            await self._results.finish(attempt, Result.SYSTEM, now)
        elif call.HasField("ended_at"):
            await self._results.end(self.tenant, call)
        else:
            await self._world.store.attempts.change(attempt["_id"], {"asked_at": now})

    async def _count(self, now: datetime) -> None:
        """The law's counter over its own stretch of time, from the journal itself."""
        if self._counted_at is not None and now - self._counted_at < _RECOUNT:
            return
        packs = self._dialling.packs(self.campaign, "", now)
        over = max((pack.abandon_over for pack in packs), default=timedelta(days=30))
        tally = self._learned.tally
        totals = await self._world.store.attempts.totals(self.campaign.id, now - over)
        tally.answered, tally.abandoned = totals
        own = self.campaign.abandon_limit_millipercent / 100_000
        tally.limit = min([LIMIT, *(pack.abandon_limit for pack in packs), *([own] if own else [])])
        self._counted_at = now

    # --- deciding

    async def _floor(self, now: datetime) -> Floor:
        mine: list[acd_pb2.Agent] = []
        if self.campaign.queue_id:
            board = await self._world.asks.board(self.tenant)
            mine = [agent for agent in board.agents if self.campaign.queue_id in agent.queue_ids]
        doing = {agent.agent_id: what for agent in mine if (what := _doing(agent))}
        rung = [one for one in self._air.values() if not one.get("own_phone")]
        for one in self._air.values():
            if one.get("own_phone") and one["bridged_at"] is None and one["agent"] in doing:
                doing[one["agent"]] = "held"
        present = [agent.agent_id for agent in mine if agent.state != acd_pb2.AGENT_STATE_OFFLINE]
        await self._world.store.contacts.put_back(self.campaign.id, present, now)
        self._idle = frozenset(agent_id for agent_id, what in doing.items() if what == "idle")
        self._learn_agents(doing, now)
        times: dict[str, list[float]] = {"idle": [], "talking": [], "wrapping": [], "held": []}
        for what, since in self._since.values():
            times[what].append(seconds(since))
        waiting = sum(one["answered_at"] is not None and one["bridged_at"] is None for one in rung)
        ringing = [seconds(one["at"]) for one in rung if one["answered_at"] is None]
        self._learned.agents = len(doing)
        return Floor(
            len(times["idle"]), waiting, np.array(ringing), np.array(times["talking"]), np.array(times["wrapping"]),
            len(times["held"]),
        )  # fmt: skip

    def _learn_agents(self, doing: dict[str, str], now: datetime) -> None:
        """Who does something else than a second ago: the earlier one is over."""
        for agent_id, (what, since) in list(self._since.items()):
            if doing.get(agent_id) != what:
                del self._since[agent_id]
                lasted = (now - since).total_seconds()
                if what == "talking" and agent_id in doing:
                    self._learned.talk.observe(lasted)
                elif what == "wrapping" and agent_id in doing:
                    self._learned.wrap.observe(lasted)
        for agent_id, what in doing.items():
            self._since.setdefault(agent_id, (what, now))

    def _decide(self, floor: Floor, now: datetime) -> Decision:
        campaign = self.campaign
        mode = messages.MODES[campaign.mode]
        self._closed_until = messages.hours(campaign).opens_at(now)
        if self._closed_until is not None:
            return Decision(0, mode, "outside the campaign's hours")
        if self._paused_until is not None and now < self._paused_until:
            return Decision(0, mode, "calls fail: a pause of ten seconds")
        self._paused_until = None
        lines = campaign.max_lines or (LINES_OF_A_MESSAGE if mode is Mode.MESSAGE else 1_000_000)
        if self._full is not None and now < self._full[1]:
            lines = min(lines, self._full[0])
        limits = Limits(lines, self._filling.hopper.ready(seconds(now)), TRIES_A_SECOND)
        state = State(
            mode, floor, self._learned, limits, campaign.lines_per_agent or 1.0, messages.HOLDS[campaign.hold]
        )
        return decide(state, seconds(now))

    # --- acting

    async def _act(self, decision: Decision, floor: Floor, now: datetime) -> tuple[int, list[Verdict]]:
        """Dials as many as was decided; refused contacts make room for the next, within the second's tries."""
        dialled, refusals = 0, list[Verdict]()
        certain = floor.idle - floor.ringing.size - floor.waiting
        self._to_hold = self._longest_idle(now) if decision.held else []
        tries = 0 if decision.mode in _BY_HAND else TRIES_A_SECOND
        while tries > 0 and dialled < decision.count and self._paused_until is None:
            wanted = min(AT_ONCE, tries, decision.count - dialled, len(self._to_hold) if decision.held else AT_ONCE)
            turns = self._turns(wanted, certain - dialled, now)
            found = await self._side_by_side(turns)
            if not found:
                break
            tries -= len(found)
            for turn, (step, verdict, attempt_id) in zip(turns, found, strict=True):
                if turn.agent_id and not attempt_id:
                    self._to_hold.append(turn.agent_id)
                if attempt_id:  # it may be answered and over before the next look
                    self._air[attempt_id] = _JUST_DIALLED
                if verdict is not None and step is Step.REFUSED:
                    refusals.append(verdict)
                dialled += step in (Step.DIALLED, Step.FAILED)
                if step is Step.FAILED:
                    self._note_failure(True, now)
            if any(step is Step.FULL for step, _, _ in found):
                self._full = (max(1, floor.lines + dialled), now + _FULL_FOR)
                break
        return dialled, refusals

    def _turns(self, wanted: int, certain: int, now: datetime) -> list[Dial]:
        """The next contacts; the first of them have an agent for certain."""
        found: list[Dial] = []
        while len(found) < wanted and (turn := self._filling.hopper.next(seconds(now))) is not None:
            held = self._to_hold.pop(0) if self._to_hold else ""
            certainty = bool(held) or len(found) < certain
            found.append(Dial(self.tenant, self.campaign, turn[1], next(self._caller_ids), certainty, self._idle, held))
        return found

    def _longest_idle(self, now: datetime) -> list[str]:
        """Free agents whose phones can be reached, the longest idle first."""
        free = [agent_id for agent_id in self._idle if self._silent.get(agent_id, now) <= now]
        return sorted(free, key=lambda agent_id: self._since[agent_id][1])

    async def _side_by_side(self, dials: list[Dial]) -> list[Dialled]:
        """Several at once. Raises what the first of them raised, when all are over; then everything is read anew,
        for nobody may be forgotten."""
        found = await asyncio.gather(*(self._dialling.dial(one) for one in dials), return_exceptions=True)
        done: list[Dialled] = []
        for one in found:
            if isinstance(one, BaseException):
                self._filling.read_anew()
                raise one
            done.append(one)
        return done

    def _note_failure(self, failed: bool, now: datetime) -> None:
        """Media that takes no call, or trunks that carry none, are left alone for a while."""
        self._failures = self._failures + 1 if failed else 0
        if self._failures >= _FAILURES:
            self._failures, self._paused_until = 0, now + _PAUSE

    async def _journal(self, decision: Decision, dialled: int, now: datetime) -> None:
        if decision.count:
            await self._world.store.attempts.decide(
                {
                    "_id": new_id("dc", now),
                    "tenant": self.tenant,
                    "campaign": self.campaign.id,
                    "at": now,
                    "day": day_of(now),
                    "count": decision.count,
                    "dialled": dialled,
                    "mode": decision.mode.value,
                    "why": decision.why,
                }
            )


def _doing(agent: acd_pb2.Agent) -> str:
    """What an agent does, for the pacer; empty: not at work."""
    if agent.wrapping:
        return "wrapping"
    if any(agent.load.values()):
        return "talking"
    return "idle" if agent.state == acd_pb2.AGENT_STATE_READY else ""


def _rang(attempt: dict[str, Any], until: datetime) -> float:
    began: datetime = attempt["at"]
    return max(0.0, (until - began).total_seconds())


def _refused(reason: str) -> Result:
    """Media's refusal before anything rang: a number that may not be called at all, or a matter of the plant."""
    return Result.INVALID if reason == "BLOCKED_DESTINATION" else Result.SYSTEM
