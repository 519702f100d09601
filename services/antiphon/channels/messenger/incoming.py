"""Messenger, in: messages, buttons, edits, and how far ours came. One entry of "messaging" is kept as it came.
https://developers.facebook.com/docs/messenger-platform/reference/webhook-events"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from antiphon.channels.contract import (
    ChannelView,
    Edited,
    FileTooLarge,
    Heard,
    Ignored,
    OutcomeUnknown,
    RemoteFile,
    Reported,
    Said,
    Sender,
    SendLater,
    SendRefused,
)
from antiphon.channels.domain.message import Delivery
from antiphon.channels.meta.graph import Graph
from antiphon.channels.meta.hooks import MetaHooks
from antiphon.kit import logs

MAX_FILE = 25 * 1024 * 1024
CHOICE = "m:"
"""How the payload of our own buttons begins."""
_FILES = {
    "image": ("photo.jpg", "image/jpeg"), "video": ("video.mp4", "video/mp4"), "audio": ("audio.mp4", "audio/mp4"),
    "file": ("document", ""),
}  # fmt: skip
log = logs.get("channels")


class MessengerHooks(MetaHooks):
    def parts(self, channel: ChannelView, body: Mapping[str, Any]) -> Iterator[tuple[str, str, int, Mapping[str, Any]]]:
        if body["object"] != "page":
            raise ValueError("not about a Page")
        for entry in body["entry"]:
            if str(entry["id"]) != channel.settings.get("page_id"):
                continue  # another Page of the same app
            for event in entry.get("messaging") or ():  # `standby` is what another app answers
                yield _key(event), _lane(event), int(event.get("timestamp") or entry["time"]), event


class MessengerIncoming:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        event = json.loads(raw)
        if "message" in event:
            return _said(channel, event)
        if "postback" in event:
            return _pressed(channel, event)
        if "message_edit" in event:
            edit = event["message_edit"]
            return Edited(_sender(channel, event), str(edit["mid"]), _at(event["timestamp"]), str(edit["text"]))
        if "delivery" in event:
            ids = tuple(str(mid) for mid in event["delivery"].get("mids") or ())
            return Reported(Delivery.DELIVERED, _at(event["delivery"]["watermark"]), ids, str(event["sender"]["id"]))
        if "read" in event:
            return Reported(Delivery.READ, _at(event["read"]["watermark"]), peer=str(event["sender"]["id"]))
        return Ignored(f"an event of kind {', '.join(sorted(set(event) - {'sender', 'recipient', 'timestamp'}))}")

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        """With the name of the profile, where the token may see it."""
        try:
            found = await self._graph.ask(channel, "GET", sender.identity, params={"fields": "first_name,last_name"})
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("a name could not be asked for", channel_id=channel.id, why=str(error))
            return sender
        name = f"{found.get('first_name', '')} {found.get('last_name', '')}".strip()
        return replace(sender, name=name[:200])

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        """Files lie at open addresses of Meta's; nothing of ours goes there."""
        if not file.id.startswith("https://") and not file.id.startswith(self._graph.base_url):
            raise FileTooLarge
        return await self._graph.download(file.id, MAX_FILE)

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Shows the customer that the message was seen."""
        event = json.loads(raw)
        if "message" not in event or event["message"].get("is_echo"):
            return
        seen = {"recipient": {"id": event["sender"]["id"]}, "sender_action": "mark_seen"}
        try:
            await self._graph.ask(channel, "POST", f"{channel.settings['page_id']}/messages", json=seen)
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("a message could not be marked as seen", channel_id=channel.id, why=str(error))


def _said(channel: ChannelView, event: Mapping[str, Any]) -> Heard:
    message = event["message"]
    if message.get("is_echo"):
        return Ignored("our own message, or one written in the Page's inbox")
    if message.get("is_deleted"):
        return Ignored("a message taken back before it was read")
    texts = [str(message.get("text") or "")]
    files = []
    for attachment in message.get("attachments") or ():
        kind, payload = attachment["type"], attachment.get("payload") or {}
        if kind in _FILES and payload.get("url"):
            name, media_type = _FILES[kind]
            files.append(RemoteFile(str(payload["url"]), name, 0, media_type))
        elif kind == "location":
            place = payload["coordinates"]
            texts.append(f"https://maps.google.com/?q={place['lat']},{place['long']}")
        else:
            texts.append(str(payload.get("url") or attachment.get("title") or f"[{kind}]"))
    text = "\n".join(filter(None, texts))
    if not text and not files:
        return Ignored("a message without text or file")
    chosen = str((message.get("quick_reply") or {}).get("payload", ""))
    return Said(
        sender=_sender(channel, event),
        client_id=str(message["mid"]),
        at=_at(event["timestamp"]),
        text=text,
        choice=chosen.removeprefix(CHOICE) if chosen.startswith(CHOICE) else "",
        files=tuple(files),
        reply_to=str((message.get("reply_to") or {}).get("mid", "")),
        facts=_facts(event),
    )


def _pressed(channel: ChannelView, event: Mapping[str, Any]) -> Heard:
    postback = event["postback"]
    payload = str(postback.get("payload", ""))
    return Said(
        sender=_sender(channel, event),
        client_id=str(postback.get("mid") or f"pb:{event['timestamp']}"),
        at=_at(event["timestamp"]),
        text=str(postback.get("title") or payload),
        choice=payload.removeprefix(CHOICE) if payload.startswith(CHOICE) else "",
        facts=_facts(event),
    )


def _facts(event: Mapping[str, Any]) -> dict[str, str]:
    referral = (event.get("postback") or {}).get("referral") or (event.get("message") or {}).get("referral") or {}
    return {"start": str(referral["ref"])[:64]} if referral.get("ref") else {}


def _sender(channel: ChannelView, event: Mapping[str, Any]) -> Sender:
    person = str(event["sender"]["id"])
    return Sender(identity=person, peer=person, namespace=str(channel.settings["page_id"]), verified=True)


def _key(event: Mapping[str, Any]) -> str:
    """What makes an event one event: its message, and what happened to it."""
    for kind in ("message", "postback", "message_edit", "reaction"):
        if mid := (event.get(kind) or {}).get("mid"):
            return f"{kind}:{mid}:{event.get('message_edit', {}).get('num_edit', '')}"
    kinds = "+".join(sorted(set(event) - {"sender", "recipient", "timestamp"}))
    mark = (event.get("delivery") or event.get("read") or {}).get("watermark", event.get("timestamp"))
    mids = ",".join((event.get("delivery") or {}).get("mids") or ())
    return f"{kinds}:{event['sender']['id']}:{mark}:{mids}"[:400]


def _lane(event: Mapping[str, Any]) -> str:
    person = event["sender"]["id"]
    return f"report:{person}" if "delivery" in event or "read" in event else str(person)


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
