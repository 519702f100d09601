"""One contact: the gate, the journal, the call. In this order, so that nothing rings that is not written down.

contact taken → gate → refused: journalled with its reason, back with a time or done
                     → allowed: journalled as live → Originate → the record of the call ends it (`results`)
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.dialer.app import messages
from antiphon.dialer.app.world import RING_FOR, STRICT, Document, World, day_of, hash_of, seconds
from antiphon.dialer.domain.contact import DONE, READY
from antiphon.dialer.domain.gate import Callee, Gate, Verdict, Why
from antiphon.dialer.domain.keyed import answers_by_key, key_for
from antiphon.dialer.domain.numbers import zones_of
from antiphon.dialer.domain.policy import Pack
from antiphon.dialer.rulebook import is_holiday
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.kit import logs
from antiphon.kit.errors import DomainError
from antiphon.kit.ids import derived_id, new_id
from antiphon.kit.protos import duration
from antiphon.media.v1 import media_pb2

LONGEST_MEMORY = timedelta(days=32)
_LATER = timedelta(hours=1)
_SOON = timedelta(minutes=1)
_LOOK_AGAIN = timedelta(seconds=20)
_AWAY = "away"
BUSY = "BUSY"
"""Media's word for: no channel is free."""
_FIRST = 1000
"""Points in the queue: who has been called goes before everybody who called."""
_FINAL = frozenset({Why.DNC_GLOBAL, Why.DNC_TENANT, Why.DNC_CAMPAIGN, Why.NO_CONSENT, Why.NO_ZONE})
log = logs.get("dialer")


class Step(Enum):
    """What became of a contact."""

    DIALLED = "dialled"
    REFUSED = "refused"
    SKIPPED = "skipped"
    """It changed meanwhile: nothing was decided."""
    FAILED = "failed"
    """Media did not take the call."""
    FULL = "full"
    """Every channel of the number or the trunks is taken: no failure, there is room again when a call ends."""


@dataclass(frozen=True, slots=True)
class Dial:
    """One contact whose turn it is."""

    tenant: str
    campaign: pb.Campaign
    seq: int
    caller_id: str
    certain: bool
    """An agent is free for it."""
    idle: frozenset[str] = frozenset()
    """Agents who are free, for callbacks that were promised by one of them."""
    agent_id: str = ""
    """The agent who looks at this contact and dials."""
    preview_id: str = ""


