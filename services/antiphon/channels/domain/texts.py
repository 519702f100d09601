"""Cutting a text where a provider's limit is, without cutting words or losing a character."""

from __future__ import annotations


def split(text: str, limit: int) -> list[str]:
    """Parts of at most `limit` UTF-16 units (what Telegram counts); cut after the last line break or space that fits.
    Joined, the parts are the text again."""
    parts: list[str] = []
    while units(text) > limit:
        end = _fitting(text, limit)
        cut = max(text.rfind("\n", 0, end), text.rfind(" ", 0, end)) + 1
        if cut <= end // 2:
            cut = end
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text] if text or not parts else parts


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def _fitting(text: str, limit: int) -> int:
    used = 0
    for index, c in enumerate(text):
        used += 2 if ord(c) > 0xFFFF else 1
        if used > limit:
            return index
    return len(text)
