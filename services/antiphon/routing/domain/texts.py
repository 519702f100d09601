"""One text in several languages, and which of them a customer hears.

A `Text` maps a language tag ("en", "uk", "ru") to words. The choice falls from the customer's own tag to
its base language ("uk-UA" to "uk"), then to the scheme's default, then to whatever is written: any words
beat silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    words: str


def choose(text: Text, language: str, default: str) -> Words:
    """The words for one customer; empty words in his language when nothing is written at all."""
    for wanted in (language, language.partition("-")[0], default, *text):
        words = text.get(wanted, "")
        if words.strip():
            return Words(wanted, words)
    return Words(language or default, "")


def missing(text: Text, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `languages` in which nothing is written."""
    return tuple(language for language in languages if not text.get(language, "").strip())
