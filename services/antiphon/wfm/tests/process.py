"""A contact centre's past by a known process, so that a forecast can be judged without anybody's data.

contacts(day, slot) ~ Poisson(level(day) · weekday · month · special · profile(weekday, slot)):
level walks by 1 % a day and grows 8 % a year; Mondays are 25 % busier; the first three days of a month 15 %; on
public holidays nobody is there, the first day after one is 30 % busier; twice a year, after invoices, twice as busy.
Open Monday to Friday, 8 to 20.
"""

from datetime import date, timedelta

import numpy as np

from antiphon.wfm.domain.history import Days

WEEKDAY = (1.25, 1.05, 1.0, 0.95, 1.0, 0.0, 0.0)
FIXED = (
    (1, 1, "New Year"),
    (3, 8, "Women's Day"),
    (5, 1, "Labour Day"),
    (8, 24, "Independence Day"),
    (12, 25, "Christmas"),
)
INVOICES = ((2, 9), (9, 12))
START = date(2023, 1, 2)


def calendar(years: range) -> dict[date, str]:
    """Holidays and the days after invoices, by name."""
    found = {date(year, month, day): name for year in years for month, day, name in FIXED}
    return found | {date(year, month, day): "Invoices" for year in years for month, day in INVOICES}


def made(days: int = 700, seed: int = 4, level: float = 2400.0) -> Days:
    """So many days of it, half-hours."""
    chance = np.random.default_rng(seed)
    special = calendar(range(2022, 2028))
    hours = np.arange(48) / 2
    shape = np.where((hours >= 8) & (hours < 20), 1 + 0.6 * np.exp(-(((hours - 10.5) / 1.8) ** 2)), 0.0)
    dates = tuple(START + timedelta(days=number) for number in range(days))
    walk = np.exp(np.cumsum(chance.normal(0, 0.01, days)) + np.arange(days) * np.log(1.08) / 365)
    rows = np.full((days, 48), np.nan)
    for number, day in enumerate(dates):
        busy = level * walk[number] * WEEKDAY[day.weekday()] * (1.15 if day.day <= 3 else 1.0) * _special(day, special)
        if busy > 0:
            afternoon = 1 + 0.1 * (day.weekday() == 4) * (hours < 12)
            rate = busy * shape * afternoon / (shape * afternoon).sum()
            rows[number] = np.where(shape > 0, chance.poisson(rate), np.nan)
    return Days(dates, rows, special)


def _special(day: date, special: dict[date, str]) -> float:
    if day in special:
        return 2.0 if special[day] == "Invoices" else 0.0
    before = day - timedelta(days=3 if day.weekday() == 0 else 1)
    return 1.3 if special.get(before, "Invoices") != "Invoices" else 1.0
