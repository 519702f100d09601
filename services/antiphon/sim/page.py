"""The report for the browser: one self-contained HTML file, in light and dark, that asks nothing of any network.

It says the conclusion first, then the day, the table, the waits and the agents, and at the end what every figure
means and how to get the same page again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from antiphon.sim import charts, words
from antiphon.sim.acd import STRATEGIES
from antiphon.sim.confidence import Interval, interval
from antiphon.sim.scenario import DAY, HOUR, MINUTE, Scenario
from antiphon.sim.study import TOTAL, Row, Study
from antiphon.sim.tally import WAIT_STEPS

CSS = Path(__file__).with_name("page.css")

COLUMNS = {
    "offered": "Offered",
    "answered": "Answered",
    "abandoned": "Abandoned",
    "turned_away": "Turned away",
    "unserved": "Never served",
    "retries": "Of which retries",
    "service_level": "Service level",
    "asa_s": "Average wait",
    "longest_wait_s": "Longest wait",
    "aht_s": "Handling time",
    "occupancy": "Occupancy",
    "conversion": "Sales",
}
ONLY_IF_ANY = ("turned_away", "unserved", "retries", "conversion")
TILES = ("offered", "answer_rate", "service_level", "asa_s", "aht_s", "occupancy")
TILE_NAMES = COLUMNS | {"answer_rate": "Answered", "asa_s": "Average wait"}


def study_page(study: Study) -> str:
    """One scenario."""
    rows = study.rows()
    parts = [
        header(study.scenario, "Simulated days of a contact centre", _verdicts(rows)),
        _tiles(study.total()),
        _day(study),
        section("Queues and channels", "Means of a day; small: 95 % confidence.", card(_table(rows))),
    ]
    if any(queue.changes for queue in study.scenario.queues):
        lead = "Each contact counts for the strategy in force when it came; the parts add up to all."
        parts.append(section("By strategy", lead, card(_table(study.by_strategy(), by_strategy=True))))
    parts += [_waits(rows), agents([(study.scenario.name, study)]), notes(study)]
    return document(study.scenario.name, parts)


# ---------------------------------------------------------------- the frame


def document(title: str, parts: Iterable[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS.read_text(encoding='utf-8')}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def header(scenario: Scenario, what: str, verdicts: Sequence[str]) -> str:
    listed = "".join(f"<li>{verdict}</li>" for verdict in verdicts)
    about = f'<p class="about">{escape(scenario.about)}</p>' if scenario.about else ""
    return (
        f'<header><p class="brand">Antiphon · {what}</p><h1>{escape(scenario.name)}</h1>{about}'
        f'<ul class="verdicts">{listed}</ul></header>'
    )


def section(title: str, lead: str, content: str) -> str:
    return f'<section><h2>{escape(title)}</h2><p class="lead">{escape(lead)}</p>{content}</section>'


def card(content: str) -> str:
    return f'<div class="card">{content}</div>'


def plot(title: str, keys: Sequence[tuple[str, str]], drawing: str) -> str:
    shown = "".join(f'<span class="key"><i class="{kind}"></i>{escape(text)}</span>' for kind, text in keys)
    return card(f'<div class="caption"><h3>{escape(title)}</h3>{shown}</div><div class="plot">{drawing}</div>')


# ---------------------------------------------------------------- conclusions


def _verdicts(rows: Sequence[Row]) -> list[str]:
    """Per queue and channel: is the target met, missed, or is it too early to say?"""
    found = []
    for row in rows:
        level, target = row.figures["service_level"], row.target
        if row.queue == TOTAL or math.isnan(level.mean):
            continue
        half = 0.0 if math.isnan(level.half) else level.half
        unsure = level.mean - half < target.share < level.mean + half
        kind, word = (
            ("open", "Close") if unsure else ("met", "Met") if level.mean >= target.share else ("missed", "Missed")
        )
        found.append(
            f'<span class="mark {kind}">{word}</span><span><b>{escape(row.queue)}</b> answers '
            f"{words.percent(level.mean)} within {words.span(target.within_ms)} by {row.channel}; "
            f"the target is {target.share * 100:g} %.</span>"
        )
    return found


def _tiles(row: Row) -> str:
    tiles = "".join(
        f'<div class="tile"><dt>{TILE_NAMES[name]}</dt><dd>{words.figure(name, row.figures[name])}'
        f"<small>{words.margin(name, row.figures[name])}</small></dd></div>"
        for name in TILES
    )
    return f'<dl class="tiles">{tiles}</dl>'


# ---------------------------------------------------------------- the day


def _day(study: Study) -> str:
    scenario, outcomes = study.scenario, study.outcomes
    intervals = range(len(outcomes[0].spans))
    lengths = [min(scenario.lasts_ms - n * scenario.interval_ms, scenario.interval_ms) for n in intervals]
    names = [_clock(scenario, n * scenario.interval_ms) for n in intervals]
    marks = _marks(scenario)
    days = len(outcomes)
    answered, abandoned = (
        [sum(getattr(outcome.spans[n], name) for outcome in outcomes) / days for n in intervals]
        for name in ("answered", "abandoned")
    )
    busy, staffed = (
        [sum(getattr(outcome, name)[n] for outcome in outcomes) / days / lengths[n] for n in intervals]
        for name in ("busy", "staffed")
    )
    levels = [_level(study, n) for n in intervals]
    shares = {queue.target.share for queue in scenario.queues}
    target = shares.pop() if len(shares) == 1 else None
    minutes = f"{scenario.interval_ms / MINUTE:g} minutes"
    aims = [("rule dashed target", f"target {target * 100:g} %")] if target is not None else []
    plots = (
        plot(
            f"Contacts in {minutes}",
            [("answered", "answered"), ("abandoned", "abandoned")],
            charts.stacked_bars(
                [("answered", answered), ("abandoned", abandoned)], marks, names, "Contacts by time of day"
            ),
        ),
        plot(
            "Answered in time",
            [("rule line", "share of those offered, with 95 % confidence"), *aims],
            charts.banded_line(levels, target, marks, names, "Share answered in time by time of day"),
        ),
        plot(
            "Agents",
            [("rule steps", "signed in"), ("area", "at work")],
            charts.area_under_steps(busy, staffed, marks, names, "Agents signed in and at work by time of day"),
        ),
    )
    lead = f"Means of {days} days, by the time at which the contact came."
    return section("The day", lead, "".join(plots))


def _level(study: Study, number: int) -> Interval | None:
    spans = [outcome.spans[number] for outcome in study.outcomes]
    values = [span.in_time / span.offered for span in spans if span.offered]
    return interval(values) if values else None


def _clock(scenario: Scenario, moment: int) -> str:
    at = (scenario.starts_ms + moment) % DAY
    return f"{at // HOUR:02}:{at % HOUR // MINUTE:02}"


def _marks(scenario: Scenario) -> list[tuple[float, str]]:
    """Round times for the axis: at most a dozen, the first on a multiple of the step."""
    steps = [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY]
    step = next((step for step in steps if scenario.lasts_ms <= 12 * step), DAY * (scenario.lasts_ms // (12 * DAY) + 1))
    first = -scenario.starts_ms % step
    moments = range(first, scenario.lasts_ms + 1, step)
    days = scenario.lasts_ms > DAY and step >= DAY
    return [
        (at / scenario.interval_ms, f"day {at // DAY + 1}" if days else _clock(scenario, at))
        for at in moments
    ]  # fmt: skip


# ---------------------------------------------------------------- tables


def _table(rows: Sequence[Row], *, by_strategy: bool = False) -> str:
    names = [n for n in COLUMNS if n not in ONLY_IF_ANY or any(row.figures[n].mean > 0 for row in rows)]
    if by_strategy:
        names.remove("occupancy")
    second = "Strategy" if by_strategy else "Channel"
    head = f'<th class="words">Queue</th><th class="words">{second}</th>'
    head += "".join(f"<th>{COLUMNS[name]}</th>" for name in names)
    body = []
    for row in rows:
        label = (STRATEGIES.get(row.strategy, "All")) if by_strategy else row.channel
        total = row.queue == TOTAL or (by_strategy and not row.strategy)
        cells = "".join(cell(words.figure(n, row.figures[n]), words.margin(n, row.figures[n])) for n in names)
        kind = ' class="total"' if total else ""
        body.append(
            f'<tr{kind}><td class="words">{escape(row.queue.capitalize() if row.queue == TOTAL else row.queue)}</td>'
            f'<td class="words">{escape(label)}</td>{cells}</tr>'
        )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def cell(value: str, small: str, kind: str = "") -> str:
    return f"<td>{escape(value)}<small{kind}>{escape(small)}</small></td>"


# ---------------------------------------------------------------- waits, agents


def _waits(rows: Sequence[Row]) -> str:
    """How many of the answered had been answered by then."""
    curves = []
    for row in rows:
        answered = sum(row.waits)
        if row.queue == TOTAL or not answered:
            continue
        name = (
            row.queue if len({r.channel for r in rows if r.queue == row.queue}) == 1 else f"{row.queue}, {row.channel}"
        )
        curves.append((name, [sum(row.waits[: n + 1]) / answered for n in range(len(WAIT_STEPS))]))
    reached = max(
        (next((n for n, v in enumerate(values) if v > 0.999), len(values) - 1) for _, values in curves), default=1
    )
    last = min(len(WAIT_STEPS), reached + 2)
    marks = [
        (float(n), words.span(step)) for n, step in enumerate(WAIT_STEPS[:last]) if n % (2 if last > 14 else 1) == 0
    ]
    drawing = charts.lines(
        [(name, values[:last]) for name, values in curves], 1.0, marks, "Share of the answered by wait"
    )
    keys = [(f"rule {charts.hue(number)}", name) for number, (name, _) in enumerate(curves)]
    lead = "Of those answered, the share that had waited no longer than this. Steps of the axis grow to the right."
    return section("How long they waited", lead, plot("Answered within", keys, drawing))


def agents(studies: Sequence[tuple[str, Study]]) -> str:
    """Occupancy from the busiest agent of a day to the idlest: a level line is a fair share."""
    curves = [(name, _occupancies(study)) for name, study in studies]
    most = max((len(values) for _, values in curves), default=0)
    if most < 2:
        return ""
    step = max(1, most // 10)
    marks = [(float(n), f"{n + 1}") for n in range(0, most, step)]
    drawing = charts.lines(curves, 1.0, marks, "Occupancy of the agents, busiest first", height=170)
    several = len(curves) > 1
    keys = [(f"rule {charts.hue(number)}", name) for number, (name, _) in enumerate(curves)] if several else []
    lead = "Time with work held ÷ time signed in without breaks. A level line is a fair share."
    drawn = plot("Occupancy, from the busiest agent of a day to the idlest", keys, drawing)
    return section("How work is shared out", lead, drawn + ("" if several else _teams(studies[0][1])))


def _occupancies(study: Study) -> list[float]:
    """The mean occupancy of the busiest agent of each day, of the second busiest, and so on."""
    days = [
        sorted((value for agent in outcome.agents if (value := agent.occupancy) is not None), reverse=True)
        for outcome in study.outcomes
    ]
    return [sum(ranked) / len(ranked) for ranked in zip(*days, strict=False)]


def _teams(study: Study) -> str:
    head = '<th class="words">Team</th><th>Agents</th><th>Occupancy</th><th>Contacts of an agent</th>'
    body = "".join(
        f'<tr><td class="words">{escape(team.team)}</td><td>{team.agents}</td>'
        f"{cell(words.figure('occupancy', team.occupancy), words.margin('occupancy', team.occupancy))}"
        f"{cell(words.figure('answered', team.contacts), words.margin('answered', team.contacts))}</tr>"
        for team in study.teams()
    )
    return card(f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>')


# ---------------------------------------------------------------- what it means


def notes(study: Study) -> str:
    scenario = study.scenario
    days, seed = len(study.outcomes), scenario.seed
    uncounted = f"; those of the first {words.span(scenario.warm_up_ms)} are not counted" if scenario.warm_up_ms else ""
    notes = [f"Service level of {q.name}: {q.target.in_words()}." for q in scenario.queues]
    notes += [
        "Handling time is conversation and wrap-up. Average wait is over those answered.",
        "Occupancy: time with work held ÷ time signed in without breaks; for a queue, with work of that queue.",
        f"Means of {days} independent days with seeds from {seed}; ± is 95 % confidence by Student's t.",
        f"{study.contacts:,} contacts were simulated{uncounted}.",
        "The ACD core that serves live contacts took every decision. Scenario and seed give the same page again.",
    ]
    listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<section><h2>What the figures mean</h2><ul class="notes">{listed}</ul></section>'
