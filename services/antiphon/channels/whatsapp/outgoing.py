"""WhatsApp, out: texts up to 4096 characters, menus as buttons (up to three) or a list (up to ten), files."""

from __future__ import annotations

import re
from typing import Any

from antiphon.channels.contract import Capabilities, ChannelView, Load, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Attachment, Kind, Message, Option, Usage
from antiphon.channels.domain.texts import split
from antiphon.channels.meta.graph import Graph
from antiphon.channels.whatsapp.templates import body_of

CAPABILITIES = Capabilities(
    paid=True,
    max_text=4096, max_caption=1024, media=True, edits=False, typing=False, buttons=True, reports_read=True,
    per_channel=80.0, per_chat=1.0, max_file_in=100 * 1024 * 1024, max_file_out=100 * 1024 * 1024,
)  # fmt: skip
_USER_ID = re.compile(r"[A-Z]{2}\.")
_MEDIA = {
    "image/jpeg": ("image", 5), "image/png": ("image", 5), "video/mp4": ("video", 16), "video/3gpp": ("video", 16),
    "audio/aac": ("audio", 16), "audio/mp4": ("audio", 16), "audio/mpeg": ("audio", 16), "audio/ogg": ("audio", 16),
    "audio/amr": ("audio", 16),
}  # fmt: skip
_BUTTONS, _ROWS = 3, 10
_BUTTON_TITLE, _ROW_TITLE = 20, 24


class WhatsappOutgoing:
    capabilities = CAPABILITIES

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        sent: list[str] = []
        try:
            async for body in self._bodies(channel, message, load):
                sent.append(await self._post(channel, {**to(conversation.peer), **body}))
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            if not sent:
                raise
            raise SendRefused(f"Only the first {len(sent)} parts arrived ({error}); send the rest again.") from error
        service = "whatsapp_message" if message.template is None else "whatsapp_template"
        return Sent(",".join(sent), Usage(service, len(sent)))

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        """WhatsApp shows it only together with a read mark of a given message; not done."""

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        number = channel.settings["phone_number_id"]
        try:
            found = await self._graph.ask(
                channel, "GET", number, params={"fields": "display_phone_number,verified_name"}
            )
        except SendRefused as error:
            return False, str(error)
        except (SendLater, OutcomeUnknown) as error:
            return False, f"{error}. Check that this server may reach Meta, then try again."
        who = f"{found.get('verified_name', '')} {found.get('display_phone_number', '')}".strip()
        if not channel.enabled:
            return False, f"{who} answers, but the channel is switched off."
        return True, f"{who} answers. Write to it from WhatsApp."

    async def _bodies(self, channel: ChannelView, message: Message, load: Load) -> Any:
        """The requests that make up a message, in order."""
        if message.template is not None:
            yield body_of(message.template)
            return
        if message.kind is Kind.MENU:
            for body in menu(message):
                yield body
            return
        caption = message.text if len(message.text) <= CAPABILITIES.max_caption and message.attachments else ""
        if message.text and not caption:
            for part in split(message.text, CAPABILITIES.max_text):
                yield {"type": "text", "text": {"body": part, "preview_url": False}}
        for number, attachment in enumerate(message.attachments):
            kind, media = await self._uploaded(channel, attachment, await load(attachment))
            if caption and number == 0:
                if kind == "audio":  # takes no caption
                    yield {"type": "text", "text": {"body": caption, "preview_url": False}}
                else:
                    media["caption"] = caption
            yield {"type": kind, kind: media}

    async def _uploaded(self, channel: ChannelView, attachment: Attachment, data: bytes) -> tuple[str, dict[str, str]]:
        kind, most = _MEDIA.get(attachment.media_type, ("document", 100))
        if len(data) > most * 1024 * 1024:
            kind = "document"
        if len(data) > CAPABILITIES.max_file_out:
            raise SendRefused("The file is larger than the 100 MB that WhatsApp takes.")
        answer = await self._graph.ask(
            channel, "POST", f"{channel.settings['phone_number_id']}/media",
            data={"messaging_product": "whatsapp", "type": attachment.media_type},
            files={"file": (attachment.name, data, attachment.media_type)},
        )  # fmt: skip
        media = {"id": str(answer["id"])}
        return kind, {**media, "filename": attachment.name} if kind == "document" else media

    async def _post(self, channel: ChannelView, body: dict[str, Any]) -> str:
        request = {"messaging_product": "whatsapp", "recipient_type": "individual", **body}
        answer = await self._graph.ask(channel, "POST", f"{channel.settings['phone_number_id']}/messages", json=request)
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError) as error:
            raise OutcomeUnknown("WhatsApp's answer could not be read") from error


def to(peer: str) -> dict[str, str]:
    """The addressee: a phone, or the id of a person who hides it."""
    return {"recipient": peer} if _USER_ID.match(peer) else {"to": peer}


def menu(message: Message) -> list[dict[str, Any]]:
    """A question with buttons, with a list when there are more than three, as a plain text when more than ten."""
    *first, last = split(message.text or "…", 1024)
    before: list[dict[str, Any]] = [{"type": "text", "text": {"body": part, "preview_url": False}} for part in first]
    if not message.options:
        return [*before, {"type": "text", "text": {"body": last, "preview_url": False}}]
    if len(message.options) > _ROWS:
        lines = "\n".join(f"{option.key} – {option.label or option.key}" for option in message.options)
        return [*before, {"type": "text", "text": {"body": f"{last}\n{lines}"[: CAPABILITIES.max_text]}}]
    return [*before, {"type": "interactive", "interactive": {"body": {"text": last}, **_choices(message.options)}}]


def _choices(options: tuple[Option, ...]) -> dict[str, Any]:
    if len(options) <= _BUTTONS:
        buttons = [{"type": "reply", "reply": {"id": o.key, "title": _cut(o, _BUTTON_TITLE)}} for o in options]
        return {"type": "button", "action": {"buttons": buttons}}
    rows = [{"id": o.key, "title": _cut(o, _ROW_TITLE)} for o in options]
    return {"type": "list", "action": {"button": "☰", "sections": [{"rows": rows}]}}


def _cut(option: Option, limit: int) -> str:
    label = option.label or option.key
    return label if len(label) <= limit else label[: limit - 1] + "…"
