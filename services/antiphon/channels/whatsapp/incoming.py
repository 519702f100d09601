"""WhatsApp, in: messages, and how far ours came. A part of a call is kept as {"contact", "message"} or {"status"}.

The phone is never the identity: since 2026 people may hide it behind a user name, and only `user_id` (unique per
business) is always there. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from antiphon.channels.contract import (
    ChannelView,
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
from antiphon.channels.meta.graph import Graph, words
from antiphon.channels.meta.hooks import MetaHooks
from antiphon.kit import logs

MAX_FILE = 100 * 1024 * 1024
_FILES = {
    "image": "photo.jpg", "video": "video.mp4", "audio": "audio.ogg", "document": "document", "sticker": "sticker.webp",
}  # fmt: skip
_DELIVERY = {
    "sent": Delivery.SENT, "delivered": Delivery.DELIVERED, "read": Delivery.READ, "played": Delivery.READ,
    "failed": Delivery.FAILED,
}  # fmt: skip
log = logs.get("channels")


class WhatsappHooks(MetaHooks):
    def parts(self, channel: ChannelView, body: Mapping[str, Any]) -> Iterator[tuple[str, str, int, Mapping[str, Any]]]:
        for value in _values(channel, body):
            contacts = value.get("contacts") or [{}]
            for message in value.get("messages") or ():
                contact = next((one for one in contacts if _is_of(one, message)), contacts[0])
                part = {"contact": contact, "message": message}
                yield message["id"], identity_of(part), int(message["timestamp"]), part
            for status in value.get("statuses") or ():
                lane = f"report:{status.get('recipient_id') or status.get('recipient_user_id') or ''}"
                yield f"{status['id']}:{status['status']}", lane, int(status["timestamp"]), {"status": status}


class WhatsappIncoming:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def read(self, channel: ChannelView, raw: bytes) -> Heard:
        part = json.loads(raw)
        return _reported(part["status"]) if "status" in part else _said(channel, part)

    async def who(self, channel: ChannelView, sender: Sender) -> Sender:
        return sender

    async def fetch(self, channel: ChannelView, file: RemoteFile) -> bytes:
        try:
            found = await self._graph.ask(channel, "GET", file.id)
            headers = {"Authorization": f"Bearer {channel.secrets['token']}"}
            return await self._graph.download(str(found["url"]), MAX_FILE, headers=headers)
        except SendRefused as error:
            raise FileTooLarge from error
        except OutcomeUnknown as error:
            raise SendLater(str(error)) from error

    async def noted(self, channel: ChannelView, raw: bytes) -> None:
        """Shows the customer that the message arrived and was seen by the business."""
        message = json.loads(raw).get("message")
        if not message:
            return
        seen = {"messaging_product": "whatsapp", "status": "read", "message_id": message["id"]}
        try:
            await self._graph.ask(channel, "POST", f"{channel.settings['phone_number_id']}/messages", json=seen)
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("a message could not be marked as seen", channel_id=channel.id, why=str(error))


def identity_of(part: Mapping[str, Any]) -> str:
    """Who wrote: the id that is always there, else the phone."""
    contact, message = part["contact"], part["message"]
    found = message.get("from_user_id") or contact.get("user_id") or message.get("from") or contact.get("wa_id")
    if not found:
        raise ValueError("a message from nobody")
    return str(found)


def text_of(message: Mapping[str, Any]) -> str:
    """What a person would read of it."""
    kind = message["type"]
    body = message.get(kind) or {}
    match kind:
        case "text":
            return str(body["body"])
        case "location":
            words = " ".join(filter(None, (body.get("name"), body.get("address"))))
            return f"{words} https://maps.google.com/?q={body['latitude']},{body['longitude']}".strip()
        case "contacts":
            return "\n".join(_card(one) for one in message["contacts"])
        case "button":
            return str(body.get("text", ""))
        case "interactive":
            return str(_reply(body).get("title", ""))
        case "order":
            return "\n".join(_line(item) for item in body.get("product_items", ()))
        case _:
            return str(body.get("caption", "")) if isinstance(body, Mapping) else ""


def _said(channel: ChannelView, part: Mapping[str, Any]) -> Heard:
    contact, message = part["contact"], part["message"]
    kind = message["type"]
    if kind in ("reaction", "system"):
        return Ignored(f"a message of kind {kind}")
    profile = contact.get("profile") or {}
    phone = str(message.get("from") or contact.get("wa_id") or "")
    text, files = text_of(message), _files(message)
    facts = {"phone": f"+{phone}"} if phone.isdigit() else {}
    if not text and not files:
        facts["unsupported"] = str(kind)[:50]
    if referral := message.get("referral"):
        facts["referral"] = str(referral.get("source_url") or referral.get("headline") or "")[:200]
    identity = identity_of(part)
    return Said(
        sender=Sender(
            identity=identity,
            peer=phone or identity,
            namespace=str(channel.settings["phone_number_id"]),
            name=str(profile.get("name") or profile.get("username") or "")[:200],
            verified=True,
        ),
        client_id=message["id"],
        at=_at(message["timestamp"]),
        text=text or ("" if files else f"[{kind}]"),
        choice=_choice(message),
        files=files,
        reply_to=str((message.get("context") or {}).get("id", "")),
        facts=facts,
    )


def _reported(status: Mapping[str, Any]) -> Heard:
    delivery = _DELIVERY.get(status["status"])
    if delivery is None:
        return Ignored(f"a status {status['status']}")
    errors = status.get("errors") or [{}]
    failure = words(int(errors[0].get("code") or 0), errors[0]) if delivery is Delivery.FAILED else ""
    return Reported(delivery, _at(status["timestamp"]), ext_ids=(status["id"],), failure=failure)


def _files(message: Mapping[str, Any]) -> tuple[RemoteFile, ...]:
    kind = message["type"]
    if kind not in _FILES:
        return ()
    file = message[kind]
    media_type = str(file.get("mime_type", "")).partition(";")[0]
    return (RemoteFile(str(file["id"]), str(file.get("filename") or _FILES[kind]), 0, media_type),)


def _choice(message: Mapping[str, Any]) -> str:
    if message["type"] == "button":
        return str(message["button"].get("payload", ""))
    return str(_reply(message.get("interactive") or {}).get("id", ""))


def _reply(interactive: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = interactive.get("button_reply") or interactive.get("list_reply") or {}
    return found


def _card(contact: Mapping[str, Any]) -> str:
    phones = ", ".join(str(phone.get("phone", "")) for phone in contact.get("phones", ()))
    return f"{(contact.get('name') or {}).get('formatted_name', '')} {phones}".strip()


def _line(item: Mapping[str, Any]) -> str:
    """A line of an order."""
    price = f"{item.get('item_price', '')} {item.get('currency', '')}".strip()
    return f"{item.get('product_retailer_id')} × {item.get('quantity')} {price}".strip()


def _is_of(contact: Mapping[str, Any], message: Mapping[str, Any]) -> bool:
    phone, user = contact.get("wa_id"), contact.get("user_id")
    return bool((phone and phone == message.get("from")) or (user and user == message.get("from_user_id")))


def _values(channel: ChannelView, body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What is about this number: an app may hear for several."""
    if body["object"] != "whatsapp_business_account":
        raise ValueError("not about WhatsApp")
    for entry in body["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            number = (value.get("metadata") or {}).get("phone_number_id")
            if change["field"] == "messages" and number == channel.settings.get("phone_number_id"):
                yield value


def _at(seconds: str | int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
