"""Which conversation a customer's message belongs to. Where a channel has no threads, the customer's latest; in a
mailbox the one that the message names, answers, or has the subject of. A stranger who merely knows a subject finds
nothing: by subject only the same customer's conversations are looked through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antiphon.channels.contract import ChannelView, Said, Thread
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Direction

if TYPE_CHECKING:
    from antiphon.channels.store import ConversationStore

_LOOK_BACK = 20
KEPT = 10


async def latest(store: ConversationStore, channel: ChannelView, said: Said) -> Conversation | None:
    """The conversation to continue, if there is one."""
    if said.thread is None:
        for name in dict.fromkeys((said.sender.identity, said.sender.peer)):  # whom we wrote first is known by address
            if (live := await store.live(channel.id, name)) is not None:
                return live
        thread = await store.thread(channel.tenant, channel.id, said.sender.identity, 1)
        return thread[0] if thread else None
    found = await _named(store, channel, said.thread) or await _answered(store, channel, said, said.thread)
    return found or await _by_subject(store, channel, said, said.thread)


def noted(it: Conversation, said: Said) -> dict[str, object]:
    """What a conversation remembers of a message: of a mail its thread; of whom we knew by address only, who it is."""
    if said.thread is None:
        return {"identity": said.sender.identity} if it.identity == said.sender.peer else {}
    references = (*it.references, said.client_id)[-KEPT:]
    return {
        "thread": it.thread or said.thread.root, "subject": it.subject or said.thread.subject,
        "references": references, "automatic": said.thread.automatic,
    }  # fmt: skip


async def _named(store: ConversationStore, channel: ChannelView, thread: Thread) -> Conversation | None:
    for conversation_id in thread.conversations:
        it = await store.find(conversation_id)
        if it is not None and it.tenant == channel.tenant and it.channel_id == channel.id:
            return it
    return None


async def _answered(
    store: ConversationStore, channel: ChannelView, said: Said, thread: Thread
) -> Conversation | None:  # fmt: skip
    for reference in thread.references[:_LOOK_BACK]:
        for ext_id, direction in ((reference, Direction.OUT), (f"{said.sender.peer}:{reference}", Direction.IN)):
            known = await store.message_by_ext(channel.id, ext_id, direction)
            if known is not None:
                return await store.get(known[0], known[1].conversation_id)
    return None


async def _by_subject(
    store: ConversationStore, channel: ChannelView, said: Said, thread: Thread
) -> Conversation | None:  # fmt: skip
    """For mail programs that forget what they answer."""
    if not thread.is_reply or not thread.subject:
        return None
    own = await store.thread(channel.tenant, channel.id, said.sender.identity, _LOOK_BACK)
    return next((it for it in own if it.is_live and it.subject.casefold() == thread.subject.casefold()), None)
