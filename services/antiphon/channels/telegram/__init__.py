"""Telegram bots: by long polling or by webhook. aiogram is imported only when a bot is connected."""

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
