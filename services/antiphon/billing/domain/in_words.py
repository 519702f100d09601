"""Sums in words, as documents in Russian and Ukrainian write them: the whole units in words, the hundredths in digits.

in_words(Fraction("1234.50"), "UAH", "uk")   # Одна тисяча двісті тридцять чотири гривні 50 копійок
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from antiphon.billing.domain.amounts import Rounding, rounded

LARGEST = 10**15
"""Whole units from here on stand in digits."""
Forms = tuple[str, str, str]
"""With 1, with 2 to 4, with 5 and more."""


@dataclass(frozen=True, slots=True)
class _Language:
    zero: str
    minus: str
    ones: Sequence[str]
    """0 to 19, masculine."""
    feminine: Mapping[int, str]
    tens: Sequence[str]
    hundreds: Sequence[str]
    scales: Sequence[Forms]
    """Thousands, which are feminine, millions and so on, which are not."""
    money: Mapping[str, tuple[Forms, bool, Forms]]
    """Currency → (whole units, are they feminine, hundredths)."""


_UK = _Language(
    zero="нуль",
    minus="мінус",
    ones=(
        "", "один", "два", "три", "чотири", "п’ять", "шість", "сім", "вісім", "дев’ять", "десять", "одинадцять",
        "дванадцять", "тринадцять", "чотирнадцять", "п’ятнадцять", "шістнадцять", "сімнадцять", "вісімнадцять",
        "дев’ятнадцять",
    ),
    feminine={1: "одна", 2: "дві"},
    tens=(
        "", "", "двадцять", "тридцять", "сорок", "п’ятдесят", "шістдесят", "сімдесят", "вісімдесят", "дев’яносто",
    ),
    hundreds=(
        "", "сто", "двісті", "триста", "чотириста", "п’ятсот", "шістсот", "сімсот", "вісімсот", "дев’ятсот",
    ),
    scales=(
        ("тисяча", "тисячі", "тисяч"), ("мільйон", "мільйони", "мільйонів"), ("мільярд", "мільярди", "мільярдів"),
        ("трильйон", "трильйони", "трильйонів"),
    ),
    money={
        "UAH": (("гривня", "гривні", "гривень"), True, ("копійка", "копійки", "копійок")),
        "RUB": (("російський рубль", "російські рублі", "російських рублів"), False, ("копійка", "копійки", "копійок")),
        "USD": (("долар США", "долари США", "доларів США"), False, ("цент", "центи", "центів")),
        "EUR": (("євро", "євро", "євро"), False, ("цент", "центи", "центів")),
    },
)  # fmt: skip
_RU = _Language(
    zero="ноль",
    minus="минус",
    ones=(
        "", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать",
        "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать",
        "девятнадцать",
    ),
    feminine={1: "одна", 2: "две"},
    tens=(
        "", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто",
    ),
    hundreds=(
        "", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот",
    ),
    scales=(
        ("тысяча", "тысячи", "тысяч"), ("миллион", "миллиона", "миллионов"), ("миллиард", "миллиарда", "миллиардов"),
        ("триллион", "триллиона", "триллионов"),
    ),
    money={
        "UAH": (("гривна", "гривны", "гривен"), True, ("копейка", "копейки", "копеек")),
        "RUB": (("рубль", "рубля", "рублей"), False, ("копейка", "копейки", "копеек")),
        "USD": (("доллар США", "доллара США", "долларов США"), False, ("цент", "цента", "центов")),
        "EUR": (("евро", "евро", "евро"), False, ("цент", "цента", "центов")),
    },
)  # fmt: skip
_LANGUAGES = {"uk": _UK, "ru": _RU}


def in_words(amount: Fraction, currency: str, language: str) -> str:
    """Rounded to hundredths once. A currency without words of its own keeps its code."""
    told = _LANGUAGES[language]
    hundredths = rounded(amount, 2, Rounding.HALF_UP)
    whole, rest = divmod(abs(hundredths), 100)
    units, feminine, parts = told.money.get(currency, ((currency,) * 3, False, ("",) * 3))
    number = _number(whole, told, feminine=feminine) if whole < LARGEST else f"{whole:,}".replace(",", "\u00a0")
    signed = f"{told.minus} {number}" if hundredths < 0 else number
    text = f"{signed} {_form(whole, units)} {rest:02}\u00a0{_form(rest, parts)}".rstrip()
    return text[0].upper() + text[1:]


def _number(whole: int, told: _Language, *, feminine: bool) -> str:
    if not whole:
        return told.zero
    groups: list[str] = []
    place = 0
    while whole:
        whole, group = divmod(whole, 1000)
        if group:
            words = _group(group, told, feminine=feminine if place == 0 else place == 1)
            groups.insert(0, f"{words} {_form(group, told.scales[place - 1])}" if place else words)
        place += 1
    return " ".join(groups)


def _group(group: int, told: _Language, *, feminine: bool) -> str:
    hundreds, rest = divmod(group, 100)
    tens, ones = divmod(rest, 10) if rest >= 20 else (0, rest)
    last = told.feminine.get(ones, told.ones[ones]) if feminine else told.ones[ones]
    return " ".join(part for part in (told.hundreds[hundreds], told.tens[tens], last) if part)


def _form(count: int, forms: Forms) -> str:
    if count % 100 in range(11, 15):
        return forms[2]
    return forms[{1: 0, 2: 1, 3: 1, 4: 1}.get(count % 10, 2)]
