"""Messenger, out: texts up to 2000 characters, menus as quick replies (up to thirteen), files, the typing mark.

After 24 hours a person may still answer for seven days where the Page has Meta's permission for it (setting
`human_agent`). https://developers.facebook.com/docs/messenger-platform/send-messages
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from antiphon.channels.contract import Capabilities, ChannelView, Load, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Kind, Message
from antiphon.channels.domain.texts import split
from antiphon.channels.messenger.incoming import CHOICE
from antiphon.channels.meta.graph import Graph
from antiphon.kit import logs

CAPABILITIES = Capabilities(
    max_text=2000, max_caption=0, media=True, edits=False, typing=True, buttons=True, reports_read=True,
    per_channel=40.0, per_chat=2.0, max_file_in=25 * 1024 * 1024, max_file_out=25 * 1024 * 1024,
)  # fmt: skip
_TITLE, _REPLIES = 20, 13
log = logs.get("channels")


class MessengerOutgoing:
    capabilities = CAPABILITIES

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        sent: list[str] = []
        try:
            async for request in _requests(channel, conversation.peer, message, load):
                answer = await self._graph.ask(channel, "POST", f"{channel.settings['page_id']}/messages", **request)
                if "message_id" not in answer:
                    raise OutcomeUnknown("Messenger's answer could not be read")
                sent.append(str(answer["message_id"]))
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            if not sent:
                raise
            raise SendRefused(f"Only the first {len(sent)} parts arrived ({error}); send the rest again.") from error
        return Sent(",".join(sent))

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        body = {"recipient": {"id": conversation.peer}, "sender_action": "typing_on"}
        try:
            await self._graph.ask(channel, "POST", f"{channel.settings['page_id']}/messages", json=body)
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("typing could not be shown", channel_id=channel.id, why=str(error))

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        try:
            found = await self._graph.ask(channel, "GET", channel.settings["page_id"], params={"fields": "name"})
        except SendRefused as error:
            return False, str(error)
        except (SendLater, OutcomeUnknown) as error:
            return False, f"{error}. Check that this server may reach Meta, then try again."
        if not channel.enabled:
            return False, f"The Page {found.get('name', '')} answers, but the channel is switched off."
        return (
            True,
            f"The Page {found.get('name', '')} answers. Write to it: https://m.me/{channel.settings['page_id']}",
        )


async def _requests(
    channel: ChannelView, peer: str, message: Message, load: Load
) -> AsyncIterator[dict[str, Any]]:  # fmt: skip
    """The requests that make up a message, in order."""
    envelope = _envelope(channel, peer, message)
    texts = split(message.text, CAPABILITIES.max_text) if message.text else []
    if message.kind is Kind.MENU:
        *texts, last = texts or ["…"]
        menu: dict[str, Any] = {"text": last}
        if message.options:
            menu["quick_replies"] = [
                {"content_type": "text", "title": (o.label or o.key)[:_TITLE], "payload": CHOICE + o.key}
                for o in message.options[:_REPLIES]
            ]
    for text in texts:
        yield {"json": {**envelope, "message": {"text": text}}}
    if message.kind is Kind.MENU:
        yield {"json": {**envelope, "message": menu}}
    for attachment in message.attachments:
        data = await load(attachment)
        if len(data) > CAPABILITIES.max_file_out:
            raise SendRefused("The file is larger than the 25 MB that Messenger takes.")
        sort = attachment.media_type.partition("/")[0]
        kind = sort if sort in ("image", "audio", "video") else "file"
        body = {**envelope, "message": {"attachment": {"type": kind, "payload": {"is_reusable": False}}}}
        yield {
            "data": {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()},
            "files": {"filedata": (attachment.name, data, attachment.media_type)},
        }


def _envelope(channel: ChannelView, peer: str, message: Message) -> dict[str, Any]:
    if channel.settings.get("human_agent") == "yes" and message.author.startswith("person:"):
        return {"recipient": {"id": peer}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return {"recipient": {"id": peer}, "messaging_type": "RESPONSE"}
