"""Who waits where and who is free where: everything that can be rebuilt from the items and agents themselves.

Per queue: the line (exact order, for people) and the lanes (matching, for the brain); a lane is opened when the first
item asks for it. Per agent: his places, i.e. the lanes that admit him, by class. An agent's *private* lane holds the
items that may go to him alone (preferred agent, transfer to a person).

Costs: an item joins O(log n) per queue it waits in; an agent with k places is listed or pulls in O(k log n). The
content is derived, so a snapshot does not store it, and no decision depends on stale entries or on heap layout.
"""

from itertools import count

from antiphon.acd.domain.agent import NOTHING, Agent, Seat
from antiphon.acd.domain.channel import CLASSES, ChannelClass
from antiphon.acd.domain.item import Item
from antiphon.acd.domain.lane import Lane, Want
from antiphon.acd.domain.line import Line, entry_of
from antiphon.acd.domain.queue import ALL_LEVELS
from antiphon.acd.domain.strategy import CATALOGUE, Strategy

MOST_LANES = 64
"""Lanes of one class a queue keeps before it closes the empty ones; requirements nobody asks for any more go."""

PRIVATE_SEAT = Seat(queue_id="", level=0)

Place = tuple[Lane, Seat]


class QueueIndex:
    """One queue's line, lanes and members."""

    __slots__ = ("lanes", "line", "members", "strategy")

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy
        self.line = Line()
        self.lanes: list[dict[Want, Lane]] = [{} for _ in CLASSES]
        self.members: dict[str, tuple[Agent, Seat]] = {}


