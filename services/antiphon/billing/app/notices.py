"""Notices: what an owner or accountant should know, kept and told in the transaction that caused it.

The balance falls to one of the account's own marks, paid service stops or comes back, a limit refuses calls. A fall
over several marks at once is one notice, about the lowest.
"""

from __future__ import annotations

from google.protobuf.message import Message

from antiphon.billing.app.times import stamp
from antiphon.billing.app.writer import Page
from antiphon.billing.domain.amounts import decimal_text
from antiphon.billing.domain.papers import Paper
from antiphon.billing.v1.cabinet_pb2 import Notice
from antiphon.billing.v1.events_pb2 import (
    AccountRestored,
    AccountSuspended,
    AccountTerminated,
    NoticeGiven,
)
from antiphon.common.v1.money_pb2 import Money

KIND = "notice"
OF_FACTS: dict[type[Message], str] = {
    AccountSuspended: "suspended",
    AccountRestored: "restored",
    AccountTerminated: "terminated",
}


def give(page: Page, now: int) -> None:
    """Gives what follows from what a batch did to an account."""
    account = page.account
    if account is None:
        return
    for kind in [OF_FACTS[type(event)] for event in page.told if type(event) in OF_FACTS]:
        write(page, kind, "", now)
    crossed = [mark for mark in account.notify_below if page.before > mark >= page.book.available]
    if crossed:
        write(page, "low_balance", decimal_text(min(crossed), 6), now)


def write(page: Page, kind: str, about: str, now: int) -> None:
    """One notice: a paper and a fact."""
    assert page.account is not None
    number = page.account.numbers.get(KIND, 0) + 1
    data = {"kind": kind, "about": about, "available": page.book.available, "currency": page.account.currency}
    paper = page.put_paper(Paper(KIND, f"{number:08}", "new", now, "service:billing", data=data))
    fact = NoticeGiven(occurred_at=stamp(now), account_id=page.account_id, notice=message(paper))
    page.told.append(fact)


def message(paper: Paper) -> Notice:
    """A notice as people see it."""
    data = paper.data
    money = Money(currency=data["currency"], micros=data["available"])
    return Notice(id=paper.id, at=stamp(paper.at), kind=data["kind"], about=data["about"], available=money)
