"""Text as it is searched: words folded and brought to their stems, numbers with their endings.

`Analyser` is the port: whoever stores texts writes `tokens(text)` beside them, whoever searches asks for
`wanted(query)`. `Stemming` is the one that comes with Antiphon. A Cyrillic word whose letters do not tell its language
has the stems of both, so that a Russian question finds a Ukrainian text that looks the same, and the other way round.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Protocol

from antiphon.kit.stemming import stems

VERSION = 1
"""Grows when the same text gets other tokens: then what is stored is analysed again."""
MOST = 400
"""Tokens of one text."""
_QUERY = 12
_WORD = re.compile(r"[^\W\d_]+(?:[’'ʼ`][^\W\d_]+)*|\d+", re.UNICODE)
_PHONE = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_APOSTROPHES = re.compile(r"[’'ʼ`]")
_DIGITS = (4, 7, 9, 10)
"""How many last digits of a number find it."""
_LONGEST = 40


class Analyser(Protocol):
    """Makes tokens of texts."""

    def tokens(self, text: str) -> list[str]:
        """What a text is found by, each once."""

    def wanted(self, query: str) -> list[list[str]]:
        """For each word of a query the tokens of which a text must have one."""

    def hits(self, text: str, query: str) -> list[tuple[int, int]]:
        """Where the words of a query stand in a text: (begin, end), in order."""


def fold(word: str) -> str:
    """A word without case, accents and apostrophes; ё is е. Ukrainian й and ї stay letters of their own."""
    composed = unicodedata.normalize("NFC", word).casefold().replace("ё", "е")
    composed = _APOSTROPHES.sub("", composed)
    if composed.isascii():
        return composed
    return "".join(_plain(sign) for sign in composed)


def _plain(sign: str) -> str:
    return sign if sign in "йїґ" else unicodedata.normalize("NFKD", sign)[0]


class Stemming:
    """Snowball-like stems of Russian, Ukrainian and English."""

    def tokens(self, text: str) -> list[str]:
        found: dict[str, None] = {}
        for _, _, made in self._words(text):
            found.update(dict.fromkeys(made))
            if len(found) >= MOST:
                break
        for number in _PHONE.findall(text):
            digits = re.sub(r"\D", "", number)
            found.update(dict.fromkeys(digits[-length:] for length in _DIGITS if len(digits) >= length))
            found[digits] = None
        return list(found)[:MOST]

    def wanted(self, query: str) -> list[list[str]]:
        phone = re.sub(r"\D", "", query) if _PHONE.fullmatch(query.strip()) else ""
        if phone:
            return [[phone[-9:]] if len(phone) >= 9 else [phone]]
        return [list(made) for _, _, made in self._words(query)][:_QUERY]

    def hits(self, text: str, query: str) -> list[tuple[int, int]]:
        wanted = {token for group in self.wanted(query) for token in group}
        found = [(begin, end) for begin, end, made in self._words(text) if wanted & set(made)]
        if not found:  # a number in groups
            found = [
                (it.start(), it.end())
                for it in _PHONE.finditer(text)
                if any(re.sub(r"\D", "", it.group()).endswith(token) for token in wanted if token.isdigit())
            ]
        return found

    def _words(self, text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        for it in _WORD.finditer(text):
            word = fold(it.group())[:_LONGEST]
            if word.isdigit():
                endings = tuple(word[-length:] for length in _DIGITS if len(word) > length)
                yield it.start(), it.end(), (word, *endings)
            elif word:
                yield it.start(), it.end(), stems(word)


def excerpt(text: str, hits: list[tuple[int, int]], most: int = 240) -> list[tuple[str, bool]]:
    """The part of a text around its hits, as pieces: (text, whether it was asked for)."""
    begin = max(0, (hits[0][0] if hits else 0) - most // 3)
    begin = 0 if begin < 20 else (text.find(" ", begin) + 1 or begin)
    end = min(len(text), begin + most)
    pieces: list[tuple[str, bool]] = [("…", False)] if begin else []
    at = begin
    for first, last in hits:
        if first < at or last > end:
            continue
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    pieces.append((text[at:end] + ("…" if end < len(text) else ""), False))
    return [(piece, hit) for piece, hit in pieces if piece]
