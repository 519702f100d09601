"""Every reason routing can give, in two typed lists, so that a screen can react and translate.

A `Reason` refuses: it answers a person who edits or publishes, and travels in `Refused`. An `Outcome` says why one
step of an interaction ended where it ended; it travels in `Decision.why`, is stored, and is shown to whoever asks
"why did this happen".
"""

from enum import StrEnum
from typing import Any

from antiphon.kit import errors
from antiphon.kit.errors import DomainError, Kind


class Reason(errors.Reason):
    """Refusals: nothing was changed."""

    UNKNOWN_ADDRESS = (Kind.NOT_FOUND, "No scheme answers this number, bot or widget.")
    UNKNOWN_SCHEME = (Kind.NOT_FOUND, "There is no such scheme.")
    UNKNOWN_VERSION = (Kind.NOT_FOUND, "The scheme has no such version.")
    UNKNOWN_CALENDAR = (Kind.NOT_FOUND, "There is no such calendar.")
    UNKNOWN_LIST = (Kind.NOT_FOUND, "There is no such caller list.")
    NOT_PUBLISHED = (Kind.CONFLICT, "The scheme exists only as a draft.")
    NO_DRAFT = (Kind.CONFLICT, "There is no draft to publish.")
    INVALID_SCHEME = (Kind.INVALID, "The scheme has errors; the findings name them.")
    INVALID_DOCUMENT = (Kind.INVALID, "This is not even the form of a scheme.")
    INVALID_CALENDAR = (Kind.INVALID, "The calendar cannot be read.")
    NO_REASON_GIVEN = (Kind.INVALID, "A rollback must say why.")
    BLOCKED_DESTINATION = (Kind.DENIED, "The dial plan never calls this destination.")
    UNKNOWN_EXTENSION = (Kind.NOT_FOUND, "Nobody has this extension.")
    NO_TRUNK = (Kind.CONFLICT, "No trunk in use leads there.")
    INBOUND_ONLY = (Kind.INVALID, "The caller ID is a number that never originates.")
    TAKEN = (Kind.CONFLICT, "The name is taken.")
    IN_USE = (Kind.CONFLICT, "A scheme still asks it.")


class Outcome(StrEnum):
    """Why a step ended. The interaction now waits …"""

    AWAITS_INPUT = "awaits_input"
    AWAITS_HTTP = "awaits_http"
    AWAITS_QUEUE = "awaits_queue"
    AWAITS_DIGITS = "awaits_digits"
    AWAITS_RING = "awaits_ring"
    AWAITS_VOICEMAIL = "awaits_voicemail"
    AWAITS_FAX = "awaits_fax"
    IN_CONFERENCE = "in_conference"  # … for the end of it
    ACCEPTED = "accepted"  # … for nothing: an agent has it
    # … or it has ended …
    CLOSED = "closed"
    ANSWERED = "answered"  # somebody was rung, talked, and hung up
    ABANDONED = "abandoned"
    BLOCKED_CALLER = "blocked_caller"  # on a black list
    UNLISTED_CALLER = "unlisted_caller"  # not on the white list
    NO_WAY_ON = "no_way_on"  # the scheme does not say what happens next
    UNKNOWN_NODE = "unknown_node"
    STEP_LIMIT = "step_limit"  # too many nodes between two waits
    LIFETIME_LIMIT = "lifetime_limit"  # too many nodes in the whole interaction
    # … or the event changed nothing: it came twice, late, or for somebody else.
    NOT_AWAITED = "not_awaited"
    STALE = "stale"
    ALREADY_ENDED = "already_ended"


class Refused(DomainError):
    """A request that changed nothing; `reason` is for programs, `message` for people, `facts` for both."""

    def __init__(self, reason: errors.Reason, message: str, **facts: Any) -> None:
        super().__init__(reason, message, retry=None, **facts)
