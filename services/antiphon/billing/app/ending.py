"""The end of a contract, written in the transaction of the day it comes on.

running ── its day begins ──▶ done          the account is terminated, the balance is asked back
        ── withdrawn by the customer ──▶ withdrawn
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from antiphon.billing.app import notices
from antiphon.billing.app.messages import local_day
from antiphon.billing.app.writer import Page
from antiphon.billing.domain import contract
from antiphon.billing.domain.instants import day_of
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.refunds import WITHIN_DAYS
from antiphon.billing.domain.trail import Said

ENDING, REFUND = "ending", "request"
"""Kinds of papers; a refund is a request of the back office (`office`)."""
RUNNING, WITHDRAWN, DONE = "running", "withdrawn", "done"
MACHINE = "service:billing"


def touched(record: AccountRecord) -> list[str]:
    """The papers that the end of this account's contract writes."""
    return [key_of(ENDING, record.ending), key_of(REFUND, _refund_id(record.ending))] if record.ending else []


def begin(page: Page, wanted: tuple[str, date, str, str], by: str, now: int) -> Paper:
    """Starts the clock. `wanted` is the paper's id, the day, the reason, and the change that was refused. What runs
    already is only brought forward."""
    name, ends_on, reason, change = wanted
    account = page.account
    assert account is not None
    running = page.papers.get(key_of(ENDING, account.ending)) if account.ending else None
    if running is not None:
        if account.ends_on is not None and ends_on >= account.ends_on:
            return running
        paper = running.to(RUNNING, ends_on=ends_on.isoformat(), change=change)
    else:
        data = {
            "ends_on": ends_on.isoformat(), "reason": reason, "change": change,
            "asked_on": local_day(account, now).isoformat(),
        }  # fmt: skip
        paper = Paper(ENDING, name, RUNNING, now, by, data=data)
    page.account = replace(account, ending=paper.id, ends_on=ends_on)
    page.note(Said(now, by, "end_contract", f"{paper.id}: {ends_on.isoformat()}"))
    notices.write(page, "ending", ends_on.isoformat(), now)
    return page.put_paper(paper)


def withdraw(page: Page, paper: Paper, by: str, now: int) -> Paper:
    """The contract goes on."""
    assert page.account is not None
    page.account = replace(page.account, ending="", ends_on=None)
    page.note(Said(now, by, "withdraw_end", paper.id))
    notices.write(page, "not_ending", paper.data["ends_on"], now)
    return page.put_paper(paper.to(WITHDRAWN, withdrawn_by=by, withdrawn_at=now))


def finish(page: Page, now: int) -> None:
    """The account has just been terminated. Of a customer who asked for it, what is left is asked back by itself."""
    account = page.account
    assert account is not None
    page.note(Said(now, MACHINE, "terminated", account.ending or "reserve"))
    paper = page.papers.get(key_of(ENDING, account.ending)) if account.ending else None
    if paper is None or paper.state != RUNNING:
        return
    due = refund_day(paper)
    page.put_paper(paper.to(DONE, refund_due=due.isoformat()))
    asked = _refund_id(paper.id)
    if page.book.balance > 0 and key_of(REFUND, asked) not in page.papers:
        data = {
            "kind": "refund", "amount": 0, "currency": account.currency, "reason": f"end of contract {paper.id}",
            "document": paper.id, "exception": False, "valid_until": "", "promotion": {}, "corrects": "",
            "due": due.isoformat(),
        }  # fmt: skip
        page.put_paper(Paper(REFUND, asked, "waiting", now, MACHINE, data=data))
        page.note(Said(now, MACHINE, "ask", f"refund {asked}"))


def refund_day(paper: Paper) -> date:
    """Until when the rest is given back."""
    return contract.refund_due(day_of(paper.data["asked_on"]), day_of(paper.data["ends_on"]), WITHIN_DAYS)


def _refund_id(ending: str) -> str:
    return f"ending:{ending}"
