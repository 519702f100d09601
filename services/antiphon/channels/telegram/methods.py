"""getUpdates as it came: aiogram's own method parses every update into models, so that a kind it does not know could
stop the polling, and what is stored would not be what Telegram sent."""

from __future__ import annotations

from typing import Any

from aiogram.methods.base import TelegramMethod

from antiphon.channels.telegram import ALLOWED


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int
    timeout: int
    limit: int = 100
    allowed_updates: tuple[str, ...] = ALLOWED
