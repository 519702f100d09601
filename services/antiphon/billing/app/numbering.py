"""Documents are numbered here: the next number of their kind and year, in the transaction that keeps them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.app import notices, sheets
from antiphon.billing.app.accounts import account_on
from antiphon.billing.app.messages import local_day
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.sheets import Sheet
from antiphon.billing.app.writer import Page
from antiphon.billing.domain import accounting
from antiphon.billing.domain.accounting import DocumentKind
from antiphon.billing.domain.instants import midnight
from antiphon.billing.domain.papers import Paper
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.trail import Said

DOCUMENT = "document"


def numbered(
    page: Page,
    when: tuple[int, str],
    name: str,
    what: tuple[DocumentKind, tuple[date, date]],
    made: tuple[Sheet, dict[str, Any]],
) -> Paper:
    """Issues a composed document: the next number of its kind and year, in the transaction of the page."""
    (now, by), (kind, (first, last)), (sheet, facts) = when, what, made
    account, year = account_on(page), sheet["issued"]["year"]
    number = page.next_number(f"{kind.value}:{year}")
    text = f"{year}-{number}"
    code = accounting.code_of(page.account_id, kind.value, text, now, facts["total"])
    days = profile(account.customer.country).objection_days
    data = {
        **facts,
        "kind": kind.value,
        "text": text,
        "code": code,
        "hash": "",
        "first": first.isoformat(),
        "last": last.isoformat(),
        "dated": date(**sheet["issued"]).isoformat(),
        "currency": account.currency,
        "accept_at": _accepted_at(account, now, days) if kind is DocumentKind.ACT else 0,
        "sheet": sheets.finished(sheet, text, code),
        "mail": facts.get("mail", account.customer.email),
        "sent": "",
    }
    data["seal"] = accounting.seal_of(data)
    page.note(Said(now, by, "document", f"{kind.value} {text}"))
    notices.write(page, "document", text, now)
    return page.put_paper(Paper(DOCUMENT, name, "issued", now, by, data=data))


def _accepted_at(account: AccountRecord, now: int, days: int) -> int:
    """When so many full days have passed: they begin with the local day after the one of issue."""
    return midnight(local_day(account, now) + timedelta(days=days + 1), ZoneInfo(account.zone))
