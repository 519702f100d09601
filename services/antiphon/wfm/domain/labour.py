"""What the law asks of a schedule, as data with dates. A plan takes the rules in force on its first day.

These are defaults, not advice: a collective agreement or a contract may ask for more, so every number may be set anew
in the plan's file, and the checker says which numbers it held the schedule to.

Sources. Russia, Labour Code: art. 91 (40 h a week), 94, 96 (night from 22 to 6), 99 (overtime: 4 h over two days),
103 (no two shifts running), 108 (30 min to 2 h for a meal), 110 (42 h of rest a week), 111; decree 554 of 22.07.2008
(at least 20 % for nights). Ukraine, Labour Code: art. 50 (40 h), 54 and 108 (night from 22 to 6, at least 20 %), 65
(overtime: 4 h over two days), 66 (up to 2 h for a meal, not later than 4 h after the start as a rule), 70 (42 h a
week); law 2136-IX of 15.03.2022, art. 6: under martial law the weekly rest may be cut to 24 h. Eleven hours between
shifts: directive 2003/88/EC, art. 3, which neither code states in hours; art. 59 of the Ukrainian code asks for twice
the shift where work goes by shifts: `rest_per_shift` = 2.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from antiphon.wfm.domain.reasons import refuse


@dataclass(frozen=True, slots=True)
class Labour:
    """Hours unless said otherwise. A person's contract may be narrower, never wider."""

    country: str
    since: date
    daily_rest_h: float = 11.0
    rest_per_shift: float = 0.0  # rest at least so many times the shift before
    weekly_rest_h: float = 42.0
    max_day_h: float = 12.0  # paid
    max_week_h: float = 40.0  # paid
    max_days_running: int = 6
    meal_after_h: float = 6.0  # a shift longer than this has a break of at least `meal_min`
    meal_min: int = 30
    night_from_h: int = 22
    night_to_h: int = 6
    night_extra: float = 0.2  # on top of the pay
    overtime_two_days_h: float = 4.0  # beyond what was agreed, over two days running

    def rest_after(self, shift_minutes: int) -> float:
        """Minutes of rest due after a shift of this length, breaks included."""
        return max(self.daily_rest_h * 60, self.rest_per_shift * shift_minutes)


DEFAULTS = (
    Labour("RU", date(2002, 2, 1), night_extra=0.0),
    Labour("RU", date(2008, 8, 7)),
    Labour("UA", date(1971, 12, 10), meal_after_h=4.0),
    Labour("UA", date(2022, 3, 24), meal_after_h=4.0, weekly_rest_h=24.0),
)
NONE = Labour("", date.min, 0, 0, 0, 24, 168, 366, 24, 0, 22, 6, 0, 48)


def in_force(country: str, day: date, changed: dict[str, Any] | None = None) -> Labour:
    """The rules of a country on a day, with what the plan sets anew; unknown names and senseless values are refused."""
    found = [rules for rules in DEFAULTS if rules.country == country and rules.since <= day]
    if country and not found:
        known = ", ".join(sorted({rules.country for rules in DEFAULTS}))
        raise refuse("country", f"no labour rules for `{country}` on {day}; known: {known}, or none and `[rules]`")
    rules = max(found, key=lambda one: one.since) if found else NONE
    names = {field.name for field in fields(Labour)} - {"country", "since"}
    new: dict[str, Any] = {}
    for name, value in (changed or {}).items():
        if name not in names:
            raise refuse(f"rules.{name}", f"unknown; one of {', '.join(sorted(names))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise refuse(f"rules.{name}", "a number that is not negative")
        new[name] = value
    return replace(rules, **new)
