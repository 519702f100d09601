"""The kinds of deadline: all belong to an item, but REST, which belongs to an agent."""

from enum import IntEnum


class Timer(IntEnum):
    """What can be due, at most one of each per item or agent; the value orders what is due at the same moment."""

    WRAP_UP = 0  # after-contact work ends by itself
    RING = 1  # an offer was not answered
    LEASE = 2  # a conversation nobody vouches for any more
    STEP = 3  # the routing plan moves on
    LEVEL = 4  # the next tier of agents opens
    PASS = 5  # an agent who declined may be asked again
    MORE = 7  # an item that rings may ring one more agent
    LIMIT = 8  # the longest wait the queue allows is over
    CALL = 9  # a scheduled callback is due
    REST = 6  # an agent whose line was busy, or who rejected or missed an offer, may be asked again
