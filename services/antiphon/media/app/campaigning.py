"""A campaign's call: somebody outside is rung first, and whoever answers gets an agent in time, or an apology.

Originate → the trunks ring → 200 → the queue of the campaign → the agent's phone → talk
                          ↘ busy, silent, no such number     ↘ nobody in time → apology → "abandoned"
                                  ↘ prompts instead of a queue: said, answered by keys → "received"
                                  ↘ a machine (`screening.py`) → hung up, or a message after its beep → "machine"
          → the agent's own phone, when the order names him → the trunks ring → talk
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from antiphon.media.app import originate as own_phone
from antiphon.media.app import people, player
from antiphon.media.app.hurried import Hurried
from antiphon.media.app.live import Live
from antiphon.media.app.queueing import SPOKEN, Queueing
from antiphon.media.app.ringing import Manner, Taken
from antiphon.media.app.screening import Screen, Screening, Unknown, screen_of
from antiphon.media.app.seeking import OUTCOMES, Seeking
from antiphon.media.app.stage import Stage
from antiphon.media.domain.call import Call, Direction, Role, State
from antiphon.media.domain.prompts import AGENT, Announcement, Await, Done, Prompt, Speak, Step
from antiphon.media.domain.ringing import Hunt, Lost, failover
from antiphon.media.domain.verbs import Enqueue

if TYPE_CHECKING:
    from antiphon.media.app.people import Destination
    from antiphon.media.app.world import World
    from antiphon.media.v1 import media_pb2

RING_FOR, ANSWER_WITHIN = 25.0, 2.0
SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Order:
    """What the dialler wants of one call."""

    number: str
    caller_id: str
    queue: Enqueue
    """`max_wait` is the time in which an agent must be there."""
    ring_for: float
    apology: str = ""
    contact_id: str = ""
    by_itself: bool = False
    """The agent's phone picks up without a hand."""
    agent_id: str = ""
    """Whose phones ring first; no queue then."""
    prompts: tuple[Prompt, ...] = ()
    opt_out_key: str = ""
    agent_key: str = ""
    project_id: str = ""
    screen: Screen | None = None
    """How machines are told, and what is done with them."""


def order_of(asked: media_pb2.OriginateRequest) -> Order:
    """The dialler's wish in the words of a call."""
    within = asked.answer_within.ToTimedelta().total_seconds() if asked.HasField("answer_within") else ANSWER_WITHIN
    ring_for = asked.ring_for.ToTimedelta().total_seconds() if asked.HasField("ring_for") else RING_FOR
    queue = Enqueue(asked.queue_id, asked.priority, max_wait=within, language=asked.language)
    prompts = tuple(Prompt(one.id, one.text, one.keys, one.only_if, one.only_if_key) for one in asked.prompts)
    return Order(
        asked.to, asked.caller_id, queue, ring_for, asked.apology, asked.contact_id, asked.auto_answer, asked.agent_id,
        prompts, asked.opt_out_key, asked.agent_key, asked.project_id,
        screen_of(asked.screening, asked.language) if asked.HasField("screening") else None,
    )  # fmt: skip


async def originate(world: World, tenant: str, order: Order, call_id: str) -> tuple[Live, Stage]:
    """A call that begins outside, or at the phone of the agent who is named. Raises the refusals of RouteCall, BUSY."""
    if order.agent_id:
        wanted = (order.number, order.caller_id)
        live, stage = await own_phone.dial(world, tenant, order.agent_id, wanted, call_id, by_itself=order.by_itself)
        live.call = replace(live.call, project_id=order.project_id, campaign=True)
        live.screening = Screening(live, order.screen).begin if order.screen else None
        stage.rings_now.add_done_callback(_told_by_the_record)
        return live, stage
    to = await people.dialled(world, tenant, order.number, "", order.caller_id, busy=frozenset())
    number_id = await people.number_of(world, tenant, to, call_id)
    call = Call(
        call_id, tenant, Direction.OUTBOUND, world.clock(), caller=order.number, called=order.caller_id,
        number_id=number_id, contact_id=order.contact_id, project_id=order.project_id,
        campaign=True,
    )  # fmt: skip
    live = Live(world, call, world.engines.anchor(call.id))
    live.first = ""
    plan = await world.asks.quietly(world.asks.dial_plan(tenant))
    live.wants_record = plan is not None and plan.record_calls
    live.screening = Screening(live, order.screen).begin if order.screen else None
    return live, Outward(live, order, to)


def _told_by_the_record(rings: asyncio.Future[None]) -> None:
    """Nobody waits for the agent's phone to ring: what became of it is in the record."""
    if not rings.cancelled():
        rings.exception()


class Outward(Seeking):
    """Rings the trunks in their order."""

    def __init__(self, live: Live, order: Order, to: Destination) -> None:
        super().__init__(live)
        self.order = order
        self.to = to

    async def enter(self) -> None:
        manner = Manner(Role.CALLER, "", self.order.caller_id)
        await self.begin(Hunt(self.to.groups, self.order.ring_for, failover), manner)

    async def found(self, taken: Taken) -> None:
        live = self.live
        live.first = taken.tag
        live.change(answered_at=live.world.clock(), sip_call_id=live.legs[taken.tag].call_id)
        await live.connect(taken.tag, taken.sdp)
        announcing = Announcing(live, self.order) if self.order.prompts else None
        if live.screening is not None and announcing is not None:
            await live.to(Unknown(live, announcing))
        else:
            await live.to(
                announcing or Hurried(live, self.order.queue, self.order.apology, by_itself=self.order.by_itself)
            )
        if live.screening is not None and not live.over:
            await live.screening(taken.tag)

    async def lost(self, lost: Lost) -> None:
        await self.live.finish(OUTCOMES[lost.how])


class Announcing(Stage):
    """Says what the campaign has to say, and takes the keys. The rules are in `domain/prompts.py`."""

    def __init__(self, live: Live, order: Order) -> None:
        super().__init__(live)
        self._order = order
        self._said = Announcement(order.prompts, order.opt_out_key, order.agent_key if order.queue.queue_id else "")

    async def enter(self) -> None:
        self.live.move(State.RECEPTION)
        await self._do(self._said.begin())

    async def leave(self) -> None:
        self.live.stop(SPOKEN, SILENCE)

    async def timer(self, name: str) -> None:
        await self._do(self._said.spoken() if name == SPOKEN else self._said.silent())

    async def digit(self, tag: str, key: str) -> None:
        if tag == self.live.first and (step := self._said.key(key)) is not None:
            await player.hush(self.live, tag, SPOKEN)
            await self._do(step)

    async def rescued(self) -> None:
        """What was being said is said again."""
        await self._do(self._said.again())

    async def _do(self, step: Step) -> None:
        live = self.live
        live.stop(SILENCE)
        live.change(keys=tuple(self._said.keys.items()))
        match step:
            case Speak(text):
                await player.say(live, live.first, text, self._order.queue.language, SPOKEN)
            case Await(seconds):
                live.after(SILENCE, seconds)
            case Done(how) if how == AGENT:
                await live.to(Queueing(live, replace(self._order.queue, max_wait=0.0), None))
            case Done():
                await live.finish("received")
