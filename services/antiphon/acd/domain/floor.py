"""The floor: the whole state of one tenant's contact centre, and the few moves everything else is made of.

An input first changes the floor (`setup`, `presence`, `lifecycle`, `routing`, `timing`) and leaves behind what was
*stirred*: items that may now find an agent, agents who may now find work. Then `matching` settles exactly those,
because before the input nothing was left to match. Effects collect in `effects` in the order of the facts.
"""

from collections import deque

from antiphon.acd.domain.agent import NOTHING, Agent, changed
from antiphon.acd.domain.capacity import Rooms
from antiphon.acd.domain.deadlines import Deadlines, Owner
from antiphon.acd.domain.effects import AgentStateChanged, Effect
from antiphon.acd.domain.index import Index
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.ordering import waiting_key
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.queue import Queue
from antiphon.acd.domain.reasons import Reason, Refusal


class Floor:
    """State of one tenant. Dictionaries keep insertion order, which is journal order: nothing depends on hashes."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.rooms = Rooms(policy)
        self.queues: dict[str, Queue] = {}
        self.agents: dict[str, Agent] = {}
        self.items: dict[str, Item] = {}
        self.finished: deque[str] = deque()
        self.met: dict[str, str] = {}  # contact -> the agent he had last, for sticky queues; the oldest are forgotten
        self.item_count = 0  # numbers given out so far
        self.agent_count = 0
        self.offer_count = 0
        self.index = Index()
        self.deadlines = Deadlines()
        self.effects: list[Effect] = []
        self.stirred_items: dict[str, Item] = {}
        self.stirred_agents: dict[str, Agent] = {}
        self.widening: dict[str, Item] = {}  # ringing items whose next step has come
        self.ringing: dict[str, dict[str, Item]] = {}  # by queue: items that ring several agents, or may
        self.stirred_rings: dict[str, Item] = {}  # of those: items which suit other agents than before
        self.touched: set[Owner] | None = None  # while a snapshot is taken: who has changed; see `snapshot`
        self.told: dict[str, AgentStateChanged] = {}
        self._to_tell: dict[str, Agent] = {}

    # ------------------------------------------------------------ finding things

    def item(self, item_id: str) -> Item:
        item = self.items.get(item_id)
        if item is None:
            raise Refusal(Reason.UNKNOWN_ITEM, item=item_id)
        return item

    def agent(self, agent_id: str) -> Agent:
        agent = self.agents.get(agent_id)
        if agent is None:
            raise Refusal(Reason.UNKNOWN_AGENT, agent=agent_id)
        return agent

    def queue(self, queue_id: str) -> Queue:
        queue = self.queues.get(queue_id)
        if queue is None:
            raise Refusal(Reason.UNKNOWN_QUEUE, queue=queue_id)
        return queue

    # ------------------------------------------------------------ moves

    def touch(self, *owners: Owner) -> None:
        """These changed without any effect being told of them."""
        if self.touched is not None:
            self.touched.update(owners)

    def stir_agent(self, agent: Agent) -> None:
        """The agent may find work, and what is told of him may have changed."""
        self.relist(agent)
        self._to_tell[agent.agent_id] = agent

    def relist(self, agent: Agent) -> None:
        """His strategy keys changed; until that is settled he is listed nowhere."""
        agent.stamps[:] = NOTHING
        self.stirred_agents[agent.agent_id] = agent
        if self.touched is not None:
            self.touched.add(agent)

    def wait(self, item: Item) -> int:
        """Put an item in line, under its key; it may find an agent. Returns the position."""
        self.stirred_items[item.item_id] = item
        return self.index.place(item)

    def unwait(self, item: Item) -> int:
        """Take an item out of the line. Returns the position it had."""
        self.stirred_items.pop(item.item_id, None)
        return self.index.unplace(item)

    def rekey(self, item: Item) -> None:
        """Give the item the key of its arrival and its points under the present policy."""
        item.key = waiting_key(item.enqueued_at + item.due_ms, item.points, self.policy.aging_millipoints)

    def begin_ringing(self, item: Item, queue_id: str) -> None:
        """The item may ring several agents of this queue."""
        self.ringing.setdefault(queue_id, {})[item.item_id] = item

    def end_ringing(self, item: Item, queue_id: str) -> None:
        """The item rings nobody in this queue any more."""
        if self.ringing.get(queue_id, {}).pop(item.item_id, None) is not None and not self.ringing[queue_id]:
            del self.ringing[queue_id]

    def stir_ring(self, item: Item) -> None:
        """The item rings, and may ring others than before."""
        self.stirred_rings[item.item_id] = item

    def hold(self, agent: Agent, item: Item) -> None:
        """The agent's capacity is taken by the item."""
        agent.load = changed(agent.load, item.cls, 1)
        agent.held.append(item.item_id)
        self._to_tell[agent.agent_id] = agent
        if self.touched is not None:
            self.touched.add(agent)

    def let_go(self, agent: Agent, item: Item) -> None:
        """The item takes no capacity any more."""
        agent.load = changed(agent.load, item.cls, -1)
        agent.held.remove(item.item_id)
        self.stir_agent(agent)

    def meet(self, contact_id: str, agent_id: str) -> None:
        """Remember who served a customer."""
        self.met.pop(contact_id, None)
        self.met[contact_id] = agent_id
        if len(self.met) > self.policy.remember:
            del self.met[next(iter(self.met))]

    def finish(self, item: Item) -> None:
        """Remember a finished item for a while, and forget the one that finished longest ago."""
        self.deadlines.clear_all(item)
        self.finished.append(item.item_id)
        while len(self.finished) > self.policy.remember:
            self.touch(self.items.pop(self.finished.popleft()))

    # ------------------------------------------------------------ telling

    def tell(self, effect: Effect) -> None:
        self.effects.append(effect)

    def forget_agent(self, agent: Agent) -> None:
        del self.agents[agent.agent_id]
        self.touch(agent)
        self.deadlines.clear_all(agent)
        self.stirred_agents.pop(agent.agent_id, None)
        self._to_tell.pop(agent.agent_id, None)
        self.told.pop(agent.agent_id, None)

    def take_effects(self) -> list[Effect]:
        """All effects since the last call; last in them each agent who was touched, if he is not what was told last."""
        effects, self.effects = self.effects, []
        if self._to_tell:
            for agent in self._to_tell.values():
                load, told = agent.load, self.told.get(agent.agent_id)
                if told is None or told.load != load or told.since != agent.since or told.reason != agent.reason:
                    told = AgentStateChanged(agent.agent_id, agent.state, agent.reason, agent.since, load)
                    self.told[agent.agent_id] = told
                    effects.append(told)
            self._to_tell.clear()
        if self.touched is not None:
            named = {getattr(effect, "item_id", "") for effect in effects}
            self.touched.update(self.items[item_id] for item_id in named if item_id in self.items)
        return effects

    def mark_told(self) -> None:
        """After loading: what is true now has been told already."""
        for agent in self.agents.values():
            self._to_tell[agent.agent_id] = agent
        self.take_effects()


def waited(item: Item, now: Millis) -> Millis:
    """How long the item has been in line, never negative."""
    since = item.enqueued_at
    return now - since if now > since else 0
