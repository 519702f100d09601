"""Why the media engine did not do what was asked."""

from __future__ import annotations

from antiphon.kit.errors import DomainError, Kind
from antiphon.kit.errors import Reason as BaseReason


class Reason(BaseReason):
    """Reasons of the media plane."""

    ENGINE_SILENT = (Kind.UNAVAILABLE, "The media engine does not answer; whether it did the work is unknown.")
    ENGINE_REFUSED = (Kind.INTERNAL, "The media engine refused the command.")
    CALL_UNKNOWN = (Kind.NOT_FOUND, "The media engine does not know this call; it was restarted or the call is over.")
    ENGINE_FULL = (Kind.EXHAUSTED, "The media engine takes no more calls now.")
    NO_ENGINE = (Kind.UNAVAILABLE, "No media engine is healthy and accepting calls.")
    LEG_UNKNOWN = (Kind.NOT_FOUND, "This conversation has no such leg.")
    TAG_USED = (Kind.CONFLICT, "This tag was used in the conversation before; the engine takes each only once.")
    NO_COMMON_CODEC = (Kind.INVALID, "The other side offers no codec that we speak.")
    BAD_SDP = (Kind.INVALID, "The session description cannot be read.")
    NOT_PLAYING = (Kind.CONFLICT, "Nothing is being played to this leg.")
    PROMPT_MISSING = (Kind.NOT_FOUND, "The sound to play is not there or cannot be read.")
    RECORDING_EMPTY = (Kind.NOT_FOUND, "There is no sound in the recording.")
    NOT_WRITTEN = (Kind.EXHAUSTED, "A sound file could not be written; the disk may be full.")
    SPEECH_MISSING = (Kind.UNAVAILABLE, "No text-to-speech program is installed.")
    SPEECH_FAILED = (Kind.INTERNAL, "The text-to-speech program failed.")
    LANGUAGE_UNKNOWN = (Kind.INVALID, "Nobody here speaks this language.")
    TEXT_TOO_LONG = (Kind.INVALID, "The text is too long to be said.")
    PROMPT_TOO_LARGE = (Kind.INVALID, "A sound given as bytes must fit one datagram; put it in a file.")


class NgError(DomainError):
    """A refusal of the media plane; `reason` says which, `facts` name the command and never a person."""
