"""Cases about accounts, fees, taxes and documents."""

from __future__ import annotations

from datetime import UTC, timedelta
from fractions import Fraction
from itertools import islice
from typing import Any

from antiphon.billing.domain import due, invoices, outages, refunds, surcharges, waterfall
from antiphon.billing.domain import vat as taxes
from antiphon.billing.domain.amounts import Rounding, fixed
from antiphon.billing.domain.instants import EPOCH, SECOND
from antiphon.billing.domain.ledger import Book, Op, Operation
from antiphon.billing.domain.lifecycle import Account, Payment, State, Terms, Trust, live
from antiphon.billing.domain.reading import BadInput, Form
from antiphon.billing.domain.subscription import days_from, fee_of
from antiphon.billing.domain.topups import declined

MICRO = 6
SHOWN_DAYS = 7
MOST_DAYS = 40_000
ZERO = Fraction(0)


def subscription(form: Form) -> dict[str, Any]:
    """{monthly, first, last} → {days, total, daily of the first week}."""
    monthly, first, last = form.amount("monthly"), form.day("first"), form.day("last")
    _period(form.field("last"), (last - first).days)
    fees = [fee_of(monthly, day) for day in days_from(first, last)]
    return {
        "days": len(fees),
        "total": fixed(sum(fees, ZERO)),
        "daily": [fixed(fee) for fee in islice(fees, SHOWN_DAYS)],
    }


def lifecycle(form: Form) -> dict[str, Any]:
    """{balance, threshold, monthly, from, to, events: [{day, type, amount}]} → {log, balance, state}."""
    first, last = form.day("from"), form.day("to")
    _period(form.field("to"), (last - first).days)
    terms = Terms(
        form.amount("monthly"),
        form.amount("threshold", ZERO),
        form.whole("reserve_days", 30),
        form.whole("trust_days", 5),
    )
    state = form.choice("state", State, State.ACTIVE)
    since = form.day("suspended_on") if form.has("suspended_on") else None
    trust = form.day("trust_until") if form.has("trust_until") else None
    account = Account(form.amount("balance"), state, since, trust)
    account, log = live(account, terms, days_from(first, last), [_event(each) for each in form.forms("events")])
    return {
        "log": [[day.isoformat(), what.value] for day, what in log],
        "balance": fixed(account.balance),
        "state": account.state.value,
    }


def ledger(form: Form) -> dict[str, Any]:
    """{floor, ops: [{id, op, amount, hold, ttl, t}]} → {results, balance, held, available}; t and ttl are seconds."""
    book, now, results = Book("case", floor=_micros(form, "floor", 0)), 0, []
    for each in form.forms("ops", needed=True):
        now = max(now, _nanoseconds(each, "t", now))
        results.append(book.submit(_operation(each, book), now).value)
    book.expire(now)
    money = {"balance": book.balance, "held": book.held, "available": book.available}
    return {"results": results} | {name: fixed(Fraction(amount, 10**MICRO), 4) for name, amount in money.items()}


def allocation(form: Form) -> dict[str, Any]:
    """{payment, due: {class: amount}} → what each class gets, and the advance."""
    owed = form.form("due")
    unknown = sorted(set(owed.data) - set(waterfall.ORDER))
    if unknown:
        raise BadInput(owed.field(unknown[0]), f"is none of {', '.join(waterfall.ORDER)}")
    debts = {name: owed.amount(name, ZERO, least=0) for name in waterfall.ORDER}
    return {name: fixed(part) for name, part in waterfall.allocate(form.amount("payment", least=0), debts).items()}


def surcharge(form: Form) -> dict[str, Any]:
    """{ld_on_credit, advance, percent} → {base, surcharge}."""
    percent = form.amount("percent", Fraction(2), least=0)
    base, extra = surcharges.credit_surcharge(form.amount("ld_on_credit"), form.amount("advance", ZERO), percent)
    return {"base": fixed(base), "surcharge": fixed(extra)}


def penalty(form: Form) -> dict[str, Any]:
    """{debt, days, annual, year_days} → {penalty}."""
    days, year = form.whole("days"), form.whole("year_days", 365, least=1)
    return {"penalty": fixed(surcharges.late_penalty(form.amount("debt"), days, form.amount("annual", least=0), year))}


def discounted(form: Form) -> dict[str, Any]:
    """{gross, percent, scale, rounding} → {discount, net}."""
    gross, scale = form.amount("gross"), form.whole("scale", 4, most=18)
    mode = form.choice("rounding", Rounding, Rounding.HALF_UP)
    off = surcharges.discount(gross, _share(form), scale, mode)
    return {"discount": fixed(off, scale), "net": fixed(gross - off, scale)}


def _share(form: Form) -> Fraction:
    """Percent of what is given off: no more than all of it."""
    percent = form.amount("percent", least=0)
    if percent > 100:
        raise BadInput(form.field("percent"), "is above 100")
    return percent


def invoice(form: Form) -> dict[str, Any]:
    """{lines, carry} → {document, carry}."""
    document, carry = invoices.total(form.amounts("lines"), form.amount("carry", ZERO))
    return {"document": fixed(document), "carry": _in_full(carry)}


