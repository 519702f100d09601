"""Cases about the price of calls."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

from antiphon.billing.domain.amounts import Rounding, decimal_text, fixed
from antiphon.billing.domain.bundles import Bundle, rate_with_bundles
from antiphon.billing.domain.calc import lcr as routes
from antiphon.billing.domain.instants import SECOND, DurationMode, seconds_between
from antiphon.billing.domain.rating import NoPrice, explain, max_seconds, price, rate_call
from antiphon.billing.domain.reading import BadInput, Form
from antiphon.billing.domain.tariff import FOREVER, Tariff, compile_rate, compile_tariff, number_of, prefixes_of
from antiphon.billing.domain.tiers import Bracket, TierMode, tiered

SESSION_S = 7200
"""The longest call when a case does not say."""
LONGEST_FRACTION = 10**9
EXPIRY = ("expires", "expires_at", "expiry", "valid_to", "valid_until", "until")
CALL = ("to", "answer", "end", "seconds", "blocked")
BUNDLE = ("id", "prefixes", "seconds", "draw_inc", "weight", "connect_fee", *EXPIRY)
MIN_ASR = ("min_asr", "asr_min", "quality_floor", "min_quality", "floor")
MAX_COST = ("max_cost", "max_rate", "cost_max", "max", "cap")


def rate(form: Form) -> dict[str, Any]:
    """{tariff, call: {to, answer, seconds | end}} → {prefix, cost, billed_s}."""
    tariff, call = compile_tariff(form.form("tariff")), form.form("call")
    tariff = _blocking(tariff, call)
    rated = rate_call(tariff, number_of(call, "to"), call.instant("answer"), _seconds(call, tariff.duration_mode))
    answer = {"prefix": rated.prefix, "cost": decimal_text(rated.cost, tariff.scale), "billed_s": rated.billed_s}
    return answer | ({"emergency": True} if rated.emergency else {})


def reasons(form: Form) -> list[str]:
    """Why a rate case costs what it does, a line each."""
    tariff, call = compile_tariff(form.form("tariff")), form.form("call")
    tariff, seconds = _blocking(tariff, call), _seconds(call, tariff.duration_mode)
    return [str(line) for line in explain(tariff, number_of(call, "to"), call.instant("answer"), seconds)]


def longest(form: Form) -> dict[str, Any]:
    """{tariff, call: {to, answer}, available, limit_s} → {seconds}."""
    tariff, call = compile_tariff(form.form("tariff")), form.form("call")
    tariff = _blocking(tariff, call)
    available = floor(form.amount("available") * 10**tariff.scale)
    limit = form.whole("limit_s", SESSION_S)
    return {"seconds": max_seconds(tariff, number_of(call, "to"), call.instant("answer"), available, limit)}


def bundle(form: Form) -> dict[str, Any]:
    """{tariff, bundles, calls, money} → {calls: [{cost, from_bundle}], left, money}."""
    tariff = compile_tariff(form.form("tariff"))
    bundles = [_bundle(each) for each in form.forms("bundles")]
    left: dict[str, int] = {}
    for each in form.forms("bundles"):
        if each.text("id") in left:
            raise BadInput(each.field("id"), "is another bundle's, too")
        left[each.text("id")] = each.whole("seconds")
    money = form.amount("money", Fraction(0))
    told: list[dict[str, Any]] = []
    for call in form.forms("calls", needed=True):
        seconds, number = _seconds(call, tariff.duration_mode), number_of(call, "to")
        try:
            covered = rate_with_bundles(_blocking(tariff, call), bundles, left, number, call.instant("answer"), seconds)
        except NoPrice as refusal:
            told.append({"error": refusal.why.value})
            continue
        for name, drawn in covered.drawn.items():
            left[name] -= drawn
        money -= Fraction(covered.cost, 10**tariff.scale)
        told.append({"cost": decimal_text(covered.cost, tariff.scale), "from_bundle": dict(covered.drawn)})
    return {"calls": told, "left": left, "money": fixed(money, tariff.scale, tariff.rounding)}


def duration(form: Form) -> dict[str, Any]:
    """{answer, end, mode} → {seconds}."""
    return {"seconds": _length(form, form.choice("mode", DurationMode, DurationMode.CEIL))}


def carriers(form: Form) -> dict[str, Any]:
    """{strategy, routes: [{id, asr, rate}], sell, min_asr, max_cost, seconds} → {order}."""
    strategy = form.choice("strategy", routes.Strategy, routes.Strategy.LEAST_COST)
    seconds = _whole_seconds(form, "seconds", DurationMode.CEIL)
    limits = routes.Limits(_first(form, MIN_ASR), _first(form, ("sell",)), _first(form, MAX_COST))
    offers = [_offer(each, form, seconds) for each in form.forms("routes", needed=True)]
    selling = [offer for offer in offers if offer is not None]
    return {"order": [offer.id for offer in routes.order(strategy, selling, limits)]}


def tiers(form: Form) -> dict[str, Any]:
    """{mode, brackets: [{over, rate}], minutes} → {cost}."""
    brackets = [
        Bracket(each.amount("over", Fraction(0), least=0), each.amount("rate", least=0))
        for each in form.forms("brackets", needed=True)
    ]
    if not form.has("mode"):
        raise BadInput("mode", "is missing")
    cost = tiered(form.choice("mode", TierMode, TierMode.VOLUME), brackets, form.amount("minutes", least=0))
    return {"cost": fixed(cost, form.whole("scale", 4, most=18), form.choice("rounding", Rounding, Rounding.HALF_UP))}


def _first(form: Form, names: tuple[str, ...]) -> Fraction | None:
    """The first of several names a limit goes by."""
    return next((form.amount(name) for name in names if form.has(name)), None)


def _blocking(tariff: Tariff, call: Form) -> Tariff:
    """The subscriber's own blocked directions join the tariff's."""
    call.knows(CALL)
    if not call.has("blocked"):
        return tariff
    return replace(tariff, blocked=tariff.blocked + prefixes_of(call, "blocked"))


def _seconds(call: Form, mode: DurationMode) -> int:
    """`seconds`, or the time between answer and end."""
    return _whole_seconds(call, "seconds", mode) if call.has("seconds") else _length(call, mode)


def _whole_seconds(form: Form, name: str, mode: DurationMode) -> int:
    amount = form.amount(name, least=0)
    if amount.denominator > LONGEST_FRACTION:
        raise BadInput(form.field(name), "is finer than a nanosecond")
    return seconds_between(0, int(amount * SECOND), mode)


def _length(form: Form, mode: DurationMode) -> int:
    answer, end = form.instant("answer"), form.instant("end")
    if end < answer:
        raise BadInput(form.field("end"), "is before answer")
    return seconds_between(answer, end, mode)


def _bundle(form: Form) -> Bundle:
    form.knows(BUNDLE)
    name = next((name for name in EXPIRY if form.has(name)), None)
    return Bundle(
        id=form.text("id"),
        prefixes=prefixes_of(form, "prefixes"),
        draw_inc=form.whole("draw_inc", 1, least=1),
        weight=form.whole("weight", 0, least=None),
        connect_fee=form.amount("connect_fee", Fraction(0), least=0),
        expires=FOREVER if name is None else form.instant(name),
    )


def _offer(route: Form, form: Form, seconds: int) -> routes.Offer | None:
    """What a carrier asks, or None in an hour in which it sells nothing. Only a price that follows the clock needs to
    know when the call is."""
    rate = compile_rate(route.form("rate"), form.zone())
    if rate.hours is not None and not form.has("answer"):
        raise BadInput("answer", "is missing: a route's price follows the clock")
    answer = form.instant("answer") if form.has("answer") else 0
    try:
        cost = price(compile_tariff(Form({"rates": []})), rate, answer, seconds).cost
    except NoPrice:
        return None
    return routes.Offer(route.text("id"), route.amount("asr", Fraction(0)), Fraction(cost, 10**4))
