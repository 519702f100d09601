"""A lane: one kind of work in one queue, with who waits on the one side and who is free on the other.

All items of a lane ask for the same (queue, channel class, skills, open tier), and all agents listed in it satisfy
that, so the first of each side match without looking further. Who waits stands in line. Who is free is in a heap
whose entries carry a stamp: an entry is live while the agent still bears that stamp for this class, because an agent
changes between free and busy too often, in too many lanes, to be looked for in each. Stale entries are dropped when
they surface, and the heap is rebuilt when it has grown to `2 · members + 64`, so that they cannot pile up.

The only thing a lane does not know is that an agent may be barred from one particular item (`Item.shunned`).
"""

from collections.abc import Iterator
from heapq import heapify, heappop, heappush, nsmallest

from antiphon.acd.domain.agent import Agent, Seat
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.item import Item, Skills
from antiphon.acd.domain.line import Entry, Line
from antiphon.acd.domain.strategy import Key, Strategy

FreeEntry = tuple[int, Key, int, int, Agent]  # level, strategy key, seq, stamp, agent

Want = tuple[Skills, tuple[Skills, ...], int]  # skills, alternatives of which one is needed, highest open tier

SLACK = 64


def able(agent: Agent, skills: Skills, any_of: tuple[Skills, ...]) -> bool:
    """Whether the agent has the skills, and one of the alternatives if there are any."""
    has = agent.skills
    if any(has.get(name, -1) < level for name, level in skills):
        return False
    return not any_of or any(all(has.get(name, -1) >= level for name, level in one) for one in any_of)


def _rank(entry: FreeEntry) -> tuple[int, Key, int]:
    return entry[:3]


class Lane(Line):
    """A line of items who all ask for the same, and the agents who could have any of them.

    `member_count` bounds the live entries of the free side."""

    __slots__ = ("any_of", "cls", "free", "member_count", "open_level", "queue_id", "skills", "strategy")

    def __init__(self, queue_id: str, cls: ChannelClass, want: Want, strategy: Strategy) -> None:
        super().__init__()
        self.queue_id = queue_id
        self.cls = cls
        self.skills, self.any_of, self.open_level = want
        self.strategy = strategy
        self.free: list[FreeEntry] = []
        self.member_count = 0

    def admits(self, agent: Agent, seat: Seat) -> bool:
        """Whether the agent may take this kind of work at all."""
        if seat.level > self.open_level:
            return False
        return able(agent, self.skills, self.any_of)

    def add_free(self, agent: Agent, seat: Seat) -> None:
        heap = self.free
        cls = self.cls
        key = self.strategy.key(agent, seat, cls, self.skills)
        heappush(heap, (seat.level, key, agent.seq, agent.stamps[cls], agent))
        if len(heap) > 2 * self.member_count + SLACK:
            heap[:] = [entry for entry in heap if entry[4].stamps[cls] == entry[3]]
            heapify(heap)

    def first_waiting(self, agent: Agent) -> Entry | None:
        """The first waiting entry whose item this agent is not barred from."""
        for entry in self.entries():
            if agent.agent_id not in entry[3].shunned:
                return entry
        return None

    def first_free(self, item: Item) -> FreeEntry | None:
        """The best free agent who is not barred from this item."""
        heap = self.free
        if self.strategy.draw is not None:
            return min(self.ranked(item), key=_rank, default=None)
        if not item.shunned:
            cls = self.cls
            while heap and heap[0][4].stamps[cls] != heap[0][3]:
                heappop(heap)
            return heap[0] if heap else None
        aside: list[FreeEntry] = []
        found = None
        for entry in self._pop_free():
            aside.append(entry)
            if entry[4].agent_id not in item.shunned:
                found = entry
                break
        for entry in aside:
            heappush(heap, entry)
        return found

    def ranked(self, item: Item) -> list[FreeEntry]:
        """Every free agent who is not barred from this item, in no order, with the keys that count for it."""
        cls, draw = self.cls, self.strategy.draw
        live = [e for e in self.free if e[4].stamps[cls] == e[3] and e[4].agent_id not in item.shunned]
        if draw is None:
            return live
        return [(level, draw(item, agent, base), seq, stamp, agent) for level, base, seq, stamp, agent in live]

    def runners_up(self, winner: Agent, most: int, item: Item) -> list[FreeEntry]:
        """The best free agents other than the winner, barred ones among them (where no lots are drawn)."""
        heap = self.free
        if not heap:
            return []
        if self.strategy.draw is not None:
            return nsmallest(most, [entry for entry in self.ranked(item) if entry[4] is not winner], key=_rank)
        cls = self.cls
        others: list[FreeEntry] = []
        near = [(heap[0], 0)]  # the heap is walked from its root, and left as it is
        while near and len(others) < most:
            entry, number = heappop(near)
            if entry[4].stamps[cls] == entry[3] and entry[4] is not winner:
                others.append(entry)
            below = 2 * number + 1
            for child in range(below, min(below + 2, len(heap))):
                heappush(near, (heap[child], child))
        return others

    def _pop_free(self) -> Iterator[FreeEntry]:
        """Live entries, best first; stale ones are dropped on the way."""
        heap = self.free
        cls = self.cls
        while heap:
            entry = heappop(heap)
            if entry[4].stamps[cls] == entry[3]:
                yield entry
