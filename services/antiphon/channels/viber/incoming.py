"""Viber, in: messages, and how far ours came. A callback is kept as it came; its token exceeds 2^53, which Python keeps
whole and which leaves this service only as a text."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from antiphon.channels.contract import (
    Call,
    ChannelView,
    FileTooLarge,
    Heard,
    Ignored,
    RawUpdate,
    RemoteFile,
    Reported,
    Said,
    Sender,
)
from antiphon.channels.domain.message import Delivery
from antiphon.channels.viber.api import Viber

MAX_FILE = 200 * 1024 * 1024
CHOICE = "m:"
_FILES = {"picture": ("photo.jpg", "image/jpeg"), "video": ("video.mp4", "video/mp4"), "file": ("document", "")}
_DELIVERY = {"delivered": Delivery.DELIVERED, "seen": Delivery.READ, "failed": Delivery.FAILED}


class ViberHooks:
    def welcome(self, channel: ChannelView, call: Call) -> str | None:
        return None

    def is_authentic(self, channel: ChannelView, call: Call, now: datetime) -> bool:
        token = channel.secrets.get("token", "")
        right = hmac.new(token.encode(), call.body, hashlib.sha256).hexdigest()
        given = call.headers.get("x-viber-content-signature", "") or call.query.get("sig", "")
        return bool(token) and hmac.compare_digest(right.encode(), given.strip().lower().encode())

    def updates(self, channel: ChannelView, call: Call) -> Sequence[RawUpdate]:
        event = json.loads(call.body)
        kind = str(event["event"])
        who = (event.get("sender") or event.get("user") or {}).get("id") or event.get("user_id") or "other"
        lane = f"report:{who}" if kind in _DELIVERY else str(who)
        dedup = f"{event.get('message_token', event['timestamp'])}:{kind}"
        return [RawUpdate(channel.tenant, channel.id, dedup, lane, int(event["timestamp"]), call.body)]

    def thanks(self, channel: ChannelView, call: Call) -> str:
        return ""


class ViberIncoming:
    def __init__(self, viber: Viber) -> None:
        self._viber = viber

    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        event = json.loads(raw)
        kind = event["event"]
        at = datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC)
        if kind in _DELIVERY:
            failure = (
                f"Viber could not deliver it: {event.get('desc') or 'no reason given'}" if kind == "failed" else ""
            )
            return Reported(_DELIVERY[kind], at, (str(event["message_token"]),), str(event["user_id"]), failure)
        if kind != "message":
            return Ignored(f"an event {kind}")
        return _said(channel, event, at)

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        return sender

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        if file.size > MAX_FILE or not file.id.startswith(("https://", self._viber.base_url)):
            raise FileTooLarge
        return await self._viber.download(file.id, MAX_FILE)

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Viber asks for nothing."""


def _said(channel: ChannelView, event: Mapping[str, Any], at: datetime) -> Heard:
    message, sender = event["message"], event["sender"]
    kind = message["type"]
    files: tuple[RemoteFile, ...] = ()
    text = str(message.get("text") or "")
    if kind in _FILES and message.get("media"):
        name, media_type = _FILES[kind]
        given = str(message.get("file_name") or name)
        files = (RemoteFile(str(message["media"]), given, int(message.get("size") or 0), media_type),)
    elif kind == "location":
        text = f"https://maps.google.com/?q={message['location']['lat']},{message['location']['lon']}"
    elif kind == "contact":
        text = f"{message['contact'].get('name', '')} {message['contact'].get('phone_number', '')}".strip()
    elif kind == "url":
        text = str(message.get("media") or text)
    elif kind == "sticker":
        text = text or "🙂"
    if not text and not files:
        return Ignored(f"a message of kind {kind} without text or file")
    choice = text.removeprefix(CHOICE) if text.startswith(CHOICE) else ""
    return Said(
        sender=Sender(
            identity=str(sender["id"]),
            peer=str(sender["id"]),
            namespace=channel.id,
            name=str(sender.get("name") or "")[:200],
            language=str(sender.get("language") or "")[:10],
            verified=True,
        ),
        client_id=str(event["message_token"]),
        at=at,
        text=choice or text,
        choice=choice,
        files=files,
        facts={"country": str(sender["country"])[:2]} if sender.get("country") else {},
    )
