"""The control register on paper: every paper a line, every series its numbers, count and sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from antiphon.billing.app.sheets import About, Sheet, frame, priced, words
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.register import Entered, Series, ranges


def register(about: About, entered: Sequence[Entered], found: Sequence[Series]) -> Sheet:
    """Every paper a line, every series its numbers, count and sum; what is missing is said."""
    account, text = about.account, words(about.account.customer.language)
    zone = ZoneInfo(account.zone)
    sheet = frame(about)
    sheet |= {
        "columns": [text[name] for name in ("series", "number_of", "when", "amount")],
        "widths": [1, 0, 0, 0],
        "right": [1, 3],
        "rows": [
            [_series(text, one.series), str(one.number), _stamp(one.at, zone), priced(one.amount, account)]
            for one in entered
        ],
        "sums": [
            [f"{_series(text, one.name)}: {one.ranges} ({text['count']}: {one.count})", priced(one.amount, account)]
            for one in found
        ],
        "strong": -1,
        "notes": [_wrong(text, one) for one in found if one.missing or one.doubled] or [text["all_there"]],
        "signed": True,
    }
    return sheet


def _series(text: Mapping[str, str], name: str) -> str:
    return text[f"series_{name}"]


def _stamp(instant: int, zone: ZoneInfo) -> str:
    return f"{at(instant // SECOND, zone):%d.%m.%Y %H:%M:%S}"


def _wrong(text: Mapping[str, str], one: Series) -> str:
    parts = [
        text[word].format(numbers=ranges(numbers))
        for word, numbers in (("missing", one.missing), ("doubled", one.doubled))
        if numbers
    ]
    return f"{_series(text, one.name)}: {'; '.join(parts)}"
