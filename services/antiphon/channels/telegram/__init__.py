"""Telegram bots: by long polling or by webhook. aiogram is imported only when a bot is connected."""
