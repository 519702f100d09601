"""Fees, suspension, waterfall, taxes: sums that must hold for every input."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.billing.domain.calc import calculate
from antiphon.billing.domain.reading import BadInput
from antiphon.billing.domain.subscription import days_from, fee_of

pytestmark = pytest.mark.domain

kopecks = st.integers(0, 10**9).map(lambda units: Decimal(units) / 100)
signed = st.integers(-(10**9), 10**9).map(lambda units: Decimal(units) / 100)
KOPECK = Decimal("0.01")


def ask(kind: str, **given: Any) -> dict[str, Any]:
    return calculate({"kind": kind, "input": given})


def cents(value: Decimal) -> Decimal:
    return value.quantize(KOPECK, ROUND_HALF_UP)


@given(kopecks, st.integers(1990, 2100), st.integers(1, 12))
@settings(deadline=None)
@pytest.mark.clause("I08")
def test_a_whole_month_is_the_fee_exactly(monthly: Decimal, year: int, month: int) -> None:
    last = date(year, month, monthrange(year, month)[1])
    days = list(days_from(date(year, month, 1), last))
    assert sum(fee_of(Fraction(monthly), day) for day in days) == Fraction(monthly)
    assert all(abs(fee_of(Fraction(monthly), day) - Fraction(monthly) / len(days)) < Fraction(1, 100) for day in days)


@pytest.mark.clause("I07")
def test_two_minutes_around_midnight_are_two_days() -> None:
    assert ask("subscription", monthly="300", first="2026-04-03", last="2026-04-04")["total"] == "20.00"


@pytest.mark.clause("I08")
def test_a_part_of_april() -> None:
    assert ask("subscription", monthly="1000.00", first="2026-04-10", last="2026-04-12")["total"] == "100.00"


def lifecycle_by_hand(given: dict[str, Any]) -> dict[str, Any]:
    """The rules again, on Decimal, as one loop."""
    balance, threshold, monthly = (Decimal(given[name]) for name in ("balance", "threshold", "monthly"))
    state, since, trust, log = "active", 0, None, []
    for number in range(date.fromisoformat(given["from"]).toordinal(), date.fromisoformat(given["to"]).toordinal() + 1):
        day = date.fromordinal(number)
        if state == "terminated":
            continue
        if state == "suspended" and number - since > 30:
            state = "terminated"
            log.append([str(day), "terminated"])
            continue
        days = monthrange(day.year, day.month)[1]
        balance -= cents(monthly * day.day / days) - cents(monthly * (day.day - 1) / days)
        trust = None if trust is not None and number > trust else trust
        if state == "active" and balance <= threshold and trust is None:
            state, since = "suspended", number
            log.append([str(day), "suspended"])
        for event in given["events"]:
            if event["day"] != str(day):
                continue
            if event["type"] == "payment":
                balance += Decimal(event["amount"])
                if state == "suspended" and balance > threshold:
                    state = "active"
                    log.append([str(day), "restored"])
            elif trust is None:
                state, trust = "active", number + 5
                log.append([str(day), "trust"])
    return {"log": log, "balance": str(cents(balance)), "state": state}


events = st.lists(
    st.builds(
        lambda day, kind, amount: {"day": f"2026-04-{day:02d}", "type": kind, "amount": str(amount)},
        st.integers(1, 30),
        st.sampled_from(["payment", "payment", "trust"]),
        st.sampled_from(["0.01", "10", "33.33", "100"]),
    ),
    max_size=6,
)


@given(st.sampled_from(["0", "10", "33.34", "100", "-5"]), st.sampled_from(["0", "10"]), kopecks, events)
@settings(deadline=None)
@pytest.mark.clause("I09")
@pytest.mark.clause("I10")
@pytest.mark.clause("I17")
def test_a_life_like_the_one_by_hand(
    balance: str, threshold: str, monthly: Decimal, events: list[dict[str, Any]]
) -> None:
    given = {"balance": balance, "threshold": threshold, "monthly": str(monthly % 2000), "events": events}
    given |= {"from": "2026-04-01", "to": "2026-06-05"}
    assert ask("lifecycle", **given) == lifecycle_by_hand(given)


@pytest.mark.clause("I09")
@pytest.mark.parametrize(("balance", "state"), [("33.33", "suspended"), ("33.34", "active")])
def test_equal_to_the_threshold_suspends(balance: str, state: str) -> None:
    told = ask(
        "lifecycle", balance=balance, threshold="0", monthly="1000", **{"from": "2026-04-01", "to": "2026-04-01"}
    )
    assert told["state"] == state


@pytest.mark.clause("I10")
def test_ten_days_of_suspension_are_ten_fees() -> None:
    told = ask("lifecycle", balance="0", threshold="0", monthly="300", **{"from": "2026-04-01", "to": "2026-04-10"})
    assert told == {"log": [["2026-04-01", "suspended"]], "balance": "-100.00", "state": "suspended"}


@pytest.mark.clause("I10")
def test_a_tariff_may_let_the_fee_rest_while_suspended() -> None:
    asked: dict[str, Any] = {"balance": "0", "threshold": "0", "monthly": "300", "from": "2026-04-01"}
    told = ask("lifecycle", **asked, to="2026-04-10", suspended_free=True)
    assert told == {"log": [["2026-04-01", "suspended"]], "balance": "-10.00", "state": "suspended"}
    told = ask("lifecycle", **asked, to="2026-06-05", suspended_free=True)
    assert told["balance"] == "-10.00"
    assert told["log"][-1] == ["2026-05-02", "terminated"]
    assert ask("lifecycle", **asked, to="2026-06-05")["balance"] == "-309.68", "thirty days of April, one of May"
    with pytest.raises(BadInput):
        ask("lifecycle", **asked, to="2026-04-02", suspended_free="no")


CLASSES = ["penalty", "previous_debt", "subscription_local", "gsm_slot", "long_distance", "other"]
dues = st.fixed_dictionaries(dict.fromkeys(CLASSES, kopecks))


@given(kopecks, dues)
@pytest.mark.clause("I19")
def test_a_payment_is_allocated_in_order_and_completely(payment: Decimal, due: dict[str, Decimal]) -> None:
    told = {name: Decimal(text) for name, text in ask("allocation", payment=payment, due=due).items()}
    assert sum(told.values()) == payment
    short = [name for name in CLASSES if told[name] < due[name]]
    assert all(told[name] <= due[name] for name in due)
    if short:
        later = CLASSES[CLASSES.index(short[0]) + 1 :]
        assert not any(told[name] for name in [*later, "advance"])


@given(signed, st.sampled_from(["0", "7", "18", "20", "22"]))
def test_tax_and_net_are_the_gross(gross: Decimal, percent: str) -> None:
    told = ask("vat", gross=str(gross), rate=percent)
    assert Decimal(told["net"]) + Decimal(told["vat"]) == gross
    want = cents(gross * Decimal(percent) / (100 + Decimal(percent)))
    assert Decimal(told["vat"]) == want
    back = ask("vat", net=told["net"], rate=percent)
    assert abs(Decimal(back["gross"]) - gross) <= KOPECK


@given(st.lists(st.integers(-(10**7), 10**7).map(lambda units: Decimal(units) / 10_000), max_size=20))
@pytest.mark.clause("J01")
def test_documents_and_carry_are_the_lines(lines: list[Decimal]) -> None:
    """One after another, each line its own document: nothing is lost between them."""
    carry, documents = Decimal(0), Decimal(0)
    for line in lines:
        told = ask("invoice", lines=[str(line)], carry=str(carry))
        carry, documents = Decimal(told["carry"]), documents + Decimal(told["document"])
    assert documents + carry == sum(lines, Decimal(0))
    assert abs(carry) <= Decimal("0.005")


@given(st.integers(0, 3_000_000), st.integers(0, 40_000))
@pytest.mark.clause("M05")
@pytest.mark.clause("M03")
def test_every_started_hour_counts_but_never_more_than_the_fee(seconds: int, planned: int) -> None:
    told = ask("sla_credit", monthly="720.00", outages=[{"seconds": seconds, "fault": "operator"}], planned_s=planned)
    hours = -(-seconds // 3600) + -(-max(0, planned - 14_400) // 3600)
    assert told == {"hours": hours, "credit": f"{min(hours, 720)}.00"}


@pytest.mark.clause("M08")
@pytest.mark.parametrize("fault", ["subscriber", "other_operator", "power", "force_majeure"])
def test_no_credit_for_what_the_operator_did_not_cause(fault: str) -> None:
    told = ask("sla_credit", monthly="720.00", outages=[{"seconds": 99_999, "fault": fault}])
    assert told == {"hours": 0, "credit": "0.00"}


@pytest.mark.clause("I14")
@pytest.mark.parametrize(
    ("amount", "country", "reason"),
    [("15001", "RU", "limit"), ("15000.5", "XX", "fraction"), ("-0.5", "XX", "amount"), ("5", "XX", "country")],
)
def test_the_first_reason_counts(amount: str, country: str, reason: str) -> None:
    assert ask("card_topup", amount=amount, country=country, limit="15000", allowed=["RU"]) == {
        "ok": False,
        "reason": reason,
    }


def test_refunds_and_deadlines() -> None:
    asked = {"balance": "10", "unbilled": "0", "requested_on": "2026-01-31"}
    assert ask("refund", holds="0.01", **asked) == {"ok": False, "reason": "open_holds"}
    assert ask("refund", holds="0", days=5, **asked) == {"ok": True, "amount": "10.00", "due": "2026-02-05"}
    over_dst = ask("deadline", event_at="2026-03-29T00:30:00Z", hours=2, tz="Europe/Kyiv")
    assert over_dst == {"due": "2026-03-29T02:30:00+00:00"}
    local = ask("deadline", event_at="2026-02-27T23:00:00Z", days=3, tz="Europe/Kyiv")
    assert local == {"due": "2026-03-03"}


@given(st.integers(0, 2000), st.sampled_from(["volume", "graduated"]))
def test_tiers_like_minute_by_minute(minutes: int, mode: str) -> None:
    brackets = [(0, Decimal(1)), (100, Decimal("0.8")), (500, Decimal("0.6"))]
    prices = [max((over, rate) for over, rate in brackets if over < minute)[1] for minute in range(1, minutes + 1)]
    want = sum(prices, Decimal(0)) if mode == "graduated" else minutes * (prices[-1] if prices else Decimal(0))
    shuffled = [{"over": over, "rate": rate} for over, rate in reversed(brackets)]
    assert Decimal(ask("tiers", mode=mode, brackets=shuffled, minutes=minutes)["cost"]) == want


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("subscription", {"monthly": "1", "first": "2026-04-02", "last": "2026-04-01"}, "last"),
        ("allocation", {"payment": "1", "due": {"fun": "1"}}, "due.fun"),
        ("vat", {"rate": "20"}, "gross"),
        ("sla_credit", {"monthly": "1", "cap": "moon"}, "cap"),
        ("deadline", {"event_at": "9999-12-31T00:00:00Z", "hours": "1e10"}, "event_at"),
        ("ledger", {"ops": [{"id": "a", "op": "steal", "amount": 1}]}, "ops[0].op"),
        ("ledger", {"ops": [{"id": "a", "op": "topup", "amount": "0.0000001"}]}, "ops[0].amount"),
        ("ledger", {"ops": [{"id": "a", "op": "topup", "amount": -1}]}, "ops[0].amount"),
    ],
)
def test_mistakes_are_named(kind: str, given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        ask(kind, **given)
    assert caught.value.field == field


def test_of_two_rates_from_one_day_on_the_later_written_is_in_force() -> None:
    table = [{"from": "2026-01-01", "rate": "20"}, {"from": "2026-01-01", "rate": "22"}]
    asked = {"gross": "122.00", "on": "2026-01-01", "table": table}
    assert calculate({"kind": "vat_dated", "input": asked})["rate"] == "22"
