"""What the tenant sets up: queues, agents' profiles, and directory's people and groups, as the brain's configuration.

Queue records live in Mongo, people and groups in directory; the brain's journal holds what was in force at each
decision. `configure` compares the three and journals only differences, so it may run at any time and any number of
times: after a change, when a tenant's brain comes up, and when directory tells of a person or a group.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol
from zoneinfo import ZoneInfo

from antiphon.acd.app import messages
from antiphon.acd.app.audit import Audit, changed
from antiphon.acd.app.checks import check_profile, check_queue
from antiphon.acd.app.keeper import Keeper, Scene
from antiphon.acd.app.rules import delays_of, policy_of
from antiphon.acd.app.shards import Shards
from antiphon.acd.domain.agent import AgentState, Seat, as_capacity
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.inputs import (
    AgentConfigured,
    AgentRemoved,
    AgentStateSet,
    Input,
    PolicySet,
    QueueConfigured,
    QueueRemoved,
)
from antiphon.acd.domain.millis import SECOND
from antiphon.acd.domain.policy import Delays, Policy, WrapUp, WrapUpMode
from antiphon.acd.domain.queue import QueueSettings
from antiphon.acd.domain.reasons import Reason
from antiphon.acd.v1 import acd_pb2
from antiphon.directory.v1.directory_pb2 import Group, Person, Tenant
from antiphon.kit import logs
from antiphon.kit.bus import Fact
from antiphon.kit.clock import from_millis
from antiphon.kit.errors import DomainError, invalid
from antiphon.kit.ids import new_id
from antiphon.kit.records import Records
from antiphon.kit.tokens import Caller

_WRAP_UP = {
    acd_pb2.WRAP_UP_MODE_UNSPECIFIED: WrapUpMode.NONE,
    acd_pb2.WRAP_UP_MODE_NONE: WrapUpMode.NONE,
    acd_pb2.WRAP_UP_MODE_OPTIONAL: WrapUpMode.OPTIONAL,
    acd_pb2.WRAP_UP_MODE_MANDATORY: WrapUpMode.MANDATORY,
    acd_pb2.WRAP_UP_MODE_TIMED: WrapUpMode.TIMED,
}
log = logs.get("acd")


class Profiles(Protocol):
    """Agents' profiles, and the tenant's rules."""

    async def profiles(self, tenant: str) -> dict[str, acd_pb2.AgentProfile]: ...
    async def put_profile(self, tenant: str, profile: acd_pb2.AgentProfile) -> None: ...
    async def policy(self, tenant: str) -> acd_pb2.Policy: ...


class Directory(Audit, Protocol):
    """What the ACD asks directory for."""

    async def tenant(self, tenant: str) -> Tenant: ...
    async def people(self, tenant: str) -> list[Person]: ...
    async def groups(self, tenant: str) -> list[Group]: ...


class Setup:
    """Configuration use cases."""

    def __init__(
        self, shards: Shards, queues: Records[acd_pb2.Queue], profiles: Profiles, directory: Directory
    ) -> None:
        self._shards = shards
        self._queues = queues
        self._profiles = profiles
        self._directory = directory
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def list_queues(self, caller: Caller, _: acd_pb2.ListQueuesRequest) -> acd_pb2.ListQueuesResponse:
        queues = await self._queues.all(caller.tenant)
        return acd_pb2.ListQueuesResponse(queues=[queue for queue in queues if caller.sees_project(queue.project_id)])

    async def put_queue(self, caller: Caller, request: acd_pb2.PutQueueRequest) -> acd_pb2.PutQueueResponse:
        queue = request.queue
        check_queue(queue)
        if not queue.id:
            queue.id, queue.rev = new_id("qu"), 0
        elif queue.rev < 1:
            raise invalid("rev", "the revision that was read is needed to change a queue")
        before = await self._queues.get(caller.tenant, queue.id)
        stored = await self._queues.put(caller.tenant, queue)
        await self.configure(caller.tenant)
        fields = changed(before, stored)
        await self._directory.record(caller, "queue.put", f"queue:{stored.id}", fields=fields)
        return acd_pb2.PutQueueResponse(queue=stored)

    async def delete_queue(self, caller: Caller, request: acd_pb2.DeleteQueueRequest) -> acd_pb2.DeleteQueueResponse:
        keeper = await self._shards.keeper(caller.tenant)
        if await keeper.submit(answer=lambda scene: request.queue_id in scene.brain.floor.queues):
            await keeper.submit(QueueRemoved(request.queue_id), answer=lambda scene: None)
        await self._queues.delete(caller.tenant, request.queue_id)
        await self.configure(caller.tenant)
        await self._directory.record(caller, "queue.deleted", f"queue:{request.queue_id}")
        return acd_pb2.DeleteQueueResponse()

    async def list_strategies(self, caller: Caller, _: acd_pb2.ListStrategiesRequest) -> acd_pb2.ListStrategiesResponse:
        return acd_pb2.ListStrategiesResponse(strategies=messages.strategies())

    async def put_agent(self, caller: Caller, request: acd_pb2.PutAgentRequest) -> acd_pb2.PutAgentResponse:
        profile = request.profile
        check_profile(profile)
        keeper = await self._shards.keeper(caller.tenant)
        if not await keeper.submit(answer=lambda scene: profile.agent_id in scene.brain.floor.agents):
            raise DomainError(Reason.UNKNOWN_AGENT, agent=profile.agent_id)
        await self._profiles.put_profile(caller.tenant, profile)
        await self.configure(caller.tenant)
        agent = await keeper.submit(answer=lambda scene: _agent(scene, profile.agent_id))
        return acd_pb2.PutAgentResponse(agent=agent)

    async def hear_change(self, fact: Fact) -> None:
        """Directory or a queue record changed: journal what that changes, if this process leads the tenant."""
        if self._shards.leads(fact.tenant):
            await self.configure(fact.tenant)

    async def configure(self, tenant: str) -> None:
        """Journals the differences between what is set up and what is in force."""
        await self.configure_keeper(tenant, await self._shards.keeper(tenant))

    async def configure_keeper(self, tenant: str, keeper: Keeper) -> None:
        """As `configure`, for a brain that is just coming up."""
        async with self._locks[tenant]:
            queues = await self._queues.all(tenant)
            keeper.scene.queues = {queue.id: queue for queue in queues}
            keeper.scene.policy = await self._profiles.policy(tenant)
            card = await self._directory.tenant(tenant)
            profiles = await self._profiles.profiles(tenant)
            groups = {group.id: tuple(group.person_ids) for group in await self._directory.groups(tenant)}
            people = [person.id for person in await self._directory.people(tenant) if not person.disabled]
            zone = ZoneInfo(card.time_zone or "UTC")
            keeper.day_of = lambda at: from_millis(at).astimezone(zone).date().isoformat()
            policy, capacity = policy_of(keeper.scene.policy), keeper.scene.policy.capacity
            wanted = [_configured(person, queues, groups, profiles, capacity) for person in people]
            settings = [settings_of(queue, policy.delays) for queue in queues]
            differences = await keeper.submit(
                answer=lambda scene: list(_differences(scene.brain, policy, settings, wanted))
            )
            for change in differences:
                await _apply(keeper, change)


def settings_of(queue: acd_pb2.Queue, usual: Delays = Delays()) -> QueueSettings:  # noqa: B008 - it is frozen
    """What the brain needs of a queue record; `usual` are the tenant's delays."""
    limit = queue.wrap_up_limit.ToMilliseconds()
    ring = queue.ring_time.ToMilliseconds()
    return QueueSettings(
        queue_id=queue.id,
        strategy=queue.strategy,
        weight=queue.weight,
        max_waiting=queue.max_waiting or None,
        ring_ms=ring or None,
        wrap_up=WrapUp(_WRAP_UP[queue.wrap_up], limit or None),
        level_delays=tuple(sorted((level, seconds * SECOND) for level, seconds in queue.tier_delays.items())),
        delays=delays_of(queue, usual),
        due_ms=queue.target_time.ToMilliseconds() if queue.by_service_level else 0,
        sticky_ms=queue.sticky_for.ToMilliseconds(),
        closed=queue.closed,
        when_full=messages.overflow(queue.when_full),
        when_closed=messages.overflow(queue.when_closed),
        when_unmanned=messages.overflow(queue.when_unmanned) if queue.HasField("when_unmanned") else None,
        max_wait_ms=queue.max_wait.ToMilliseconds() or None,
        when_late=messages.overflow(queue.when_late),
        ring_more_ms=queue.ring_more_every.ToMilliseconds() or 10 * SECOND,
    )


