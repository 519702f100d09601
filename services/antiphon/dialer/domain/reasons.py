"""Why the dialler says no."""

from antiphon.kit import errors
from antiphon.kit.errors import Kind


class Reason(errors.Reason):
    """Typed, so that the desk can react and translate."""

    TAKEN = (Kind.CONFLICT, "The name is taken.")
    ILLEGAL = (Kind.CONFLICT, "A campaign cannot go this way.")
    NOBODY = (Kind.NOT_FOUND, "No contact is there for now.")
    REFUSED = (Kind.CONFLICT, "The number may not be called now.")
    SKIPS_SPENT = (Kind.CONFLICT, "No more contacts may be skipped.")
    NO_CAPACITY = (Kind.CONFLICT, "The agent is in a call.")
    NOT_YOURS = (Kind.DENIED, "The call is another agent's.")
