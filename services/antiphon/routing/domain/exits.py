"""Where one can leave a node: the edges of the graph, named the same on every screen and in every check.

`need` says how bad a missing transition is. `pace` says what makes an interaction take it, and therefore
which loops are dangerous: a loop of INSTANT exits never ends, a loop without a PERSON exit never ends for a
silent customer.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import assert_never

from antiphon.routing.domain.nodes import (
    CallerList,
    Close,
    Condition,
    Enqueue,
    Goto,
    Hours,
    Http,
    Menu,
    Node,
    Say,
    SetVariables,
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
        case _:
            assert_never(node)


def _of_menu(menu: Menu) -> tuple[Exit, ...]:
    options = (Exit(Way.OPTION, option.next, option.key, pace=Pace.PERSON) for option in menu.options)
    no_input = Exit(Way.NO_INPUT, menu.on_no_input, str(menu.timeout_s), pace=Pace.TIMED)
    no_match = Exit(Way.NO_MATCH, menu.on_no_match, need=Need.OPTIONAL, pace=Pace.PERSON)
    return (*options, no_input, no_match)
