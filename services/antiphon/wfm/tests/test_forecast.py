"""Forecasts of a known process: better than the baseline, special days learned, bad history refused."""

from datetime import date, timedelta

import numpy as np
import pytest

from antiphon.wfm.domain import special
from antiphon.wfm.domain.forecast import Adjustment, accuracy, adjusted, forecast, handling, intraday
from antiphon.wfm.domain.history import AFTER, Days
from antiphon.wfm.domain.reasons import Reason, Refusal
from antiphon.wfm.tests.process import START, made

pytestmark = pytest.mark.domain


def test_twenty_percent_better_than_the_seasonal_naive() -> None:
    found = accuracy(made(), 7)
    assert found is not None
    assert found.origins == 20
    assert found.wape <= 0.10
    assert found.better >= 0.20
    assert abs(found.bias) < 0.03


def test_every_model_alone_learns_the_week() -> None:
    from antiphon.wfm.domain.models import MODELS

    days = made(400)
    past = days.until(START + timedelta(days=392))
    targets = [START + timedelta(days=n) for n in range(392, 397)]
    actual = np.nan_to_num(days.counts[392:397])
    for name, model in MODELS.items():
        said = model(past, targets)
        assert np.abs(said - actual).sum() / actual.sum() < 0.16, name


def test_the_forecast_knows_what_is_special() -> None:
    days = made(600).until(date(2024, 8, 21))
    said = forecast(days, 10)
    by_day = dict(zip(said.dates, said.contacts.sum(axis=1), strict=True))
    assert by_day[date(2024, 8, 24)] == 0  # a Saturday and a holiday
    assert by_day[date(2024, 8, 25)] == 0
    assert by_day[date(2024, 8, 26)] > by_day[date(2024, 8, 28)]
    invoices = forecast(made(620).until(date(2024, 9, 11)), 2)
    ratio = invoices.contacts[1].sum() / invoices.contacts[0].sum()
    assert ratio > 1.4  # twice as busy, drawn towards 1 for it was seen three times
    factor = invoices.special[1]
    assert factor is not None
    assert (factor.name, factor.seen) == ("Invoices", 3)


def test_a_holiday_we_were_closed_on_is_closed_again_and_the_day_after_is_busy() -> None:
    days = made(500).until(date(2024, 4, 29))
    said = forecast(days, 5)  # 1 May is a Wednesday, and was a Monday a year before
    assert said.contacts[2].sum() == 0
    assert said.special[3] is not None
    assert said.special[3].name == AFTER
    assert said.special[3].factor > 1.1
    assert (said.contacts[:, :16] == 0).all()
    assert (said.low <= said.contacts).all()


def test_one_strange_day_does_not_move_the_median() -> None:
    days = made(300)
    rows = days.counts.copy()
    place = max(n for n, day in enumerate(days.dates) if day.weekday() == 2 and not np.isnan(days.totals[n]))
    rows[place] *= 10
    before, after = (
        forecast(days, 7),
        forecast(Days(days.dates, rows, {**days.special, days.dates[place]: "a flood"}), 7),
    )
    assert after.contacts.sum() == pytest.approx(before.contacts.sum(), rel=0.03)


@pytest.mark.parametrize("weeks", [0, 1])
def test_too_little_history_is_refused(weeks: int) -> None:
    days = made(7 * weeks) if weeks else Days((), np.zeros((0, 48)), {})
    with pytest.raises(Refusal) as refused:
        forecast(days, 7)
    assert refused.value.reason is Reason.TOO_LITTLE_HISTORY


def test_two_weeks_are_enough_to_forecast_but_not_to_measure() -> None:
    said = forecast(made(14), 7)
    assert said.accuracy is None
    assert said.contacts.sum() > 0
    assert np.isfinite(said.contacts).all()


def test_only_zeros_are_refused() -> None:
    days = made(30)
    with pytest.raises(Refusal, match="zero"):
        forecast(Days(days.dates, days.counts * 0, {}), 7)


def test_a_line_that_never_closes_and_is_mostly_silent() -> None:
    chance = np.random.default_rng(1)
    dates = tuple(START + timedelta(days=n) for n in range(60))
    said = forecast(Days(dates, chance.poisson(0.05, (60, 48)).astype(float), {}), 7)
    assert 7 * 48 * 0.01 < said.contacts.sum() < 7 * 48 * 0.15


def test_changes_by_hand_are_kept_apart() -> None:
    said = forecast(made(60), 7)
    day = next(d for d, row in zip(said.dates, said.contacts, strict=True) if row.sum() > 0)
    row = said.dates.index(day)
    base = said.contacts[row].copy()
    changed = adjusted(said, [Adjustment(day, 20, 24, factor=1.5, extra=2), Adjustment(date(1999, 1, 1), 0, 48, 0)])
    assert changed[row, 20:24] == pytest.approx(base[20:24] * 1.5 + 2)
    assert said.contacts[row] == pytest.approx(base)
    assert changed.sum() > said.contacts.sum()


def test_the_day_so_far_moves_the_rest_of_it() -> None:
    said = np.full(48, 100.0)
    seen = np.full(48, np.nan)
    seen[:24] = 120
    early, late = intraday(said, seen, 1, 0.01), intraday(said, seen, 24, 0.01)
    assert 1 < early.scale < late.scale < 1.2
    assert early.scale == pytest.approx((120 + 100) / (100 + 100))
    assert late.contacts[:24] == pytest.approx(seen[:24])
    assert intraday(said, seen, 0, 0.01).scale == 1.0


def test_handling_times_are_steadied_by_what_is_usual() -> None:
    days = made(60)
    aht = np.where(np.isnan(days.counts), np.nan, 200.0)
    aht[-10:, 20] = np.where(np.isnan(days.counts[-10:, 20]), np.nan, 400.0)
    said = handling(aht, days.counts, days, [date(2023, 3, 6)])
    assert said[0, 30] == pytest.approx(200, abs=5)
    assert 205 < said[0, 20] < 400


def test_factors_of_a_holiday_never_seen_lean_on_its_sort() -> None:
    days = made(400)
    future = days.dates[-1] + timedelta(days=1)
    found = special.factors(Days(days.dates, days.counts, {**days.special, future: "a new one"}), [future])
    assert found[0] is not None
    assert found[0].seen == 0
    assert 1 < found[0].factor < 2  # the only holidays on which anybody was there were busy
