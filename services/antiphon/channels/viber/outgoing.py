"""Viber, out: texts up to 7000 characters, menus as keyboards, pictures and files by a signed address of ours, which
Viber fetches. The webhook is set when an administrator tests the channel, and whenever the channel changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from antiphon.channels.contract import Capabilities, ChannelView, Load, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.message import Attachment, Kind, Message, Usage
from antiphon.channels.domain.texts import split
from antiphon.channels.viber.api import Viber
from antiphon.channels.viber.incoming import CHOICE

CAPABILITIES = Capabilities(
    paid=True,
    max_text=7000, max_caption=120, media=True, edits=False, typing=False, buttons=True, reports_read=True,
    per_channel=50.0, per_chat=2.0, max_file_in=200 * 1024 * 1024, max_file_out=50 * 1024 * 1024,
)  # fmt: skip
EVENTS = ("delivered", "seen", "failed", "conversation_started", "message")
_MAX_PICTURE = 1024 * 1024


class ViberOutgoing:
    capabilities = CAPABILITIES

    def __init__(
        self, viber: Viber, file_address: Callable[[Attachment], str], hook_address: Callable[[str], str]
    ) -> None:
        self._viber = viber
        self._file_address = file_address
        self._hook_address = hook_address

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        sent: list[str] = []
        try:
            for body in self._bodies(message):
                answer = await self._viber.ask(
                    channel, "send_message", receiver=conversation.peer, min_api_version=1,
                    sender={"name": (channel.settings.get("sender_name") or channel.name)[:28]}, **body,
                )  # fmt: skip
                sent.append(str(answer["message_token"]))
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            if not sent:
                raise
            raise SendRefused(f"Only the first {len(sent)} parts arrived ({error}); send the rest again.") from error
        return Sent(",".join(sent), Usage("viber_message", len(sent)))

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        """Bots cannot show it."""

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        """Also tells Viber where to call us; it calls that address at once."""
        try:
            found = await self._viber.ask(channel, "get_account_info")
            if channel.enabled:
                address = self._hook_address(channel.id)
                await self._viber.ask(channel, "set_webhook", url=address, event_types=list(EVENTS), send_name=True)
        except SendRefused as error:
            return False, str(error)
        except (SendLater, OutcomeUnknown) as error:
            return False, f"{error}. Check that this server may reach Viber, then try again."
        if not channel.enabled:
            return False, f"The bot {found.get('name', '')} answers, but the channel is switched off."
        return True, f"The bot {found.get('name', '')} answers. Write to it: viber://pa?chatURI={found.get('uri', '')}"

    def _bodies(self, message: Message) -> list[dict[str, Any]]:
        """The requests that make up a message, in order."""
        texts = split(message.text, CAPABILITIES.max_text) if message.text else []
        bodies: list[dict[str, Any]] = [{"type": "text", "text": text} for text in texts]
        if message.kind is Kind.MENU:
            bodies = bodies or [{"type": "text", "text": "…"}]
            if message.options:
                buttons = [
                    {"ActionType": "reply", "ActionBody": CHOICE + option.key, "Text": option.label or option.key}
                    for option in message.options
                ]
                bodies[-1]["keyboard"] = {"Type": "keyboard", "Buttons": buttons}
        return [*bodies, *(self._file(attachment) for attachment in message.attachments)]

    def _file(self, attachment: Attachment) -> dict[str, Any]:
        if attachment.size > CAPABILITIES.max_file_out:
            raise SendRefused("The file is larger than the 50 MB that Viber takes.")
        address = self._file_address(attachment)
        if attachment.media_type == "image/jpeg" and attachment.size <= _MAX_PICTURE:
            return {"type": "picture", "text": "", "media": address}
        return {"type": "file", "media": address, "size": attachment.size, "file_name": attachment.name}
