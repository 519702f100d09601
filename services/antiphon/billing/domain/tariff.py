"""A tariff, compiled once and never changed: prefixes in dictionaries, prices as integers over a common denominator.

    tariff = compile_tariff(Form({"tz": "Europe/Kyiv", "rates": [
        {"prefix": "380", "groups": [{"start": 0, "rate": "0.60", "per": 60, "inc": 60}]}]}))
    tariff.match("380501234567", answer)          # the rate of the longest prefix that is valid at answer

`rate` money per `per` seconds is sold in steps of `inc` seconds from second `start` of the call on. A period that has
no groups or connect fee of its own has the rate's. Of two rates of one prefix valid at once the first counts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from fractions import Fraction
from math import lcm
from zoneinfo import ZoneInfo

from antiphon.billing.domain.amounts import Rounding
from antiphon.billing.domain.hours import DAY, Hours, Period
from antiphon.billing.domain.instants import DurationMode, day_of, instant, midnight
from antiphon.billing.domain.offers import Offer
from antiphon.billing.domain.reading import BadInput, Form

FOREVER = 1 << 100
LONGEST_NUMBER = 64
HIGHEST_SCALE = 18
MOST_SECONDS = 10**9
TARIFF = (
    "tz", "scale", "rounding", "tod_mode", "duration_mode", "holidays", "emergency", "blocked", "rates", "usage",
    "currency", "suspended_free", "packages",
)  # fmt: skip
RATE = (
    "prefix", "connect_fee", "groups", "min_charge", "free_under_s", "free_initial_s", "max_cost", "max_cost_strategy",
    "valid_from", "valid_to", "periods", "carrier", "direct",
)  # fmt: skip
GROUP, PERIOD = ("start", "rate", "per", "inc"), ("days", "from", "to", "weight", "connect_fee", "groups")
PACKAGE = ("id", "name", "seconds", "prefixes", "draw_inc", "weight", "connect_fee")
"""Names of fields."""
_BETWEEN_DIGITS = frozenset("+-–—.()/ ")


class TodMode(Enum):
    """Whose hour prices a step."""

    SPLIT = "split"
    """The hour in which it begins."""
    START = "start"
    """The hour of the answer, for the whole call."""


class CapStrategy(Enum):
    """What happens at the highest cost of a call."""

    FREE = "free"
    """It goes on and costs no more."""
    DISCONNECT = "disconnect"
    """It is cut."""


@dataclass(frozen=True, slots=True)
class Group:
    """Steps of one length and price. `price` counts in 1 / (denominator of its rate)."""

    start: int
    price: int
    inc: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What one period asks."""

    connect_fee: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """One row of a tariff. Amounts are numerators over `denominator`."""

    prefix: str
    """As it was written."""
    denominator: int
    plans: tuple[Plan, ...]
    hours: Hours | None
    """None when the only plan is always in force."""
    steps: tuple[tuple[int, int, int], ...]
    """The first plan's groups as (second at which the next begins, price, length): what a price at any hour needs."""
    min_charge: int
    max_cost: int | None
    cap: CapStrategy
    free_above: int | None
    """The highest cost, where a call goes on for nothing above it."""
    free_under_s: int
    free_initial_s: int
    valid_from: int
    valid_to: int
    carrier: str = ""
    """Whose call it is where we only act as agent."""
    direct: bool = False
    """The carrier bills the customer itself: the call is recorded at no price."""

    @property
    def is_always_valid(self) -> bool:
        return self.valid_from == -FOREVER and self.valid_to == FOREVER


@dataclass(frozen=True, slots=True)
class Tariff:
    """Immutable; swapped as a whole."""

    zone: ZoneInfo
    scale: int
    unit: int
    """10**scale."""
    rounding: Rounding
    tod_mode: TodMode
    duration_mode: DurationMode
    emergency: dict[str, str]
    blocked: tuple[str, ...]
    rates: tuple[Rate, ...]
    index: dict[str, tuple[Rate, ...]]
    lengths: tuple[int, ...] = field(default=())
    """Lengths of prefixes, longest first."""
    suspended_free: bool = False
    """The monthly fee rests while the account is suspended."""
    packages: tuple[Offer, ...] = ()
    """Seconds that every month has in it."""

    def match(self, number: str, answer: int) -> Rate | None:
        """The rate of the longest prefix among those valid at answer."""
        get = self.index.get
        for length in self.lengths:
            rates = get(number[:length])
            if rates is not None:
                for rate in rates:
                    if rate.valid_from <= answer < rate.valid_to:
                        return rate
        return None

    def is_blocked(self, number: str) -> bool:
        return bool(self.blocked) and number.startswith(self.blocked)


