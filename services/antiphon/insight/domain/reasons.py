"""Why a question is refused."""

from __future__ import annotations

from antiphon.kit import errors
from antiphon.kit.errors import DomainError, Kind


class Reason(errors.Reason):
    """Typed, so that a page can react and translate."""

    INVALID = (Kind.INVALID, "A value makes no sense.")
    TOO_MANY_ROWS = (Kind.INVALID, "There would be too many rows: take a longer step or a shorter span.")
    OWN_WORK = (Kind.DENIED, "Nobody evaluates himself.")
    NOT_YOUR_EVALUATION = (Kind.DENIED, "Only its evaluator changes an evaluation, and only its agent acknowledges it.")
    ARCHIVED = (Kind.CONFLICT, "The scorecard is archived: take another.")
    ACKNOWLEDGED = (Kind.CONFLICT, "The agent has read it: it stays as it is.")


def refuse(field: str, message: str) -> DomainError:
    """The usual refusal of a value, naming the field."""
    return DomainError(Reason.INVALID, f"{field}: {message}", field=field)
