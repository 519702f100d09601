"""Why media refuses something."""

from __future__ import annotations

from antiphon.kit.errors import Kind
from antiphon.kit.errors import Reason as BaseReason


class Reason(BaseReason):
    """Reasons of the media service."""

    UNKNOWN_CALL = (Kind.NOT_FOUND, "There is no such call, or it is over.")
    NOT_YOURS = (Kind.DENIED, "Somebody else has this call.")
    ILLEGAL = (Kind.CONFLICT, "The call is not in a state in which this can be done.")
    NO_PHONE = (Kind.CONFLICT, "None of your phones is registered or answers.")
    NO_TRUNK = (Kind.UNAVAILABLE, "No line to an operator takes this call.")
    BUSY = (Kind.CONFLICT, "The line is busy.")
    NO_VOICE = (Kind.UNAVAILABLE, "This installation runs without voice.")
    UNKNOWN_RECORDING = (Kind.NOT_FOUND, "There is no such recording.")
    BAD_DOCUMENT = (Kind.INVALID, "The document cannot be sent as a fax.")
    NO_FAX = (Kind.UNAVAILABLE, "This installation has no fax machine.")
    UNKNOWN_ENGINE = (Kind.NOT_FOUND, "There is no such media engine.")
    LAST_ENGINE = (Kind.CONFLICT, "No other media engine would take calls.")
    UNKNOWN_VOICEMAIL = (Kind.NOT_FOUND, "There is no such message.")
    ROOM_FULL = (Kind.CONFLICT, "The meeting has as many people as it may.")
    NO_ROOM = (Kind.UNAVAILABLE, "The meeting cannot be reached now.")
