"""Documents composed: everything a template needs, as plain data in the customer's language."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.app.profiles import profile
from antiphon.billing.domain.accounting import (
    DEDUCTED,
    MICRO,
    DocumentKind,
    Line,
    Sums,
    Turnover,
    in_kopecks,
    money,
)
from antiphon.billing.domain.amounts import decimal_text, fixed
from antiphon.billing.domain.chart import customer
from antiphon.billing.domain.clients import Billed, Totals
from antiphon.billing.domain.in_words import in_words
from antiphon.billing.domain.instants import SECOND, at
from antiphon.billing.domain.ledger import Entry, Op
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord

Sheet = dict[str, Any]
STORED = "usage:storage:"
INCIDENTS = "incidents of "
"""How the basis of an outage credit begins; its month follows."""
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, as documents name him."""

    name: str
    lines: tuple[str, ...] = ()
    pays_vat: bool = True


@dataclass(frozen=True, slots=True)
class About:
    """What every document says."""

    kind: DocumentKind
    account: AccountRecord
    seller: Seller
    dated: date
    first: date
    last: date


@cache
def words(language: str) -> Mapping[str, str]:
    """Texts of documents in a language."""
    known: dict[str, dict[str, str]] = json.loads(files("antiphon.billing").joinpath("document_words.json").read_text())
    return known[language]


def frame(about: About) -> Sheet:
    """What every document has."""
    account, text = about.account, words(about.account.customer.language)
    who = account.customer
    lines = [text["tax_id"].format(id=who.tax_id)] if who.tax_id else []
    return {
        "lang": who.language,
        "title": text[about.kind.value],
        "subtitle": text["period"].format(first=_day(about.first), last=_day(about.last)),
        "issued": {"year": about.dated.year, "month": about.dated.month, "day": about.dated.day},
        "seller": {"name": about.seller.name, "lines": list(about.seller.lines)},
        "buyer": {"name": who.name or account.id, "lines": [*lines, *([who.address] if who.address else [])]},
        "words": {name: text[name] for name in ("seller", "buyer", "check")},
        "code": "",
        "columns": [],
        "widths": [],
        "right": [],
        "rows": [],
        "sums": [],
        "notes": [],
        "signed": False,
    }


def act(about: About, lines: Sequence[Line], sums: Sums, percent: Fraction, carry: Fraction = Fraction(0)) -> Sheet:
    """The act and the tax invoice: a line a kind, the total with the tax in it. `carry`: what was left of the last."""
    text, currency = words(about.account.customer.language), about.account.currency
    sheet, parts = frame(about), in_kopecks((line.amount for line in lines), carry)
    sheet |= {
        "columns": [text["service"], text["count"], text["amount"]],
        "widths": [1, 0, 0],
        "right": [1, 2],
        "rows": [
            [_service(text, line), _quantity(text, line), money(part, currency)]
            for line, part in zip(lines, parts, strict=True)
        ],
        "sums": [[text["total"], money(sums.total, currency)]],
        "signed": about.kind is DocumentKind.ACT,
    }
    left = sums.total - sum(parts)
    if left:
        sheet["rows"].append([text["to_next"], "", money(left, currency)])
    if about.seller.pays_vat:
        tax = text["vat"].format(percent=percent_text(percent))
        sheet["sums"] += [[tax, money(sums.vat, currency)], [text["net"], money(sums.net, currency)]]
    sheet["notes"] = [*([] if lines else [text["nothing"]]), text["in_words"].format(sum=_words(about, sums.total))]
    if not about.seller.pays_vat:
        sheet["notes"].append(text["no_vat_note"])
    if sums.carry and not left:
        sheet["notes"].append(text["carry"].format(sum=exact_text(int(sums.carry * MICRO)), currency=currency))
    if about.kind is DocumentKind.ACT:
        days = profile(about.account.customer.country).objection_days
        sheet["notes"].append(text["accepted"].format(days=days))
    return sheet


def _words(about: About, amount: Fraction) -> str:
    return in_words(amount, about.account.currency, about.account.customer.language)


