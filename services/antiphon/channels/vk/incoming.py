"""VK, in: the Callback API. An event is kept as it came, without the secret in it; VK wants "ok", or the community's
code when it confirms the address. https://dev.vk.com/api/callback/getting-started"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from antiphon.channels.contract import (
    Call,
    ChannelView,
    Edited,
    FileTooLarge,
    Heard,
    Ignored,
    OutcomeUnknown,
    RawUpdate,
    RemoteFile,
    Said,
    Sender,
    SendLater,
    SendRefused,
)
from antiphon.channels.vk.api import Vk
from antiphon.kit import logs

MAX_FILE = 200 * 1024 * 1024
_GROUP_CHAT = 2_000_000_000
log = logs.get("channels")


class VkHooks:
    def welcome(self, channel: ChannelView, call: Call) -> str | None:
        return None

    def is_authentic(self, channel: ChannelView, call: Call, now: datetime) -> bool:
        """The secret stands in the body, as does the community; the trial call of a new address carries both too."""
        try:
            event = json.loads(call.body)
            given, group = str(event.get("secret", "")), str(event.get("group_id", ""))
        except (ValueError, AttributeError, RecursionError):
            return False
        secret = channel.secrets.get("secret", "")
        is_right = hmac.compare_digest(given.encode(), secret.encode())
        return bool(secret) and is_right and group == channel.settings.get("group_id")

    def updates(self, channel: ChannelView, call: Call) -> Sequence[RawUpdate]:
        event = json.loads(call.body)
        if event["type"] == "confirmation":
            return []
        event.pop("secret", None)
        message = _message(event)
        lane = str(message.get("peer_id") or message.get("from_id") or event["type"])
        order = int(message.get("conversation_message_id") or message.get("id") or message.get("date") or 0)
        raw = json.dumps(event, ensure_ascii=False).encode()
        return [RawUpdate(channel.tenant, channel.id, str(event["event_id"]), lane, order, raw)]

    def thanks(self, channel: ChannelView, call: Call) -> str:
        is_trial = json.loads(call.body).get("type") == "confirmation"
        return str(channel.settings.get("confirmation_code", "")) if is_trial else "ok"


class VkIncoming:
    def __init__(self, vk: Vk) -> None:
        self._vk = vk

    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        event = json.loads(raw)
        if event["type"] not in ("message_new", "message_edit"):
            return Ignored(f"an event {event['type']}")
        message = _message(event)
        if int(message["peer_id"]) >= _GROUP_CHAT or int(message["from_id"]) <= 0:
            return Ignored("not a private message of a person")
        sender = _sender(channel, message)
        client_id = f"vk:{message.get('conversation_message_id') or message['id']}"
        if event["type"] == "message_edit":
            at = datetime.fromtimestamp(int(message.get("update_time") or message["date"]), UTC)
            return Edited(sender, client_id, at, str(message.get("text") or ""))
        return _said(sender, client_id, message)

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        """With the name of the profile."""
        try:
            found = await self._vk.ask(channel, "users.get", user_ids=sender.identity)
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("a name could not be asked for", channel_id=channel.id, why=str(error))
            return sender
        person = found[0] if isinstance(found, list) and found else {}
        return replace(sender, name=f"{person.get('first_name', '')} {person.get('last_name', '')}".strip()[:200])

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        if file.size > MAX_FILE or not file.id.startswith(("https://", self._vk.base_url)):
            raise FileTooLarge
        return await self._vk.download(file.id, MAX_FILE)

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Marks the message as read."""
        message = _message(json.loads(raw))
        if "peer_id" not in message:
            return
        try:
            await self._vk.ask(channel, "messages.markAsRead", peer_id=message["peer_id"])
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("a message could not be marked as read", channel_id=channel.id, why=str(error))


def _said(sender: Sender, client_id: str, message: Mapping[str, Any]) -> Heard:
    texts = [str(message.get("text") or "")]
    files: list[RemoteFile] = []
    for attachment in message.get("attachments") or ():
        file, words = _attached(attachment["type"], attachment.get(attachment["type"]) or {})
        if file is not None:
            files.append(file)
        texts.append(words)
    if place := (message.get("geo") or {}).get("coordinates"):
        texts.append(f"https://maps.google.com/?q={place['latitude']},{place['longitude']}")
    text = "\n".join(filter(None, texts))
    if not text and not files:
        return Ignored("a message without text or file")
    reply = message.get("reply_message") or {}
    return Said(
        sender=sender,
        client_id=client_id,
        at=datetime.fromtimestamp(int(message["date"]), UTC),
        text=text,
        choice=_choice(message),
        files=tuple(files),
        reply_to=f"vk:{reply['conversation_message_id']}" if reply.get("conversation_message_id") else "",
        facts={"start": str(message["ref"])[:64]} if message.get("ref") else {},
    )


def _attached(kind: str, body: Mapping[str, Any]) -> tuple[RemoteFile | None, str]:
    """A file to fetch, or words for what is not one."""
    match kind:
        case "photo":
            sizes = [size for size in body.get("sizes", ()) if size.get("url")]
            largest = max(sizes, key=lambda size: size.get("width", 0) * size.get("height", 0), default=None)
            return (RemoteFile(largest["url"], "photo.jpg", 0, "image/jpeg"), "") if largest else (None, "[photo]")
        case "doc":
            return RemoteFile(str(body["url"]), str(body.get("title") or "document"), int(body.get("size") or 0)), ""
        case "audio_message":
            return RemoteFile(str(body["link_ogg"]), "voice.ogg", 0, "audio/ogg"), ""
        case "link":
            return None, str(body.get("url", ""))
        case "sticker":
            return None, "🙂"
        case "wall" | "video" | "market":
            return None, f"https://vk.com/{kind}{body.get('owner_id', '')}_{body.get('id', '')}"
        case _:
            return None, f"[{kind}]"


def _choice(message: Mapping[str, Any]) -> str:
    try:
        payload = json.loads(message.get("payload") or "{}")
    except ValueError:
        return ""
    return str(payload.get("m", "")) if isinstance(payload, dict) else ""


def _message(event: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (event.get("object") or {}).get("message") or event.get("object") or {}
    return found


def _sender(channel: ChannelView, message: Mapping[str, Any]) -> Sender:
    person = str(message["from_id"])
    return Sender(person, str(message["peer_id"]), str(channel.settings["group_id"]), verified=True)
