"""Reading the floor: public, immutable pictures for the gRPC layer. Reading changes nothing and needs no order.

The waiting list is in exact order and the same for everybody who looks: line position is what the brain itself uses.
Costs: an item O(log n); a queue O(waiting + members); an agent O(held).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.capacity import room
from antiphon.acd.domain.channel import CLASSES
from antiphon.acd.domain.item import Item, ItemState, Offer, Skills
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.policy import PerClass
from antiphon.acd.domain.queue import QueueSettings


@dataclass(frozen=True, slots=True)
class ItemView:
    """A work item. `position` counts from 1 in the home queue; None when it is not in line."""

    item_id: str
    state: ItemState
    queues: tuple[str, ...]
    channel: str
    priority: int
    skills: Skills
    contact_id: str
    attributes: dict[str, str]
    enqueued_at: Millis
    version: int
    offers: tuple[Offer, ...]
    agent_id: str | None
    position: int | None


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent. `has_room` by class: would an item of this class be offered to him now?"""

    agent_id: str
    state: AgentState
    reason: str
    since: Millis
    seats: tuple[Seat, ...]
    skills: dict[str, int]
    capacity: PerClass
    load: PerClass
    has_room: tuple[bool, ...]
    held: tuple[ItemView, ...]
    idle_since: Millis
    logged_in_since: Millis
    contacts: int
    talk_ms: Millis


@dataclass(frozen=True, slots=True)
class QueueView:
    """A queue. `agents_free`: READY with room for some class; `oldest_since` None when nobody waits."""

    settings: QueueSettings
    waiting: int
    oldest_since: Millis | None
    agents: int
    agents_logged_in: int
    agents_ready: int
    agents_free: int


def item_view(brain: Brain, item_id: str) -> ItemView:
    """One item. Refusal UNKNOWN_ITEM."""
    return _item_view(brain, brain.floor.item(item_id))


def agent_view(brain: Brain, agent_id: str) -> AgentView:
    """One agent. Refusal UNKNOWN_AGENT."""
    floor = brain.floor
    agent = floor.agent(agent_id)
    return AgentView(
        agent.agent_id,
        agent.state,
        agent.reason,
        agent.since,
        agent.seats,
        dict(agent.skills),
        agent.capacity,
        agent.load,
        tuple(room(agent, cls, floor.policy) for cls in CLASSES),
        tuple(_item_view(brain, floor.items[held]) for held in agent.held),
        agent.idle_since,
        agent.logged_in_since,
        agent.contacts,
        agent.talk_ms,
    )


def queue_view(brain: Brain, queue_id: str) -> QueueView:
    """One queue. Refusal UNKNOWN_QUEUE."""
    floor = brain.floor
    queue = floor.queue(queue_id)
    index = floor.index.queues[queue_id]
    agents = [agent for agent, _ in index.members.values()]
    return QueueView(
        queue.settings,
        len(index.line),
        min((item.enqueued_at for item in index.line), default=None),
        len(agents),
        sum(agent.logged_in for agent in agents),
        sum(agent.state is AgentState.READY for agent in agents),
        sum(any(room(agent, cls, floor.policy) for cls in CLASSES) for agent in agents),
    )


def waiting_list(brain: Brain, queue_id: str) -> Iterator[ItemView]:
    """Everybody in the queue's line, in exact order, overflowed items of other queues among them."""
    floor = brain.floor
    floor.queue(queue_id)
    for item in floor.index.queues[queue_id].line:
        yield _item_view(brain, item)


def _item_view(brain: Brain, item: Item) -> ItemView:
    return ItemView(
        item.item_id,
        item.state,
        item.queues,
        item.channel,
        item.priority,
        item.skills,
        item.contact_id,
        dict(item.attributes),
        item.enqueued_at,
        item.version,
        item.offers,
        item.agent_id,
        brain.floor.index.position(item) if item.in_line else None,
    )