def invoice(about: About, amount: Fraction, vat: Fraction, percent: Fraction) -> Sheet:
    """A sum to pay, with the words that make the bank's line find its account."""
    text, currency = words(about.account.customer.language), about.account.currency
    sheet = frame(about)
    sheet["subtitle"] = ""
    sheet["sums"] = [[text["total"], money(amount, currency)]]
    if about.seller.pays_vat:
        sheet["sums"].append([text["vat"].format(percent=percent_text(percent)), money(vat, currency)])
    sheet["notes"] = [
        text["in_words"].format(sum=_words(about, amount)),
        text["pay_by"].format(account=about.account.id),
    ]
    if not about.seller.pays_vat:
        sheet["notes"].insert(1, text["no_vat_note"])
    return sheet


def reconciliation(about: About, turned: Turnover, entries: Sequence[Entry]) -> Sheet:
    """Opening, what was charged by day, each payment, closing."""
    account, text = about.account, words(about.account.customer.language)
    mine, zone = customer(account.id), ZoneInfo(account.zone)
    charged: dict[date, int] = {}
    rows: list[tuple[date, str, str, str]] = []
    for entry in entries:
        day = at(entry.at // SECOND, zone).date()
        if entry.debit == mine:
            charged[day] = charged.get(day, 0) + entry.amount
        elif entry.credit == mine:
            name = text["payment" if entry.debit.startswith("asset.") else "credit"]
            rows.append((day, f"{name} {entry.operation.ref}", "", priced(entry.amount, account)))
    rows += [(day, text["charged"], priced(amount, account), "") for day, amount in charged.items()]
    sheet = frame(about)
    sheet |= {
        "columns": [text["when"], text["what"], text["charged"], text["paid"]],
        "widths": [0, 1, 0, 0],
        "right": [2, 3],
        "rows": [[_day(day), *rest] for day, *rest in sorted(rows)],
        "sums": [
            [text["opening"], priced(turned.opening, account)],
            [text["charged"], priced(turned.charged, account)],
            [text["paid"], priced(turned.paid, account)],
            [text["closing"], priced(turned.closing, account)],
        ],
        "strong": 3,
        "notes": [text["favour" if turned.closing >= 0 else "owes"].format(sum=_words(about, _whole(turned.closing)))],
        "signed": True,
    }
    return sheet


def client_statement(
    about: About, card: Mapping[str, Any], lines: Sequence[Billed], days: Sequence[tuple[date, Totals]]
) -> Sheet:
    """What a client of the centre is billed: a row a day, a sum a unit. The centre is the seller here."""
    text, currency, centre = words(card["language"]), about.account.currency, about.account.customer
    in_words = replace(about, account=replace(about.account, customer=replace(centre, language=card["language"])))
    sheet = frame(in_words)
    sheet |= {
        "seller": {"name": centre.name or about.account.id, "lines": sheet["buyer"]["lines"]},
        "buyer": {"name": card["name"], "lines": []},
        "columns": [text[name] for name in ("day", "calls", "contacts", "minutes", "agent_hours", "sales")],
        "widths": [1, 0, 0, 0, 0, 0],
        "right": [1, 2, 3, 4, 5],
        "rows": [[_day(day), *_counted(done)] for day, done in days],
        "sums": [
            [_unit(text, line, currency), money(part, currency)]
            for line, part in zip(lines, in_kopecks(line.amount for line in lines), strict=True)
        ],
        "strong": len(lines),
        "signed": True,
    }
    whole = sum((line.amount for line in lines), Fraction(0))
    sheet["sums"].append([text["total"], money(whole, currency)])
    return sheet


def _service(text: Mapping[str, str], line: Line) -> str:
    return f"{text[line.kind]}: {line.reason.removeprefix(INCIDENTS)}" if line.reason else text[line.kind]


def _quantity(text: Mapping[str, str], line: Line) -> str:
    """How many charges; of an account with packages, how many minutes of calls besides."""
    minutes = f"{line.seconds // 60}:{line.seconds % 60:02} {text['minutes_short']}" if line.seconds else ""
    return " · ".join(filter(None, [str(line.count) if line.count or not minutes else "", minutes]))


def receipt(about: About, payment: Paper) -> Sheet:
    """What was paid, how, and to what it went."""
    text, currency, data = words(about.account.customer.language), about.account.currency, payment.data
    parts = [(text.get(f"part_{name}", name), int(amount)) for name, amount in data.get("parts", ())]
    sheet = frame(about)
    how = text.get(f"by_{data['method']}", data["method"])
    sheet |= {
        "subtitle": text["paid_on"].format(day=_day(about.first), how=how, number=payment.number),
        "columns": [text["what"], text["amount"]],
        "widths": [1, 0],
        "right": [1],
        "rows": [[name, money(Fraction(amount, MICRO), currency)] for name, amount in parts],
        "sums": [[text["paid"], money(Fraction(data["credited"], MICRO), currency)]],
        "notes": [text["in_words"].format(sum=_words(about, Fraction(data["credited"], MICRO)))],
    }
    return sheet


def quantity(amount: Fraction) -> str:
    """An exact decimal where there is one, else four places."""
    return fixed(amount, 4).rstrip("0").rstrip(".")


def _counted(done: Totals) -> list[str]:
    minutes, hours = fixed(Fraction(done.talk_s, 60)), fixed(Fraction(done.agent_s, 3600))
    return [str(done.calls), str(done.contacts), minutes, hours, str(done.sales)]


def _unit(text: Mapping[str, str], line: Billed, currency: str) -> str:
    if line.unit == "flat":
        return text["unit_flat"].format(days=line.quantity)
    price = f"{exact_text(line.price)}\u00a0{currency}"
    return f"{text[f'unit_{line.unit}']}: {quantity(line.quantity)} × {price}"


def as_csv(sheet: Mapping[str, Any]) -> bytes:
    """The rows of a document for spreadsheets; texts that would be formulas are made plain."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(sheet["columns"])
    for row in sheet["rows"]:
        writer.writerow([_plain(cell) for cell in row])
    for name, value in sheet["sums"]:
        writer.writerow([_plain(name), *[""] * (len(sheet["columns"]) - 2), value])
    return ("\ufeff" + file.getvalue()).encode()


def _plain(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula becomes text; a number below zero is none."""
    formula = cell[:1] in ("=", "@", "+", "\t", "\r") or (cell[:1] == "-" and not _NUMBER.fullmatch(cell))
    return f"'{cell}" if formula else cell


def finished(sheet: Sheet, number: str, code: str) -> Sheet:
    """With the number and the code, which are given when it is issued."""
    issued = sheet["issued"]
    dated = date(issued["year"], issued["month"], issued["day"])
    line = words(sheet["lang"])["number"].format(number=number, day=_day(dated))
    return {**sheet, "subtitle": f"{line} {sheet['subtitle']}".strip(), "code": code}


def named(entry: Entry, text: Mapping[str, str]) -> str:
    if entry.operation.op is Op.CHARGE and entry.operation.id.startswith("fee:"):
        return text["subscription"]
    if entry.operation.id.startswith(STORED):
        store, _, day = entry.operation.id.removeprefix(STORED).partition(":")
        quantity = entry.operation.ref.rpartition(" × ")[2]
        return text["stored"].format(what=text.get(f"store_{store}", store), quantity=quantity, day=day)
    if entry.debit in DEDUCTED:
        return f"{text[DEDUCTED[entry.debit]]}: {entry.operation.ref.removeprefix(INCIDENTS)}"
    return entry.operation.ref


def percent_text(percent: Fraction) -> str:
    """20, 7.5"""
    return fixed(percent, 2).rstrip("0").rstrip(".")


def _whole(micros: int) -> Fraction:
    return Fraction(abs(micros), MICRO)


def priced(micros: int, account: AccountRecord) -> str:
    return money(Fraction(micros, MICRO), account.currency)


def exact_text(micros: int) -> str:
    text = decimal_text(micros, 6)
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
