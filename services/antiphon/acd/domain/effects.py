"""Facts the brain tells the world, in the order in which they became true.

Frozen data; `app.py` publishes them and whoever is concerned acts: media rings on `WorkOffered`, billing does not
care. A refusal is not a fact, it is an exception (`reasons.Refusal`).
"""

from enum import StrEnum

from msgspec import Struct

from antiphon.acd.domain.agent import AgentState
from antiphon.acd.domain.decision import Decision
from antiphon.acd.domain.inputs import Left
from antiphon.acd.domain.item import Skills
from antiphon.acd.domain.millis import Millis
from antiphon.acd.domain.policy import PerClass
from antiphon.acd.domain.queue import Way


class Consequence(Struct, frozen=True, gc=False, tag_field="kind", tag=True):
    """Something that follows; in the journal it is told apart by `kind`, the name of its class."""


class WorkQueued(Consequence, frozen=True, gc=False):
    """Work was taken into a queue. Sent also when it is offered in the same breath: position 1, no wait."""

    item_id: str
    queue_id: str
    position: int


class WorkOffered(Consequence, frozen=True, gc=False):
    """One agent is asked. The offer is (item, version) and ends in exactly one `OfferEnded`."""

    item_id: str
    version: int
    agent_id: str
    queue_id: str
    expires_at: Millis
    why: Decision


class OfferEnd(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RANG_OUT = "rang_out"
    WITHDRAWN = "withdrawn"
    BUSY = "busy"
    UNREACHABLE = "unreachable"


class OfferEnded(Consequence, frozen=True, gc=False):
    """Unless accepted or abandoned, the item waits again at its original place."""

    item_id: str
    version: int
    agent_id: str
    how: OfferEnd


class WorkAccepted(Consequence, frozen=True, gc=False):
    """The agent has it. `pulled`: he took it from the list without an offer."""

    item_id: str
    version: int
    agent_id: str
    waited_ms: Millis
    pulled: bool = False


class WorkAbandoned(Consequence, frozen=True, gc=False):
    """It left before anybody had it."""

    item_id: str
    queue_id: str
    waited_ms: Millis
    reason: Left


class Back(StrEnum):
    """Why work is waiting again, or elsewhere."""

    TRANSFERRED = "transferred"
    LEASE_LOST = "lease_lost"  # nobody vouched for the conversation any more
    ASSIGNED = "assigned"  # taken from its agent for another
    CALLBACK = "callback"  # the time of a callback has come


class WorkRequeued(Consequence, frozen=True, gc=False):
    """Work was handed over, or taken from an agent who vanished; it waits (again)."""

    item_id: str
    queue_id: str
    position: int
    from_agent: str | None
    why: Back


class WorkScheduled(Consequence, frozen=True, gc=False):
    """Work comes into line at this time, for the first time or again; `from_agent` called it back in vain."""

    item_id: str
    queue_id: str
    at: Millis
    from_agent: str | None = None


class WorkOverflowed(Consequence, frozen=True, gc=False):
    """For the channel to act on: take a message, say goodbye, or tell the customer that he will be called back."""

    item_id: str
    queue_id: str
    waited_ms: Millis
    way: Way


class RoutingWidened(Consequence, frozen=True, gc=False):
    """The routing plan moved to its next step: other skills, more queues, or no longer one agent only."""

    item_id: str
    step: int
    queues: tuple[str, ...]
    skills: Skills
    only: str | None


class WrapUpStarted(Consequence, frozen=True, gc=False):
    """The conversation is over. `ends_at` is when wrap-up ends by itself."""

    item_id: str
    agent_id: str
    ends_at: Millis


class Completed(StrEnum):
    BY_AGENT = "by_agent"
    BY_TIME = "by_time"  # wrap-up reached its limit
    LEASE_LOST = "lease_lost"  # a call whose end nobody reported


class WorkCompleted(Consequence, frozen=True, gc=False):
    """The work is done and its agent is free of it."""

    item_id: str
    agent_id: str
    disposition: str
    talk_ms: Millis
    wrap_ms: Millis
    how: Completed


class AgentStateChanged(Consequence, frozen=True, gc=False):
    """The agent's full public state; at most one per agent and input. `load` by class: voice, chat, e-mail, task."""

    agent_id: str
    state: AgentState
    reason: str
    since: Millis
    load: PerClass


class AgentGone(Consequence, frozen=True, gc=False):
    """The agent was removed."""

    agent_id: str


Effect = (
    WorkQueued
    | WorkOffered
    | OfferEnded
    | WorkAccepted
    | WorkAbandoned
    | WorkRequeued
    | WorkScheduled
    | WorkOverflowed
    | RoutingWidened
    | WrapUpStarted
    | WorkCompleted
    | AgentStateChanged
    | AgentGone
)
