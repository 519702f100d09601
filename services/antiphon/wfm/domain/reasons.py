"""Why a plan is refused. Nothing has changed when one of these is given."""

from __future__ import annotations

from antiphon.kit import errors
from antiphon.kit.errors import DomainError, Kind


class Reason(errors.Reason):
    """Typed, so that a page can react and translate."""

    INVALID = (Kind.INVALID, "A value makes no sense.")
    UNKNOWN_KIND = (Kind.INVALID, "There is no such kind of calculation.")
    IMPOSSIBLE_TARGET = (Kind.INVALID, "No number of agents reaches this target.")
    NEVER_SETTLES = (Kind.INVALID, "Everybody who is lost comes again: the load has no end.")
    NOT_READABLE = (Kind.INVALID, "The file cannot be read.")
    TOO_LITTLE_HISTORY = (Kind.INVALID, "There is not enough history to forecast from.")
    INFEASIBLE = (Kind.CONFLICT, "No schedule keeps all the rules.")
    TAKEN = (Kind.CONFLICT, "The name is taken.")
    NOT_READY = (Kind.CONFLICT, "It is not far enough for that.")
    BREAKS_RULES = (Kind.CONFLICT, "The schedule would break a rule.")
    NO_SHIFT = (Kind.CONFLICT, "There is no published shift on that day.")
    NOT_YOURS = (Kind.DENIED, "Somebody else is asked.")
    DECIDED = (Kind.CONFLICT, "It was decided already.")
    CANCELLED = (Kind.CONFLICT, "Solving was stopped before any plan was found.")


class Refusal(DomainError):
    """A typed no: `message` says it in words, `facts` names the field or the rules."""

    def __init__(self, reason: Reason, message: str = "", **facts: object) -> None:
        super().__init__(reason, message, retry=None, **facts)


def refuse(field: str, message: str) -> Refusal:
    """The usual refusal of a value, naming the field."""
    return Refusal(Reason.INVALID, f"{field}: {message}", field=field)