def dialled(text: str) -> str:
    """A number as tariffs compare it: without plus, spaces and signs between. Digits of any script are digits."""
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER:
        return text
    kept = []
    for sign in unicodedata.normalize("NFKC", text):
        if sign.isdecimal():
            kept.append(str(unicodedata.decimal(sign)))
        elif sign.isalpha() or sign in "*#_":
            kept.append(sign)
        elif not (sign in _BETWEEN_DIGITS or unicodedata.category(sign) in {"Zs", "Pd", "Cf", "Cc"}):
            raise ValueError("not a number that can be dialled")
    number = "".join(kept)
    if len(number) > LONGEST_NUMBER:
        raise ValueError("longer than any number")
    return number


def number_of(form: Form, name: str) -> str:
    """The number in a field. Raises BadInput when nothing can be dialled."""
    try:
        number = dialled(form.text(name))
    except ValueError as error:
        raise BadInput(form.field(name), getattr(error, "message", str(error))) from error
    if not number:
        raise BadInput(form.field(name), "is not a number that can be dialled: ''")
    return number


def prefixes_of(form: Form, name: str) -> tuple[str, ...]:
    """Prefixes in a field, as numbers compare them."""
    try:
        return tuple(dialled(text) for text in form.texts(name))
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(form.field(name), str(error)) from error


