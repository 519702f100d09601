"""How attempts end, by media's record of the call, and what agents say of them.

The end is applied once, together with what it means for the contact and the fact that is told; a fact that comes twice
finds the attempt ended. What an agent says later is the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.dialer.app import messages
from antiphon.dialer.app.world import Document, World, hash_of, seconds
from antiphon.dialer.domain.contact import DONE, READY
from antiphon.dialer.domain.ending import MACHINE, result_of
from antiphon.dialer.domain.keyed import interview, result_of_keys
from antiphon.dialer.domain.numbers import zones_of
from antiphon.dialer.domain.questionnaire import Wrong, complete
from antiphon.dialer.domain.reasons import Reason
from antiphon.dialer.domain.recycling import Disposition, Result, after
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.dialer.v1.events_pb2 import AttemptEnded, ResultRecorded
from antiphon.kit.batch import Batch
from antiphon.kit.bus import Fact
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.outbox import Told
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.tokens import Caller
from antiphon.media.v1 import media_pb2

_MOST_ATTEMPTS = 6
_GRACE = timedelta(minutes=15)
"""A callback that one agent promised is everybody's after that."""
_PEOPLE = frozenset({Result.SUCCESS, Result.REFUSAL, Result.DNC, Result.ABANDONED})
_CALL = "call:"
_ROUND = 0.1
"""Seconds between two writes of ends: a lone one is written at once."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent says of a call."""

    disposition: Disposition
    agent: str
    at: datetime | None = None
    """When to call back."""
    answers: dict[str, str] | None = None
    personal: bool = False
    sold: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Ending:
    """How an attempt ended."""

    attempt: Document
    result: Result
    ended: datetime
    agent: str
    keys: dict[str, str]

    def changes(self, known: Document) -> dict[str, Any]:
        """Of the attempt, which is stored as `known`: an agent may have had the last word already."""
        return {
            "result": known["result"] if known["disposition"] else self.result.value,
            "ended_at": self.ended,
            "agent": self.agent or self.attempt["agent"],
            "contact_made": self.result in _PEOPLE,
            "abandoned": self.result is Result.ABANDONED,
            "answered_by": self.attempt.get("answered_by") or "",
        }

    def told(self, changes: Mapping[str, Any]) -> Told:
        attempt = self.attempt
        said = messages.attempt({**attempt, **changes})
        event = AttemptEnded(occurred_at=timestamp(self.ended), attempt=said, project_id=attempt["project"])
        return Told(event, attempt["tenant"], attempt["_id"], 1)


