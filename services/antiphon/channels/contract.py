"""The contract between the service and a channel: what an adapter must be able to do, and the words they share.

Incoming: the provider's update is stored raw; `read` says later what it means. Outgoing: `send` carries one message and
returns what the provider says, or raises one of three failures, which differ in what may be done next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from antiphon.channels.domain.approved import Approved
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.leads import Lead
from antiphon.channels.domain.message import NOTHING, Attachment, Delivery, Message, Usage


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, as data."""

    max_text: int
    max_caption: int
    media: bool
    edits: bool
    typing: bool
    buttons: bool
    reports_read: bool
    per_channel: float = 0.0
    """Messages a second over all chats; 0 is no limit."""
    per_chat: float = 0.0
    max_file_in: int = 0
    max_file_out: int = 0
    goes_out: bool = True
    """False when delivery is by the live socket and not by a call to a provider."""
    paid: bool = False
    """Each message costs money: none leaves while the company's account is suspended."""


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel with its secrets opened, as adapters see it."""

    id: str
    tenant: str
    kind: str
    rev: int
    name: str
    project_id: str
    enabled: bool
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    public_key: str = ""
    former: Mapping[str, str] = field(default_factory=dict)
    """Secrets that were replaced lately: what proves itself by one of them is believed too."""
    inside: bool = False
    """Whether its hosts may be inside our own network (`reach.py`)."""


@dataclass(frozen=True, slots=True)
class RawUpdate:
    """A provider's update as it came. `lane` is what must stay in order (a chat, a visitor), `order` its order."""

    tenant: str
    channel_id: str
    dedup: str
    lane: str
    order: int
    raw: bytes
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as the provider knows them."""

    identity: str
    peer: str
    namespace: str
    name: str = ""
    language: str = ""
    verified: bool = False
    phone: str = ""
    """The number that they want to be called at, E.164: whose card it is."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that still lies at the provider."""

    id: str
    name: str
    size: int = 0
    media_type: str = ""
    data: bytes | None = None
    """Its bytes, where they came with the message."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a message belongs in a channel in which a customer may have several conversations at once."""

    root: str
    """Names a new conversation."""
    subject: str = ""
    conversations: tuple[str, ...] = ()
    """Conversations of ours that it names and proves to know."""
    references: tuple[str, ...] = ()
    """Messages that it answers, the nearest first, by the provider's ids."""
    is_reply: bool = False
    automatic: str = ""
    """Why no automatic answer may go back; empty when it may."""


@dataclass(frozen=True, slots=True)
class Said:
    sender: Sender
    client_id: str
    at: datetime
    text: str = ""
    choice: str = ""
    files: tuple[RemoteFile, ...] = ()
    attachment_ids: tuple[str, ...] = ()
    group_id: str = ""
    reply_to: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    lead: Lead | None = None
    """It came by the lead catcher."""
    thread: Thread | None = None
    """None where a customer has one conversation at a time."""


@dataclass(frozen=True, slots=True)
class Edited:
    sender: Sender
    client_id: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """The customer took a message back."""

    sender: Sender
    client_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """How far our messages came: those with the provider's `ext_ids`, or, where it names an instant instead, all that
    went to `peer` until then."""

    delivery: Delivery
    at: datetime
    ext_ids: tuple[str, ...] = ()
    peer: str = ""
    failure: str = ""
    other_ids: tuple[str, ...] = ()
    """The same message as its provider may have named it when it took it, in order of likelihood."""


@dataclass(frozen=True, slots=True)
class Ignored:
    why: str


Heard: TypeAlias = Said | Edited | Deleted | Reported | Ignored
Load: TypeAlias = Callable[[Attachment], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took a message."""

    ids: str
    """What it calls it; several ids are separated by commas when a text had to be split."""
    usage: Usage | None = None
    """What it counts, where that costs money."""


class SendRefused(Exception):
    """The provider will not take it, now or later. The text tells a person what to do."""


class SendLater(Exception):
    """It was not taken; try again, after `retry_after` seconds when the provider named a time."""

    def __init__(self, why: str, retry_after: float | None = None, whole_channel: bool = False) -> None:
        self.retry_after = retry_after
        self.whole_channel = whole_channel
        super().__init__(why)


class OutcomeUnknown(Exception):
    """It may have arrived. Sending again could show it twice."""


class FileTooLarge(Exception):
    """The provider does not hand out a file of this size."""


class Incoming(Protocol):
    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        """What a stored update means. Pure; raises ValueError for what cannot be read."""
        ...

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        """The sender with what the provider knows of them beside; asked once, when a conversation begins. Best
        effort."""
        ...

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        """The bytes of a file. Raises FileTooLarge, SendLater."""
        ...

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Called after an update was processed: whatever the provider wants to hear. Best effort."""
        ...


class Outgoing(Protocol):
    @property
    def capabilities(self) -> Capabilities: ...

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        """Carries a message. Raises SendRefused, SendLater, OutcomeUnknown."""
        ...

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        """Shows that somebody types. Best effort."""
        ...

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        """Whether the channel works, and what the provider says, for people."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A provider's request: what it says of itself, and the body as it came, byte by byte."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = b""


class Hooks(Protocol):
    """For a kind whose provider calls us at /hooks/{channel}. Nothing here waits or stores."""

    def welcome(self, channel: ChannelView, call: Call) -> str | None:
        """The answer to the trial call (GET) with which some providers begin; None refuses it."""
        ...

    def is_authentic(self, channel: ChannelView, call: Call, now: datetime) -> bool:
        """Whether the provider sent these very bytes. Compares in constant time."""
        ...

    def updates(self, channel: ChannelView, call: Call) -> Sequence[RawUpdate]:
        """What is in it, to be stored before the provider gets its "yes". Raises ValueError, KeyError, TypeError."""
        ...

    def thanks(self, channel: ChannelView, call: Call) -> str:
        """What the 200 says."""
        ...


class Templates(Protocol):
    """For a kind whose provider approves texts with which we may begin."""

    async def all_of(self, channel: ChannelView) -> Sequence[Approved]:
        """The approved ones. Raises SendRefused, SendLater, OutcomeUnknown."""
        ...


@dataclass(frozen=True, slots=True)
class Adapter:
    incoming: Incoming
    outgoing: Outgoing
    hooks: Hooks | None = None
    templates: Templates | None = None


Adapters: TypeAlias = Mapping[str, Adapter]
