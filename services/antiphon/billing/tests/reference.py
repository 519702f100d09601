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
    return (text.copy_negate() if value < 0 else text).quantize(Decimal(1).scaleb(-scale), MODES[mode], WIDE)


def digits(text: str) -> str:
    """Without the plus and the spaces people write."""
    return text.replace("+", "").replace(" ", "")


def find_rate(tariff: dict[str, Any], to: str, answer: datetime) -> dict[str, Any] | None:
    best = None
    for rate in tariff["rates"]:
        starts = "valid_from" not in rate or when(rate["valid_from"]) <= answer
        ends = "valid_to" in rate and answer >= when(rate["valid_to"])
        fits = starts and not ends and to.startswith(digits(rate["prefix"]))
        if fits and (best is None or len(digits(rate["prefix"])) > len(digits(best["prefix"]))):
            best = rate
    return best


def seconds_of(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 3600 + int(minute) * 60


def seconds_spoken(call: dict[str, Any], tariff: dict[str, Any]) -> int:
    """Ticks of a microsecond counted into seconds, where they are not said."""
    if "seconds" in call:
        return int(call["seconds"])
    return counted(call["answer"], call["end"], tariff.get("duration_mode", "ceil"))


def counted(answer: str, end: str, mode: str) -> int:
    ticks = (when(end) - when(answer)) // timedelta(microseconds=1)
    whole, rest = ticks // 10**6, ticks % 10**6
    return whole + {"ceil": rest > 0, "floor": False, "nearest": rest >= 500_000}[mode]


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
    to, answer, seconds = digits(call["to"]), when(call["answer"]), seconds_spoken(call, tariff)
    scale, mode = tariff.get("scale", 4), tariff.get("rounding", "half_up")
    if to in tariff.get("emergency", []):
        return {"prefix": to, "cost": f"{quantized(Fraction(0), scale, mode):f}", "billed_s": 0, "emergency": True}
    if any(to.startswith(digits(prefix)) for prefix in tariff.get("blocked", []) + call.get("blocked", [])):
        return {"error": "blocked_direction"}
    rate = find_rate(tariff, to, answer)
    if rate is None:
        return {"error": "no_rate"}
    left = seconds if seconds > rate.get("free_under_s", 0) else 0
    left -= rate.get("free_initial_s", 0)
    if left <= 0:
        return {"prefix": rate["prefix"], "cost": f"{quantized(Fraction(0), scale, mode):f}", "billed_s": 0}
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
    return {"prefix": rate["prefix"], "cost": f"{finished(rate, cost, scale, mode):f}", "billed_s": position}


def finished(rate: dict[str, Any], cost: Fraction, scale: int, mode: str) -> Decimal:
    cost = max(cost, Fraction(rate.get("min_charge", "0")))
    if "max_cost" in rate and rate.get("max_cost_strategy", "free") == "free":
        cost = min(cost, Fraction(rate["max_cost"]))
    return quantized(cost, scale, mode)


def longest(tariff: dict[str, Any], call: dict[str, Any], available: str, limit: int) -> dict[str, Any]:
    """The largest number of whole steps that fit, found by trying one after the other."""
    to, answer = digits(call["to"]), when(call["answer"])
    scale, mode = tariff.get("scale", 4), tariff.get("rounding", "half_up")
    if to in tariff.get("emergency", []):
        return {"seconds": limit}
    if any(to.startswith(digits(prefix)) for prefix in tariff.get("blocked", []) + call.get("blocked", [])):
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


def packaged(
    tariff: dict[str, Any], bundles: list[dict[str, Any]], left: dict[str, int], call: dict[str, Any]
) -> dict[str, Any]:
    """A call that packages pay first, steps drawn one by one."""
    to, answer = digits(call["to"]), when(call["answer"])
    alone = rated(tariff, call)
    free = alone.get("billed_s") == 0 or alone.get("error") in {"blocked_direction", "no_rate"}
    rate = None if free else find_rate(tariff, to, answer)
    if rate is None:
        return alone if "error" in alone else {"cost": alone["cost"], "from_bundle": {}}
    need = seconds_spoken(call, tariff) - rate.get("free_initial_s", 0)
    drawn: dict[str, int] = {}
    fee = "0"
    for bundle in sorted(bundles, key=lambda one: -one.get("weight", 0)):
        fits = not bundle.get("prefixes") or any(to.startswith(digits(one)) for one in bundle["prefixes"])
        if not fits or ("expires" in bundle and answer >= when(bundle["expires"])):
            continue
        step, had = bundle.get("draw_inc", 1), sum(drawn.values())
        taken = 0
        while had + taken < need and taken + step <= left[bundle["id"]]:
            taken += step
        if taken:
            fee = fee if drawn else bundle.get("connect_fee", "0")
            drawn[bundle["id"]] = taken
    if not drawn:
        return alone if "error" in alone else {"cost": alone["cost"], "from_bundle": {}}
    cost, position = Fraction(fee), sum(drawn.values())
    rest = position < need
    while position < need:
        at_start = tariff.get("tod_mode", "split") == "start"
        period = find_period(tariff, rate, answer.astimezone(UTC) + timedelta(seconds=0 if at_start else position))
        if period is None:
            return {"error": "no_period"}
        group = [each for each in period["groups"] if each["start"] <= position][-1]
        cost += Fraction(group["rate"]) * group["inc"] / group["per"]
        position += group["inc"]
    terms = rate if rest else {key: value for key, value in rate.items() if key != "min_charge"}
    scale, mode = tariff.get("scale", 4), tariff.get("rounding", "half_up")
    return {"cost": f"{finished(terms, cost, scale, mode):f}", "from_bundle": drawn}