class Results:
    def __init__(self, world: World) -> None:
        self._world = world
        self._ending = Batch(self._end_all, every=_ROUND)

    # --- what is heard

    async def hear_call(self, fact: Fact) -> None:
        """CallChanged, CallBridged: a person answered, an agent has the call."""
        call = fact.event.call
        talks = call.state == media_pb2.CALL_STATE_TALKING
        if call.direction != media_pb2.DIRECTION_OUTBOUND or not (talks or call.HasField("answered_at")):
            return
        attempt = await self._world.store.attempts.get(fact.tenant, "", call.id)
        if attempt is None:
            return
        news: dict[str, Any] = {}
        if call.HasField("answered_at") and not attempt.get("own_phone"):  # else it is the agent who answered
            news["answered_at"] = moment(call.answered_at)
        if talks:
            news |= {"bridged_at": moment(fact.event.occurred_at), "agent": call.agent_id}
            news.setdefault("answered_at", news["bridged_at"])
        if call.answered_by:
            news["answered_by"] = call.answered_by
        if any(not attempt.get(name) for name in news):
            await self._world.store.attempts.progress(fact.tenant, call.id, news)

    async def hear_end(self, fact: Fact) -> None:
        """CallEnded."""
        if fact.event.call.direction == media_pb2.DIRECTION_OUTBOUND:
            await self.end(fact.tenant, fact.event.call)

    async def hear_work(self, fact: Fact) -> None:
        """WorkCompleted: the agent ended the wrap-up with a disposition."""
        item = fact.event.item
        if item.disposition and item.subject.startswith(_CALL):
            attempt = await self._world.store.attempts.get(fact.tenant, "", item.subject.removeprefix(_CALL))
            if attempt is not None and not attempt["disposition"]:
                campaign = await self._world.store.campaigns.get(fact.tenant, attempt["campaign"])
                found = _named(campaign, item.disposition) if campaign is not None else None
                if found is not None:
                    await self._say(attempt, Said(found, item.agent_id))

    # --- the end

    async def end(self, tenant: str, call: media_pb2.Call) -> None:
        """The record of a call ends its attempt, once."""
        attempt = await self._world.store.attempts.get(tenant, "", call.id)
        if attempt is None or not attempt["live"]:
            return
        talked = call.HasField("talked") or attempt["bridged_at"] is not None
        own_phone = bool(attempt.get("own_phone"))
        picked_up = not own_phone and (call.HasField("answered_at") or attempt["answered_at"] is not None)
        codes = [leg.code for leg in call.legs if leg.role == "outside" or (leg.role == "caller" and not own_phone)]
        if call.outcome != MACHINE and picked_up and not talked and attempt.get("message"):
            result = result_of_keys(call.keys)
        elif own_phone and not codes:  # the agent did not pick up his own phone: the customer was not called
            result = Result.SYSTEM
        else:
            result = result_of(call.outcome, codes, picked_up, talked)
        ended = moment(call.ended_at) if call.HasField("ended_at") else self._world.clock()
        heard = {"answered_by": call.answered_by} if call.answered_by else {}
        await self.finish({**attempt, **heard}, result, ended, call.agent_id if talked else "", dict(call.keys))

    async def finish(
        self, attempt: Document, result: Result, ended: datetime, agent: str = "", keys: Mapping[str, str] | None = None
    ) -> None:
        """Ends an attempt with a result, and says what becomes of its contact. `keys`: what was pressed at prompts.
        Those that end at about the same time are written together."""
        if result is Result.DNC:
            now = self._world.clock()
            await self._world.store.dnc.add("tenant", attempt["tenant"], [attempt["number"]], "key", now)
        failed = await self._ending.do(_Ending(attempt, result, ended, agent, dict(keys or {})))
        if failed is not None:
            raise failed

    async def _end_all(self, endings: list[_Ending]) -> list[Exception | None]:
        """What one of them cannot do takes nothing from the others."""
        try:
            await self._write(endings)
        except Exception as error:  # noqa: BLE001 - it is raised to whom it concerns
            if len(endings) == 1:
                return [error]
            return [(await self._end_all([one]))[0] for one in endings]
        return [None] * len(endings)

    async def _write(self, endings: list[_Ending]) -> None:
        store, now = self._world.store, self._world.clock()
        wanted = {(one.attempt["tenant"], one.attempt["campaign"]) for one in endings}
        campaigns = {one: await store.campaigns.get(*one) for one in wanted}

        async def body(session: Any) -> None:
            alive = await store.attempts.alive([one.attempt["_id"] for one in endings], session)
            fresh = {one.attempt["_id"]: one for one in endings if one.attempt["_id"] in alive}
            if not fresh:
                return
            contacts = await store.contacts.some([alive[one]["contact"] for one in fresh], session)
            ends, afters, told = dict[str, dict[str, Any]](), dict[str, dict[str, Any]](), list[Told]()
            for attempt_id, one in fresh.items():
                campaign = campaigns[one.attempt["tenant"], one.attempt["campaign"]]
                known, contact = alive[attempt_id], contacts.get(alive[attempt_id]["contact"])
                ends[attempt_id] = changes = one.changes(known)
                if contact is not None:
                    afters[contact["_id"]] = self._after(one, known, contact, campaign)
                told.append(one.told(changes))
            await store.attempts.end(ends, session)
            await store.contacts.change_all(afters, now, session)
            await store.outbox.add_all(session, told)

        await store.attempts.together(body)

    def _after(self, one: _Ending, known: Document, contact: Document, campaign: pb.Campaign | None) -> dict[str, Any]:
        """What becomes of the contact."""
        found = self._contact_after(contact, one.result, campaign, self._world.clock())
        if one.keys and campaign is not None and campaign.mode == pb.MODE_MESSAGE and campaign.questions:
            answers = interview([messages.question(each) for each in campaign.questions], one.keys)
            found |= {"answers": answers} if answers is not None else {}
        return {name: found[name] for name in ("results", "attempts")} if known["disposition"] else found

    def _contact_after(
        self, contact: Document, result: Result, campaign: pb.Campaign | None, now: datetime
    ) -> dict[str, Any]:
        results = dict(contact["results"])
        results[result.value] = results.get(result.value, 0) + 1
        most = (campaign.max_attempts if campaign is not None else 0) or _MOST_ATTEMPTS
        spread = (hash_of(contact["_id"]) % 1000) / 1000
        local = now.astimezone(ZoneInfo(_zone(contact)))
        found = after(result, results[result.value], local, spread, most)
        attempts = contact["attempts"] + found.counts
        changes = {"results": results, "attempts": attempts, "last": {"result": result.value}, "callback": False}
        changes["callback_agent"] = ""
        if found.final or found.at is None or attempts >= most:
            return {**changes, "state": DONE}
        return {**changes, "state": READY, "due": seconds(found.at)}

    # --- what agents say

    async def record(self, caller: Caller, request: pb.RecordResultRequest) -> pb.RecordResultResponse:
        attempt = await self._world.store.attempts.get(caller.tenant, request.attempt_id, request.call_id)
        if attempt is None or not attempt["dialled"]:
            raise DomainError(Common.NOT_FOUND, object=request.attempt_id or request.call_id)
        campaign = await self._world.campaign(caller, attempt["campaign"])
        if caller.person_id and caller.person_id != attempt["agent"] and not caller.may("work.supervise"):
            raise DomainError(Reason.NOT_YOURS)
        found = _named(campaign, request.disposition)
        if found is None:
            raise invalid("disposition", "the campaign has no such disposition")
        answers = None
        if request.answers:
            try:
                answers = complete([messages.question(one) for one in campaign.questions], dict(request.answers))
            except Wrong as error:
                raise invalid("answers", str(error)) from error
        at = moment(request.callback_at) if request.HasField("callback_at") else None
        if at is not None and at <= self._world.clock():
            raise invalid("callback_at", "in the future")
        agent = caller.person_id or attempt["agent"]
        said = Said(found, agent, at, answers, request.personal, _amount(found, campaign, request), request.note[:2000])
        await self._say(attempt, said)
        stored = await self._world.store.attempts.get(caller.tenant, attempt["_id"])
        return pb.RecordResultResponse(attempt=messages.attempt(stored or attempt))

    async def _say(self, attempt: Document, what: Said) -> None:
        """The last word about an attempt, and about its contact while it is the contact's last attempt."""
        store, now, said = self._world.store, self._world.clock(), what.disposition
        if said.adds_to_dnc:
            await store.dnc.add("tenant", attempt["tenant"], [attempt["number"]], "agent", now)
        last = {
            "result": said.result.value,
            "disposition": said.code,
            "agent": what.agent,
            "note": what.note,
            **what.sold,
        }
        changes: dict[str, Any] = {"last": last, "state": DONE, "callback": False, "callback_agent": ""}
        if what.answers is not None:
            changes["answers"] = what.answers
        if said.result is Result.CALLBACK or what.at is not None:
            due = what.at or now + messages.after_callback(said)
            changes |= {"state": READY, "due": seconds(due), "callback": True, "callback_at": due}
            if what.personal:
                changes |= {"callback_agent": what.agent, "callback_until": seconds(due + _GRACE)}
        elif said.retry_after is not None:
            changes |= {"state": READY, "due": seconds(now + said.retry_after)}

        async def body(session: Any) -> None:
            known = {"result": said.result.value, "disposition": said.code, "agent": what.agent, **what.sold}
            await store.attempts.change(attempt["_id"], known, session)
            await store.contacts.change(attempt["contact"], changes, now, session)
            told = messages.attempt({**attempt, **known})
            event = ResultRecorded(occurred_at=timestamp(now), attempt=told, project_id=attempt["project"])
            version = int(now.timestamp() * 1000)
            await store.outbox.add(session, event, tenant=attempt["tenant"], key=attempt["_id"], version=version)

        await store.attempts.together(body)


def _amount(said: Disposition, campaign: pb.Campaign, request: pb.RecordResultRequest) -> dict[str, Any]:
    """What was sold. Raises INVALID."""
    if not request.HasField("amount"):
        if said.with_amount:
            raise invalid("amount", "for how much?")
        return {"amount": 0, "currency": ""}
    if not said.with_amount or request.amount.micros <= 0 or request.amount.currency != campaign.currency:
        raise invalid("amount", f"an amount in {campaign.currency or 'a currency'} belongs to a sale")
    return {"amount": request.amount.micros, "currency": request.amount.currency}


def _named(campaign: pb.Campaign, code: str) -> Disposition | None:
    return next((messages.disposition(one) for one in campaign.dispositions if one.code == code), None)


def _zone(contact: Document) -> str:
    """The zone whose day counts for "another part of the day"."""
    return str(contact["zone"]) or next(iter(zones_of(contact["number"])), "UTC")
