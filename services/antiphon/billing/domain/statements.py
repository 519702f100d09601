"""A bank's statement as lines of money that came in: CSV, the exchange format of 1C, or camt.053. Nothing is guessed.

    read(b"date;amount;currency;reference;purpose\\n2026-05-04;100.00;UAH;77;Account ac_1\\n")

What went out is not ours to credit and is left out. Amounts are exact; a file that lies about its own total is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Protocol
from xml.etree import ElementTree

from antiphon.billing.domain.amounts import exact

LARGEST = 5_000_000
MOST_LINES = 20_000
NEEDED = ("date", "amount", "currency", "reference", "purpose")
_DAY = re.compile(r"([0-3][0-9])\.([01][0-9])\.([0-9]{4})")


class NotAStatement(ValueError):
    """What is wrong, and in which line."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        self.message = message
        super().__init__(f"line {line}: {message}" if line else message)


class _Rows(Protocol):
    """A reader of CSV that knows where it is."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Credit:
    """One payment that came in."""

    line: int
    day: date
    amount: Fraction
    currency: str
    reference: str
    """The bank's own name of it, unique for ever."""
    purpose: str
    """What the payer wrote."""


@dataclass(frozen=True, slots=True)
class Statement:
    format: str
    credits: Sequence[Credit]


def read(content: bytes, currency: str = "") -> Statement:
    """Reads a file of any of the three forms. `currency` is the account's, for files that do not name one."""
    if len(content) > LARGEST:
        raise NotAStatement(0, "is larger than 5 MB")
    head = content[:4_000]
    if b"1CClientBankExchange" in head:
        found = Statement("1c", list(_one_c(_text(content, "cp1251"), currency)))
    elif b"camt.053" in head:
        found = Statement("camt.053", list(_camt(content)))
    else:
        found = Statement("csv", list(_csv(_text(content, "utf-8-sig"))))
    if len(found.credits) > MOST_LINES:
        raise NotAStatement(0, f"has more than {MOST_LINES} lines")
    seen: set[str] = set()
    for credit in found.credits:
        if credit.reference in seen:
            raise NotAStatement(credit.line, f"has the reference {credit.reference[:40]!r} for the second time")
        seen.add(credit.reference)
    return found


def _text(content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode(encoding if encoding != "utf-8-sig" else "cp1251")
        except UnicodeDecodeError as error:
            raise NotAStatement(0, "is neither UTF-8 nor Windows-1251") from error


def _csv(text: str) -> Iterator[Credit]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = ";" if lines[0].count(";") >= lines[0].count(",") else ","
    rows = csv.reader(lines, delimiter=separator)
    try:
        header = [cell.strip().lower() for cell in next(rows)]
        yield from _csv_rows(header, rows)
    except csv.Error as error:
        raise NotAStatement(rows.line_num, str(error)) from error


def _csv_rows(header: Sequence[str], rows: _Rows) -> Iterator[Credit]:
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise NotAStatement(1, f"has no column {missing[0]!r}")
    for row in rows:
        number = rows.line_num
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise NotAStatement(number, f"has {len(row)} cells, the head {len(header)}")
        cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
        amount = _amount(number, cells["amount"])
        if amount > 0:
            yield Credit(
                number,
                _day(number, cells["date"]),
                amount,
                _currency(number, cells["currency"]),
                _reference(number, cells["reference"]),
                cells["purpose"],
            )


def _one_c(text: str, currency: str) -> Iterator[Credit]:
    """Sections of `name=value`; a document with a day of receipt came in."""
    document: dict[str, str] | None = None
    began = 0
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, value = line.partition("=")
        if name.startswith("СекцияДокумент"):
            document, began = {}, number
        elif name.strip() == "КонецДокумента" and document is not None:
            if document.get("ДатаПоступило", "").strip():
                yield _one_c_credit(began, document, currency)
            document = None
        elif document is not None:
            document[name.strip()] = value.strip()
    if document is not None:
        raise NotAStatement(began, "has no end")


def _one_c_credit(line: int, document: dict[str, str], currency: str) -> Credit:
    for name in ("Номер", "Сумма", "ДатаПоступило"):
        if not document.get(name):
            raise NotAStatement(line, f"has no {name}")
    day = _day(line, document["ДатаПоступило"])
    payer = document.get("ПлательщикИНН") or document.get("ПлательщикСчет", "")
    reference = f"{day.isoformat()}/{document['Номер']}/{payer}"
    amount = _amount(line, document["Сумма"])
    return Credit(line, day, amount, _currency(line, currency), reference, document.get("НазначениеПлатежа", ""))


def _camt(content: bytes) -> Iterator[Credit]:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise NotAStatement(0, "declares entities")
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - entities are refused above
    except ElementTree.ParseError as error:
        raise NotAStatement(error.position[0], "is not XML") from error
    for number, entry in enumerate(root.iterfind(".//{*}Ntry"), start=1):
        if _under(entry, "CdtDbtInd") != "CRDT":
            continue
        if (entry.findtext("{*}Sts/{*}Cd") or _under(entry, "Sts")) not in ("BOOK", ""):
            continue  # only announced
        amount = entry.find("{*}Amt")
        if amount is None:
            raise NotAStatement(number, "has no amount")
        day = entry.findtext("{*}BookgDt/{*}Dt") or (entry.findtext("{*}BookgDt/{*}DtTm") or "")[:10]
        reference = _under(entry, "AcctSvcrRef") or _under(entry, "NtryRef")
        purpose = " ".join(text.text or "" for text in entry.iterfind(".//{*}RmtInf/{*}Ustrd"))
        yield Credit(
            number,
            _day(number, day),
            _amount(number, amount.text or ""),
            _currency(number, amount.get("Ccy", "")),
            _reference(number, reference),
            purpose,
        )


def _under(entry: ElementTree.Element, name: str) -> str:
    return (entry.findtext(f"{{*}}{name}") or "").strip()


def _amount(line: int, text: str) -> Fraction:
    plain = text.strip().replace("\u00a0", "").replace(" ", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        amount = exact(plain)
    except ValueError as error:
        raise NotAStatement(line, f"the amount {text[:30]!r} is {error}") from error
    if (amount * 100).denominator != 1:
        raise NotAStatement(line, f"the amount {text[:30]!r} has more than two decimals")
    return amount


def _day(line: int, text: str) -> date:
    found = _DAY.fullmatch(text.strip())
    try:
        return date.fromisoformat(f"{found[3]}-{found[2]}-{found[1]}" if found else text.strip())
    except ValueError as error:
        raise NotAStatement(line, f"{text[:20]!r} is not a day") from error


def _currency(line: int, text: str) -> str:
    if len(text) != 3 or not text.isascii() or not text.isupper():
        raise NotAStatement(line, f"{text[:10]!r} is no currency")
    return text


def _reference(line: int, text: str) -> str:
    if not 1 <= len(text) <= 100:
        raise NotAStatement(line, "the reference has 1 to 100 characters")
    return text
