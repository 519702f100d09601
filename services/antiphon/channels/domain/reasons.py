"""Why channels refuses something. The names are those of the comments in channels.proto."""

from __future__ import annotations

from antiphon.kit.errors import Kind
from antiphon.kit.errors import Reason as Base


class Reason(Base):
    """Reasons of this service."""

    UNKNOWN_CHANNEL = (Kind.NOT_FOUND, "There is no such channel.")
    UNKNOWN_CONVERSATION = (Kind.NOT_FOUND, "There is no such conversation, or the caller may not see it.")
    PRIVATE_HOST = (Kind.INVALID, "The host is inside the network of this installation.")
    UNKNOWN_ATTACHMENT = (Kind.NOT_FOUND, "There is no such file, or it was never used and is deleted.")
    TAKEN = (Kind.CONFLICT, "A colleague has it already, or the bot is connected to another channel.")
    CLOSED = (Kind.CONFLICT, "The conversation is closed; take it to write again.")
    TOO_LONG = (Kind.INVALID, "The text is longer than 4000 characters.")
    EMPTY = (Kind.INVALID, "There is neither text nor a file.")
    MOVED_ON = (Kind.CONFLICT, "Somebody wrote meanwhile; look and send again.")
    WINDOW_CLOSED = (Kind.CONFLICT, "The customer wrote too long ago: this channel lets us write again when they do.")
    UNREACHABLE = (Kind.CONFLICT, "Nobody reads answers here: it came by a form. Call, or write in another channel.")
    CANNOT_WRITE_FIRST = (Kind.CONFLICT, "In this channel only customers begin a conversation.")
    BLOCKED = (Kind.CONFLICT, "The customer is blocked.")
    SUSPENDED = (Kind.DENIED, "The account is suspended: messages of a channel that costs money leave when it is paid.")
    UNKNOWN_MACRO = (Kind.NOT_FOUND, "There is no such macro, or it is not the caller's to run.")
    UNKNOWN_TEMPLATE = (Kind.NOT_FOUND, "The provider has no such template, or it does not fit what is given.")
    PROVIDER = (Kind.UNAVAILABLE, "The provider does not answer as it should.")
    GONE = (Kind.CONFLICT, "It was sent or cancelled already.")
    SNOOZED = (Kind.CONFLICT, "The conversation is put aside: wake it first.")
    NOT_YOURS = (Kind.DENIED, "Only the agent who has the conversation or a supervisor may do this.")
    NO_ROOM = (Kind.CONFLICT, "The agent has no room for another conversation.")
    NO_QUEUE = (Kind.CONFLICT, "The conversation belongs to no queue, and neither does the caller.")
    TOO_LARGE = (Kind.INVALID, "The file is larger than allowed.")
    TYPE_REFUSED = (Kind.INVALID, "Files of this type are not taken: they can run code, or are not recognised.")
    INFECTED = (Kind.INVALID, "The virus scanner found something in this file; it was not kept.")
    TOO_FAST = (Kind.EXHAUSTED, "Too many messages in a short time; wait a little.")
    UNKNOWN_TOKEN = (Kind.UNAUTHENTICATED, "The visitor's token is not known for this channel.")
    ORIGIN_REFUSED = (Kind.DENIED, "The channel does not list this site among its origins.")
    IDENTITY_REFUSED = (Kind.DENIED, "The signature of the visitor's identity is not right.")
    PRO_REQUIRED = (Kind.DENIED, "This belongs to the plan PRO: order the service lead_catcher_pro first.")
    MALFORMED = (Kind.INVALID, "The frame is not what the protocol says.")
