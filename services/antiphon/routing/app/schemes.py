"""The people who write schemes: drafts, publishing, rolling back, trying out, and which address meets which scheme."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from antiphon.kit.bus import Fact
from antiphon.kit.clock import Clock
from antiphon.kit.errors import Common, DomainError, invalid
from antiphon.kit.ids import new_id
from antiphon.kit.protos import duration, moment, struct, timestamp
from antiphon.kit.tokens import Caller
from antiphon.routing.app import forms, verb_forms
from antiphon.routing.app.memory import Memory
from antiphon.routing.domain import events
from antiphon.routing.domain.interaction import Interaction
from antiphon.routing.domain.node_checks import Known
from antiphon.routing.domain.reasons import Reason
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.simulate import After, Typed, simulate
from antiphon.routing.domain.validation import comes_back, ring_numbers, validate
from antiphon.routing.domain.versions import History, Signature, Version, publish, roll_back, save
from antiphon.routing.settings import Settings
from antiphon.routing.v1 import routing_pb2 as pb

if TYPE_CHECKING:
    from antiphon.routing.store import Store

_MOST_INPUTS = 50


class Schemes:
    """Use cases of the scheme editor."""

    def __init__(self, store: Store, memory: Memory, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._memory = memory
        self._settings = settings
        self._clock = clock

    async def every(self, caller: Caller) -> list[pb.Scheme]:
        found = await self._store.schemes(caller.tenant)
        return [_message(history, name, at) for history, name, at in found]

    async def get(self, caller: Caller, scheme_id: str, version: int) -> pb.GetSchemeResponse:
        history, name, at = await self._store.scheme(caller.tenant, scheme_id)
        content = history.version(version).scheme if version else _draft(history)
        findings = validate(content, await self._known(caller.tenant, scheme_id))
        message = _message(history, name, at, content, version)
        versions = [_version(each) for each in reversed(history.versions)]
        return pb.GetSchemeResponse(scheme=message, findings=map(forms.finding, findings), versions=versions)

    async def put(self, caller: Caller, message: pb.Scheme) -> pb.PutSchemeResponse:
        name = message.name.strip()
        if not 1 <= len(name) <= 80:
            raise invalid("name", "a name of 1 to 80 characters is needed")
        message.name = name
        if message.id:
            before, _, _ = await self._store.scheme(caller.tenant, message.id)
        else:
            message.id, message.rev = new_id("sc"), 0
            before = History(scheme_id=message.id)
        content = forms.scheme(message)
        after = save(before, content, message.rev)
        await self._store.save_scheme(caller.tenant, name, before, after)
        findings = validate(content, await self._known(caller.tenant, content.id))
        stored = _message(after, name, self._clock(), content)
        return pb.PutSchemeResponse(scheme=stored, findings=map(forms.finding, findings))

    async def publish(self, caller: Caller, scheme_id: str, rev: int, reason: str) -> pb.Scheme:
        before, name, _ = await self._store.scheme(caller.tenant, scheme_id)
        if rev != before.revisions:
            raise DomainError(Common.STALE, "somebody else saved this draft meanwhile", scheme=scheme_id)
        after = publish(before, await self._known(caller.tenant, scheme_id), self._sign(caller, reason))
        await self._store.save_scheme(caller.tenant, name, before, after)
        self._memory.forget(caller.tenant)
        return _message(after, name, self._clock(), after.live.scheme)

    async def roll_back(self, caller: Caller, scheme_id: str, version: int, reason: str) -> pb.Scheme:
        before, name, _ = await self._store.scheme(caller.tenant, scheme_id)
        after = roll_back(before, version, await self._known(caller.tenant, scheme_id), self._sign(caller, reason))
        await self._store.save_scheme(caller.tenant, name, before, after)
        self._memory.forget(caller.tenant)
        return _message(after, name, self._clock(), after.live.scheme)

    async def simulate(self, caller: Caller, request: pb.SimulateSchemeRequest) -> list[pb.SimulatedStep]:
        """Plays inputs over a draft or version; an empty input is silence. Other systems are not called."""
        if len(request.inputs) > _MOST_INPUTS:
            raise invalid("inputs", f"at most {_MOST_INPUTS}")
        history, _, _ = await self._store.scheme(caller.tenant, request.scheme_id)
        content = history.version(request.version).scheme if request.version else _draft(history)
        at = moment(request.at) if request.HasField("at") else self._clock()
        start = _visitor(content, request, at)
        played = [After(timedelta(), events.Started()), *map(_played, request.inputs)]
        moments = simulate(content, start, played, await self._memory.world(caller.tenant))
        return [
            pb.SimulatedStep(
                after=duration(each.elapsed),
                decision=forms.decision(each.step.decision, content.id, request.version),
                verbs=[
                    message for verb in each.step.verbs for message in verb_forms.messages(verb, call=start.is_call)
                ],
            )
            for each in moments
        ]

    async def bindings(self, caller: Caller) -> list[pb.Binding]:
        found = await self._store.bindings(caller.tenant)
        return [pb.Binding(address=address, scheme_id=scheme_id) for address, scheme_id in found.items()]

    async def bind(self, caller: Caller, binding: pb.Binding) -> pb.Binding:
        if not 1 <= len(binding.address) <= 120:
            raise invalid("address", "a channel or number is needed")
        if binding.scheme_id:
            history, _, _ = await self._store.scheme(caller.tenant, binding.scheme_id)
            known = await self._known(caller.tenant, binding.scheme_id)
            known = replace(known, met_at={**known.met_at, binding.address: binding.scheme_id})
            if history.versions and any(comes_back(history.live.scheme, known)):
                raise DomainError(Reason.INVALID_SCHEME, "the scheme forwards to this address: a circle")
        await self._store.bind(caller.tenant, binding.address, binding.scheme_id)
        self._memory.forget(caller.tenant)
        return binding

    async def hear_queue(self, fact: Fact) -> None:
        """A queue was created or changed."""
        await self._store.note_queue(fact.tenant, fact.event.queue.id, present=True)

    async def hear_queue_deleted(self, fact: Fact) -> None:
        await self._store.note_queue(fact.tenant, fact.event.queue_id, present=False)

    async def _known(self, tenant: str, scheme_id: str) -> Known:
        met_at = await self._store.bindings(tenant)
        others = [history for history, _, _ in await self._store.schemes(tenant) if history.versions]
        return Known(
            queues=await self._store.queues(tenant),
            calendars=frozenset(record.id for record in await self._store.calendars.all(tenant)),
            lists=frozenset(record.id for record in await self._store.caller_lists.all(tenant)),
            hosts=self._settings.http_hosts,
            answers_chats=any(met == scheme_id and address[0] != "+" for address, met in met_at.items()),
            met_at=met_at,
            rings={history.scheme_id: ring_numbers(history.live.scheme.nodes) for history in others},
        )

    def _sign(self, caller: Caller, reason: str) -> Signature:
        return Signature(by=caller.subject, at=self._clock(), note=reason.strip()[:500])


def _draft(history: History) -> Scheme:
    """What the editor opens: the draft, or the live content when there is no draft."""
    return history.draft.scheme if history.draft is not None else history.live.scheme


def _message(
    history: History, name: str, changed_at: datetime, content: Scheme | None = None, version: int = 0
) -> pb.Scheme:
    return pb.Scheme(
        id=history.scheme_id,
        rev=history.revisions,
        name=name,
        live_version=len(history.versions),
        graph=struct(forms.graph(content)) if content is not None else None,
        changed_at=timestamp(changed_at),
        version=version,
    )


def _version(of: Version) -> pb.SchemeVersion:
    return pb.SchemeVersion(
        version=of.number,
        published_at=timestamp(of.published_at),
        published_by=of.published_by,
        reason=of.note,
        restores=of.restores or 0,
    )


def _visitor(content: Scheme, request: pb.SimulateSchemeRequest, at: datetime) -> Interaction:
    return Interaction(
        id="simulated",
        channel=request.channel or "webchat",
        address="simulated",
        caller=request.caller,
        language=content.default_language,
        started_at=at,
        scheme_id=content.id,
        version=request.version,
    )


def _played(text: str) -> After:
    return After(timedelta(seconds=4 if text else 30), Typed(text))
