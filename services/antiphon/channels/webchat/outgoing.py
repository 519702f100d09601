"""Web chat, out: messages as the frames that the widget knows. There is no provider: a message is delivered when a
socket of the visitor has carried it.

Sequence numbers in frames count through the visitor's whole thread (`offset` of a conversation plus `seq`), because the
widget shows all conversations of a visitor as one. Notes and internal events have no frame.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from antiphon.channels.contract import Capabilities, ChannelView, Load, Sent
from antiphon.channels.domain.channel import Channel
from antiphon.channels.domain.conversation import Conversation, Status
from antiphon.channels.domain.files import ACCEPT
from antiphon.channels.domain.message import Attachment, Delivery, Direction, Kind, Message

CAPABILITIES = Capabilities(
    max_text=4000, max_caption=4000, media=True, edits=True, typing=True, buttons=True, reports_read=True,
    goes_out=False,
)  # fmt: skip
EVENTS = {
    "accepted": "joined", "left": "left", "transferred": "transferred", "queued": "waiting", "closed": "closed",
    "reopened": "reopened",
}  # fmt: skip
"""Our events that a visitor is told, and what the widget calls them."""

Frame: TypeAlias = dict[str, Any]
AddressOf: TypeAlias = Callable[[Attachment], str]


def message_frame(message: Message, offset: int, address_of: AddressOf) -> Frame | None:
    """{m} of a msg or upd frame; None for what is not the visitor's business."""
    if message.kind is Kind.NOTE or (message.kind is Kind.EVENT and message.event not in EVENTS):
        return None
    mine = message.direction is Direction.IN
    return {
        "seq": offset + message.seq,
        "client_id": message.client_id if mine else None,
        "kind": message.kind.value,
        "mine": mine,
        "author_name": "" if mine else message.author_name,
        "text": "" if message.deleted else message.text,
        "attachments": [] if message.deleted else [_file(a, address_of) for a in message.attachments],
        "options": [{"key": option.key, "label": option.label} for option in message.options],
        "at": message.at.isoformat().replace("+00:00", "Z"),
        "delivery": _delivery(message),
        "edited": message.edited_at is not None,
        "deleted": message.deleted,
        "rev": message.rev,
        "event": EVENTS.get(message.event, ""),
    }


def status_frame(it: Conversation) -> Frame:
    return {
        "t": "status",
        "status": it.status.value,
        "agent_name": it.assignee_name or None if it.status is Status.OPEN else None,
        "position": it.position or None if it.status is Status.WAITING else None,
        "estimate": None,
    }


def head_frame(it: Conversation | None) -> Frame | None:
    if it is None:
        return None
    return {"id": it.id, "status": it.status.value, "agent_name": status_frame(it)["agent_name"]}


def read_by_them(it: Conversation) -> int:
    """How far anyone on our side has read, in the thread's numbers; 0 for nothing."""
    read = max((seq for reader, seq in it.read.items() if reader != "customer"), default=0)
    return it.offset + read if read else 0


def config(channel: Channel, max_upload_mb: int) -> Frame:
    """What the widget asks for before anything else; public."""
    settings = channel.settings
    return {
        "title": settings.get("title") or channel.name,
        "subtitle": settings.get("subtitle", ""),
        "colour": settings.get("colour", ""),
        "language": settings.get("language", ""),
        "greeting": settings.get("greeting", ""),
        "away_text": settings.get("away_text", ""),
        "max_upload_mb": max_upload_mb,
        "accept": list(ACCEPT),
    }


class WebchatOutgoing:
    """Delivery is the live socket's; see `live.py`."""

    capabilities = CAPABILITIES

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        return Sent("")

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        return

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        if not channel.settings.get("origins"):
            return False, "No site is listed under allowed origins yet: add the address of your site."
        if not channel.enabled:
            return False, "The channel is switched off."
        return True, "The widget may be shown on: " + ", ".join(map(str, channel.settings["origins"]))


def now_text(now: datetime) -> str:
    return now.isoformat().replace("+00:00", "Z")


def _file(attachment: Attachment, address_of: AddressOf) -> Frame:
    return {
        "id": attachment.id,
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "url": address_of(attachment),
        "width": attachment.width or None,
        "height": attachment.height or None,
    }


def _delivery(message: Message) -> str:
    if message.direction is Direction.IN or message.delivery in (Delivery.NONE, Delivery.STORED):
        return "sent"
    delivery: str = message.delivery.value
    return delivery
