"""How attempts end, by media's record of the call, and what agents say of them.

The end is applied once, together with what it means for the contact and the fact that is told; a fact that comes twice
finds the attempt ended. What an agent says later is the last word.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.dialer.app import messages
from antiphon.dialer.app.world import Document, World, seconds
from antiphon.dialer.domain.ending import result_of
from antiphon.dialer.domain.numbers import zones_of
from antiphon.dialer.domain.questionnaire import Wrong, complete
from antiphon.dialer.domain.reasons import Reason
from antiphon.dialer.domain.recycling import Disposition, Result, after
from antiphon.dialer.v1 import dialer_pb2 as pb
from antiphon.dialer.v1.events_pb2 import AttemptEnded
from antiphon.kit.bus import Fact
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.protos import moment, timestamp
from antiphon.kit.tokens import Caller
from antiphon.media.v1 import media_pb2

_MOST_ATTEMPTS = 6
_CALL = "call:"


class Results:
    def __init__(self, world: World) -> None:
        self._world = world

    # --- what is heard

    async def hear_call(self, fact: Fact) -> None:
        """CallChanged, CallBridged: a person answered, an agent has the call."""
        call = fact.event.call
        if call.direction != media_pb2.DIRECTION_OUTBOUND or not call.queue_id:
            return
        news: dict[str, Any] = {}
        if call.HasField("answered_at"):
            news["answered_at"] = moment(call.answered_at)
        if call.state == media_pb2.CALL_STATE_TALKING:
            news |= {"bridged_at": moment(fact.event.occurred_at), "agent": call.agent_id}
        if news:
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
                    await self._say(attempt, found, item.agent_id, None)

    # --- the end

    async def end(self, tenant: str, call: media_pb2.Call) -> None:
        """The record of a call ends its attempt, once."""
        attempt = await self._world.store.attempts.get(tenant, "", call.id)
        if attempt is None or not attempt["live"]:
            return
        talked = call.HasField("talked") or attempt["bridged_at"] is not None
        picked_up = call.HasField("answered_at") or attempt["answered_at"] is not None
        codes = [leg.code for leg in call.legs if leg.role in ("caller", "outside")]
        result = result_of(call.outcome, codes, picked_up, talked)
        agent = call.agent_id if talked else ""
        ended = moment(call.ended_at) if call.HasField("ended_at") else self._world.clock()
        await self.finish(attempt, result, ended, agent)

    async def finish(self, attempt: Document, result: Result, ended: datetime, agent: str = "") -> None:
        """Ends an attempt with a result, and says what becomes of its contact."""
        store, now = self._world.store, self._world.clock()
        campaign = await store.campaigns.get(attempt["tenant"], attempt["campaign"])
        changes = {
            "result": result.value,
            "ended_at": ended,
            "agent": agent or attempt["agent"],
            "contact_made": result in (Result.SUCCESS, Result.ABANDONED),
            "abandoned": result is Result.ABANDONED,
        }

        async def body(session: Any) -> None:
            fresh = next(iter(await store.attempts.some([attempt["_id"]])), attempt)
            if fresh["disposition"]:  # an agent had the last word already
                changes["result"] = fresh["result"]
            if not await store.attempts.end(attempt["_id"], changes, session):
                return
            contact = await store.contacts.by_id(attempt["contact"])
            if contact is not None:
                after_it = self._contact_after(contact, result, campaign, now)
                if fresh["disposition"]:
                    after_it = {name: after_it[name] for name in ("results", "attempts")}
                await store.contacts.change(contact["_id"], after_it, now, session)
            event = AttemptEnded(
                occurred_at=timestamp(ended),
                attempt=messages.attempt({**attempt, **changes}),
                project_id=attempt["project"],
            )
            await store.outbox.add(session, event, tenant=attempt["tenant"], key=attempt["_id"], version=1)

        await store.attempts.together(body)

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
        if found.final or found.at is None or attempts >= most:
            return {**changes, "state": "done"}
        return {**changes, "state": "ready", "due": seconds(found.at)}

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
        await self._say(attempt, found, caller.person_id or attempt["agent"], at, answers)
        stored = await self._world.store.attempts.get(caller.tenant, attempt["_id"])
        return pb.RecordResultResponse(attempt=messages.attempt(stored or attempt))

    async def _say(
        self,
        attempt: Document,
        said: Disposition,
        agent: str,
        at: datetime | None,
        answers: dict[str, str] | None = None,
    ) -> None:
        """The last word about an attempt, and about its contact while it is the contact's last attempt."""
        store, now = self._world.store, self._world.clock()
        if said.adds_to_dnc:
            await store.dnc.add("tenant", attempt["tenant"], [attempt["number"]], "agent", now)
        last = {"result": said.result.value, "disposition": said.code, "agent": agent}
        changes: dict[str, Any] = {"last": last, "state": "done", "callback": False}
        if answers is not None:
            changes["answers"] = answers
        if said.result is Result.CALLBACK or at is not None:
            due = at or now + messages.after_callback(said)
            changes |= {"state": "ready", "due": seconds(due), "callback": True}
        elif said.retry_after is not None:
            changes |= {"state": "ready", "due": seconds(now + said.retry_after)}

        async def body(session: Any) -> None:
            known = {"result": said.result.value, "disposition": said.code, "agent": agent}
            await store.attempts.change(attempt["_id"], known, session)
            await store.contacts.change(attempt["contact"], changes, now, session)

        await store.attempts.together(body)


def _named(campaign: pb.Campaign, code: str) -> Disposition | None:
    return next((messages.disposition(one) for one in campaign.dispositions if one.code == code), None)


def _zone(contact: Document) -> str:
    """The zone whose day counts for "another part of the day"."""
    return str(contact["zone"]) or next(iter(zones_of(contact["number"])), "UTC")


def hash_of(text: str) -> int:
    """The same number for the same id in every process."""
    return int.from_bytes(text.encode()[-6:], "big")
