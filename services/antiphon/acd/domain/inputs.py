"""Everything that can happen to the ACD. These are what the journal stores.

All are frozen; ids are opaque strings chosen by the caller. `Input` is the exhaustive union: a new input is a class
here, a line in the union, and a row in the table of `brain.py` that says what it does (a test compares the two).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.item import Skills, Step
from antiphon.acd.domain.millis import SECOND, Millis
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.queue import Overflow, QueueSettings

# ---------------------------------------------------------------- what the tenant sets up


@dataclass(frozen=True, slots=True)
class PolicySet:
    """The tenant's rules changed; waiting items are put in their new order."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class QueueConfigured:
    """A queue was created or changed; the change holds from the next decision."""

    settings: QueueSettings


@dataclass(frozen=True, slots=True)
class QueueRemoved:
    """Refused (IN_USE) while unfinished work refers to the queue: nothing is ever lost by configuration."""

    queue_id: str


@dataclass(frozen=True, slots=True)
class AgentConfigured:
    """An agent was created (OFFLINE) or changed. `capacity` is by class name: {"voice": 1, "chat": 3}."""

    agent_id: str
    seats: tuple[Seat, ...] = ()
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentRemoved:
    """Refused (IN_USE) while the agent is in a conversation or in wrap-up; ringing offers are withdrawn."""

    agent_id: str


# ---------------------------------------------------------------- what agents do


@dataclass(frozen=True, slots=True)
class AgentStateSet:
    """Somebody (`by`: the agent, a supervisor, the system) set READY, NOT_READY, OFFLINE or DISABLED."""

    agent_id: str
    state: AgentState
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class OfferAccepted:
    """Compare-and-set on (item, version): a stale one is refused with OFFER_GONE."""

    item_id: str
    version: int
    agent_id: str


@dataclass(frozen=True, slots=True)
class OfferDeclined:
    """The agent lets it pass; he is not offered this item again for `Policy.pass_after(reason)`."""

    item_id: str
    version: int
    agent_id: str
    reason: str = ""


class Failure(StrEnum):
    """How an offer failed on its way to the agent, as the channel saw it."""

    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """The channel could not connect the agent; the item keeps its place, the agent is spared for a while."""

    item_id: str
    version: int
    agent_id: str
    how: Failure


@dataclass(frozen=True, slots=True)
class WorkPulled:
    """The agent picked this very item from the list. Skills are his own judgement; membership and room are not."""

    item_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class WrapUpEnded:
    """After-contact work is finished."""

    item_id: str
    agent_id: str
    disposition: str = ""


# ---------------------------------------------------------------- what happens to work


@dataclass(frozen=True, slots=True)
class WorkEnqueued:
    """A customer waits. `skills` are minimum levels; `preferred` is tried first, for up to `preferred_wait_ms`."""

    item_id: str
    queue_id: str
    channel: str = "voice"
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    preferred: str | None = None
    preferred_wait_ms: Millis = 0
    steps: tuple[Step, ...] = ()
    contact_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    any_of: tuple[Skills, ...] = ()
    value: int = 0  # points for what the customer is worth, on top of the priority
    not_before: Millis = 0  # a callback for later: comes into line then
    callback: bool = False


class Left(StrEnum):
    """Why work was withdrawn."""

    CUSTOMER_LEFT = "customer_left"
    CLOSED = "closed"  # answered elsewhere, cancelled, spam
    UNREACHED = "unreached"  # a callback that was never answered


@dataclass(frozen=True, slots=True)
class WorkWithdrawn:
    """The customer is gone. Waiting or ringing work is abandoned; a conversation is released into wrap-up."""

    item_id: str
    reason: Left = Left.CUSTOMER_LEFT
    detail: str = ""  # the channel's own word for it, for the books


@dataclass(frozen=True, slots=True)
class WorkOccupied:
    """A direct conversation, internal or outbound, takes an agent's capacity without a queue.

    With `force` it takes capacity that is not there, and whatever rings the agent at that moment is withdrawn."""

    item_id: str
    agent_id: str
    channel: str = "voice"
    contact_id: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    force: bool = False


@dataclass(frozen=True, slots=True)
class WorkReleased:
    """The conversation is over; wrap-up starts as the queue says."""

    item_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class WorkTransferred:
    """Hand work over to a queue, or to an agent who is waited for `wait_ms` before the queue takes it.

    With `keep_place` the item keeps its original key, else it queues as if it had just come."""

    item_id: str
    to_queue: str | None = None
    to_agent: str | None = None
    keep_place: bool = True
    wait_ms: Millis = 30 * SECOND


@dataclass(frozen=True, slots=True)
class WorkAssigned:
    """A supervisor gives work that waits, rings or is with somebody else to this agent, who has it at once."""

    item_id: str
    agent_id: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class CallbackWanted:
    """Who waits would rather be called back: he hangs up and keeps his place; with `at`, he is called at that time."""

    item_id: str
    at: Millis = 0


@dataclass(frozen=True, slots=True)
class CallbackFailed:
    """The customer did not answer when he was called back; he is tried again later, at his place, a few times."""

    item_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class QueueEmptied:
    """Send on everybody who waits or rings in a queue."""

    queue_id: str
    to: Overflow


@dataclass(frozen=True, slots=True)
class QueuesChosen:
    """The agent works in these of his queues only; None: in all of them."""

    agent_id: str
    queue_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class LeaseRenewed:
    """The conversation is still alive; the shell says so from time to time."""

    item_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Fire every deadline up to `now`. Only this input does: an accept journalled before the tick wins the race."""


Input = (
    WorkEnqueued
    | OfferAccepted
    | OfferDeclined
    | OfferFailed
    | WorkPulled
    | WorkOccupied
    | WorkReleased
    | WrapUpEnded
    | WorkWithdrawn
    | WorkTransferred
    | WorkAssigned
    | CallbackWanted
    | CallbackFailed
    | QueueEmptied
    | QueuesChosen
    | LeaseRenewed
    | AgentStateSet
    | TimePassed
    | PolicySet
    | QueueConfigured
    | QueueRemoved
    | AgentConfigured
    | AgentRemoved
)