class Dialling:
    def __init__(self, world: World) -> None:
        self._world = world
        self._asked: dict[str, datetime] = {}
        """Agents whose phones ring for a personal callback → until when nothing else is tried with them."""
        self._now: set[tuple[str, str]] = set()
        """Tenant and person of those who are being looked at: what counts by person must not be asked side by side."""

    def packs(self, campaign: pb.Campaign, number: str, now: datetime) -> tuple[Pack, ...]:
        return self._world.rules.holding(campaign.pack_id or STRICT, number, now.date())

    async def dial(self, one: Dial) -> tuple[Step, Verdict | None, str]:
        """What was done, why not, and the attempt's id."""
        store, now = self._world.store, self._world.clock()
        contact = await store.contacts.get(one.campaign.id, one.seq)
        if contact is None or contact["state"] != READY or contact["due"] > seconds(now):
            return Step.SKIPPED, None, ""
        if (person := (one.tenant, contact["person"])) in self._now:
            await store.contacts.change(contact["_id"], {"due": seconds(now + _SOON)}, now)
            return Step.SKIPPED, None, ""
        self._now.add(person)
        try:
            return await self._dial(one, contact, now)
        finally:
            self._now.discard(person)

    async def _dial(self, one: Dial, contact: Document, now: datetime) -> tuple[Step, Verdict | None, str]:
        store = self._world.store
        promised = self._promised(one, contact, now)
        if promised == _AWAY:
            await store.contacts.change(contact["_id"], {"due": seconds(now + _LOOK_AGAIN)}, now)
            return Step.SKIPPED, None, ""
        if promised:
            one = replace(one, agent_id=promised, certain=True)
        verdict = await self.judge(one, contact, now)
        if verdict.allowed and verdict.certain_agent and not one.certain:
            await store.contacts.change(contact["_id"], {"due": seconds(now + _SOON)}, now)
            return Step.SKIPPED, None, ""
        if not verdict.allowed:
            return Step.REFUSED, verdict, ""
        if promised:
            self._asked[promised] = now + _LOOK_AGAIN
        return await self.call(one, contact, verdict, now)

    def _promised(self, one: Dial, contact: Document, now: datetime) -> str:
        """The agent who promised to call this contact; _AWAY while he is not free; empty: anybody."""
        agent = str(contact.get("callback_agent") or "")
        if not agent or seconds(now) >= float(contact.get("callback_until") or 0):
            return ""
        free = agent in one.idle and self._asked.get(agent, now) <= now
        return agent if free else _AWAY

    async def judge(self, one: Dial, contact: Document, now: datetime) -> Verdict:
        """Whether the contact may be dialled now. A refusal is journalled and says when the contact comes back."""
        gate = Gate(self.packs(one.campaign, contact["number"], now), is_holiday)
        callee = await self._callee(one, contact, now)
        verdict = gate.check(callee, now)
        if not verdict.allowed:
            await self._refuse(one, contact, (gate, callee, verdict), now)
        return verdict

    async def _callee(self, one: Dial, contact: Document, now: datetime) -> Callee:
        store = self._world.store
        number, person = contact["number"], contact["person"]
        (past, in_the_air), lists = await asyncio.gather(
            store.attempts.past(one.tenant, number, person, now - LONGEST_MEMORY),
            store.dnc.on(one.tenant, one.campaign.id, number),
        )
        zones = (contact["zone"],) if contact["zone"] else zones_of(number)
        return Callee(number, zones, lists, contact["consent"], past, in_the_air)

    async def _refuse(self, one: Dial, contact: Document, what: tuple[Gate, Callee, Verdict], now: datetime) -> None:
        """The refusal is journalled; the contact comes back when the answer may be another, or is done."""
        store, (gate, callee, verdict) = self._world.store, what
        await store.attempts.journal(_attempt(one, contact, verdict, now))
        if verdict.why in _FINAL:
            changes: dict[str, Any] = {"state": DONE, "last": {"result": verdict.why.value}}
        else:
            until = verdict.until
            if verdict.why is Why.OUTSIDE_HOURS:
                until = gate.opens_at(callee, now)
            wait = _SOON if verdict.why in (Why.IN_THE_AIR, Why.NO_LINE) else _LATER
            changes = {"state": READY, "due": seconds(until or now + wait)}
        await store.contacts.change(contact["_id"], changes, now)

    async def call(
        self, one: Dial, contact: Document, verdict: Verdict, now: datetime
    ) -> tuple[Step, Verdict | None, str]:
        """The journal, then the call. Nothing happens when the contact changed since it was read."""
        store = self._world.store
        if not await store.contacts.take(contact["_id"], contact["rev"], now, contact["state"]):
            return Step.SKIPPED, None, ""
        attempt = _attempt(one, contact, verdict, now)
        if not await store.attempts.journal(attempt):
            verdict = Verdict(Why.IN_THE_AIR, verdict.pack)
            await store.attempts.journal(_attempt(one, contact, verdict, now))
            await store.contacts.change(contact["_id"], {"state": READY, "due": seconds(now + _SOON)}, now)
            return Step.REFUSED, verdict, ""
        try:
            await self._world.asks.originate(one.tenant, self._order(one, contact, attempt, now))
        except DomainError as error:
            log.warning("media did not take a call", reason=error.reason.name, attempt=attempt["_id"])
            failed = "" if error.retry else error.reason.name
            if failed:  # media refused for good: it never rang
                await store.attempts.change(attempt["_id"], {"refused": failed})
            return Step.FULL if failed == BUSY else Step.FAILED, None, attempt["_id"]
        return Step.DIALLED, verdict, attempt["_id"]

    def _order(self, one: Dial, contact: Document, attempt: Document, now: datetime) -> media_pb2.OriginateRequest:
        campaign = one.campaign
        packs = self.packs(campaign, contact["number"], now)
        says = prompts(campaign) if campaign.mode == pb.MODE_MESSAGE else ()
        return media_pb2.OriginateRequest(
            call_id=attempt["call"],
            to=contact["number"],
            caller_id=one.caller_id,
            queue_id=campaign.queue_id,
            ring_for=duration(max([_ring_for(campaign), *(pack.ring_at_least for pack in packs)])),
            answer_within=duration(min(pack.answer_within for pack in packs)),
            apology=campaign.abandoned_message,
            language=campaign.language,
            priority=_FIRST,
            auto_answer=campaign.auto_answer or bool(one.agent_id),
            agent_id=one.agent_id,
            project_id=campaign.project_id,
            prompts=says,
            opt_out_key=campaign.opt_out_key if says else "",
            agent_key=campaign.agent_key if says else "",
            screening=screening(campaign, attempt["_id"]) if attempt["screened"] else None,
        )


