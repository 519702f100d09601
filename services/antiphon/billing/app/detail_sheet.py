"""The itemised detail on paper: a row for each charge; of very many, their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from zoneinfo import ZoneInfo

from antiphon.billing.app.sheets import About, Sheet, exact_text, frame, named, words
from antiphon.billing.domain.accounting import MICRO, worth
from antiphon.billing.domain.amounts import decimal_text
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.ledger import Entry
from antiphon.billing.domain.records import AccountRecord, Rated

MOST_ROWS = 20_000
"""A document of more would not fit where documents are kept, nor into a browser's patience."""


def detail(
    about: About, entries: Sequence[Entry], calls: Mapping[str, Rated], acted: tuple[Fraction, Fraction] | None = None
) -> Sheet:
    """A row for each charge, the call it rests on beside it; its total is that of the ledger. What is too long to be
    read or kept has a row a day instead, of one day a row an hour, and says where the charges are. `acted`: what the
    act of the same month asks, and what it carries on."""
    account, text = about.account, words(about.account.customer.language)
    is_long = len(entries) > MOST_ROWS
    rows = (_sums if is_long else detail_rows)(account, entries, calls)
    exact = sum(worth(entry, account.id) for entry in entries)
    sheet = frame(about)
    sheet |= {
        "columns": [text[name] for name in ("when", "called", "seconds", "billed", "version", "amount")],
        "widths": [0, 1, 0, 0, 0, 0],
        "right": [2, 3, 5],
        "rows": rows,
        "sums": [[text["total"], f"{decimal_text(exact, 6)} {account.currency}"]],
        "notes": [text["long"].format(rows=len(entries))] if is_long else [] if rows else [text["nothing"]],
    }
    if acted is not None:
        total, carry = acted
        parts = {"asked": total, "carried": carry} if carry else {"asked": total}
        told = {name: f"{exact_text(int(part * MICRO))} {account.currency}" for name, part in parts.items()}
        sheet["notes"].append(" ".join(text[name].format(sum=part) for name, part in told.items()))
    return sheet


def detail_rows(account: AccountRecord, entries: Sequence[Entry], calls: Mapping[str, Rated]) -> list[list[str]]:
    text, zone, rows = words(account.customer.language), ZoneInfo(account.zone), []
    for entry in entries:
        call = calls.get(entry.operation.ref)
        if call is not None and call.record.answered is not None:
            when = at(call.record.answered // SECOND, zone)
            about = [call.record.called, str(call.seconds), _billed(call, text), call.version]
        elif call is not None and call.record.ended is not None:
            when = at(call.record.ended // SECOND, zone)
            about = [f"{call.record.service} × {call.record.quantity}", "", "", call.version]
        else:
            when = at(entry.at // SECOND, zone)
            about = [named(entry, text), "", "", entry.operation.tariff]
        rows.append([f"{when:%d.%m.%Y %H:%M:%S}", *about, exact_text(worth(entry, account.id))])
    return rows


def _sums(account: AccountRecord, entries: Sequence[Entry], calls: Mapping[str, Rated]) -> list[list[str]]:
    """The same columns: when, how many charges, seconds and billed seconds of calls, and what they add up to."""
    zone = ZoneInfo(account.zone)
    told = [at(_instant(entry, calls.get(entry.operation.ref)) // SECOND, zone) for entry in entries]
    style = "%d.%m.%Y" if len({when.date() for when in told}) > 1 else "%d.%m.%Y %H:00"
    found: dict[str, list[int]] = {}
    order = sorted(range(len(entries)), key=lambda place: told[place])
    for place in order:
        entry, sums = entries[place], found.setdefault(f"{told[place]:{style}}", [0, 0, 0, 0])
        call = calls.get(entry.operation.ref)
        seconds = (call.seconds, call.billed_s) if call is not None else (0, 0)
        for number, more in enumerate((1, *seconds, worth(entry, account.id))):
            sums[number] += more
    return [
        [when, f"{count} ×", str(seconds), str(billed), "", exact_text(micros)]
        for when, (count, seconds, billed, micros) in found.items()
    ]


def _instant(entry: Entry, call: Rated | None) -> int:
    """When it was answered or used; of what is no call, when it was charged."""
    moments = (call.record.answered, call.record.ended) if call is not None else ()
    return next((one for one in moments if one is not None), entry.at)


def _billed(call: Rated, text: Mapping[str, str]) -> str:
    """Seconds that were billed, and how many of them packages gave."""
    inside = sum(one.seconds for one in call.drawn)
    return text["of_package"].format(billed=call.billed_s, seconds=inside) if inside else str(call.billed_s)
