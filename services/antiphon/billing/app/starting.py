"""Services that do not start when they are ordered: on a later day, or by the operator's hand.

    waiting ── its day, or "it works" ──▶ active or done     the one-time price is charged, the fee accrues from now on
            ── cancelled ──▶ cancelled                        what was reserved is free

The one-time price, or a package's first month, is reserved with the order, which is its payment. What is not started
in time raises an alarm, which closes when it starts or is cancelled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.app import messages, notices, packages
from antiphon.billing.app.alarms import ALARM, put
from antiphon.billing.app.messages import local_day
from antiphon.billing.app.profiles import profile
from antiphon.billing.app.workdays import holidays_of
from antiphon.billing.app.writer import Page, Touches
from antiphon.billing.domain import contract
from antiphon.billing.domain.chart import Code
from antiphon.billing.domain.instants import day_of, midnight
from antiphon.billing.domain.ledger import Op, Operation
from antiphon.billing.domain.papers import Paper, key_of
from antiphon.billing.domain.plans import NUMBER
from antiphon.billing.domain.reasons import Reason
from antiphon.billing.domain.records import AccountRecord
from antiphon.billing.domain.tallies import Kind
from antiphon.billing.domain.trail import Said
from antiphon.kit.errors import DomainError, invalid

ORDER, WAITING, HOLD = "order", "waiting", "start:"
MACHINE = "service:billing"
FURTHEST = 366


def touches(order_id: str, *papers: str) -> Touches:
    """What the start of an order may write."""
    holds = [f"{HOLD}{order_id}", f"{NUMBER}{order_id}"]
    charges = (f"order:{order_id}", packages.first_id(order_id), packages.rest_id(order_id))
    names = (*holds, *(f"{hold}:freed" for hold in holds), *charges)
    keys = [key_of(ORDER, order_id), key_of(ALARM, alarm_of(order_id)), *papers]
    return Touches(names, holds=holds, papers=keys)


def hold_of(order: Paper) -> str:
    """What its one-time price is reserved under."""
    return f"{NUMBER if 'e164' in order.data else HOLD}{order.id}"


def alarm_of(order_id: str) -> str:
    return f"orders/{order_id}"


def when(account: AccountRecord, asked: str, now: int, *, by_hand: bool) -> dict[str, Any] | None:
    """What an order that waits keeps; None for one that starts at once. Raises INVALID."""
    today, zone = local_day(account, now), ZoneInfo(account.zone)
    try:
        start_on = day_of(asked) if asked else None
    except ValueError as error:
        raise invalid("start_on", str(error)) from error
    if start_on is not None and not 0 <= (start_on - today).days <= FURTHEST:
        raise invalid("start_on", f"is a day from today on, at most {FURTHEST} days ahead")
    if not by_hand and (start_on is None or start_on == today):
        return None
    country = account.customer.country
    by = contract.start_by(today, start_on, profile(country).notice, holidays_of(country))
    wakes = contract.ends(by, zone) if by_hand else midnight(by, zone)
    return {
        "start_on": asked, "start_by": by.isoformat(), "by_hand": by_hand, "late": False, "wakes": wakes,
    }  # fmt: skip


def wait(page: Page, paper: Paper, now: int) -> Paper:
    """Keeps an order whose price at its start is reserved. Raises INSUFFICIENT."""
    amount = _at_start(paper)
    if amount:
        if page.book.available < amount:
            raise DomainError(Reason.INSUFFICIENT, "there is not enough money for this order")
        page.book.submit(Operation(hold_of(paper), Op.RESERVE, amount, ref=f"order:{paper.id}"), now)
        page.moved = True
    page.note(Said(now, paper.by, "order", f"{paper.id}: waits until {paper.data['start_by']}"))
    return page.put_paper(paper)


def start(page: Page, paper: Paper, by: str, now: int) -> Paper:
    """The service works: what was reserved becomes its price, and its fee accrues from now on."""
    account, amount, name = page.account, paper.data["one_time"], f"order:{paper.id}"
    assert account is not None
    _free(page, paper, now)
    if amount:
        page.book.submit(Operation(name, Op.CHARGE, amount, code=Code.OTHER, forced=True, ref=name), now)
        messages.spent(account, amount, now)
    packages.charge_first(page, paper, now, forced=True)
    page.account = replace(account, monthly=account.monthly + paper.data["monthly"])
    page.note(Said(now, by, "started", paper.id))
    notices.write(page, "started", paper.data["name"], now)
    packages.ordered(page, paper, now)
    state = "active" if paper.data["monthly"] else "done"
    return page.put_paper(closed_alarm(page, paper, now).to(state, started=now))


def cancel(page: Page, paper: Paper, by: str, now: int) -> Paper:
    """It never starts; nothing is charged."""
    _free(page, paper, now)
    page.note(Said(now, by, "cancel", paper.id))
    page.changed = True
    return page.put_paper(closed_alarm(page, paper, now).to("cancelled", ended=now, ended_by=by))


def closed_alarm(page: Page, paper: Paper, now: int) -> Paper:
    """The order as it is when it starts: nothing is late any more."""
    known = page.papers.get(key_of(ALARM, alarm_of(paper.id)))
    if known is not None and known.state == "open":
        put(page, now, known.to("closed", closed_at=now, closed_by=MACHINE))
    return paper.to(paper.state, wakes=0, late=False)


def flag(page: Page, paper: Paper, now: int) -> Paper:
    """Whoever has to start it is late."""
    why = f"it should have been started until {paper.data['start_by']}"
    told = {
        "kind": Kind.NOT_STARTED.value, "switch": "orders", "what": paper.data["name"], "why": why,
        "closed_at": 0, "closed_by": "",
    }  # fmt: skip
    put(page, now, Paper(ALARM, alarm_of(paper.id), "open", now, MACHINE, data=told))
    page.note(Said(now, MACHINE, "not_started", paper.id))
    notices.write(page, "not_started", paper.data["name"], now)
    return page.put_paper(paper.to(WAITING, late=True, wakes=0))


def _at_start(paper: Paper) -> int:
    """The most that its start takes: its one-time price, or a package's first month."""
    whole = paper.data["monthly"] if paper.data.get("package") is not None else 0
    return int(paper.data["one_time"] + whole)


def _free(page: Page, paper: Paper, now: int) -> None:
    if _at_start(paper):
        hold = hold_of(paper)
        page.book.submit(Operation(f"{hold}:freed", Op.VOID, hold=hold, ref=f"order:{paper.id}"), now)
        page.moved = True
