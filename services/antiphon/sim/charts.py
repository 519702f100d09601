"""Charts as inline SVG, drawn by hand: nothing to download, crisp on paper, coloured by the page's own CSS variables.

Every chart takes plain numbers and returns one `<svg>`. Classes, not colours, so light and dark come from the page.
Marks carry a `<title>`: a browser shows the figure when the pointer rests on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from antiphon.sim.confidence import Interval

WIDTH, LEFT, RIGHT = 960, 52, 24
Label = Callable[[float], str]


def hue(number: int) -> str:
    """The classes of the n-th of several: six colours, then the same with dashes."""
    return f"c{number % 6}" + (" far" if number >= 6 else "")


def nice_ticks(most: float, wanted: int = 4) -> list[float]:
    """Round values from 0 to at least `most`."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot area: `columns` of equal width, a scale from 0 to `top`."""

    columns: int
    top: float
    height: float = 180
    above: float = 12
    below: float = 26

    @property
    def total(self) -> float:
        return self.above + self.height + self.below

    def x(self, column: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * column / self.columns

    def y(self, value: float) -> float:
        return self.above + self.height * (1 - min(value, self.top) / self.top)

    def grid(self, ticks: Sequence[float], label: Label) -> str:
        lines = []
        for tick in ticks:
            y = self.y(tick)
            kind = "base" if tick == 0 else "grid"
            lines.append(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            lines.append(f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label(tick)}</text>')
        return "".join(lines)

    def axis(self, marks: Sequence[tuple[float, str]]) -> str:
        y = self.above + self.height + 18
        return "".join(
            f'<text class="tick" x="{self.x(column):.1f}" y="{y:.1f}" text-anchor="middle">{escape(text)}</text>'
            for column, text in marks
        )

    def svg(self, content: str, title: str) -> str:
        return svg(content, self.total, title)


def svg(content: str, height: float, title: str, width: float = WIDTH) -> str:
    """The element around a drawing; `title` is what a screen reader says."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title, quote=True)}">{content}</svg>'
    )


def stacked_bars(
    layers: Sequence[tuple[str, Sequence[float]]], marks: Sequence[tuple[float, str]], names: Sequence[str], title: str
) -> str:
    """Columns of stacked layers (css class, values); the first stands on the ground."""
    columns = len(names)
    ticks = nice_ticks(max((sum(values) for values in zip(*(v for _, v in layers), strict=True)), default=1.0))
    frame = Frame(columns, ticks[-1])
    parts = [frame.grid(ticks, lambda tick: f"{tick:g}")]
    gap = min(2.0, (frame.x(1) - frame.x(0)) * 0.2)
    for column in range(columns):
        ground = 0.0
        told = ", ".join(f"{name} {values[column]:,.1f}" for name, values in layers)
        for name, values in layers:
            value = values[column]
            if value <= 0:
                continue
            top, bottom = frame.y(ground + value), frame.y(ground)
            x, width = frame.x(column) + gap / 2, frame.x(1) - frame.x(0) - gap
            parts.append(
                f'<rect class="{name}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{bottom - top:.1f}">'
                f"<title>{escape(names[column])}: {told}</title></rect>"
            )
            ground += value
    return frame.svg("".join(parts) + frame.axis(marks), title)


def banded_line(
    values: Sequence[Interval | None],
    target: float | None,
    marks: Sequence[tuple[float, str]],
    names: Sequence[str],
    title: str,
) -> str:
    """Shares by interval: the line, its confidence band, the target."""
    frame = Frame(len(values), 1.0, height=130)
    parts = [frame.grid((0, 0.25, 0.5, 0.75, 1), lambda tick: f"{tick * 100:g} %")]
    known = [(column + 0.5, value) for column, value in enumerate(values) if value is not None]
    half = {column: 0.0 if math.isnan(value.half) else value.half for column, value in known}
    upper = [(frame.x(c), frame.y(min(1.0, v.mean + half[c]))) for c, v in known]
    lower = [(frame.x(c), frame.y(max(0.0, v.mean - half[c]))) for c, v in known]
    parts.append(f'<polygon class="band" points="{_points([*upper, *reversed(lower)])}"/>')
    if target is not None:
        y = frame.y(target)
        parts.append(f'<line class="target" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    parts.append(f'<polyline class="line" points="{_points([(frame.x(c), frame.y(v.mean)) for c, v in known])}"/>')
    for column, value in known:
        told = f"{names[int(column)]}: {value.mean:.1%} ± {half[column]:.1%}"
        parts.append(
            f'<circle class="dot" cx="{frame.x(column):.1f}" cy="{frame.y(value.mean):.1f}" r="3.5">'
            f"<title>{escape(told)}</title></circle>"
        )
    return frame.svg("".join(parts) + frame.axis(marks), title)


def area_under_steps(
    area: Sequence[float], steps: Sequence[float], marks: Sequence[tuple[float, str]], names: Sequence[str], title: str
) -> str:
    """How much of what is there is in use: a filled area under a line of steps."""
    ticks = nice_ticks(max(*steps, *area, 1.0))
    frame = Frame(len(steps), ticks[-1], height=130)
    parts = [frame.grid(ticks, lambda tick: f"{tick:g}")]
    for kind, values in (("area", area), ("steps", steps)):
        corners = [
            point
            for column, value in enumerate(values)
            for point in ((frame.x(column), frame.y(value)), (frame.x(column + 1), frame.y(value)))
        ]
        if kind == "area":
            ground = frame.y(0)
            corners = [(frame.x(0), ground), *corners, (frame.x(len(values)), ground)]
            parts.append(f'<polygon class="area" points="{_points(corners)}"/>')
        else:
            parts.append(f'<polyline class="steps" points="{_points(corners)}"/>')
    width = frame.x(1) - frame.x(0)
    for column, (busy, there) in enumerate(zip(area, steps, strict=True)):
        parts.append(
            f'<rect class="hit" x="{frame.x(column):.1f}" y="{frame.above}" width="{width:.1f}" height="{frame.height}"'
            ">"
            f"<title>{escape(names[column])}: {busy:.1f} of {there:.1f} agents at work</title></rect>"
        )
    return frame.svg("".join(parts) + frame.axis(marks), title)


def lines(
    curves: Sequence[tuple[str, Sequence[float]]],
    top: float,
    marks: Sequence[tuple[float, str]],
    title: str,
    height: float = 200,
) -> str:
    """Several curves over equal columns, told apart by colour and by a label at their end. Values are shares."""
    columns = max((len(values) for _, values in curves), default=1) - 1
    ticks = nice_ticks(top)
    frame = Frame(max(1, columns), ticks[-1], height=height)
    parts = [frame.grid(ticks, lambda tick: f"{tick * 100:g} %")]
    for number, (name, values) in enumerate(curves):
        path = _points([(frame.x(column), frame.y(value)) for column, value in enumerate(values)])
        parts.append(f'<polyline class="curve {hue(number)}" points="{path}"><title>{escape(name)}</title></polyline>')
    return frame.svg("".join(parts) + frame.axis(marks), title)


def whiskers(rows: Sequence[tuple[str, Interval, str, bool]], title: str, write: Label) -> str:
    """Intervals side by side on one scale: (name, interval, text at the right, whether to stress it)."""
    width, left, right, line = 460.0, 150.0, 128.0, 26.0
    known = [interval for _, interval, _, _ in rows if not math.isnan(interval.mean)]
    reach = [(i.mean, 0.0 if math.isnan(i.half) else i.half) for i in known]
    low, high = min((m - h for m, h in reach), default=0.0), max((m + h for m, h in reach), default=1.0)
    room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    low, high = low - room, high + room

    def x(value: float) -> float:
        return left + (width - left - right) * (value - low) / (high - low)

    parts = []
    for number, (name, interval, text, stressed) in enumerate(rows):
        y = 16 + line * number
        parts.append(f'<text class="name" x="0" y="{y + 4}">{escape(name)}</text>')
        kind = "tell stressed" if stressed else "tell"
        parts.append(f'<text class="{kind}" x="{width:g}" y="{y + 4}" text-anchor="end">{escape(text)}</text>')
        parts.append(f'<line class="grid" x1="{left}" x2="{width - right + 6}" y1="{y}" y2="{y}"/>')
        if math.isnan(interval.mean):
            continue
        if not math.isnan(interval.half):
            parts.append(
                f'<line class="whisker {hue(number)}" x1="{x(interval.low):.1f}" x2="{x(interval.high):.1f}"'
                f' y1="{y}" y2="{y}"/>'
            )
        told = f"{name}: {write(interval.mean)}"
        parts.append(
            f'<circle class="point {hue(number)}" cx="{x(interval.mean):.1f}" cy="{y}" r="4.5">'
            f"<title>{escape(told)}</title></circle>"
        )
    return svg("".join(parts), 8 + line * len(rows), title, width)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