def compile_tariff(form: Form) -> Tariff:
    """Reads and checks a tariff. Raises BadInput with the field that is wrong."""
    form.knows(TARIFF)
    zone, scale = form.zone(), form.whole("scale", 4, most=HIGHEST_SCALE)
    holidays = frozenset(form.days("holidays"))
    rates = tuple(_rate(each, zone, holidays) for each in form.forms("rates", needed=True))
    index: dict[str, tuple[Rate, ...]] = {}
    for rate in rates:
        key = dialled(rate.prefix)
        index[key] = (*index.get(key, ()), rate)
    return Tariff(
        zone=zone,
        scale=scale,
        unit=10**scale,
        rounding=form.choice("rounding", Rounding, Rounding.HALF_UP),
        tod_mode=form.choice("tod_mode", TodMode, TodMode.SPLIT),
        duration_mode=form.choice("duration_mode", DurationMode, DurationMode.CEIL),
        emergency=dict(zip(prefixes_of(form, "emergency"), form.texts("emergency"), strict=True)),
        blocked=prefixes_of(form, "blocked"),
        rates=rates,
        index=index,
        lengths=tuple(sorted({len(key) for key in index}, reverse=True)),
        suspended_free=form.yes("suspended_free"),
        packages=_packages(form),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A plan before its prices have a common denominator."""

    connect_fee: Fraction
    groups: tuple[tuple[int, Fraction, int], ...]


def compile_rate(form: Form, zone: ZoneInfo) -> Rate:
    """A rate that stands alone, such as a carrier's; its prefix may be missing."""
    return _rate(form, zone, frozenset(), prefix="")


def _rate(form: Form, zone: ZoneInfo, holidays: frozenset[date], prefix: str | None = None) -> Rate:
    form.knows(RATE)
    written = (form.text("prefix") if prefix is None else form.text("prefix", prefix)).strip()
    try:
        dialled(written)
    except ValueError as error:
        raise BadInput(form.field("prefix"), str(error)) from error
    fee = form.amount("connect_fee", Fraction(0), least=0)
    periods, asked = _periods(form, fee)
    minimum = form.amount("min_charge", Fraction(0), least=0)
    maximum = form.amount("max_cost", least=0) if form.has("max_cost") else None
    amounts = [minimum, *(() if maximum is None else (maximum,)), *(plan.connect_fee for plan in asked)]
    prices = [price for plan in asked for _, price, _ in plan.groups]
    denominator = lcm(*(amount.denominator for amount in (*amounts, *prices)))

    def numerator(amount: Fraction) -> int:
        return int(amount * denominator)  # exact: the denominator is common

    plans = tuple(
        Plan(
            numerator(plan.connect_fee), tuple(Group(start, numerator(price), inc) for start, price, inc in plan.groups)
        )
        for plan in asked
    )
    always = len(periods) == 1 and periods[0].always
    cap = form.choice("max_cost_strategy", CapStrategy, CapStrategy.FREE)
    return Rate(
        prefix=written,
        denominator=denominator,
        plans=plans,
        hours=None if always else Hours(zone, holidays, periods),
        steps=_steps(plans[0]),
        min_charge=numerator(minimum),
        max_cost=None if maximum is None else numerator(maximum),
        cap=cap,
        free_above=numerator(maximum) if maximum is not None and cap is CapStrategy.FREE else None,
        free_under_s=form.whole("free_under_s", 0),
        free_initial_s=form.whole("free_initial_s", 0),
        valid_from=_edge(form, "valid_from", zone, -FOREVER),
        valid_to=_edge(form, "valid_to", zone, FOREVER),
        carrier=form.text("carrier", ""),
        direct=form.data.get("direct") is True,
    )


def _packages(form: Form) -> tuple[Offer, ...]:
    """What each month has in it; their ids are told apart."""
    found: dict[str, Offer] = {}
    for each in form.forms("packages"):
        each.knows(PACKAGE)
        name = each.text("id").strip()
        if not name or len(name) > 40 or ":" in name or "/" in name or name in found:
            raise BadInput(each.field("id"), "has 1 to 40 characters without colon and slash, and is there once")
        found[name] = Offer(
            name,
            each.text("name", name).strip() or name,
            each.whole("seconds", least=1, most=MOST_SECONDS),
            prefixes_of(each, "prefixes"),
            each.whole("draw_inc", 1, least=1, most=3600),
            each.whole("weight", 0, least=None),
            each.amount("connect_fee", Fraction(0), least=0),
        )
    return tuple(found.values())


def _steps(plan: Plan) -> tuple[tuple[int, int, int], ...]:
    ends = [*(group.start for group in plan.groups[1:]), FOREVER]
    return tuple((until, group.price, group.inc) for group, until in zip(plan.groups, ends, strict=True))


def _edge(form: Form, name: str, zone: ZoneInfo, default: int) -> int:
    """An instant, or a bare date that means its local midnight."""
    if not form.has(name):
        return default
    text = form.text(name)
    try:
        return midnight(day_of(text), zone) if len(text.strip()) == 10 else instant(text)
    except ValueError as error:
        raise BadInput(form.field(name), f"{error}: {text[:40]!r}") from error


def _periods(form: Form, fee: Fraction) -> tuple[tuple[Period, ...], tuple[_Asked, ...]]:
    """Without periods the rate itself is the only one, always in force."""
    if not form.has("periods"):
        whole = Period(frozenset(range(1, 8)), holidays=False, start=0, end=DAY, weight=0)
        return (whole,), (_Asked(fee, _groups(form)),)
    forms = form.forms("periods")
    if not forms:
        raise BadInput(form.field("periods"), "is empty")
    asked = tuple(
        _Asked(each.amount("connect_fee", fee, least=0), _groups(each if each.has("groups") else form))
        for each in forms
    )
    return tuple(_period(each) for each in forms), asked


def _period(form: Form) -> Period:
    form.knows(PERIOD)
    days, holidays = form.data.get("days"), False
    if isinstance(days, str):
        if days != "holiday":
            raise BadInput(form.field("days"), f'is neither a list of 1..7 nor "holiday": {days[:40]!r}')
        holidays, found = True, frozenset[int]()
    else:
        found = frozenset(_weekdays(form)) if days is not None else frozenset(range(1, 8))
    start, end = _clock(form, "from", 0), _clock(form, "to", DAY)
    if start in {end, DAY}:
        raise BadInput(form.field("from"), "is the same as to, or 24:00: a whole day is 00:00 to 24:00")
    return Period(found, holidays, start, end, form.whole("weight", 0, least=None))


def _weekdays(form: Form) -> list[int]:
    try:
        days = [int(text) for text in form.texts("days")]
    except ValueError as error:
        raise BadInput(form.field("days"), "are not numbers 1 (Monday) to 7") from error
    if not days or not all(1 <= day <= 7 for day in days):
        raise BadInput(form.field("days"), "are not numbers 1 (Monday) to 7")
    return days


def _clock(form: Form, name: str, default: int) -> int:
    text = form.text(name, "")
    if not text:
        return default
    parts = text.strip().split(":")
    if not (2 <= len(parts) <= 3 and all(part.isascii() and part.isdigit() and len(part) <= 2 for part in parts)):
        raise BadInput(form.field(name), f"is not a time of day such as 08:00: {text[:40]!r}")
    hour, minute, second = (*(int(part) for part in parts), 0)[:3]
    total = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or total > DAY:
        raise BadInput(form.field(name), f"is not a time of day: {text[:40]!r}")
    return total


def _groups(form: Form) -> tuple[tuple[int, Fraction, int], ...]:
    """(start, price of a step, length of a step), by start."""
    found = []
    for each in form.forms("groups", needed=True):
        each.knows(GROUP)
        inc, per = each.whole("inc", least=1), each.whole("per", least=1)
        found.append((each.whole("start", 0), each.amount("rate", least=0) * inc / per, inc))
    found.sort(key=lambda group: group[0])
    if not found or found[0][0] != 0:
        raise BadInput(form.field("groups"), "do not begin at second 0")
    return tuple(found)