def screening(campaign: pb.Campaign, attempt_id: str) -> media_pb2.Screening:
    """How machines are told, and what becomes of them; of some of them the agent is the judge."""
    checked = hash_of(attempt_id) % 100 < campaign.machine_check_percent and campaign.mode != pb.MODE_MESSAGE
    leaves = campaign.machine_action == pb.MACHINE_ACTION_LEAVE_MESSAGE
    action = media_pb2.MACHINE_ACTION_LEAVE_MESSAGE if leaves else media_pb2.MACHINE_ACTION_HANG_UP
    found = media_pb2.Screening(action=media_pb2.MACHINE_ACTION_NOTE if checked else action)
    found.message = campaign.machine_message if leaves else ""
    if campaign.HasField("longest_greeting"):
        found.longest_greeting.CopyFrom(campaign.longest_greeting)
    return found


def prompts(campaign: pb.Campaign) -> tuple[media_pb2.Prompt, ...]:
    """What a message campaign says: its message, then its questions."""
    questions = {one.id: messages.question(one) for one in campaign.questions}
    found = [media_pb2.Prompt(id="message", text=campaign.message)] if campaign.message.strip() else []
    for one in campaign.questions:
        key = key_for(questions[one.only_if], one.only_if_answer) if one.only_if else ""
        keys = "".join(answers_by_key(questions[one.id]))
        found.append(media_pb2.Prompt(id=one.id, text=one.text, keys=keys, only_if=one.only_if, only_if_key=key))
    return tuple(found)


def _ring_for(campaign: pb.Campaign) -> timedelta:
    return campaign.ring_for.ToTimedelta() if campaign.HasField("ring_for") else RING_FOR


def _attempt(one: Dial, contact: Document, verdict: Verdict, now: datetime) -> dict[str, Any]:
    attempt_id = derived_id("at", one.preview_id) if one.preview_id and verdict.allowed else new_id("at", now)
    return {
        "_id": attempt_id,
        "tenant": one.tenant,
        "campaign": one.campaign.id,
        "project": one.campaign.project_id,
        "contact": contact["_id"],
        "number": contact["number"],
        "person": contact["person"],
        "at": now,
        "day": day_of(now),
        "local": _local(contact, now),
        "reason": verdict.why.value,
        "pack": verdict.pack,
        "dialled": verdict.allowed,
        "call": derived_id("cl", one.tenant, attempt_id) if verdict.allowed else "",
        "caller_id": one.caller_id if verdict.allowed else "",
        "answered_at": None,
        "bridged_at": None,
        "ended_at": None,
        "agent": one.agent_id,
        "own_phone": bool(one.agent_id),
        "message": one.campaign.mode == pb.MODE_MESSAGE,
        "result": "",
        "disposition": "",
        "contact_made": False,
        "abandoned": False,
        "screened": bool(one.campaign.machine_action),
        "answered_by": "",
        "live": verdict.allowed,
    }


def _local(contact: Document, now: datetime) -> list[str]:
    """What the clocks said where the number may be: the earliest and the latest."""
    zones = (contact["zone"],) if contact["zone"] else zones_of(contact["number"])
    clocks = sorted(now.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) for zone in zones)
    return [clock.strftime("%Y-%m-%dT%H:%M") for clock in (clocks[:1] + clocks[-1:])]
