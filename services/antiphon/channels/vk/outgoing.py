"""VK, out: texts up to 4096 characters, menus as keyboards, photos and documents by VK's upload servers.

Every message carries a number made from its own id (`random_id`): sent twice, VK shows it once. A broken connection is
therefore no riddle here: the message is simply sent again.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from antiphon.channels.contract import Capabilities, ChannelView, Load, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Attachment, Kind, Message
from antiphon.channels.domain.texts import split
from antiphon.channels.provider import object_of
from antiphon.channels.vk.api import Vk
from antiphon.kit import logs

CAPABILITIES = Capabilities(
    max_text=4096, max_caption=4096, media=True, edits=False, typing=True, buttons=True, reports_read=False,
    per_channel=20.0, per_chat=5.0, max_file_in=200 * 1024 * 1024, max_file_out=200 * 1024 * 1024,
)  # fmt: skip
_LABEL, _BUTTONS, _INLINE = 40, 10, 6
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/gif"})
log = logs.get("channels")


class VkOutgoing:
    capabilities = CAPABILITIES

    def __init__(self, vk: Vk) -> None:
        self._vk = vk

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        try:
            attachments = [
                await self._uploaded(channel, conversation.peer, attachment, await load(attachment))
                for attachment in message.attachments
            ]
            *texts, last = split(message.text, CAPABILITIES.max_text) if message.text else [""]
            sent = [
                await self._post(channel, conversation, _number(conversation, message, n), {"message": text})
                for n, text in enumerate(texts)
            ]
            fields = {"message": last, "attachment": ",".join(attachments)}
            if message.kind is Kind.MENU and message.options:
                fields["keyboard"] = _keyboard(message)
            number = _number(conversation, message, len(texts))
            sent.append(await self._post(channel, conversation, number, fields))
        except OutcomeUnknown as error:
            raise SendLater(str(error)) from error
        return Sent(",".join(sent))

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        try:
            await self._vk.ask(channel, "messages.setActivity", peer_id=conversation.peer, type="typing")
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("typing could not be shown", channel_id=channel.id, why=str(error))

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        group = channel.settings["group_id"]
        try:
            found = await self._vk.ask(channel, "groups.getById", group_id=group)
        except SendRefused as error:
            return False, str(error)
        except (SendLater, OutcomeUnknown) as error:
            return False, f"{error}. Check that this server may reach VK, then try again."
        groups = found.get("groups", []) if isinstance(found, dict) else found
        name = groups[0].get("name", "") if groups else ""
        if not channel.enabled:
            return False, f"The community {name} answers, but the channel is switched off."
        return True, f"The community {name} answers. Write to it: https://vk.me/club{group}"

    async def _post(
        self, channel: ChannelView, conversation: Conversation, number: int, fields: dict[str, str]
    ) -> str:  # fmt: skip
        given = {name: value for name, value in fields.items() if value}
        return str(await self._vk.ask(channel, "messages.send", peer_id=conversation.peer, random_id=number, **given))

    async def _uploaded(self, channel: ChannelView, peer: str, attachment: Attachment, data: bytes) -> str:
        if len(data) > CAPABILITIES.max_file_out:
            raise SendRefused("The file is larger than the 200 MB that VK takes.")
        if attachment.media_type in _PHOTOS:
            server = await self._vk.ask(channel, "photos.getMessagesUploadServer", peer_id=peer)
            given = await self._posted(server, "photo", attachment, data)
            photo = (await self._vk.ask(channel, "photos.saveMessagesPhoto", **given))[0]
            return f"photo{photo['owner_id']}_{photo['id']}"
        server = await self._vk.ask(channel, "docs.getMessagesUploadServer", peer_id=peer, type="doc")
        given = await self._posted(server, "file", attachment, data)
        saved = await self._vk.ask(channel, "docs.save", title=attachment.name, **given)
        return f"doc{saved['doc']['owner_id']}_{saved['doc']['id']}"

    async def _posted(self, server: dict[str, Any], field: str, attachment: Attachment, data: bytes) -> dict[str, Any]:
        files = {field: (attachment.name, data, attachment.media_type)}
        given = object_of(await self._vk.call("POST", str(server["upload_url"]), files=files))
        if not given or "error" in given:
            raise SendRefused(f"VK did not take the file {attachment.name}.")
        return given


def _number(conversation: Conversation, message: Message, part: int) -> int:
    """31 bits that are always the same for a part of a message."""
    digest = hashlib.sha256(f"{conversation.id}:{message.seq}:{part}".encode()).digest()
    return int.from_bytes(digest[:4]) & 0x7FFFFFFF


def _keyboard(message: Message) -> str:
    rows = [
        [{"action": {"type": "text", "label": (o.label or o.key)[:_LABEL], "payload": json.dumps({"m": o.key})}}]
        for o in message.options[:_BUTTONS]
    ]
    shape = {"inline": True} if len(rows) <= _INLINE else {"one_time": True}
    return json.dumps({**shape, "buttons": rows}, ensure_ascii=False)