class Index:
    """The derived structures of one floor."""

    def __init__(self) -> None:
        self.queues: dict[str, QueueIndex] = {}
        self._agents: dict[str, Agent] = {}
        self._places: dict[str, list[list[Place]]] = {}
        self._private: dict[str, dict[ChannelClass, Lane]] = {}
        self._lanes_of: dict[str, tuple[Lane, ...]] = {}
        self._stamps = count(1)

    # ------------------------------------------------------------ queues

    def open_queue(self, queue_id: str, strategy: str) -> None:
        """Create the queue, or apply another strategy to it: its lanes must be empty then."""
        known = self.queues.get(queue_id)
        if known is None:
            self.queues[queue_id] = QueueIndex(CATALOGUE[strategy])
            return
        known.strategy = CATALOGUE[strategy]
        for lanes in known.lanes:
            self._close(known, list(lanes.values()))
            lanes.clear()

    def close_queue(self, queue_id: str) -> None:
        self.open_queue(queue_id, "longest_idle")
        del self.queues[queue_id]

    # ------------------------------------------------------------ agents

    def seat(self, agent: Agent) -> None:
        """Give the agent his places in the lanes of his queues."""
        places: list[list[Place]] = [[] for _ in CLASSES]
        self._places[agent.agent_id] = places
        self._agents[agent.agent_id] = agent
        self._private[agent.agent_id] = {}
        for seat in agent.seats:
            queue = self.queues[seat.queue_id]
            queue.members[agent.agent_id] = (agent, seat)
            for lanes in queue.lanes:
                for lane in lanes.values():
                    if lane.admits(agent, seat):
                        self._admit(lane, agent, seat)

    def unseat(self, agent: Agent) -> None:
        """Forget the agent; his private lane must be empty."""
        self.hide(agent)
        for seat in agent.seats:
            del self.queues[seat.queue_id].members[agent.agent_id]
        for places in self._places.pop(agent.agent_id):
            for lane, _ in places:
                lane.member_count -= 1
        del self._private[agent.agent_id], self._agents[agent.agent_id]

    def hide(self, agent: Agent) -> None:
        """List the agent nowhere as free."""
        agent.stamps[:] = NOTHING

    def list_free(self, agent: Agent, rooms: tuple[ChannelClass, ...]) -> None:
        """List the agent as free for these classes, under his present strategy keys, and for no others."""
        agent.stamps[:] = NOTHING
        for cls in rooms:
            agent.stamps[cls] = next(self._stamps)
            for lane, seat in self._places[agent.agent_id][cls]:
                lane.add_free(agent, seat)

    def places(self, agent: Agent, cls: ChannelClass) -> list[Place]:
        return self._places[agent.agent_id][cls]

    # ------------------------------------------------------------ items

    def place(self, item: Item) -> int:
        """Put a waiting item into its lanes and lines; return its position in the home queue."""
        item.in_line = True
        key, seq, (home, *others) = item.key, item.seq, item.queues
        entry = (key, 0, seq, item)
        lane = self.lane(home, item) if item.only is None else self._private_lane(item.only, item.cls)
        lane.join(entry)
        lanes: tuple[Lane, ...] = (lane,)
        for rank, queue_id in enumerate(others, 1):
            self.queues[queue_id].line.join(entry)
            if item.only is None:
                lane = self.lane(queue_id, item)
                lane.join((key, rank, seq, item))
                lanes += (lane,)
        self._lanes_of[item.item_id] = lanes
        return self.queues[home].line.join(entry)

    def unplace(self, item: Item) -> int:
        """Take the item out of the lanes and lines; return the position it had in the home queue."""
        item.in_line = False
        key, seq, (home, *others) = item.key, item.seq, item.queues
        for rank, lane in enumerate(self._lanes_of.pop(item.item_id)):
            lane.leave((key, rank, seq, item))
        entry = (key, 0, seq, item)
        for queue_id in others:
            self.queues[queue_id].line.leave(entry)
        return self.queues[home].line.leave(entry)

    def position(self, item: Item) -> int:
        """The number of a waiting item in its home queue."""
        return self.queues[item.queues[0]].line.position(entry_of(item))

    def lanes_of(self, item: Item) -> tuple[Lane, ...]:
        return self._lanes_of[item.item_id]

    def waiting_only_for(self, agent: Agent) -> list[Item]:
        """Items in the agent's private lane, in order."""
        lanes = self._private[agent.agent_id].values()
        return [entry[3] for entry in sorted(entry for lane in lanes for entry in lane.entries())]

    # ------------------------------------------------------------ lanes

    def lane(self, queue_id: str, item: Item) -> Lane:
        """The lane of one of the item's queues that asks for what the item asks for; opened when it is the first."""
        queue = self.queues[queue_id]
        lanes = queue.lanes[item.cls]
        want = (item.skills, item.any_of, item.open_level(queue_id))
        lane = lanes.get(want)
        if lane is None:
            if len(lanes) >= MOST_LANES:
                empty = [key for key, known in lanes.items() if not known]
                self._close(queue, [lanes.pop(key) for key in empty])
            lane = lanes[want] = Lane(queue_id, item.cls, want, queue.strategy)
            self._fill(lane, queue)
        return lane

    def _private_lane(self, agent_id: str, cls: ChannelClass) -> Lane:
        lanes = self._private[agent_id]
        lane = lanes.get(cls)
        if lane is None:
            lane = lanes[cls] = Lane("", cls, ((), (), ALL_LEVELS), CATALOGUE["longest_idle"])
            agent = self._agents[agent_id]
            self._admit(lane, agent, PRIVATE_SEAT)
            if agent.stamps[cls]:
                lane.add_free(agent, PRIVATE_SEAT)
        return lane

    def _fill(self, lane: Lane, queue: QueueIndex) -> None:
        for agent, seat in queue.members.values():
            if lane.admits(agent, seat):
                self._admit(lane, agent, seat)
                if agent.stamps[lane.cls]:
                    lane.add_free(agent, seat)

    def _admit(self, lane: Lane, agent: Agent, seat: Seat) -> None:
        lane.member_count += 1
        self._places[agent.agent_id][lane.cls].append((lane, seat))

    def _close(self, queue: QueueIndex, lanes: list[Lane]) -> None:
        """Remove lanes from the places of the members."""
        if not lanes:
            return
        cls = lanes[0].cls
        closed = {id(lane) for lane in lanes}
        for agent, _ in queue.members.values():
            places = self._places[agent.agent_id]
            places[cls] = [place for place in places[cls] if id(place[0]) not in closed]
