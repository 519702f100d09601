"""The forecast as a page: one self-contained HTML file that asks nothing of any network, for light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from antiphon.wfm.app.forecasting import Told, summary

WIDTH, HEIGHT, LEFT = 960, 220, 56
STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --quiet: light-dark(#6b7280, #9aa3af);
  --line: light-dark(#2563eb, #7aa2ff); --band: light-dark(#2563eb22, #7aa2ff33); --paper: light-dark(#fff, #14171a); }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: right; }
td:first-child, th:first-child { text-align: left; }
.quiet, text { color: var(--quiet); fill: var(--quiet); font-size: 12px; }
svg { width: 100%; height: auto; } path.line { fill: none; stroke: var(--line); stroke-width: 1.5; }
path.band { fill: var(--band); } line { stroke: var(--quiet); stroke-opacity: .3; }
"""


def page(found: Sequence[Told]) -> str:
    """All queues, each with its chart of days, its error and the baseline's."""
    parts = "".join(_queue(one) for one in found)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Forecast</title><style>{STYLE}</style>'
        f"<h1>Forecast</h1>{parts}</html>\n"
    )


def _queue(one: Told) -> str:
    facts = summary(one)
    error = (
        f"Error {facts['wape']} % (WAPE over intervals, {facts['origins']} origins); the same weekday a week before "
        f"would have missed by {facts['naive_wape']} %. Whole days {facts['day_wape']} %, bias {facts['bias']} %."
        if facts["wape"] is not None
        else str(facts["note"])
    )
    special = [
        (day, factor)
        for day, factor in zip(one.forecast.dates, one.forecast.special, strict=True)
        if factor is not None
    ]
    noted = "".join(
        f"<li>{day}: {escape(factor.name)}, ×{factor.factor:.2f}, seen {factor.seen} times</li>"
        for day, factor in special
    )
    special_days = f"<h3>Special days</h3><ul>{noted}</ul>" if noted else ""
    return (
        f"<h2>{escape(one.history.name or 'All contacts')}</h2><p>{facts['contacts']:,} contacts in "
        f"{facts['days']} days. {escape(error)}</p>{_chart(one)}{special_days}{_table(one)}"
    )


def _chart(one: Told) -> str:
    """Contacts an interval with the range in which four days of five fall."""
    values, low, high = one.contacts.ravel(), one.forecast.low.ravel(), one.forecast.high.ravel()
    most = max(1.0, float(high.max(initial=0)), float(values.max(initial=0)))
    x = LEFT + np.arange(values.size) * (WIDTH - LEFT) / max(1, values.size - 1)

    def points(row: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[str]:
        return [f"{a:.1f},{HEIGHT - b / most * (HEIGHT - 20):.1f}" for a, b in zip(x, row, strict=True)]

    band = "M" + " L".join(points(low) + points(high)[::-1]) + " Z"
    marks = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH}" y1="{y:.0f}" y2="{y:.0f}"/>'
        f'<text x="0" y="{y + 4:.0f}">{most * share:,.0f}</text>'
        for share in (0, 0.5, 1)
        for y in [HEIGHT - share * (HEIGHT - 20)]
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 8}" role="img" aria-label="Forecast of contacts an interval">{marks}'
        f'<path class="band" d="{band}"/><path class="line" d="M{" L".join(points(values))}"/></svg>'
    )


def _table(one: Told) -> str:
    rows = "".join(
        f"<tr><td>{day:%a %d %b %Y}</td><td>{total:,.0f}</td><td>{low:,.0f} … {high:,.0f}</td></tr>"
        for day, total, low, high in zip(
            one.forecast.dates,
            one.contacts.sum(axis=1),
            _range(one, -1),
            _range(one, 1),
            strict=True,
        )
    )
    return f"<table><tr><th>Day</th><th>Contacts</th><th>Four days of five</th></tr>{rows}</table>"


def _range(one: Told, sign: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    totals = one.contacts.sum(axis=1)
    variance = one.forecast.accuracy.day_variance if one.forecast.accuracy else 0.01
    return np.asarray(np.maximum(0, totals + sign * 1.2816 * np.sqrt(totals + variance * totals**2)), dtype=np.float64)
