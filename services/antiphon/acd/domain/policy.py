"""A tenant's rules: how fast waiting ages, what blocks what, how long things may take.

All of it is data, set by the `PolicySet` input and therefore journalled, so a replay decides under the rules of
that day. Tuples "per class" are indexed by `ChannelClass`: voice, chat, e-mail, task.

**Nothing stays reserved for ever.** Every hold on an agent has an end: an offer rings for `ring_ms`, a conversation
has a lease of `lease_ms` that the shell renews (`LeaseRenewed`) while the call or chat is alive, wrap-up has its own
limit, and an agent who goes offline keeps his conversations only for `offline_grace_ms`.
"""

from dataclasses import dataclass
from enum import StrEnum

from antiphon.acd.domain.channel import ChannelClass
from antiphon.acd.domain.millis import HOUR, MINUTE, SECOND, Millis

PerClass = tuple[int, int, int, int]
Matrix = tuple[tuple[ChannelClass, ...], ...]

_V, _C = ChannelClass.VOICE, ChannelClass.CHAT

VOICE_ALONE: Matrix = ((_V, _C), (_V,), (_V,), (_V,))
"""The default interrupt matrix; row = the class that wants in, cells = the classes whose presence keeps it out.

Voice waits for voice and chat; chat, e-mail and tasks wait for voice only. E-mail and tasks stand in no row: they
are interruptible, parked when something more urgent comes."""

VOICE_MAY_INTERRUPT_CHAT: Matrix = ((_V,), (_V,), (_V,), (_V,))
"""For tenants whose agents may take a call in the middle of their chats."""


class WrapUpMode(StrEnum):
    """What follows a conversation. While it lasts it occupies the agent as the conversation did."""

    NONE = "none"  # the work is done when the conversation is over
    OPTIONAL = "optional"  # the agent ends it when he likes, with or without a disposition
    MANDATORY = "mandatory"  # the agent ends it, and only with a disposition
    TIMED = "timed"  # ends by itself after limit_ms, or earlier by the agent


@dataclass(frozen=True, slots=True)
class WrapUp:
    """A queue's after-contact work. `limit_ms` is when it ends by itself; the default is the tenant-wide lease."""

    mode: WrapUpMode = WrapUpMode.NONE
    limit_ms: Millis | None = None


NO_WRAP_UP = WrapUp()


@dataclass(frozen=True, slots=True)
class Delays:
    """How long an agent is offered nothing at all: after his line was busy, after he rejected, after a missed offer.

    After a missed offer he is NOT_RESPONDING; with a delay he is READY again by himself, without one (0) only when he
    says so."""

    busy_ms: Millis = 30 * SECOND
    declined_ms: Millis = 0
    no_answer_ms: Millis = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """One tenant's rules. `aging_millipoints`: thousandths of a priority point gained per second of waiting."""

    aging_millipoints: int = 1_000
    blocked_by: Matrix = VOICE_ALONE
    ring_ms: PerClass = (20 * SECOND, 45 * SECOND, 60 * SECOND, 60 * SECOND)
    lease_ms: PerClass = (4 * HOUR, 24 * HOUR, 72 * HOUR, 72 * HOUR)
    wrap_lease_ms: Millis = HOUR
    pass_ms: Millis = 15 * SECOND  # how long an agent who declined an item is spared it
    pass_ms_by_reason: tuple[tuple[str, Millis], ...] = (("busy", 30 * SECOND),)
    delays: Delays = Delays()
    most_missed: int = 3  # missed offers in a row after which nobody is READY again by himself
    callback_tries: int = 3
    callback_retry_ms: Millis = 10 * MINUTE
    offline_grace_ms: Millis = MINUTE
    remember: int = 10_000  # finished items kept so that late repeats are recognised

    def pass_after(self, reason: str) -> Millis:
        """How long the agent who declined for `reason` is not offered that item again."""
        return dict(self.pass_ms_by_reason).get(reason, self.pass_ms)
