"""The brain: one tenant's ACD. Facts in, effects out; `now` is a parameter; it never sleeps, the shell does.

    brain = Brain()
    effects = brain.handle(WorkEnqueued("call-1", "sales"), now=now)
    wake_at = brain.next_deadline()         # then brain.handle(TimePassed(), now=...)

Tenants are isolated by construction: a brain knows of nothing outside itself. After every `handle` these hold, and
the tests check them against a naive recount: an item is with at most one agent; an agent's load is what he holds; no
agent with room is left without an item he could have; nothing is lost. A `Refusal` has changed nothing.
"""

from collections.abc import Callable
from typing import Any

from antiphon.acd.domain import (
    assign,
    callback,
    direct,
    failing,
    inputs,
    lifecycle,
    presence,
    setup,
    timing,
    transfer,
    wrapup,
)
from antiphon.acd.domain.effects import Effect
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import Input
from antiphon.acd.domain.matching import settle
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.policy import Policy

Rule = Callable[[Floor, Any, Millis], None]

_RULES: dict[type[Input], Rule] = {
    inputs.WorkEnqueued: lifecycle.enqueue,
    inputs.OfferAccepted: lifecycle.accept,
    inputs.OfferDeclined: failing.decline,
    inputs.OfferFailed: failing.fail_offer,
    inputs.WorkPulled: lifecycle.pull,
    inputs.WorkOccupied: direct.occupy,
    inputs.WorkReleased: wrapup.release,
    inputs.WrapUpEnded: wrapup.end_wrap_up,
    inputs.WorkWithdrawn: lifecycle.withdraw,
    inputs.WorkTransferred: transfer.transfer,
    inputs.WorkAssigned: assign.assign,
    inputs.CallbackWanted: callback.want,
    inputs.CallbackFailed: callback.fail,
    inputs.QueueEmptied: assign.empty,
    inputs.QueuesChosen: setup.choose_queues,
    inputs.LeaseRenewed: lifecycle.renew_lease,
    inputs.AgentStateSet: presence.set_state,
    inputs.TimePassed: timing.tick,
    inputs.PolicySet: setup.set_policy,
    inputs.QueueConfigured: setup.configure_queue,
    inputs.QueueRemoved: setup.remove_queue,
    inputs.AgentConfigured: setup.configure_agent,
    inputs.AgentRemoved: setup.remove_agent,
}
"""What each input does to the floor: one row for every member of the union `Input` (tested)."""


class Brain:
    """One tenant. `floor` is its state, to be read by `views`, `explain` and `snapshot`."""

    __slots__ = ("floor",)

    def __init__(self, policy: Policy | None = None) -> None:
        self.floor = Floor(policy or Policy())

    def handle(self, fact: Input, *, now: Millis) -> list[Effect]:
        """Let one thing happen; return the facts that follow, in order."""
        floor = self.floor
        _RULES[type(fact)](floor, fact, now)
        if floor.touched is not None:
            self._touch(fact)
        settle(floor, now)
        return floor.take_effects()

    def note(self, fact: Input, *, now: Millis) -> None:
        """Let a thing happen without matching yet: several noted facts are settled as one instant."""
        _RULES[type(fact)](self.floor, fact, now)
        self._touch(fact)

    def settle(self, *, now: Millis) -> list[Effect]:
        """Make every offer that can be made and return all effects since the last call."""
        settle(self.floor, now)
        return self.floor.take_effects()

    def _touch(self, fact: Input) -> None:
        item = self.floor.items.get(getattr(fact, "item_id", ""))
        if item is not None:
            self.floor.touch(item)

    def next_deadline(self) -> Millis | None:
        """When the shell should send `TimePassed`; None when nothing is due ever."""
        return self.floor.deadlines.next()
