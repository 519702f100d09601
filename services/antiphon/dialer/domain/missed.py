"""Which calls of customers were in vain and are called back (clause B11), and the words that ask for no more calls."""

from __future__ import annotations

_IN_VAIN = frozenset({"abandoned", "no_answer", "busy", "failed", "lost"})
_SERVED = frozenset({"answered", "callback"})


def was_missed(outcome: str) -> bool:
    """Somebody wanted to talk and could not. A voicemail is no missed call: its box calls back."""
    return outcome in _IN_VAIN


def settles(outcome: str) -> bool:
    """He was talked to, or promised to be called back by the queue: nobody has to call him any more."""
    return outcome in _SERVED


_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "стоп", "отписаться", "відписатися",
                   "відписатись"})  # fmt: skip


def stops(text: str) -> bool:
    """The whole message is a word that asks for no more. "Stop by tomorrow" is not."""
    return text.strip().strip(".! \"'").casefold() in _STOP
