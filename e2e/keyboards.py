"""Keyboards as people have them: a layout says which sign a physical key gives, shortcuts go by the key itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession, Page

_ROWS = ("qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "`1234567890-=")
_LAYOUTS = {
    "en": _ROWS,
    "ru": ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю.", "ё1234567890-="),
    "uk": ("йцукенгшщзхї", "фівапролджє", "ячсмитьбю.", "'1234567890-="),
}
_NAMES = {
    "[": ("BracketLeft", 219), "]": ("BracketRight", 221), ";": ("Semicolon", 186), "'": ("Quote", 222),
    ",": ("Comma", 188), ".": ("Period", 190), "/": ("Slash", 191), "`": ("Backquote", 192), "-": ("Minus", 189),
    "=": ("Equal", 187),
}  # fmt: skip
"""Signs that are no letters: the code, and Windows' number of the key."""
_PLAIN = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowDown": 40, "ArrowUp": 38, " ": 32}
_ALT, _CTRL, _SHIFT = 1, 2, 8


@dataclass(frozen=True)
class Key:
    """A physical key: its `code`, and Windows' number of it."""

    code: str
    virtual: int


def _physical(sign: str) -> Key:
    if sign in _NAMES:
        return Key(*_NAMES[sign])
    return Key(f"Digit{sign}" if sign.isdigit() else f"Key{sign.upper()}", ord(sign.upper()))


class Keyboard:
    """Presses keys of a layout in a page."""

    def __init__(self, session: CDPSession, layout: str) -> None:
        self._session = session
        signs = {
            sign: english
            for row, plain in zip(_LAYOUTS[layout], _ROWS, strict=True)
            for sign, english in zip(row, plain, strict=True)
        }
        self._keys = {sign: _physical(english) for sign, english in signs.items()}
        self._signs = {key.code: sign for sign, key in self._keys.items()}

    @classmethod
    async def of(cls, page: Page, layout: str) -> Keyboard:
        return cls(await page.context.new_cdp_session(page), layout)

    async def type(self, text: str) -> None:
        """Words in the layout's letters; other signs are put in as if they were pasted."""
        for sign in text:
            key = self._keys.get(sign.lower())
            if key is None:
                await self._session.send("Input.insertText", {"text": sign})
            else:
                await self._press(key, sign, _SHIFT if sign != sign.lower() else 0, text=sign)

    async def press(self, code: str, *, alt: bool = False, ctrl: bool = False) -> None:
        """A key by its code, such as KeyA, with the sign that the layout gives; or Enter, Tab and the like."""
        modifiers = (_ALT if alt else 0) | (_CTRL if ctrl else 0)
        if code in _PLAIN:
            await self._press(Key(code, _PLAIN[code]), code, modifiers, text="\r" if code == "Enter" else "")
            return
        sign = self._signs[code]
        await self._press(self._keys[sign], sign, modifiers, text="" if modifiers else sign)

    async def _press(self, key: Key, sign: str, modifiers: int, *, text: str) -> None:
        event: dict[str, Any] = {
            "key": sign, "code": key.code, "windowsVirtualKeyCode": key.virtual, "modifiers": modifiers,
        }  # fmt: skip
        down = {"type": "keyDown", "text": text} if text and not modifiers & (_ALT | _CTRL) else {"type": "rawKeyDown"}
        await self._session.send("Input.dispatchKeyEvent", {**event, **down})
        await self._session.send("Input.dispatchKeyEvent", {**event, "type": "keyUp"})
