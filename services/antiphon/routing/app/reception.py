"""`Next`: a channel's event answered with verbs.

Nothing is kept: the scheme's version, where the interaction stands and what it awaits come back with every question, so
the same question gets the same answer from any replica. Calls to other systems are made here, between two steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from antiphon.kit.bus import Bus
from antiphon.kit.clock import Clock
from antiphon.kit.ids import derived_id
from antiphon.kit.protos import timestamp
from antiphon.kit.tokens import Caller
from antiphon.routing.app import forms, verb_forms
from antiphon.routing.app.dialling import Directory
from antiphon.routing.app.memory import Memory
from antiphon.routing.domain import verbs
from antiphon.routing.domain.decision import Step
from antiphon.routing.domain.events import Event, HttpAnswered, HttpFailed
from antiphon.routing.domain.interaction import Interaction
from antiphon.routing.domain.interpreter import step
from antiphon.routing.domain.scheme import Scheme
from antiphon.routing.domain.world import World
from antiphon.routing.v1 import routing_pb2 as pb
from antiphon.routing.v1.events_pb2 import RouteDecided

_MOST_CALLS = 10


class Calls(Protocol):
    """Makes the calls of schemes."""

    async def call(self, call: verbs.HttpCall, turn: int) -> HttpAnswered | HttpFailed: ...


class Reception:
    """Answers channels."""

    def __init__(self, memory: Memory, calls: Calls, directory: Directory, bus: Bus, clock: Clock) -> None:
        self._memory = memory
        self._calls = calls
        self._directory = directory
        self._bus = bus
        self._clock = clock

    async def next(self, caller: Caller, request: pb.NextRequest) -> pb.NextResponse:
        scheme, interaction = await self._where(caller.tenant, request.interaction)
        done = await self._steps(
            scheme, interaction, forms.event(request.event), await self._memory.world(caller.tenant)
        )
        decision = forms.decision(done.decision, scheme.id, interaction.version)
        await self._tell(caller.tenant, request, decision, done.interaction.turn)
        return pb.NextResponse(
            verbs=[
                message
                for verb in await self._forwarded(caller.tenant, done.verbs)
                for message in verb_forms.messages(verb, call=interaction.is_call)
            ],
            interaction=forms.carry(done.interaction, request.interaction),
            decision=decision,
        )

    async def _forwarded(self, tenant: str, said: tuple[verbs.Verb, ...]) -> tuple[verbs.Verb, ...]:
        """People who are rung get the mobile that stands in while their phones are not registered."""
        ring = said[-1] if said else None
        if not isinstance(ring, verbs.Ring):
            return said
        targets = [
            replace(target, forward_to=await self._directory.forward_to(tenant, target.value))
            if target.who == "person"
            else target
            for target in ring.targets
        ]
        return (*said[:-1], replace(ring, targets=tuple(targets)))

    async def _where(self, tenant: str, asked: pb.Interaction) -> tuple[Scheme, Interaction]:
        """The scheme's version that the interaction follows, and where it stands."""
        if asked.HasField("state") and asked.state.fields:
            interaction = forms.interaction(asked)
            version = await self._memory.version(tenant, interaction.scheme_id, interaction.version)
            return version.scheme, interaction
        scheme_id = await self._memory.bound(tenant, asked.address)
        live = await self._memory.version(tenant, scheme_id)
        return live.scheme, forms.begin(asked, scheme_id, live.number)

    async def _steps(self, scheme: Scheme, interaction: Interaction, event: Event, world: World) -> Step:
        """One step, and the further ones that answers of other systems lead to."""
        now = self._clock()
        done = step(scheme, interaction, event, world, now)
        said: tuple[verbs.Verb, ...] = ()
        path = done.decision.path
        for _ in range(_MOST_CALLS):
            call = done.verbs[-1] if done.verbs else None
            if not isinstance(call, verbs.HttpCall):
                break
            said += done.verbs[:-1]
            answer = await self._calls.call(call, done.interaction.turn)
            done = step(scheme, done.interaction, answer, world, self._clock())
            path += done.decision.path
        return Step(said + done.verbs, done.interaction, replace(done.decision, path=path))

    async def _tell(self, tenant: str, request: pb.NextRequest, decision: pb.RouteDecision, turn: int) -> None:
        interaction_id, at = request.interaction.id, self._clock()
        event = RouteDecided(occurred_at=timestamp(at), interaction_id=interaction_id, decision=decision)
        event_id = derived_id("ev", interaction_id, str(turn), decision.why, request.event.SerializeToString().hex())
        await self._bus.publish(event, tenant=tenant, key=interaction_id, event_id=event_id)
