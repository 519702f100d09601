"""Telegram, out: texts up to 4096 units (longer ones in parts), captions up to 1024, files by multipart, menus as
inline keyboards, the typing action. Several ids of one message are joined by commas.

A message that needs several requests (parts, a caption that is too long) may stop between them; what was sent is then
not sent again and the message is FAILED with the number of parts that arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from antiphon.channels.contract import Capabilities, ChannelView, Load, OutcomeUnknown, SendLater, SendRefused, Sent
from antiphon.channels.domain.conversation import Conversation
from antiphon.channels.domain.files import SAFE_IMAGES
from antiphon.channels.domain.message import Attachment, Kind, Message
from antiphon.channels.domain.texts import split, units
from antiphon.channels.telegram.bots import BAD_TOKEN, Bots, refusals
from antiphon.channels.telegram.incoming import CHOICE
from antiphon.kit import logs

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.types import InlineKeyboardMarkup

CAPABILITIES = Capabilities(
    max_text=4096, max_caption=1024, media=True, edits=False, typing=True, buttons=True, reports_read=False,
    per_channel=30.0, per_chat=1.0, max_file_in=20 * 1024 * 1024, max_file_out=50 * 1024 * 1024,
)  # fmt: skip
_MAX_PHOTO = 10 * 1024 * 1024
_MAX_DATA = 64
log = logs.get("channels")


class TelegramOutgoing:
    capabilities = CAPABILITIES

    def __init__(self, bots: Bots) -> None:
        self._bots = bots

    async def send(self, channel: ChannelView, conversation: Conversation, message: Message, load: Load) -> Sent:
        bot = await self._bots.of(channel)
        parts = _Parts(bot, conversation.peer)
        try:
            await _send_all(parts, message, load)
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            if not parts.ids:
                raise
            raise SendRefused(
                f"Only the first {len(parts.ids)} parts arrived ({error}); send the rest again."
            ) from error
        return Sent(",".join(f"{conversation.peer}:{sent}" for sent in parts.ids))

    async def typing(self, channel: ChannelView, conversation: Conversation) -> None:
        try:
            bot = await self._bots.of(channel)
            async with refusals():
                await bot.send_chat_action(conversation.peer, "typing")
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("typing could not be shown", channel_id=channel.id, why=str(error))

    async def test(self, channel: ChannelView) -> tuple[bool, str]:
        try:
            name = await self._bots.me(channel)
        except SendRefused as error:
            return False, str(error) or BAD_TOKEN
        except (SendLater, OutcomeUnknown) as error:
            return False, f"Telegram did not answer: {error}. Check that this server may reach it, then try again."
        if not channel.enabled:
            return False, f"The bot @{name} answers, but the channel is switched off."
        return True, f"The bot @{name} answers. Write to it: https://t.me/{name}"


class _Parts:
    """What was sent of a message so far."""

    def __init__(self, bot: Bot, chat: str) -> None:
        self.bot = bot
        self.chat = chat
        self.ids: list[int] = []

    async def text(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        async with refusals():
            sent = await self.bot.send_message(self.chat, text, reply_markup=keyboard, parse_mode=None)
        self.ids.append(sent.message_id)

    async def file(self, attachment: Attachment, data: bytes, caption: str) -> None:
        from aiogram.types import BufferedInputFile

        if len(data) > CAPABILITIES.max_file_out:
            raise SendRefused("The file is larger than the 50 MB that Telegram takes.")
        file = BufferedInputFile(data, attachment.name)
        async with refusals():
            if _is_photo(attachment):
                sent = await self.bot.send_photo(self.chat, file, caption=caption or None, parse_mode=None)
            else:
                sent = await self.bot.send_document(self.chat, file, caption=caption or None, parse_mode=None)
        self.ids.append(sent.message_id)

    async def album(self, files: list[tuple[Attachment, bytes]], caption: str) -> None:
        from aiogram.types import BufferedInputFile, InputMediaPhoto

        media: list[Any] = [
            InputMediaPhoto(media=BufferedInputFile(data, a.name), caption=caption or None if n == 0 else None)
            for n, (a, data) in enumerate(files)
        ]
        async with refusals():
            sent = await self.bot.send_media_group(self.chat, media)
        self.ids += [one.message_id for one in sent]


async def _send_all(parts: _Parts, message: Message, load: Load) -> None:
    text = message.text
    if message.kind is Kind.MENU:
        await _menu(parts, message)
        return
    if not message.attachments:
        for part in split(text, CAPABILITIES.max_text):
            await parts.text(part)
        return
    caption = text if units(text) <= CAPABILITIES.max_caption else ""
    if text and not caption:
        for part in split(text, CAPABILITIES.max_text):
            await parts.text(part)
    files = [(attachment, await load(attachment)) for attachment in message.attachments]
    if 2 <= len(files) <= 10 and all(_is_photo(attachment) for attachment, _ in files):
        await parts.album(files, caption)
        return
    for number, (attachment, data) in enumerate(files):
        await parts.file(attachment, data, caption if number == 0 else "")


async def _menu(parts: _Parts, message: Message) -> None:
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [
        [InlineKeyboardButton(text=option.label or option.key, callback_data=_data(option.key))]
        for option in message.options
    ]
    *first, last = split(message.text or "…", CAPABILITIES.max_text)
    for part in first:
        await parts.text(part)
    await parts.text(last, InlineKeyboardMarkup(inline_keyboard=rows) if rows else None)


def _data(key: str) -> str:
    data = CHOICE + key
    if len(data.encode()) > _MAX_DATA:
        raise SendRefused("A menu key of the scheme is too long for a Telegram button: at most 62 bytes.")
    return data


def _is_photo(attachment: Attachment) -> bool:
    is_photo = attachment.media_type in SAFE_IMAGES - {"image/gif", "image/webp"}
    return is_photo and attachment.size <= _MAX_PHOTO and attachment.width + attachment.height <= 10_000
