"""Telegram, in: what a raw update means. Bot API: https://core.telegram.org/bots/api#update

Understood in private chats: text, captions, photos (the largest), documents, voice, audio, video, stickers as text,
locations and contacts as text, albums (`group_id`; never held back to wait for their other parts), edits, buttons.
Client ids: "tg:<message id>" and "cb:<query id>"; together with the chat they are unique per bot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from antiphon.channels.contract import (
    ChannelView,
    Edited,
    Heard,
    Ignored,
    RemoteFile,
    Said,
    Sender,
)

if TYPE_CHECKING:
    from antiphon.channels.telegram.bots import Bots

MAX_DOWNLOAD = 20 * 1024 * 1024
_FILES = {
    "document": "document", "voice": "voice.ogg", "audio": "audio.mp3", "video": "video.mp4",
    "video_note": "video.mp4", "animation": "animation.mp4",
}  # fmt: skip
CHOICE = "m:"
"""How the data of our own buttons begins."""


class TelegramIncoming:
    def __init__(self, bots: Bots) -> None:
        self._bots = bots

    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        update = json.loads(raw)
        if "message" in update:
            return _said(update["message"], channel)
        if "edited_message" in update:
            return _edited(update["edited_message"], channel)
        if "callback_query" in update:
            return _chosen(update["callback_query"], channel)
        kinds = ", ".join(sorted(set(update) - {"update_id"}))
        return Ignored(f"an update of kind {kinds or 'nothing'}")

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        return sender

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        """Raises FileTooLarge over 20 MB, which is Telegram's limit, and SendLater."""
        return await self._bots.download(channel, file, MAX_DOWNLOAD)

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Takes the waiting mark off a pressed button."""
        query = json.loads(raw).get("callback_query")
        if query:
            await self._bots.answer_button(channel, str(query["id"]))


def lane_of(update: Mapping[str, Any]) -> str:
    """The chat that an update belongs to: what must stay in order."""
    for kind in ("message", "edited_message"):
        if kind in update:
            return str(update[kind]["chat"]["id"])
    query = update.get("callback_query") or {}
    chat = (query.get("message") or {}).get("chat") or query.get("from") or {}
    return str(chat.get("id", "other"))


def text_of(message: Mapping[str, Any]) -> str:
    """What a person would read: text, caption, or the words for what is neither."""
    text = message.get("text") or message.get("caption") or ""
    if text:
        return str(text)
    if "location" in message:
        place = message["location"]
        title = (message.get("venue") or {}).get("title", "")
        return f"{title} https://maps.google.com/?q={place['latitude']},{place['longitude']}".strip()
    if "contact" in message:
        contact = message["contact"]
        name = " ".join(filter(None, (contact.get("first_name"), contact.get("last_name"))))
        return f"{name} {contact['phone_number']}".strip()
    return str((message.get("sticker") or message.get("dice") or {}).get("emoji", ""))


def files_of(message: Mapping[str, Any]) -> tuple[RemoteFile, ...]:
    if message.get("photo"):
        largest = max(message["photo"], key=lambda size: size.get("width", 0) * size.get("height", 0))
        return (RemoteFile(largest["file_id"], "photo.jpg", largest.get("file_size", 0), "image/jpeg"),)
    for kind, name in _FILES.items():
        if kind in message:
            file = message[kind]
            given = file.get("file_name") or name
            return (RemoteFile(file["file_id"], given, file.get("file_size", 0), file.get("mime_type", "")),)
    return ()


def _said(message: Mapping[str, Any], channel: ChannelView) -> Heard:
    who = message.get("from")
    if message["chat"]["type"] != "private" or not who or who.get("is_bot"):
        return Ignored("not a private chat with a person")
    text, files = text_of(message), files_of(message)
    if not text and not files:
        return Ignored("a message without text or file")
    facts = {}
    command, _, payload = text.partition(" ")
    if command == "/start" and payload:
        facts["start"] = payload[:64]
    reply = message.get("reply_to_message")
    return Said(
        sender=_sender(who, message["chat"], channel),
        client_id=f"tg:{message['message_id']}",
        at=_at(message["date"]),
        text=text,
        files=files,
        group_id=str(message.get("media_group_id", "")),
        reply_to=f"tg:{reply['message_id']}" if reply else "",
        facts=facts,
    )


def _edited(message: Mapping[str, Any], channel: ChannelView) -> Heard:
    who = message.get("from")
    if message["chat"]["type"] != "private" or not who:
        return Ignored("not a private chat with a person")
    return Edited(
        sender=_sender(who, message["chat"], channel),
        client_id=f"tg:{message['message_id']}",
        at=_at(message.get("edit_date") or message["date"]),
        text=text_of(message),
    )


def _chosen(query: Mapping[str, Any], channel: ChannelView) -> Heard:
    message, data = query.get("message"), str(query.get("data", ""))
    if not message or message["chat"]["type"] != "private" or not data.startswith(CHOICE):
        return Ignored("a button that is not ours")
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    labels = [button["text"] for row in rows for button in row if button.get("callback_data") == data]
    key = data.removeprefix(CHOICE)
    return Said(
        sender=_sender(query["from"], message["chat"], channel),
        client_id=f"cb:{query['id']}",
        at=_at(message["date"]),
        text=labels[0] if labels else key,
        choice=key,
    )


def _sender(who: Mapping[str, Any], chat: Mapping[str, Any], channel: ChannelView) -> Sender:
    name = " ".join(filter(None, (who.get("first_name"), who.get("last_name")))) or who.get("username", "")
    bot_id = channel.secrets.get("token", "").partition(":")[0]
    return Sender(
        identity=str(who["id"]),
        peer=str(chat["id"]),
        namespace=bot_id,
        name=str(name)[:200],
        language=str(who.get("language_code", ""))[:10],
        verified=True,
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