def seats_of(
    person_id: str, queues: Iterable[acd_pb2.Queue], groups: dict[str, tuple[str, ...]]
) -> Iterator[tuple[str, int, int, int]]:
    """(queue, level, position, penalty) of every queue a person sits in; his best seat where he is named twice."""
    for queue in queues:
        found = [
            (member.level or 1, member.position or index + 1, member.penalty)
            for index, member in enumerate(queue.members)
            if person_id == member.person_id or person_id in groups.get(member.group_id, ())
        ]
        if found:
            yield queue.id, *min(found)


def _configured(
    person_id: str,
    queues: list[acd_pb2.Queue],
    groups: dict[str, tuple[str, ...]],
    profiles: dict[str, acd_pb2.AgentProfile],
    capacity: Mapping[str, int],
) -> AgentConfigured:
    profile = profiles.get(person_id, acd_pb2.AgentProfile())
    seats = tuple(Seat(*seat) for seat in seats_of(person_id, queues, groups))
    return AgentConfigured(person_id, seats, dict(profile.skills), {**capacity, **profile.capacity})


def _differences(
    brain: Brain, policy: Policy, queues: list[QueueSettings], agents: list[AgentConfigured]
) -> Iterator[Input]:
    floor = brain.floor
    if floor.policy != policy:
        yield PolicySet(policy)
    for settings in queues:
        known = floor.queues.get(settings.queue_id)
        if known is None or known.settings != settings:
            yield QueueConfigured(settings)
    for wanted in agents:
        agent = floor.agents.get(wanted.agent_id)
        new = (wanted.seats, dict(wanted.skills), as_capacity(wanted.capacity))
        if agent is None or (agent.roster, agent.skills, agent.capacity) != new:
            yield wanted
    yield from _superfluous(brain, queues, agents)


def _superfluous(brain: Brain, queues: list[QueueSettings], agents: list[AgentConfigured]) -> Iterator[Input]:
    floor = brain.floor
    named = {wanted.agent_id for wanted in agents}
    for agent in floor.agents.values():
        if agent.agent_id not in named:
            if agent.state is not AgentState.OFFLINE:
                yield AgentStateSet(agent.agent_id, AgentState.OFFLINE, "left", "directory")
            yield AgentRemoved(agent.agent_id)
    kept = {settings.queue_id for settings in queues}
    for queue_id in floor.queues:
        if queue_id not in kept:
            yield QueueRemoved(queue_id)


async def _apply(keeper: Keeper, change: Input) -> None:
    try:
        await keeper.submit(change, answer=lambda scene: None)
    except DomainError as refusal:
        if refusal.retry:
            raise
        log.warning("configuration postponed", change=type(change).__name__, reason=refusal.reason.name)


def _agent(scene: Scene, agent_id: str) -> acd_pb2.Agent:
    return messages.agent(scene.brain.floor.agents[agent_id], scene.brain)
