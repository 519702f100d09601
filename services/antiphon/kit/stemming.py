"""Stems of Russian, Ukrainian and English words: the part that stays the same in all forms.

`russian` is the Snowball algorithm (snowballstem.org, algorithms/russian), `ukrainian` the same idea with Ukrainian
endings, `english` only takes plural, -ed and -ing away. A stem is no word and need not be right; it has to be the same
for the forms of one word and different for most other words. Vowels that come and go before the last consonant
(рахунок, рахунку; подарок, подарка) are dropped in both Slavic languages.
"""

from __future__ import annotations

import re
from functools import lru_cache

_RU_VOWELS, _UK_VOWELS = "аеиоуыэюя", "аеиоуіїєюя"


def _endings(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.split(), key=len, reverse=True))


_RU_GERUND_1, _RU_GERUND_2 = _endings("вшись вши в"), _endings("ившись ывшись ивши ывши ив ыв")
_RU_ADJECTIVE = _endings("ее ие ые ое ими ыми ей ий ый ой ем им ым ом его ого ему ому их ых ую юю ая яя ою ею")
_RU_PARTICIPLE_1, _RU_PARTICIPLE_2 = _endings("ем нн вш ющ щ"), _endings("ивш ывш ующ")
_RU_VERB_1 = _endings("ла на ете йте ли й л ем н ло но ет ют ны ть ешь нно")
_RU_VERB_2 = _endings(
    "ила ыла ена ейте уйте ите или ыли ей уй ил ыл им ым ен ило ыло ено ят ует уют ит ыт ены ить ыть ишь ую ю"
)
_RU_NOUN = _endings(
    "а ев ов ие ье е иями ями ами еи ии и ией ей ой ий й иям ям ием ем ам ом о у ах иях ях ы ь ию ью ю ия ья я"
)
_UK_ADJECTIVE = _endings(
    "ого ому ими ий ій их им ої ою ую юю ьою єю ею а я е є і ї у ю ого єму його ього ьому ьому ем им ім ої"
)
_UK_VERB = _endings(
    "ити іти їти увати ювати ував ювала увала ували ював ють уть ать ять ає яє ує ює ить їть еш єш иш їш емо ємо "
    "имо їмо ете єте ите їте ав яв ив ів їв ала яла ила іла їла ало яло ило али яли или іли їли ю у й йте іть в ла "
    "ло ли "
    "ано яно ено єно уючи юючи ачи ячи учи ючи вши"
)
_UK_NOUN = _endings(
    "ами ями ові еві єві ом ем єм ам ям ах ях ою ею єю ій їй ів їв ей ьми а я о е є у ю и і ї ь й ень єм ння ння ню ню "
    "нню ням нням нями ннями нях ннях ттю тті ття стю сті"
)


_EN_ENDINGS = (("sses", "ss", 5), ("ies", "y", 5), ("ing", "", 6), ("ed", "", 5), ("es", "", 5), ("s", "", 4))
_FLEETING = re.compile(rf"([^{_RU_VOWELS}{_UK_VOWELS}])[оеє]([кцнр])$")
_UK_ACTION = re.compile(r"[еаяіую]н(ня|ню|ням|нями|нях|ні|ь)$")
"""повернення, повернень: the noun of an action."""
_UK_SOFTENED = {"ц": "к", "з": "г", "с": "х"}
"""доставка, доставці: the consonant before і."""


def russian(word: str) -> str:
    """The stem of a Russian word in small letters without ё."""
    at = next((place + 1 for place, sign in enumerate(word) if sign in _RU_VOWELS), len(word))
    head, rest = word[:at], word[at:]
    cut = _off(rest, _RU_GERUND_2) or _after_a(rest, _RU_GERUND_1)
    if cut is None:
        rest = _without(rest, ("ся", "сь"))
        adjective = _off(rest, _RU_ADJECTIVE)
        if adjective is not None:
            cut = _first(_off(adjective, _RU_PARTICIPLE_2), _after_a(adjective, _RU_PARTICIPLE_1), adjective)
        else:
            cut = _first(_off(rest, _RU_VERB_2), _after_a(rest, _RU_VERB_1), _off(rest, _RU_NOUN), rest)
    rest = _without(cut, ("и",))
    rest = _without(rest, ("ость", "ост")) if len(rest) > 5 else rest
    rest = _without(rest, ("ейше", "ейш"))
    rest = rest[:-1] if rest.endswith("нн") else _without(rest, ("ь",))
    return _fleeting(head + rest)


def ukrainian(word: str) -> str:
    """The stem of a Ukrainian word in small letters without apostrophes."""
    at = next((place + 1 for place, sign in enumerate(word) if sign in _UK_VOWELS), len(word))
    head, rest = word[:at], word[at:]
    rest = _without(rest, ("ся", "сь"))
    if action := _UK_ACTION.search(rest):
        return head + rest[: action.start() + 1]
    verb = _off(rest, _UK_VERB) or _long(_off(rest, ("ати", "яти")))
    cuts = [cut for cut in (_off(rest, _UK_ADJECTIVE), verb, _off(rest, _UK_NOUN)) if cut is not None]
    rest = min(cuts, key=len) if cuts else rest
    rest = re.sub(r"(нн|н|ь|тт|й|и|і)$", "", rest) if len(rest) > 2 else _without(rest, ("ь",))
    stem = _fleeting(re.sub(r"і([бвгджзклмнпрстфхцчш])$", r"о\1", head + rest))
    return stem[:-1] + _UK_SOFTENED.get(stem[-1], stem[-1]) if len(stem) > 3 else stem


def _long(cut: str | None) -> str | None:
    """A cut that leaves enough of the word: оплати is no verb."""
    return cut if cut is not None and len(cut) > 3 else None


def english(word: str) -> str:
    """An English word without -s, -ed, -ing."""
    for ending, kept, least in _EN_ENDINGS:
        if word.endswith(ending) and len(word) >= least and not word.endswith(("ss", "us")):
            word = word[: -len(ending)] + kept
            break
    word = word[:-1] if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz" else word
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def _off(rest: str, endings: tuple[str, ...]) -> str | None:
    return next((rest[: -len(ending)] for ending in endings if rest.endswith(ending)), None)


def _after_a(rest: str, endings: tuple[str, ...]) -> str | None:
    """Endings that count only after а or я, which stays."""
    return next((rest[: -len(e)] for e in endings if rest.endswith(("а" + e, "я" + e))), None)


def _without(rest: str, endings: tuple[str, ...]) -> str:
    cut = _off(rest, endings)
    return rest if cut is None else cut


def _first(*found: str | None) -> str:
    return next(one for one in found if one is not None)


def _fleeting(stem: str) -> str:
    """рахунок → рахунк, хлопец → хлопц: without the vowel that other forms do not have."""
    return _FLEETING.sub(r"\1\2", stem) if len(stem) > 4 else stem


_LATIN, _CYRILLIC = re.compile(r"^[a-z]+$"), re.compile(r"^[а-яіїєґ]+$")
_ONLY_UK, _ONLY_RU = re.compile(r"[іїєґ]"), re.compile(r"[ыэъ]")


@lru_cache(maxsize=50_000)
def stems(word: str) -> tuple[str, ...]:
    """The stems of a folded word in the languages it may belong to."""
    if _LATIN.match(word):
        return (english(word),)
    if not _CYRILLIC.match(word):
        return (word,)
    if _ONLY_UK.search(word):
        return (ukrainian(word),)
    if _ONLY_RU.search(word):
        return (russian(word),)
    return tuple(dict.fromkeys((russian(word), ukrainian(word))))
