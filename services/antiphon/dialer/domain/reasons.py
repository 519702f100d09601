"""Why the dialler says no."""

from antiphon.kit import errors
from antiphon.kit.errors import Kind


class Reason(errors.Reason):
    """Typed, so that the desk can react and translate."""

    TAKEN = (Kind.CONFLICT, "The name is taken.")
    ILLEGAL = (Kind.CONFLICT, "A campaign cannot go this way.")
    NOT_YOURS = (Kind.DENIED, "The call is another agent's.")
