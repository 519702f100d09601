"""The only gate to an agent's attention: `room(agent, channel class)`.

Everything is an integer. A class has room when its own load is below capacity and no class that blocks it is
present; which class blocks which is the tenant's interrupt matrix (`Policy.blocked_by`). With the default matrix:

    wants in   needs                         so that
    voice      no voice, no chat             a conversation has the whole person
    chat       chat < capacity, no voice     N chats at a time, none during a call
    e-mail     e-mail < capacity, no voice   it blocks nothing: a call or a chat parks it
    task       task < capacity, no voice     likewise
"""

from antiphon.acd.domain.agent import Agent, AgentState
from antiphon.acd.domain.channel import CLASSES, ChannelClass
from antiphon.acd.domain.policy import PerClass, Policy

_READY = AgentState.READY  # a name of its own: see offering


def fits(agent: Agent, cls: ChannelClass, policy: Policy) -> bool:
    """Whether one more of this class fits, whatever the agent's presence."""
    load = agent.load
    if load[cls] >= agent.capacity[cls]:
        return False
    for blocker in policy.blocked_by[cls]:  # noqa: SIM110 - the hottest loop; a generator costs twice as much
        if load[blocker]:
            return False
    return True


def room(agent: Agent, cls: ChannelClass, policy: Policy) -> bool:
    """Whether the agent may be offered work of this class now."""
    return agent.state is AgentState.READY and not agent.timers and fits(agent, cls, policy)


class Rooms:
    """The classes an agent has room for, most urgent first, under one policy.

    Asked several times per decision, and there are few different (load, capacity) pairs: each is worked out once."""

    __slots__ = ("_known", "_policy")

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[PerClass, PerClass], tuple[ChannelClass, ...]] = {}

    def of(self, agent: Agent) -> tuple[ChannelClass, ...]:
        if agent.state is not _READY or agent.timers:
            return ()
        pair = (agent.load, agent.capacity)
        found = self._known.get(pair)
        if found is None:
            found = self._known[pair] = tuple(cls for cls in CLASSES if room(agent, cls, self._policy))
        return found
