"""Billing done slowly: one step at a time, with Fraction and the calendar, and no line shared with the domain.

What the fast code counts in runs is walked here. Inputs are cases as plain data.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "up": ROUND_UP, "down": ROUND_DOWN}
WIDE = Context(prec=400)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def quantized(value: Fraction, scale: int, mode: str) -> Decimal:
    """Rounded by the decimal module; a remainder that its digits do not show is kept as a last, sticky digit."""
    digits = 10 ** (scale + 60)
    whole, rest = divmod(abs(value) * digits, 1)
    text = Decimal(int(whole) * 10 + (1 if rest else 0)).scaleb(-(scale + 61), WIDE)
    return (-text if value < 0 else text).quantize(Decimal(1).scaleb(-scale), MODES[mode], WIDE)


def find_rate(tariff: dict[str, Any], to: str, answer: datetime) -> dict[str, Any] | None:
    best = None
    for rate in tariff["rates"]:
        starts = "valid_from" not in rate or when(rate["valid_from"]) <= answer
        ends = "valid_to" in rate and answer >= when(rate["valid_to"])
        fits = starts and not ends and to.startswith(rate["prefix"])
        if fits and (best is None or len(rate["prefix"]) > len(best["prefix"])):
            best = rate
    return best


def seconds_of(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 3600 + int(minute) * 60


def find_period(tariff: dict[str, Any], rate: dict[str, Any], moment: datetime) -> dict[str, Any] | None:
    if "periods" not in rate:
        return rate
    local = moment.astimezone(ZoneInfo(tariff.get("tz", "UTC")))
    second = local.hour * 3600 + local.minute * 60 + local.second
    best = None
    for period in rate["periods"]:
        days = period.get("days", [1, 2, 3, 4, 5, 6, 7])
        if days == "holiday":
            right_day = local.date().isoformat() in tariff.get("holidays", [])
        else:
            right_day = local.isoweekday() in days
        start, end = seconds_of(period.get("from", "00:00")), seconds_of(period.get("to", "24:00"))
        inside = start <= second < end if start <= end else second >= start or second < end
        if right_day and inside and (best is None or period.get("weight", 0) > best.get("weight", 0)):
            best = period
    return best


def rated(tariff: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    to, answer, seconds = call["to"], when(call["answer"]), call["seconds"]
    scale, mode = tariff.get("scale", 4), tariff.get("rounding", "half_up")
    if to in tariff.get("emergency", []):
        return {"prefix": to, "cost": str(quantized(Fraction(0), scale, mode)), "billed_s": 0, "emergency": True}
    if any(to.startswith(prefix) for prefix in tariff.get("blocked", [])):
        return {"error": "blocked_direction"}
    rate = find_rate(tariff, to, answer)
    if rate is None:
        return {"error": "no_rate"}
    left = seconds if seconds > rate.get("free_under_s", 0) else 0
    left -= rate.get("free_initial_s", 0)
    if left <= 0:
        return {"prefix": rate["prefix"], "cost": str(quantized(Fraction(0), scale, mode)), "billed_s": 0}
    first = find_period(tariff, rate, answer)
    if first is None:
        return {"error": "no_period"}
    cost = Fraction(first.get("connect_fee", rate.get("connect_fee", "0")))
    position = 0
    while position < left:
        at_start = tariff.get("tod_mode", "split") == "start"
        moment = answer.astimezone(UTC) + timedelta(seconds=0 if at_start else position)
        period = find_period(tariff, rate, moment)
        if period is None:
            return {"error": "no_period"}
        group = [each for each in period["groups"] if each["start"] <= position][-1]
        cost += Fraction(group["rate"]) * group["inc"] / group["per"]
        position += group["inc"]
    return {"prefix": rate["prefix"], "cost": str(finished(rate, cost, scale, mode)), "billed_s": position}


def finished(rate: dict[str, Any], cost: Fraction, scale: int, mode: str) -> Decimal:
    cost = max(cost, Fraction(rate.get("min_charge", "0")))
    if "max_cost" in rate and rate.get("max_cost_strategy", "free") == "free":
        cost = min(cost, Fraction(rate["max_cost"]))
    return quantized(cost, scale, mode)


def longest(tariff: dict[str, Any], call: dict[str, Any], available: str, limit: int) -> dict[str, Any]:
    """The largest number of whole steps that fit, found by trying one after the other."""
    to, answer = call["to"], when(call["answer"])
    scale, mode = tariff.get("scale", 4), tariff.get("rounding", "half_up")
    if to in tariff.get("emergency", []):
        return {"seconds": limit}
    if any(to.startswith(prefix) for prefix in tariff.get("blocked", [])):
        return {"error": "blocked_direction"}
    rate = find_rate(tariff, to, answer)
    if rate is None:
        return {"error": "no_rate"}
    first = find_period(tariff, rate, answer)
    if first is None:
        return {"error": "no_period"}
    cost, position = Fraction(first.get("connect_fee", rate.get("connect_fee", "0"))), 0
    while position < limit:
        moment = answer.astimezone(UTC) + timedelta(seconds=0 if tariff.get("tod_mode") == "start" else position)
        period = find_period(tariff, rate, moment)
        if period is None:
            break
        group = [each for each in period["groups"] if each["start"] <= position][-1]
        cost += Fraction(group["rate"]) * group["inc"] / group["per"]
        total = Fraction(finished(rate, cost, scale, mode))
        too_dear = rate.get("max_cost_strategy") == "disconnect" and total > Fraction(rate.get("max_cost", "1e50"))
        if total > Fraction(available) or too_dear:
            break
        position += group["inc"]
    return {"seconds": min(position, limit)}
