"""Why the brain says no. A refused input has changed nothing.

Repeating a request that has already succeeded is not an error: the same enqueue, accept, release or completion
again is a success without effects, because networks repeat.
"""

from typing import Any

from antiphon.kit import errors
from antiphon.kit.errors import DomainError, Kind


class Reason(errors.Reason):
    """Typed, so that the desk can react and translate."""

    UNKNOWN_ITEM = (Kind.NOT_FOUND, "There is no such work item, or it finished long ago.")
    UNKNOWN_QUEUE = (Kind.NOT_FOUND, "There is no such queue.")
    UNKNOWN_AGENT = (Kind.NOT_FOUND, "There is no such agent.")
    UNKNOWN_STRATEGY = (Kind.INVALID, "There is no such distribution strategy.")
    UNKNOWN_DISPOSITION = (Kind.INVALID, "The queue has no such disposition.")
    OFFER_GONE = (Kind.CONFLICT, "The offer ended: accepted by another, rang out, declined or withdrawn.")
    NOT_YOURS = (Kind.DENIED, "The item is with somebody else.")
    NOT_A_MEMBER = (Kind.DENIED, "An agent takes work only from his own queues.")
    NO_ROOM = (Kind.CONFLICT, "The agent's capacity is taken.")
    ILLEGAL_TRANSITION = (Kind.CONFLICT, "This cannot follow from the present state.")
    QUEUE_FULL = (Kind.CONFLICT, "The queue is full.")
    QUEUE_CLOSED = (Kind.CONFLICT, "The queue takes nothing new.")
    DUPLICATE = (Kind.CONFLICT, "The id is known, but for different work.")
    DISPOSITION_NEEDED = (Kind.INVALID, "The queue asks for a disposition.")
    IN_USE = (Kind.CONFLICT, "It still holds work and cannot be removed.")
    TAKEN = (Kind.CONFLICT, "The name is taken.")
    INVALID = (Kind.INVALID, "A value makes no sense.")


class Refusal(DomainError):
    """The one exception of the domain: `reason` for programs, `facts` for people."""

    def __init__(self, reason: Reason, **facts: Any) -> None:
        super().__init__(reason, "", retry=None, **facts)
