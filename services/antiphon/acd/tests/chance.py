"""Chance: a stream of everything that can happen to a small contact centre, the foolish included.

One seed, one stream. Ids are drawn from what exists and a little beyond, so that stale accepts, unknown agents and
repeats come up all the time.
"""

from random import Random

from antiphon.acd.domain import inputs as i
from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.item import ItemState, Step
from antiphon.acd.domain.policy import VOICE_ALONE, VOICE_MAY_INTERRUPT_CHAT, Delays, Policy, WrapUp, WrapUpMode
from antiphon.acd.domain.queue import Overflow, QueueSettings, Way
from antiphon.acd.domain.strategy import CATALOGUE

QUEUES = ("q0", "q1", "q2")
AGENTS = ("A", "B", "C", "D")
SKILLS = ("de", "en")
CHANNELS = ("voice", "voice", "telegram", "email", "task")


class Chance:
    """Draws facts that suit the state of the brain; moves the clock."""

    def __init__(self, seed: int, brain: Brain, strategies: tuple[str, ...] = tuple(CATALOGUE)) -> None:
        self.strategies = strategies
        self.rng = Random(seed)
        self.brain = brain
        self.now = 1_000_000
        self.count = 0

    def opening(self) -> list[i.Input]:
        """Queues and agents to begin with."""
        return [*(self.queue(q) for q in QUEUES), *(self.agent(a) for a in AGENTS), *(self.state(a) for a in AGENTS)]

    def fact(self) -> i.Input:
        """Something happens, a little or a long while later."""
        self.now += self.rng.choice((0, 1, 500, 3_000, 21_000))
        draws = (
            (self.arrival, 26),
            (self.answer, 22),
            (self.end, 14),
            (i.TimePassed, 12),
            (lambda: self.state(self.pick(AGENTS)), 10),
            (self.decline, 6),
            (self.fail, 5),
            (self.occupy, 3),
            (self.hand_over, 4),
            (self.call_back, 5),
            (self.by_hand, 4),
            (lambda: i.WorkWithdrawn(self.item()), 4),
            (lambda: i.WorkPulled(self.item(), self.pick(AGENTS)), 3),
            (self.rarity, 4),
        )
        return self.rng.choices([draw for draw, _ in draws], [weight for _, weight in draws])[0]()

    def pick(self, names: tuple[str, ...]) -> str:
        return self.rng.choice(names)

    def item(self) -> str:
        """Mostly an item that lives, sometimes one that is over or never was."""
        live = [x.item_id for x in self.brain.floor.items.values() if x.state not in (ItemState.DONE,)]
        return self.rng.choice([*live, f"i{self.count}", "nobody"])

    def skills(self, chance: float) -> dict[str, int]:
        return {name: self.rng.randint(1, 3) for name in SKILLS if self.rng.random() < chance}

    def arrival(self) -> i.Input:
        self.count += 1
        rng = self.rng
        steps: tuple[Step, ...] = ()
        if rng.random() < 0.4:
            steps = (
                Step(
                    lasts_ms=rng.choice((0, 2_000)), any_of=((("de", 1),), (("en", 2),)) if rng.random() < 0.3 else None
                ),
                Step(
                    skills=(),
                    any_of=(),
                    add_queues=(self.pick(QUEUES),),
                    lasts_ms=3_000,
                    only=self.pick(AGENTS) if rng.random() < 0.2 else None,
                ),
                Step(overflow=rng.choice((None, None, *self.overflows()))),
            )
        return i.WorkEnqueued(
            f"i{self.count}",
            self.pick(QUEUES),
            rng.choice(CHANNELS),
            rng.choice((0, 0, 5, 40)),
            self.skills(0.2),
            (self.pick(AGENTS),) if rng.random() < 0.15 else (),
            self.pick((*AGENTS, "nobody")) if rng.random() < 0.2 else None,
            rng.choice((0, 4_000)),
            steps,
            contact_id=rng.choice(("", "Ann", "Bob")),
            any_of=((("de", 2),), (("en", 1),)) if rng.random() < 0.1 else (),
            value=rng.choice((0, 0, 7)),
            not_before=self.now + rng.choice((-1, 5_000)) if rng.random() < 0.1 else 0,
        )

    def overflows(self) -> tuple[Overflow, ...]:
        return (*(Overflow(way) for way in Way if way is not Way.QUEUE), Overflow(Way.QUEUE, self.pick(QUEUES)))

    def call_back(self) -> i.Input:
        talking = [x for x in self.brain.floor.items.values() if x.callback and x.state is ItemState.CONNECTED]
        if talking and self.rng.random() < 0.7:
            item = self.rng.choice(talking)
            return i.CallbackFailed(item.item_id, item.agent_id or "nobody")
        return i.CallbackWanted(self.item(), self.rng.choice((0, self.now + 4_000)))

    def by_hand(self) -> i.Input:
        rng = self.rng
        draw = rng.randrange(4)
        if draw == 0:
            return i.QueueEmptied(self.pick(QUEUES), rng.choice(self.overflows()))
        if draw == 1:
            some = tuple(queue_id for queue_id in QUEUES if rng.random() < 0.6)
            return i.QueuesChosen(self.pick(AGENTS), rng.choice((None, some)))
        return i.WorkAssigned(self.item(), self.pick(AGENTS))

    def _live(self, state: ItemState) -> list[str]:
        return [item.item_id for item in self.brain.floor.items.values() if item.state is state]

    def answer(self) -> i.Input:
        ringing = self._live(ItemState.OFFERED)
        if not ringing or self.rng.random() < 0.1:
            return i.OfferAccepted(self.item(), self.rng.randint(0, 3), self.pick(AGENTS))
        offer = self.brain.floor.items[(item_id := self.rng.choice(ringing))].offers[-1]
        return i.OfferAccepted(item_id, offer.version, offer.agent_id)

    def decline(self) -> i.Input:
        ringing = self._live(ItemState.OFFERED)
        if not ringing:
            return i.OfferDeclined(self.item(), 1, self.pick(AGENTS))
        offer = self.brain.floor.items[(item_id := self.rng.choice(ringing))].offers[0]
        return i.OfferDeclined(item_id, offer.version, offer.agent_id, self.rng.choice(("", "busy")))

    def fail(self) -> i.Input:
        ringing = self._live(ItemState.OFFERED)
        how = self.rng.choice(tuple(i.Failure))
        if not ringing:
            return i.OfferFailed(self.item(), self.rng.randint(0, 2), self.pick(AGENTS), how)
        item = self.brain.floor.items[self.rng.choice(ringing)]
        offer = self.rng.choice(item.offers)
        return i.OfferFailed(item.item_id, offer.version, offer.agent_id, how)

    def occupy(self) -> i.Input:
        self.count += 1
        channel = self.rng.choice(CHANNELS)
        return i.WorkOccupied(f"i{self.count}", self.pick(AGENTS), channel, force=self.rng.random() < 0.4)

    def end(self) -> i.Input:
        ends = self._live(ItemState.CONNECTED) + self._live(ItemState.WRAP)
        if not ends:
            return i.WorkReleased(self.item(), self.pick(AGENTS))
        item = self.brain.floor.items[self.rng.choice(ends)]
        agent_id = item.agent_id or "nobody"
        if item.state is ItemState.CONNECTED:
            return i.WorkReleased(item.item_id, agent_id)
        return i.WrapUpEnded(item.item_id, agent_id, self.rng.choice(("", "sold")))

    def hand_over(self) -> i.Input:
        queue, agent = self.rng.choice(((self.pick(QUEUES), None), (None, self.pick(AGENTS)), (None, None)))
        return i.WorkTransferred(self.item(), queue, agent, keep_place=self.rng.random() < 0.7, wait_ms=2_000)

    def state(self, agent_id: str) -> i.Input:
        states = (AgentState.READY,) * 5 + (AgentState.NOT_READY, AgentState.OFFLINE, AgentState.DISABLED)
        return i.AgentStateSet(agent_id, self.rng.choice(states), self.rng.choice(("", "lunch")))

    def rarity(self) -> i.Input:
        """Configuration changes under way."""
        rng = self.rng
        draw = rng.randrange(6)
        if draw == 0:
            matrix = rng.choice((VOICE_ALONE, VOICE_MAY_INTERRUPT_CHAT))
            return i.PolicySet(Policy(aging_millipoints=rng.choice((0, 500, 1_000)), blocked_by=matrix))
        if draw == 1:
            return i.AgentRemoved(self.pick(AGENTS))
        if draw == 2:
            return i.QueueRemoved(self.pick(QUEUES))
        if draw == 3:
            return i.LeaseRenewed(self.item(), self.pick(AGENTS))
        return self.queue(self.pick(QUEUES)) if draw == 4 else self.agent(self.pick(AGENTS))

    def queue(self, queue_id: str) -> i.Input:
        rng = self.rng
        delays = rng.choice(((), (), ((2, 5_000), (3, 30_000))))
        wrap_up = WrapUp(rng.choice(tuple(WrapUpMode)), rng.choice((None, 4_000)))
        settings = QueueSettings(
            queue_id,
            rng.choice(self.strategies),
            rng.choice((0, 10)),
            8,
            None,
            wrap_up,
            delays,
            rng.choice((None, Delays(2_000, 1_000, 3_000))),
            due_ms=rng.choice((0, 20_000)),
            sticky_ms=rng.choice((0, 0, 4_000)),
            closed=rng.random() < 0.1,
            when_full=rng.choice(self.overflows()),
            when_closed=rng.choice(self.overflows()),
            when_unmanned=rng.choice((None, None, *self.overflows())),
            max_wait_ms=rng.choice((None, None, 8_000)),
            when_late=rng.choice(self.overflows()),
            ring_more_ms=3_000,
        )
        return i.QueueConfigured(settings)

    def agent(self, agent_id: str) -> i.Input:
        rng = self.rng
        queues = rng.sample(QUEUES, rng.randint(1, len(QUEUES)))
        seats = tuple(Seat(queue_id, rng.randint(1, 3), rng.randint(0, 2), rng.randint(0, 3)) for queue_id in queues)
        capacity = {"voice": 1, "chat": rng.randint(0, 3), "email": rng.randint(1, 2)}
        return i.AgentConfigured(agent_id, seats, self.skills(0.7), capacity)
