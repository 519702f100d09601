"""The Bot API through aiogram's own session: one open bot per channel, and Telegram's refusals in our words."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from antiphon.channels.contract import (
    ChannelView,
    FileTooLarge,
    OutcomeUnknown,
    RemoteFile,
    SendLater,
    SendRefused,
)
from antiphon.kit import logs

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.exceptions import TelegramAPIError

BAD_TOKEN = "Telegram does not accept the token. Open @BotFather, API Token, copy it and save it again."  # noqa: S105
NO_TOKEN = "The token cannot be read with this installation's key: save the bot's token again."  # noqa: S105
METHODS = "antiphon.channels.telegram.methods"
log = logs.get("channels")


class Bots:
    """Opens bots at first use; a channel's new token gets a new one."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._open: dict[str, tuple[str, Bot]] = {}

    async def of(self, channel: ChannelView) -> Bot:
        """Raises SendRefused when there is no usable token."""
        token = channel.secrets.get("token", "")
        if not token:
            raise SendRefused(NO_TOKEN)
        known = self._open.get(channel.id)
        if known is not None and known[0] == token:
            return known[1]
        await asyncio.to_thread(importlib.import_module, METHODS)  # takes seconds: not in the loop
        if self._open.get(channel.id) is not known:
            return await self.of(channel)
        from aiogram import Bot
        from aiogram.client.session.aiohttp import AiohttpSession
        from aiogram.client.telegram import TelegramAPIServer

        session = AiohttpSession(api=TelegramAPIServer.from_base(self._base_url), timeout=30)
        bot = Bot(token, session=session)
        self._open[channel.id] = (token, bot)
        if known is not None:
            await known[1].session.close()
        return bot

    async def close(self) -> None:
        opened, self._open = list(self._open.values()), {}
        for _, bot in opened:
            await bot.session.close()

    async def me(self, channel: ChannelView) -> str:
        """The bot's user name. Raises as `refusals`."""
        bot = await self.of(channel)
        async with refusals():
            return (await bot.get_me()).username or ""

    async def updates(self, channel: ChannelView, offset: int, timeout: int) -> list[dict[str, Any]]:
        """Raw updates from `offset` on; asking for them says that earlier ones are stored. Raises as `refusals`."""
        bot = await self.of(channel)
        from antiphon.channels.telegram.methods import GetRawUpdates

        async with refusals():
            method = GetRawUpdates(offset=offset, timeout=timeout)
            answer: list[dict[str, Any]] = await bot(method, request_timeout=timeout + 15)
            return answer

    async def set_webhook(self, channel: ChannelView, url: str, secret: str) -> None:
        """An empty address takes the webhook away; updates that wait are kept."""
        from antiphon.channels.telegram import ALLOWED

        bot = await self.of(channel)
        async with refusals():
            if url:
                await bot.set_webhook(url, secret_token=secret, allowed_updates=list(ALLOWED))
            else:
                await bot.delete_webhook(drop_pending_updates=False)

    async def download(self, channel: ChannelView, file: RemoteFile, limit: int) -> bytes:
        """A file's bytes. Raises FileTooLarge, SendLater."""
        if file.size > limit:
            raise FileTooLarge
        bot = await self.of(channel)
        try:
            async with refusals():
                found = await bot.get_file(file.id)
                data = bytearray()
                url = bot.session.api.file_url(bot.token, found.file_path or "")
                async for part in bot.session.stream_content(url, timeout=60):
                    data += part
                    if len(data) > limit:
                        raise FileTooLarge
        except SendRefused as error:
            raise FileTooLarge from error
        except OutcomeUnknown as error:
            raise SendLater(str(error)) from error
        return bytes(data)

    async def answer_button(self, channel: ChannelView, query_id: str) -> None:
        """Best effort: an old query cannot be answered any more."""
        try:
            bot = await self.of(channel)
            async with refusals():
                await bot.answer_callback_query(query_id)
        except (SendRefused, SendLater, OutcomeUnknown) as error:
            log.info("a button could not be answered", channel_id=channel.id, why=str(error))


@asynccontextmanager
async def refusals() -> AsyncIterator[None]:
    """Turns what aiogram raises into the contract's three failures, with words for people."""
    import aiohttp
    from aiogram.exceptions import ClientDecodeError, TelegramAPIError

    try:
        yield
    except TelegramAPIError as error:
        raise _failure(error) from error
    except ClientDecodeError as error:
        raise OutcomeUnknown("Telegram's answer could not be read") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise SendLater("the connection to Telegram broke") from error


def _failure(error: TelegramAPIError) -> Exception:
    import aiohttp
    from aiogram import exceptions as tg

    match error:
        case tg.TelegramRetryAfter():
            return SendLater("Telegram asks to wait", retry_after=float(error.retry_after))
        case tg.TelegramUnauthorizedError():
            return SendRefused(BAD_TOKEN)
        case tg.TelegramForbiddenError():
            return SendRefused(_forbidden(error.message))
        case tg.TelegramMigrateToChat():
            return SendRefused("The chat became another one; the customer has to write again.")
        case tg.TelegramConflictError():
            return SendLater("another program reads this bot's updates")
        case tg.TelegramServerError() | tg.RestartingTelegram():
            return SendLater(f"Telegram has trouble: {error.message}")
        case tg.TelegramNetworkError() if isinstance(error.__cause__, aiohttp.ClientConnectorError):
            return SendLater("Telegram cannot be reached from here")
        case tg.TelegramNetworkError():
            return OutcomeUnknown(error.message)
        case _:
            return SendRefused(_bad_request(error.message))


def _forbidden(message: str) -> str:
    if "blocked" in message:
        return "The customer has blocked the bot. Reach them another way; nothing can be sent until they unblock it."
    if "deactivated" in message:
        return "The customer's Telegram account is deleted. Reach them another way."
    return f"Telegram forbids it: {message}"


def _bad_request(message: str) -> str:
    if "chat not found" in message:
        return "Telegram does not know this chat: the customer has to write to the bot first."
    return f"Telegram refused it: {message}"
