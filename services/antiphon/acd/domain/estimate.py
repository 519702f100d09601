"""How long will it take? The wait of somebody with Q people before him.

    QLm = Σ_{i=0..Q} 1 / (n·μ + i·θ)

n agents who each finish μ items a millisecond, and θ, the rate at which each waiting customer loses patience: the i-th
before him may leave as well as be served. While n or μ is unknown, the wait of whoever is first in line now stands in
for it (head of line). A single number would be a promise, so a range is announced.
"""

from dataclasses import dataclass
from enum import StrEnum

from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.brain import Brain
from antiphon.acd.domain.capacity import room
from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.floor import waited
from antiphon.acd.domain.millis import MINUTE, SECOND, Millis
from antiphon.acd.domain.tally import Pace
from antiphon.acd.domain.views import item_view, queue_view


class Method(StrEnum):
    """What an estimate rests on."""

    QUEUE_LENGTH = "queue_length"
    HEAD_OF_LINE = "head_of_line"
    NONE = "none"  # nobody works here and nobody waits: anything may happen


@dataclass(frozen=True, slots=True)
class Estimate:
    """`position` is his own, from 1; announce `least` to `most`."""

    position: int
    expected: Millis
    least: Millis
    most: Millis
    method: Method


def queue_length_wait(before: int, agents: int, handle_ms: Millis, leaving: float) -> Millis:
    """QLm. `leaving`: customers per millisecond of waiting who give up."""
    served = agents / handle_ms
    return round(sum(1 / (served + number * leaving) for number in range(before + 1)))


def estimate(brain: Brain, queue_id: str, pace: Pace, now: Millis, item_id: str = "") -> Estimate:
    """The wait of a caller new to the queue, or what is left of an item's. Refusals UNKNOWN_QUEUE, UNKNOWN_ITEM."""
    view, line = queue_view(brain, queue_id), brain.floor.index.queues[queue_id].line
    position = (item_view(brain, item_id).position or 0) if item_id else view.waiting + 1
    members = brain.floor.index.queues[queue_id].members.values()
    working = sum(agent.state is AgentState.READY for agent, _ in members)
    cls = brain.floor.item(item_id).cls if item_id else ChannelClass.VOICE
    free = sum(room(agent, cls, brain.floor.policy) for agent, _ in members)
    if position == 0 or 0 < position <= free:
        return Estimate(position, 0, 0, 0, Method.QUEUE_LENGTH)
    if working and pace.handle_ms:
        leaving = pace.left / 1_000 / pace.waited_ms if pace.waited_ms else 0.0
        return _range(position, queue_length_wait(position - 1, working, pace.handle_ms, leaving), Method.QUEUE_LENGTH)
    head = next(iter(line), None)
    if head is None:
        return Estimate(position, 0, 0, 0, Method.NONE)
    return _range(position, waited(head, now), Method.HEAD_OF_LINE)


def _range(position: int, expected: Millis, method: Method) -> Estimate:
    """From three quarters to one and a half of it, in whole half minutes, then minutes: what people can hear."""
    step = 30 * SECOND if expected < 5 * MINUTE else MINUTE
    least = expected * 3 // 4 // step * step
    most = -(-expected * 3 // 2 // step) * step
    return Estimate(position, expected, least, max(most, least + step), method)