def vat(form: Form) -> dict[str, Any]:
    """{gross | net, rate} → {net, vat, gross}."""
    return _taxed(form, form.amount("rate", least=0))


def vat_dated(form: Form) -> dict[str, Any]:
    """{gross | net, on, table: [{from, rate}]} → {rate, net, vat, gross}."""
    table = [
        (row.day("from"), (row.text("rate"), row.amount("rate", least=0))) for row in form.forms("table", needed=True)
    ]
    row = taxes.in_force(table, form.day("on"))
    if row is None:
        return {"error": "no_rate"}
    return {"rate": row[0]} | _taxed(form, row[1])


def outage_credit(form: Form) -> dict[str, Any]:
    """{monthly, outages: [{seconds, fault}], planned_s, cap, days} → {hours, credit}."""
    found = [outages.Outage(each.whole("seconds"), each.text("fault")) for each in form.forms("outages")]
    cap = form.choice("cap", outages.Cap, outages.Cap.MONTH)
    days = form.whole("days", 30, least=1)
    hours, credit = outages.credit(form.amount("monthly", least=0), found, form.whole("planned_s", 0), cap, days)
    return {"hours": hours, "credit": fixed(credit)}


def card_topup(form: Form) -> dict[str, Any]:
    """{amount, country, limit, allowed} → {ok, credited, fee} or {ok, reason}."""
    amount = form.amount("amount")
    limit = form.amount("limit") if form.has("limit") else None
    allowed = form.texts("allowed") if form.has("allowed") else None
    reason = declined(amount, form.text("country", ""), limit, allowed)
    if reason is not None:
        return {"ok": False, "reason": reason.value}
    return {"ok": True, "credited": fixed(amount), "fee": fixed(ZERO)}


def refunded(form: Form) -> dict[str, Any]:
    """{balance, holds, unbilled, requested_on, days} → {ok, amount, due} or {ok, reason}."""
    within = form.whole("days", refunds.WITHIN_DAYS, most=MOST_DAYS)
    held, unbilled = form.amount("holds", ZERO, least=0), form.amount("unbilled", ZERO)
    given = refunds.refund(form.amount("balance"), held, unbilled, form.day("requested_on"), within)
    if given is None:
        return {"ok": False, "reason": "open_holds"}
    return {"ok": True, "amount": fixed(given.amount), "due": given.due.isoformat()}


def deadline(form: Form) -> dict[str, Any]:
    """{event_at, hours | days, tz} → {due}: an instant in UTC, or a local date."""
    event, zone = form.instant("event_at"), form.zone()
    try:
        if form.has("hours"):
            at = due.after_hours(event, form.amount("hours", least=0))
            return {"due": (EPOCH + timedelta(microseconds=at // 1000)).astimezone(UTC).isoformat()}
        return {"due": due.after_days(event, form.whole("days"), zone).isoformat()}
    except OverflowError as error:
        raise BadInput("event_at", "the deadline is beyond the calendar") from error


def _taxed(form: Form, rate: Fraction) -> dict[str, Any]:
    if form.has("gross"):
        taxed = taxes.included(form.amount("gross"), rate)
    elif form.has("net"):
        taxed = taxes.on_top(form.amount("net"), rate)
    else:
        raise BadInput("gross", "is missing, and so is net")
    return {"net": fixed(taxed.net), "vat": fixed(taxed.vat), "gross": fixed(taxed.gross)}


def _in_full(amount: Fraction, least: int = 4) -> str:
    """All decimals it has, and at least some."""
    scale = least
    while (amount * 10**scale).denominator != 1:
        scale += 1
    return fixed(amount, scale)


def _event(form: Form) -> Payment | Trust:
    kind = form.text("type")
    if kind == "payment":
        return Payment(form.day("day"), form.amount("amount", least=0))
    if kind == "trust":
        return Trust(form.day("day"))
    raise BadInput(form.field("type"), f"is neither payment nor trust: {kind[:40]!r}")


def _operation(form: Form, book: Book) -> Operation:
    op = form.choice("op", Op, Op.EXPIRE)
    if op is Op.EXPIRE:
        raise BadInput(form.field("op"), "is missing, or not for callers")
    hold = form.text("hold", "") if op in {Op.TOPUP, Op.CHARGE, Op.RESERVE} else form.text("hold")
    held = book.holds.get(hold)
    default = held.amount if op is Op.SETTLE and held is not None else 0 if op is Op.VOID else None
    amount = _micros(form, "amount", default)
    ttl = _nanoseconds(form, "ttl", 0) if form.has("ttl") else None
    return Operation(form.text("id"), op, amount, hold, ttl)


def _micros(form: Form, name: str, default: int | None) -> int:
    if default is not None and not form.has(name):
        return default
    least = None if name == "floor" else 0
    amount = form.amount(name, least=least) * 10**MICRO
    if amount.denominator != 1:
        raise BadInput(form.field(name), "has more than six decimals")
    return int(amount)


def _nanoseconds(form: Form, name: str, default: int) -> int:
    return int(form.amount(name, least=0) * SECOND) if form.has(name) else default


def _period(field: str, days: int) -> None:
    if not 0 <= days < MOST_DAYS:
        raise BadInput(field, "is before the first day" if days < 0 else f"is more than {MOST_DAYS} days later")
