"""Everything that can happen to the ACD. These are what the journal stores.

All are frozen; ids are opaque strings chosen by the caller. `Input` is the exhaustive union: a new input is a class
here, a line in the union, and a row in the table of `brain.py` that says what it does (a test compares the two).
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from antiphon.acd.domain.agent import AgentState, Seat
from antiphon.acd.domain.item import Skills, Step
from antiphon.acd.domain.millis import SECOND, Millis
from antiphon.acd.domain.policy import Policy
from antiphon.acd.domain.queue import Overflow, QueueSettings


class Happening(Struct, frozen=True, gc=False, tag_field="kind", tag=True):
    """Something that happens; in the journal it is told apart by `kind`, the name of its class."""


# ---------------------------------------------------------------- what the tenant sets up


class PolicySet(Happening, frozen=True, gc=False):
    """The tenant's rules changed; waiting items are put in their new order."""

    policy: Policy


class QueueConfigured(Happening, frozen=True, gc=False):
    """A queue was created or changed; the change holds from the next decision."""

    settings: QueueSettings


class QueueRemoved(Happening, frozen=True, gc=False):
    """Refused (IN_USE) while unfinished work refers to the queue: nothing is ever lost by configuration."""

    queue_id: str


class AgentConfigured(Happening, frozen=True, gc=False):
    """An agent was created (OFFLINE) or changed. `capacity` is by class name: {"voice": 1, "chat": 3}."""

    agent_id: str
    seats: tuple[Seat, ...] = ()
    skills: Mapping[str, int] = {}
    capacity: Mapping[str, int] = {}


class AgentRemoved(Happening, frozen=True, gc=False):
    """Refused (IN_USE) while the agent is in a conversation or in wrap-up; ringing offers are withdrawn."""

    agent_id: str


# ---------------------------------------------------------------- what agents do


class AgentStateSet(Happening, frozen=True, gc=False):
    """Somebody (`by`: the agent, a supervisor, the system) set READY, NOT_READY, OFFLINE or DISABLED."""

    agent_id: str
    state: AgentState
    reason: str = ""
    by: str = ""


class OfferAccepted(Happening, frozen=True, gc=False):
    """Compare-and-set on (item, version): a stale one is refused with OFFER_GONE."""

    item_id: str
    version: int
    agent_id: str


class OfferDeclined(Happening, frozen=True, gc=False):
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


class OfferFailed(Happening, frozen=True, gc=False):
    """The channel could not connect the agent; the item keeps its place, the agent is spared for a while."""

    item_id: str
    version: int
    agent_id: str
    how: Failure


class WorkPulled(Happening, frozen=True, gc=False):
    """The agent picked this very item from the list. Skills are his own judgement; membership and room are not."""

    item_id: str
    agent_id: str


class WrapUpEnded(Happening, frozen=True, gc=False):
    """After-contact work is finished."""

    item_id: str
    agent_id: str
    disposition: str = ""


# ---------------------------------------------------------------- what happens to work


class WorkEnqueued(Happening, frozen=True, gc=False):
    """A customer waits. `skills` are minimum levels; `preferred` is tried first, for up to `preferred_wait_ms`."""

    item_id: str
    queue_id: str
    channel: str = "voice"
    priority: int = 0
    skills: Mapping[str, int] = {}
    excluded: tuple[str, ...] = ()
    preferred: str | None = None
    preferred_wait_ms: Millis = 0
    steps: tuple[Step, ...] = ()
    contact_id: str = ""
    attributes: Mapping[str, str] = {}
    any_of: tuple[Skills, ...] = ()
    value: int = 0  # points for what the customer is worth, on top of the priority
    not_before: Millis = 0  # a callback for later: comes into line then
    callback: bool = False


class Left(StrEnum):
    """Why work was withdrawn."""

    CUSTOMER_LEFT = "customer_left"
    CLOSED = "closed"  # answered elsewhere, cancelled, spam
    SNOOZED = "snoozed"  # put aside: nothing to wrap up
    UNREACHED = "unreached"  # a callback that was never answered


class WorkWithdrawn(Happening, frozen=True, gc=False):
    """The customer is gone. Waiting or ringing work is abandoned; a conversation is released into wrap-up, unless it is
    only put aside."""

    item_id: str
    reason: Left = Left.CUSTOMER_LEFT
    detail: str = ""  # the channel's own word for it, for the books


class WorkOccupied(Happening, frozen=True, gc=False):
    """A direct conversation, internal or outbound, takes an agent's capacity without a queue.

    With `force` it takes capacity that is not there, and whatever rings the agent at that moment is withdrawn."""

    item_id: str
    agent_id: str
    channel: str = "voice"
    contact_id: str = ""
    attributes: Mapping[str, str] = {}
    force: bool = False


class WorkReleased(Happening, frozen=True, gc=False):
    """The conversation is over; wrap-up starts as the queue says."""

    item_id: str
    agent_id: str


class WorkTransferred(Happening, frozen=True, gc=False):
    """Hand work over to a queue, or to an agent who is waited for `wait_ms` before the queue takes it.

    With `keep_place` the item keeps its original key, else it queues as if it had just come."""

    item_id: str
    to_queue: str | None = None
    to_agent: str | None = None
    keep_place: bool = True
    wait_ms: Millis = 30 * SECOND


class WorkAssigned(Happening, frozen=True, gc=False):
    """A supervisor gives work that waits, rings or is with somebody else to this agent, who has it at once."""

    item_id: str
    agent_id: str
    by: str = ""


class CallbackWanted(Happening, frozen=True, gc=False):
    """Who waits would rather be called back: he hangs up and keeps his place; with `at`, he is called at that time."""

    item_id: str
    at: Millis = 0


class CallbackFailed(Happening, frozen=True, gc=False):
    """The customer did not answer when he was called back; he is tried again later, at his place, a few times."""

    item_id: str
    agent_id: str


class QueueEmptied(Happening, frozen=True, gc=False):
    """Send on everybody who waits or rings in a queue."""

    queue_id: str
    to: Overflow


class QueuesChosen(Happening, frozen=True, gc=False):
    """The agent works in these of his queues only; None: in all of them."""

    agent_id: str
    queue_ids: tuple[str, ...] | None = None


class LeaseRenewed(Happening, frozen=True, gc=False):
    """The conversation is still alive; the shell says so from time to time."""

    item_id: str
    agent_id: str


class TimePassed(Happening, frozen=True, gc=False):
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
