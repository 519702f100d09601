"""Where one can leave a node: the edges of the graph, named the same on every screen and in every check.

`need` says how bad a missing transition is. `pace` says what makes an interaction take it, and therefore
which loops are dangerous: a loop of INSTANT exits never ends, a loop without a PERSON exit never ends for a
silent customer.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import assert_never

from antiphon.routing.domain.nodes import (
    Callback,
    CallerList,
    CallNode,
    Close,
    Collect,
    Condition,
    Conference,
    Enqueue,
    Fax,
    Goto,
    Hours,
    Http,
    Menu,
    Node,
    Play,
    Record,
    Ring,
    Say,
    SetVariables,
    Voicemail,
)


class Way(StrEnum):
    NEXT = "next"
    OPTION = "option"
    NO_INPUT = "no_input"
    NO_MATCH = "no_match"
    WHEN = "when"
    OTHERWISE = "otherwise"
    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    LISTED = "listed"
    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    DECLINED = "declined"


class Need(Enum):
    REQUIRED = auto()
    ADVISED = auto()
    OPTIONAL = auto()


class Pace(Enum):
    INSTANT = auto()  # at once, or as fast as another system answers
    TIMED = auto()  # by waiting
    PERSON = auto()  # by an answer of the customer


@dataclass(frozen=True, slots=True)
class Exit:
    """`detail` tells exits of one way apart or explains them: a menu key, an expression, seconds."""

    way: Way
    to: Goto
    detail: str = ""
    need: Need = Need.REQUIRED
    pace: Pace = Pace.INSTANT


def exits(node: Node) -> tuple[Exit, ...]:
    """All ways out in the order an author reads them; empty for a node that ends the interaction."""
    match node:
        case Say() | SetVariables():
            return (Exit(Way.NEXT, node.next),)
        case Menu():
            return _of_menu(node)
        case Condition():
            branches = (Exit(Way.WHEN, branch.next, branch.when) for branch in node.branches)
            return (*branches, Exit(Way.OTHERWISE, node.otherwise))
        case Hours():
            holiday = Exit(Way.HOLIDAY, node.holiday, need=Need.OPTIONAL)
            return (Exit(Way.OPEN, node.open), Exit(Way.CLOSED, node.closed), holiday)
        case CallerList():
            return (Exit(Way.LISTED, node.listed), Exit(Way.OTHERWISE, node.otherwise))
        case Http():
            return (Exit(Way.OK, node.on_ok), Exit(Way.ERROR, node.on_error))
        case Enqueue():
            timeout = Exit(Way.TIMEOUT, node.on_timeout, str(node.max_wait_s), Need.ADVISED, Pace.TIMED)
            return (timeout, Exit(Way.CLOSED, node.on_closed, need=Need.OPTIONAL))
        case Close():
            return ()
        case Play() | Collect() | Ring() | Voicemail() | Fax() | Record() | Conference() | Callback():
            return _of_call(node)
        case _:
            assert_never(node)


def _of_call(node: CallNode) -> tuple[Exit, ...]:
    match node:
        case Play() | Record() | Voicemail() | Fax() | Callback():
            return (Exit(Way.NEXT, node.next),)
        case Collect():
            no_input = Exit(Way.NO_INPUT, node.on_no_input, str(node.timeout_s), pace=Pace.TIMED)
            return (Exit(Way.NEXT, node.next, pace=Pace.PERSON), no_input)
        case Ring():
            return _of_ring(node)
        case Conference():
            return (Exit(Way.ERROR, node.on_error, need=Need.ADVISED),)
        case _:
            assert_never(node)


def not_answered(ring: Ring) -> tuple[tuple[Way, Goto], ...]:
    """The exits of a ring that nobody answered, in the order in which one falls back to the next."""
    return (
        (Way.BUSY, ring.on_busy),
        (Way.NO_ANSWER, ring.on_no_answer),
        (Way.UNREACHABLE, ring.on_unreachable),
        (Way.DECLINED, ring.on_declined),
    )


def _of_ring(ring: Ring) -> tuple[Exit, ...]:
    """One of the four is enough. They count as instant: a busy line answers at once, and so does a loop of them."""
    chosen = any(to is not None for _, to in not_answered(ring))
    ways = (
        Exit(way, to, need=Need.REQUIRED if way is Way.NO_ANSWER and not chosen else Need.OPTIONAL)
        for way, to in not_answered(ring)
    )
    return (Exit(Way.ANSWERED, ring.on_answered, need=Need.OPTIONAL, pace=Pace.PERSON), *ways)


def _of_menu(menu: Menu) -> tuple[Exit, ...]:
    options = (Exit(Way.OPTION, option.next, option.key, pace=Pace.PERSON) for option in menu.options)
    no_input = Exit(Way.NO_INPUT, menu.on_no_input, str(menu.timeout_s), pace=Pace.TIMED)
    no_match = Exit(Way.NO_MATCH, menu.on_no_match, need=Need.OPTIONAL, pace=Pace.PERSON)
    return (*options, no_input, no_match)
