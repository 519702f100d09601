"""The brain: one tenant's ACD. Facts in, effects out; `now` is a parameter; it never sleeps, the shell does.

    brain = Brain()
    effects = brain.handle(WorkEnqueued("call-1", "sales"), now=now)
    wake_at = brain.next_deadline()         # then brain.handle(TimePassed(), now=...)

Tenants are isolated by construction: a brain knows of nothing outside itself. After every `handle` these hold, and
the tests check them against a naive recount: an item is with at most one agent; an agent's load is what he holds; no
agent with room is left without an item he could have; nothing is lost. A `Refusal` has changed nothing.
"""

from typing import assert_never

from antiphon.acd.domain import inputs, lifecycle, presence, setup, timing, transfer, wrapup
from antiphon.acd.domain.effects import Effect
from antiphon.acd.domain.floor import Floor
from antiphon.acd.domain.inputs import Input, RarerInput
from antiphon.acd.domain.matching import settle
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.policy import Policy


class Brain:
    """One tenant. `floor` is its state, to be read by `views`, `explain` and `snapshot`."""

    __slots__ = ("floor",)

    def __init__(self, policy: Policy | None = None) -> None:
        self.floor = Floor(policy or Policy())

    def handle(self, fact: Input, *, now: Millis) -> list[Effect]:
        """Let one thing happen; return the facts that follow, in order."""
        self.note(fact, now=now)
        return self.settle(now=now)

    def note(self, fact: Input, *, now: Millis) -> None:
        """Let a thing happen without matching yet: several noted facts are settled as one instant."""
        floor = self.floor
        match fact:
            case inputs.WorkEnqueued():
                lifecycle.enqueue(floor, fact, now)
            case inputs.OfferAccepted():
                lifecycle.accept(floor, fact, now)
            case inputs.WorkReleased():
                wrapup.release(floor, fact, now)
            case inputs.WrapUpEnded():
                wrapup.end_wrap_up(floor, fact, now)
            case inputs.TimePassed():
                timing.fire_due(floor, now)
            case inputs.OfferDeclined():
                lifecycle.decline(floor, fact, now)
            case inputs.AgentStateSet():
                presence.set_state(floor, fact, now)
            case inputs.WorkWithdrawn():
                lifecycle.withdraw(floor, fact, now)
            case _:
                _note_rarer(floor, fact, now)

    def settle(self, *, now: Millis) -> list[Effect]:
        """Make every offer that can be made and return all effects since the last call."""
        settle(self.floor, now)
        self.floor.tell_agents()
        return self.floor.take_effects()

    def next_deadline(self) -> Millis | None:
        """When the shell should send `TimePassed`; None when nothing is due ever."""
        return self.floor.deadlines.next()


def _note_rarer(floor: Floor, fact: RarerInput, now: Millis) -> None:
    match fact:
        case inputs.WorkTransferred():
            transfer.transfer(floor, fact, now)
        case inputs.WorkPulled():
            lifecycle.pull(floor, fact, now)
        case inputs.LeaseRenewed():
            lifecycle.renew_lease(floor, fact, now)
        case inputs.PolicySet():
            setup.set_policy(floor, fact, now)
        case inputs.QueueConfigured():
            setup.configure_queue(floor, fact, now)
        case inputs.QueueRemoved():
            setup.remove_queue(floor, fact.queue_id)
        case inputs.AgentConfigured():
            setup.configure_agent(floor, fact, now)
        case inputs.AgentRemoved():
            setup.remove_agent(floor, fact, now)
        case _:
            assert_never(fact)
