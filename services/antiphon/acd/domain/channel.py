"""Channels are open strings; the ACD knows only four classes of them.

`telegram`, `webchat` and a messenger nobody has invented yet differ in how they are delivered, not in how they
occupy an agent. The class is also the urgency: at one instant voice is served before chat, chat before e-mail,
e-mail before tasks, because that is how long the customer is prepared to hold.
"""

from enum import IntEnum


class ChannelClass(IntEnum):
    """How a channel occupies an agent. The value is the urgency (smaller first) and the index into loads."""

    VOICE = 0
    CHAT = 1
    EMAIL = 2
    TASK = 3


CLASSES = tuple(ChannelClass)

_KNOWN = {
    "voice": ChannelClass.VOICE,
    "call": ChannelClass.VOICE,
    "phone": ChannelClass.VOICE,
    "callback": ChannelClass.VOICE,
    "video": ChannelClass.VOICE,
    "email": ChannelClass.EMAIL,
    "e-mail": ChannelClass.EMAIL,
    "fax": ChannelClass.EMAIL,
    "voicemail": ChannelClass.EMAIL,
    "task": ChannelClass.TASK,
    "ticket": ChannelClass.TASK,
}


def class_of(channel: str) -> ChannelClass:
    """The class of a channel. Unknown names are CHAT: what gets added is nearly always a messenger."""
    return _KNOWN.get(channel, ChannelClass.CHAT)
