"""Where a dialled number goes: a colleague, an emergency service, or out over trunks.

The order is the policy:
1. Emergency codes, as dialled or after the outside prefix, pass before anything else is asked: no block, no prefix of a
   trunk and no caller ID can stop them. Therefore an extension that equals such a code cannot be reached.
2. An extension somebody has.
3. The number in international form (E.164), by the country's rules. Short numbers nobody has are an unknown extension.
4. Blocked prefixes refuse before any trunk is looked at.
5. A caller ID: the one that was asked for, the person's, the plan's, the tenant's first. It must originate.
6. The number of a SIM card leaves by the card's slot of the operator's gateway and nothing else. Emergency calls try
   the trunks first, and slots when all of them have failed.
7. A number that is rented from the operator leaves by his trunks, where he has any; and no other number does. Emergency
   calls try them after one's own.
8. Trunks whose prefixes fit, by priority, the longer prefix first among equals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from antiphon.kit.errors import invalid
from antiphon.routing.domain.reasons import Reason, Refused

_CLUTTER = re.compile(r"[\s().\-/\u00a0]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT = 6
"""Extensions have at most so many digits."""


@dataclass(frozen=True, slots=True)
class Country:
    """`code` as in E.164; `trunk` is dialled before a national number and `abroad` before an international one;
    `national` are the lengths of a national number without `trunk`."""

    code: str
    trunk: str
    abroad: tuple[str, ...]
    national: tuple[int, ...]
    emergency: frozenset[str]


def _country(code: str, trunk: str, abroad: str, national: str, emergency: str) -> Country:
    lengths = tuple(int(length) for length in national.split())
    return Country(code, trunk, tuple(abroad.split()), lengths, frozenset(emergency.split()))


COUNTRIES: Mapping[str, Country] = {
    "UA": _country("380", "0", "00", "9", "112 101 102 103 104"),
    "RU": _country("7", "8", "810 00", "10", "112 101 102 103 104 01 02 03 04"),
    "KZ": _country("7", "8", "810 00", "10", "112 101 102 103 104"),
    "BY": _country("375", "80", "810 00", "9", "112 101 102 103 104"),
    "PL": _country("48", "", "00", "9", "112 997 998 999"),
    "DE": _country("49", "0", "00", "6 7 8 9 10 11", "112 110"),
    "GB": _country("44", "0", "00", "9 10", "112 999"),
    "US": _country("1", "1", "011 00", "10", "112 911"),
}
ELSEWHERE = _country("", "", "00", "", "112")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What directory keeps of the tenant's way to dial. `country` is upper case; empty when nobody said."""

    country: str = ""
    first_number: str = ""
    blocked: tuple[str, ...] = ()
    caller_id: str = ""
    outside_prefix: str = ""
    emergency: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """In use; `next_hop` is where calls over it are sent. `prefix` is dialled before the number: it chooses a slot."""

    id: str
    next_hop: str
    prefixes: tuple[str, ...] = ()
    priority: int = 0
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """`digits` as dialled; `extension_of` is whoever has that extension; `numbers` maps the tenant's numbers that were
    looked up to whether they may originate, in the order in which they should be shown; `slots` maps those of SIM cards
    to the slot of a gateway, None while it carries nothing; `rented` are those of the operator, `lent` his trunks."""

    digits: str
    extension_of: str = ""
    wanted_caller_id: str = ""
    own_caller_id: str = ""
    numbers: Mapping[str, bool]
    slots: Mapping[str, Trunk | None] = field(default_factory=dict)
    rented: frozenset[str] = frozenset()
    lent: tuple[Trunk, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`kind` is "internal", "external" or "emergency"; `number` is what the trunks are given."""

    kind: str
    person_id: str = ""
    number: str = ""
    caller_id: str = ""
    trunks: tuple[Trunk, ...] = ()


def digits_of(dialled: str) -> str:
    """Digits with an optional plus, without what people put between. Raises INVALID."""
    digits = _CLUTTER.sub("", dialled)
    if not re.fullmatch(r"\+?[0-9]{1,32}", digits):
        raise invalid("dialled", "digits are needed, with or without a plus")
    return digits


def may_be_extension(digits: str) -> bool:
    """Whether to ask who has this extension."""
    return 2 <= len(digits) <= _SHORT and digits.isdigit()


def route(dialled: Dialled, plan: Plan, trunks: Sequence[Trunk]) -> Route:
    """Where it goes. Raises BLOCKED_DESTINATION, UNKNOWN_EXTENSION, NO_TRUNK, INBOUND_ONLY, INVALID."""
    country = country_of(plan)
    code = _emergency(dialled.digits, plan, country)
    if code:
        return _emergency_route(code, dialled, plan, trunks)
    if dialled.extension_of:
        return Route(kind="internal", person_id=dialled.extension_of)
    number = international(dialled.digits, plan, country)
    if any(number.startswith(prefix) for prefix in plan.blocked):
        raise Refused(Reason.BLOCKED_DESTINATION, "the dial plan never calls this destination")
    caller_id = _caller_id(dialled, plan)
    fitting = _leaving(number, caller_id, dialled, trunks)
    if not fitting:
        raise Refused(Reason.NO_TRUNK, "no trunk in use leads there")
    return Route(kind="external", number=number, caller_id=caller_id, trunks=fitting)


def country_of(plan: Plan) -> Country:
    """The plan's country, else that of the tenant's first number."""
    if plan.country:
        return COUNTRIES.get(plan.country, ELSEWHERE)
    codes = sorted(COUNTRIES.values(), key=lambda country: len(country.code), reverse=True)
    return next((one for one in codes if plan.first_number.startswith(f"+{one.code}")), ELSEWHERE)


def international(digits: str, plan: Plan, country: Country) -> str:
    """E.164. Raises UNKNOWN_EXTENSION for short numbers, INVALID for what is no number of any form."""
    for candidate in _without_outside_prefix(digits, plan):
        number = _international(candidate, country)
        if number and _E164.fullmatch(number):
            return number
    if may_be_extension(digits):
        raise Refused(Reason.UNKNOWN_EXTENSION, "nobody has this extension")
    raise invalid("dialled", "this is no number that can be called from here")


def _without_outside_prefix(digits: str, plan: Plan) -> tuple[str, ...]:
    """With an outside prefix, what follows it is meant first."""
    prefix = plan.outside_prefix
    if prefix and digits.startswith(prefix) and len(digits) > len(prefix):
        return digits[len(prefix) :], digits
    return (digits,)


def _international(digits: str, country: Country) -> str:
    if digits.startswith("+"):
        return digits
    for prefix in country.abroad:
        if digits.startswith(prefix) and len(digits) > len(prefix) + 6:
            return f"+{digits[len(prefix) :]}"
    rest = digits.removeprefix(country.trunk)
    if digits.startswith(country.trunk) and len(rest) in country.national:
        return f"+{country.code}{rest}"
    rest = digits.removeprefix(country.code)
    if country.code and digits.startswith(country.code) and len(rest) in country.national:
        return f"+{digits}"
    return ""


def _emergency(digits: str, plan: Plan, country: Country) -> str:
    codes = country.emergency | plan.emergency | ELSEWHERE.emergency
    return next((one for one in (digits, *_without_outside_prefix(digits, plan)) if one in codes), "")


def _emergency_route(code: str, dialled: Dialled, plan: Plan, trunks: Sequence[Trunk]) -> Route:
    """Over whatever trunk there is, those that take every number first."""
    slots = tuple(slot for slot in dialled.slots.values() if slot is not None)
    trunks = (*trunks, *dialled.lent)
    if not (trunks or slots):
        raise Refused(Reason.NO_TRUNK, "there is no trunk in use")

    def order(trunk: Trunk) -> tuple[bool, bool, int, str]:
        takes_some = bool(trunk.prefixes) and "+" not in trunk.prefixes
        return trunk in dialled.lent, takes_some, trunk.priority, trunk.id

    wanted = (dialled.own_caller_id, plan.caller_id, *dialled.numbers)
    shown = next((number for number in wanted if dialled.numbers.get(number)), "")
    return Route(kind="emergency", number=code, caller_id=shown, trunks=(*sorted(trunks, key=order), *slots))


def _leaving(number: str, caller_id: str, dialled: Dialled, trunks: Sequence[Trunk]) -> tuple[Trunk, ...]:
    """By what a call from this caller ID leaves."""
    if caller_id in dialled.slots:
        return _slot(dialled.slots[caller_id])
    return _fitting(number, dialled.lent if caller_id in dialled.rented and dialled.lent else trunks)


def _slot(slot: Trunk | None) -> tuple[Trunk, ...]:
    return (slot,) if slot is not None else ()


def _fitting(number: str, trunks: Sequence[Trunk]) -> tuple[Trunk, ...]:
    """Trunks that take the number, in the order to try."""

    def longest(trunk: Trunk) -> int:
        return max((len(prefix) for prefix in trunk.prefixes if number.startswith(prefix)), default=0)

    fitting = (trunk for trunk in trunks if not trunk.prefixes or longest(trunk))
    return tuple(sorted(fitting, key=lambda trunk: (trunk.priority, -longest(trunk), trunk.id)))


def _caller_id(dialled: Dialled, plan: Plan) -> str:
    """What the called see; empty when the tenant has no number to show. Raises INBOUND_ONLY, INVALID."""
    wanted = dialled.wanted_caller_id
    if wanted:
        if wanted not in dialled.numbers:
            raise invalid("caller_id", "this is not a number of the tenant")
        if not dialled.numbers[wanted]:
            raise Refused(Reason.INBOUND_ONLY, "this number never originates")
        return wanted
    choices = (dialled.own_caller_id, plan.caller_id, *dialled.numbers)
    return next((number for number in choices if dialled.numbers.get(number)), "")
