"""The days as one page: utilisation against abandons for every policy, and the share of abandoned calls over the day.

Inline SVG, nothing to download, light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from antiphon.dialer.domain.learning import LIMIT
from antiphon.dialer.simulation.reckoning import summaries
from antiphon.dialer.simulation.study import GOALS, Run

_WIDTH, _HEIGHT, _LEFT, _TOP = 960.0, 300.0, 60.0, 16.0
_HUES = ("#3b6fd4", "#c9612c", "#2d8f5a", "#8a4fbf", "#b8860b")
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
svg{width:100%;height:auto}
text{font-size:13px;fill:currentColor}
.grid{stroke:#8884}
.limit{stroke:#c33;stroke-dasharray:5 4}
table{border-collapse:collapse}
td,th{padding:.2rem .9rem .2rem 0;text-align:right}
td:first-child,th:first-child{text-align:left}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#161616}}
"""


def page(found: Sequence[Run]) -> str:
    """The whole document."""
    of = summaries(found)
    agents = found[0].agents
    rows = "".join(
        f"<tr><td><span style='color:{_hue(at)}'>■</span> {escape(one.policy)}</td><td>{one.utilization.text(1)}</td>"
        f"<td>{one.abandons.text(2)}</td><td>{one.days_within:.0%}</td><td>{escape(one.verdict)}</td></tr>"
        for at, one in enumerate(of)
    )
    goal = f"; the goal is {GOALS[agents]:.1%} at no more than 3 %" if agents in GOALS else ""
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Dialling policies, {agents} agents</title>
<style>{_STYLE}</style><h1>Dialling policies, {agents} agents</h1>
<p>{len({run.seed for run in found})} simulated days of eight hours{goal}. Each dot is a day.</p>
{_days(found, [one.policy for one in of])}
<h2>Share of abandoned calls over the day</h2>
{_curves(found, [one.policy for one in of])}
<table><tr><th>policy</th><th>utilisation %</th><th>abandoned %</th><th>days ≤ 3 %</th><th>goals</th></tr>{rows}</table>
</html>"""


def _hue(at: int) -> str:
    return _HUES[at % len(_HUES)]


def _days(found: Sequence[Run], names: Sequence[str]) -> str:
    """Abandons to the right, utilisation upwards."""
    most = max(0.04, *(run.outcome.abandon_rate for run in found))
    dots = "".join(
        f'<circle cx="{_x(run.outcome.abandon_rate / most):.1f}" cy="{_y(run.outcome.utilization):.1f}" r="5" '
        f'fill="{_hue(names.index(run.policy))}" fill-opacity=".75"><title>{escape(run.policy)}, seed {run.seed}: '
        f"{run.outcome.utilization:.1%} at {run.outcome.abandon_rate:.2%}</title></circle>"
        for run in found
    )
    limit = _x(LIMIT / most)
    line = f'<line class="limit" x1="{limit:.1f}" x2="{limit:.1f}" y1="{_TOP}" y2="{_y(0):.1f}"/>'
    return _svg(_grid(1.0) + line + dots + _across("share of abandoned calls →", most), "utilisation by abandons")


def _curves(found: Sequence[Run], names: Sequence[str]) -> str:
    """One line a day."""
    top = 2 * LIMIT
    lines = ""
    for run in found:
        points = run.outcome.abandoned_by
        path = " ".join(
            f"{_x((at + 1) / len(points)):.1f},{_y(min(value, top) / top):.1f}" for at, value in enumerate(points)
        )
        hue = _hue(names.index(run.policy))
        lines += f'<polyline fill="none" stroke="{hue}" stroke-opacity=".6" stroke-width="1.5" points="{path}"/>'
    limit = f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH}" y1="{_y(0.5):.1f}" y2="{_y(0.5):.1f}"/>'
    return _svg(_grid(top) + limit + lines + _across("hours of the shift →", 8), "share of abandoned calls")


def _x(share: float) -> float:
    return _LEFT + (_WIDTH - _LEFT) * share


def _y(share: float) -> float:
    return _TOP + _HEIGHT * (1 - share)


def _grid(top: float) -> str:
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{_y(part / 4):.1f}" y2="{_y(part / 4):.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{_y(part / 4) + 4:.1f}" text-anchor="end">{top * part / 4:.1%}</text>'
        for part in range(5)
    )


def _across(title: str, most: float) -> str:
    marks = "".join(
        f'<text x="{_x(part / 4):.1f}" y="{_y(0) + 20:.1f}" text-anchor="{"end" if part == 4 else "middle"}">'
        f"{f'{most * part / 4:g}' if most > 1 else f'{most * part / 4:.1%}'}</text>"
        for part in range(5)
    )
    return f'{marks}<text x="{_x(0.5):.1f}" y="{_y(0) + 40:.1f}" text-anchor="middle">{escape(title)}</text>'


def _svg(content: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH + 20:g} {_HEIGHT + 70:g}" role="img" aria-label="{escape(title)}">{content}</svg>'
    )
