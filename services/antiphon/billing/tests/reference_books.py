"""The rules of accounts, documents and controls once more, in the plainest way: by trying, by listing, by walking days.

Like `reference`, it shares no line with the domain. Each function takes a case's input and gives its answer.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from antiphon.billing.tests import reference
from antiphon.billing.tests.reference import quantized, when

Case = dict[str, Any]
CLASSES = ["penalty", "previous_debt", "subscription_local", "gsm_slot", "long_distance", "other"]


def shown(value: Fraction, scale: int = 2, mode: str = "half_up") -> str:
    text = f"{quantized(value, scale, mode):f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def kopecks(value: Fraction) -> Fraction:
    return Fraction(quantized(value, 2, "half_up"))


def day_fee(monthly: Fraction, day: date) -> Fraction:
    length = calendar.monthrange(day.year, day.month)[1]
    return kopecks(monthly * day.day / length) - kopecks(monthly * (day.day - 1) / length)


def calendar_days(first: str, last: str) -> list[date]:
    days, day = [], date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        days.append(day)
        day += timedelta(days=1)
    return days


def duration(case: Case) -> Case:
    return {"seconds": reference.counted(case["answer"], case["end"], case.get("mode", "ceil"))}


def subscription(case: Case) -> Case:
    fees = [day_fee(Fraction(case["monthly"]), day) for day in calendar_days(case["first"], case["last"])]
    return {"days": len(fees), "total": shown(sum(fees, Fraction(0))), "daily": [shown(fee) for fee in fees[:7]]}


def lifecycle(case: Case) -> Case:
    balance, threshold = Fraction(case["balance"]), Fraction(case.get("threshold", "0"))
    state, since, trust, log = "active", date.min, date.min, []
    for day in calendar_days(case["from"], case["to"]):
        if state == "suspended" and day > since + timedelta(days=case.get("reserve_days", 30)):
            state = "terminated"
            log.append([str(day), "terminated"])
        if state == "terminated":
            continue
        balance -= day_fee(Fraction(case["monthly"]), day)
        if state == "active" and balance <= threshold and not day <= trust:
            state, since = "suspended", day
            log.append([str(day), "suspended"])
        for event in [each for each in case.get("events", []) if each["day"] == str(day)]:
            if event["type"] == "payment":
                balance += Fraction(event["amount"])
                if state == "suspended" and balance > threshold:
                    state = "active"
                    log.append([str(day), "restored"])
            elif not day <= trust:
                state, trust = "active", day + timedelta(days=5)
                log.append([str(day), "trust"])
    return {"log": log, "balance": shown(balance), "state": state}


class Told:
    """A ledger that keeps no sums: what is held is asked of every hold, every time."""

    def __init__(self, floor: str) -> None:
        self.floor, self.balance, self.now = Fraction(floor), Fraction(0), Fraction(0)
        self.holds: dict[str, Case] = {}

    def is_open(self, hold: Case) -> bool:
        return not hold["over"] and (hold["ttl"] is None or self.now < hold["since"] + hold["ttl"])

    def held(self) -> Fraction:
        return sum((hold["amount"] for hold in self.holds.values() if self.is_open(hold)), Fraction(0))

    def free(self) -> Fraction:
        return self.balance - self.held() - self.floor

    def on_money(self, op: Case, amount: Fraction) -> str:
        if op["op"] != "topup" and amount > self.free():
            return "insufficient"
        if op["op"] == "reserve":
            self.holds[op["id"]] = {"amount": amount, "since": self.now, "ttl": op.get("ttl"), "over": False}
        else:
            self.balance += amount if op["op"] == "topup" else -amount
        return "ok"

    def on_hold(self, op: Case, amount: Fraction, hold: Case) -> str:
        if op["op"] == "settle":
            return self.settled(amount, hold)
        if not self.is_open(hold):
            return "not_open"
        if op["op"] == "void":
            hold["over"] = True
        elif amount > self.free():
            return "insufficient"
        else:
            hold |= {"amount": hold["amount"] + amount, "since": self.now, "ttl": op.get("ttl", hold["ttl"])}
        return "ok"

    def settled(self, amount: Fraction, hold: Case) -> str:
        if hold["over"]:
            return "not_open"
        result = "ok_late" if not self.is_open(hold) else "ok_overrun" if amount > hold["amount"] else "ok"
        self.balance, hold["over"] = self.balance - amount, True
        return result


def ledger(case: Case) -> Case:
    told, bodies, results = Told(case.get("floor", "0")), dict[str, tuple[Any, str]](), []
    for op in case["ops"]:
        told.now = max(told.now, Fraction(op.get("t", told.now)))
        hold = told.holds.get(op.get("hold", ""))
        amount = Fraction(op.get("amount", hold["amount"] if hold and op["op"] == "settle" else 0))
        body = (op["op"], amount, op.get("hold", ""), op.get("ttl"))
        if op["id"] in bodies:
            known, before = bodies[op["id"]]
            failed = before in {"insufficient", "not_found", "not_open"}
            results.append("conflict" if known != body else "already_failed" if failed else "exists")
            continue
        if op["op"] in {"topup", "charge", "reserve"}:
            result = told.on_money(op, amount)
        else:
            result = "not_found" if hold is None else told.on_hold(op, amount, hold)
        bodies[op["id"]] = (body, result)
        results.append(result)
    sums = {"balance": told.balance, "held": told.held(), "available": told.free()}
    return {"results": results} | {name: shown(amount, 4) for name, amount in sums.items()}


def allocation(case: Case) -> Case:
    """Kopeck by kopeck would do; class by class is as plain."""
    left, answer = Fraction(case["payment"]), {}
    for name in CLASSES:
        owed = Fraction(case["due"].get(name, "0"))
        part = owed if owed < left else left
        answer[name], left = shown(part), left - part
    return answer | {"advance": shown(left)}


def ld_surcharge(case: Case) -> Case:
    base = Fraction(case["ld_on_credit"]) - Fraction(case.get("advance", "0"))
    base = base if base > 0 else Fraction(0)
    return {"base": shown(base), "surcharge": shown(base * Fraction(case.get("percent", "2")) / 100)}


def penalty(case: Case) -> Case:
    yearly = Fraction(case["debt"]) * Fraction(case["annual"]) / 100
    return {"penalty": shown(yearly * case["days"] / case.get("year_days", 365))}


def discount(case: Case) -> Case:
    scale, gross = case.get("scale", 4), Fraction(case["gross"])
    mode = case.get("rounding", "half_up")
    off = Fraction(quantized(gross * Fraction(case["percent"]) / 100, scale, mode))
    return {"discount": shown(off, scale), "net": shown(gross - off, scale)}


def invoice(case: Case) -> Case:
    exact = sum((Fraction(line) for line in case["lines"]), Fraction(case.get("carry", "0")))
    carry = exact - kopecks(exact)
    digits = next(count for count in range(4, 99) if (carry * 10**count).denominator == 1)
    return {"document": shown(exact), "carry": shown(carry, digits)}


def vat(case: Case) -> Case:
    rate = Fraction(case["rate"])
    if "gross" in case:
        gross = Fraction(case["gross"])
        tax = kopecks(gross - gross / (1 + rate / 100))
        return {"net": shown(gross - tax), "vat": shown(tax), "gross": shown(gross)}
    net = Fraction(case["net"])
    tax = kopecks(net * rate / 100)
    return {"net": shown(net), "vat": shown(tax), "gross": shown(net + tax)}


def vat_dated(case: Case) -> Case:
    begun = [row for row in case["table"] if row["from"] <= case["on"]]
    if not begun:
        return {"error": "no_rate"}
    rate = begun[-1]["rate"]
    return {"rate": rate} | vat({key: case[key] for key in ("gross", "net") if key in case} | {"rate": rate})


def sla_credit(case: Case) -> Case:
    """Hours are begun one after the other."""
    lost = [outage["seconds"] for outage in case["outages"] if outage["fault"] == "operator"]
    planned = case.get("planned_s", 0)
    hours = sum(len(range(0, seconds, 3600)) for seconds in [*lost, planned - 14_400 if planned > 14_400 else 0])
    monthly = Fraction(case["monthly"])
    credit = monthly * hours / 720
    most = monthly
    if case.get("cap") == "clause_20_2_prorata":
        time_lost = sum(lost) + max(0, planned - 14_400)
        most = min(monthly, monthly * time_lost / (case.get("days", 30) * 86_400))
    return {"hours": hours, "credit": shown(credit if credit < most else most)}


def card_topup(case: Case) -> Case:
    amount, reason = Fraction(case["amount"]), ""
    if amount <= 0:
        reason = "amount"
    elif amount % 1:
        reason = "fraction"
    elif "limit" in case and amount > Fraction(case["limit"]):
        reason = "limit"
    elif "allowed" in case and case["country"] not in case["allowed"]:
        reason = "country"
    if reason:
        return {"ok": False, "reason": reason}
    return {"ok": True, "credited": shown(amount), "fee": "0.00"}


def refund(case: Case) -> Case:
    if Fraction(case.get("holds", "0")) > 0:
        return {"ok": False, "reason": "open_holds"}
    left = Fraction(case["balance"]) - Fraction(case.get("unbilled", "0"))
    asked = date.fromisoformat(case["requested_on"])
    due = [asked + timedelta(days=number) for number in range(case.get("days", 30) + 1)][-1]
    return {"ok": True, "amount": shown(left if left > 0 else Fraction(0)), "due": str(due)}


def deadline(case: Case) -> Case:
    event = when(case["event_at"])
    if "hours" in case:
        return {"due": (event.astimezone(UTC) + timedelta(hours=case["hours"])).isoformat()}
    day = event.astimezone(ZoneInfo(case.get("tz", "UTC"))).date()
    for _ in range(case["days"]):
        day += timedelta(days=1)
    return {"due": str(day)}


def tiers(case: Case) -> Case:
    """Minutes, and what is left of the last one, are priced one by one."""
    minutes, cost = Fraction(case["minutes"]), Fraction(0)
    if case["mode"] == "volume":
        over = [one for one in case["brackets"] if minutes > Fraction(one["over"])]
        return {"cost": shown(minutes * Fraction(over[-1]["rate"]) if over else cost, 4)}
    position = Fraction(0)
    while position < minutes:
        part = min(Fraction(1), minutes - position)
        over = [one for one in case["brackets"] if position >= Fraction(one["over"])]
        cost += part * Fraction(over[-1]["rate"]) if over else 0
        position += part
    return {"cost": shown(cost, 4)}


def lcr(case: Case) -> Case:
    offers = []
    for route in case["routes"]:
        row = {"prefix": "1", **route["rate"]}
        call = {"to": "1", "answer": "2026-01-01T00:00:00Z", "seconds": case["seconds"]}
        cost = Fraction(reference.rated({"rates": [row]}, call)["cost"])
        most = [Fraction(case[name]) for name in ("sell", "max_cost") if case.get(name) is not None]
        asr = Fraction(route["asr"])
        if asr >= Fraction(case.get("min_asr", 0)) and all(cost <= limit for limit in most):
            offers.append((route["id"], asr, cost))
    by_cost = case["strategy"] == "lcr"
    offers.sort(key=lambda one: (one[2], -one[1], one[0]) if by_cost else (-one[1], one[2], one[0]))
    return {"order": [one[0] for one in offers]}


def itemised(case: Case) -> Case:
    today, first, last = (date.fromisoformat(case[name]) for name in ("today", "frm", "to"))
    month, year = today.month - 6, today.year
    if month < 1:
        month, year = month + 12, year - 1
    earliest = date(year, month, min(today.day, calendar.monthrange(year, month)[1]))
    if last < first:
        return {"ok": False, "reason": "empty"}
    if last >= today:
        return {"ok": False, "reason": "not_past"}
    if first < earliest:
        return {"ok": False, "reason": "too_old", "earliest": str(earliest)}
    return {"ok": True, "days": len(calendar_days(case["frm"], case["to"]))}


def completeness(case: Case) -> Case:
    answer = {}
    for source in case["sources"]:
        taken: dict[int, Case] = {}
        twice, other = set[int](), set[int]()
        for record in source["records"]:
            if record["seq"] not in taken:
                taken[record["seq"]] = record
            else:
                (twice if taken[record["seq"]] == record else other).add(record["seq"])
        head = source["header"]
        first = min(head["first_seq"], head["prev_last"] + 1) if "prev_last" in head else head["first_seq"]
        gaps = [seq for seq in range(first, head["last_seq"] + 1) if seq not in taken]
        seconds = sum(record["seconds"] for record in taken.values())
        agrees = head["count"] == len(taken) and head["seconds"] == seconds
        answer[source["name"]] = {
            "accepted": len(taken),
            "gaps": gaps,
            "duplicates": sorted(twice),
            "conflicts": sorted(other),
            "control_ok": agrees and not gaps and not other,
        }
    return answer


def reconcile(case: Case) -> Case:
    sip, rtp, billed = ({one["id"]: one["seconds"] for one in case[name]} for name in ("sip", "rtp", "billing"))
    names = ("ok", "missing_in_billing", "missing_in_sip", "no_media", "media_mismatch", "billed_mismatch")
    answer: dict[str, list[str]] = {name: [] for name in names}
    for call in sorted({*sip, *rtp, *billed}):
        if call not in sip:
            answer["missing_in_sip"].append(call)
        elif call not in billed:
            answer["missing_in_billing"].append(call)
        elif sip[call] != billed[call]:
            answer["billed_mismatch"].append(call)
        elif call not in rtp:
            answer["no_media"].append(call)
        else:
            far = abs(rtp[call] - sip[call]) > case.get("tolerance_s", 1)
            answer["media_mismatch" if far else "ok"].append(call)
    return answer


def fraud(case: Case) -> Case:
    limits, passed, verdicts = case["limits"], list[Case](), list[str]()
    for call in case["calls"]:
        t = call["t"]
        live = [one for one in passed if one["t"] + one["seconds"] > t]
        minute = [one for one in passed if t - 60 < one["t"] <= t]
        dear = [one for one in passed if one["cls"] == "high" and t - 3600 < one["t"] <= t]
        today = sum((Fraction(one["cost"]) for one in passed if one["t"] // 86_400 == t // 86_400), Fraction(0))
        verdict = "allow"
        if call["cls"] == "blocked":
            verdict = "block:direction"
        elif len(live) >= limits.get("concurrent", 10**9):
            verdict = "block:concurrent"
        elif len(minute) >= limits.get("cpm", 10**9):
            verdict = "block:cpm"
        elif call["cls"] == "high" and len(dear) >= limits.get("high_per_hour", 10**9):
            verdict = "block:high_cost"
        elif today >= Fraction(limits.get("cost_per_day", 10**9)):
            verdict = "block:daily_cost"
        if verdict == "allow":
            passed.append(call)
        verdicts.append(verdict)
    return {"verdicts": verdicts}


def rate(case: Case) -> Case:
    return reference.rated(case["tariff"], case["call"])


def max_seconds(case: Case) -> Case:
    return reference.longest(case["tariff"], case["call"], case["available"], case["limit_s"])


def bundle(case: Case) -> Case:
    """Seconds are drawn step by step, the rest is walked."""
    scale, mode = case["tariff"].get("scale", 4), case["tariff"].get("rounding", "half_up")
    left = {one["id"]: one["seconds"] for one in case["bundles"]}
    money, told = Fraction(case.get("money", "0")), []
    for call in case["calls"]:
        answer = reference.packaged(case["tariff"], case["bundles"], left, call)
        told.append(answer)
        for name, drawn in answer.get("from_bundle", {}).items():
            left[name] -= drawn
        money -= Fraction(answer.get("cost", "0"))
    return {"calls": told, "left": left, "money": shown(money, scale, mode)}


KINDS: dict[str, Callable[[Case], Case]] = {
    made.__name__: made
    for made in (
        rate, max_seconds, bundle, duration, lcr, tiers, subscription, lifecycle, ledger, allocation, ld_surcharge,
        penalty, discount, invoice, vat, vat_dated, sla_credit, card_topup, refund, deadline, itemised, completeness,
        reconcile, fraud,
    )
}  # fmt: skip
