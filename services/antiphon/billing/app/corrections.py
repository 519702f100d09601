"""The document that puts an issued one right: a credit note, or what is to be paid beside it.

An act or tax invoice never changes. Its correction is numbered in a series of its own, in the transaction of the
posting that two people agreed on; it names the document it corrects and shows what that asked before and asks after.
A second correction begins where the first ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from antiphon.billing.app import sheets
from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.messages import local_day
from antiphon.billing.app.numbering import DOCUMENT, numbered
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.sheets import About, Seller, Sheet, words
from antiphon.billing.app.writer import Page
from antiphon.billing.domain.accounting import CORRECTION, MICRO, DocumentKind, money
from antiphon.billing.domain.in_words import in_words
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.vat import Taxed, included
from antiphon.kit.errors import Common, DomainError, invalid

ASKED = "asked"
"""Kind of the paper that knows what a document asks after its corrections."""
CORRECTED = (DocumentKind.ACT.value, DocumentKind.TAX_INVOICE.value)
HUNDREDTH = MICRO // 100


def touched(document_id: str) -> list[str]:
    """Papers that the correction of a document may touch."""
    return [key_of(DOCUMENT, document_id), key_of(ASKED, document_id)] if document_id else []


def check(page: Page, document_id: str, change: int) -> None:
    """Raises NOT_FOUND, INVALID, ILLEGAL (it would give back more than the document asks)."""
    corrected = page.papers.get(key_of(DOCUMENT, document_id))
    if corrected is None or corrected.data["kind"] not in CORRECTED:
        raise DomainError(Common.NOT_FOUND, object=document_id)
    if change % HUNDREDTH:
        raise invalid("amount", "is not a number of whole hundredths")
    if _asks(page, corrected) + change < 0:
        raise DomainError(Reason.ILLEGAL, "it gives back more than the document asks")


def issue(page: Page, asked: Paper, change: int, now: int, seller: Seller) -> Paper:
    """Numbers the document of a correction that was approved. `change`: micro-units more that are asked."""
    document_id = asked.data["corrects"]
    check(page, document_id, change)
    corrected, account = page.papers[key_of(DOCUMENT, document_id)], account_on(page)
    before = _asks(page, corrected)
    period = day_of(corrected.data["first"]), day_of(corrected.data["last"])
    about = About(DocumentKind.CORRECTION, account, seller, local_day(account, now), *period)
    dated = day_of(corrected.data["dated"])
    percent = profile(account.customer.country).vat_on(dated) if seller.pays_vat else Fraction(0)
    was, becomes = (included(Fraction(amount, MICRO), percent) for amount in (before, before + change))
    facts = {"total": change, "vat": int((becomes.vat - was.vat) * MICRO), "corrects": document_id}
    sheet = composed(about, corrected.data, asked.data, (was, becomes, percent))
    page.put_paper(Paper(ASKED, document_id, "corrected", now, asked.by, data={"total": before + change}))
    what = DocumentKind.CORRECTION, period
    return numbered(page, (now, asked.by), f"{CORRECTION}{asked.id}", what, (sheet, facts))


def composed(
    about: About, corrected: Mapping[str, Any], asked: Mapping[str, Any], sums: tuple[Taxed, Taxed, Fraction]
) -> Sheet:
    """What is printed: before, after, and the difference on its own side."""
    was, becomes, percent = sums
    text, currency = words(about.account.customer.language), about.account.currency
    up, down = (_difference(was, becomes), None) if becomes.gross > was.gross else (None, _difference(becomes, was))
    taxed = about.seller.pays_vat
    named = (("before", was), ("after", becomes), ("increase", up), ("decrease", down))
    names = [text["net_sum"], text["vat_sum"].format(percent=sheets.percent_text(percent)), text["with_vat"]]
    sheet = sheets.frame(about)
    less = down is not None
    sheet |= {
        "subtitle": text["corrects"].format(
            title=corrected["sheet"]["title"], number=corrected["text"], day=_day(day_of(corrected["dated"]))
        ),
        "columns": [text["indicator"], *(names if taxed else [text["total"]])],
        "widths": [1, 0, 0, 0][: 4 if taxed else 2],
        "right": [1, 2, 3][: 3 if taxed else 1],
        "rows": [[text[name], *_row(taxed, row, currency)] for name, row in named],
        "sums": [[text["to_credit" if less else "to_pay"], money(abs(becomes.gross - was.gross), currency)]],
        "notes": [
            text["in_words"].format(
                sum=in_words(abs(becomes.gross - was.gross), currency, about.account.customer.language)
            ),
            text["because"].format(reason=asked["reason"], document=asked["document"]),
            text["code_of"].format(code=corrected["code"]),
            *([] if taxed else [text["no_vat"]]),
        ],
        "signed": True,
    }
    return sheet


def _asks(page: Page, corrected: Paper) -> int:
    known = page.papers.get(key_of(ASKED, corrected.id))
    return int(known.data["total"] if known is not None else corrected.data["total"])


def _difference(less: Taxed, more: Taxed) -> Taxed:
    return Taxed(more.net - less.net, more.vat - less.vat, more.gross - less.gross)


def _row(taxed: bool, sums: Taxed | None, currency: str) -> list[str]:
    if sums is None:
        return ["–"] * (3 if taxed else 1)
    return [money(amount, currency) for amount in ((sums.net, sums.vat, sums.gross) if taxed else (sums.gross,))]


def _day(day: date) -> str:
    return f"{day:%d.%m.%Y}"
