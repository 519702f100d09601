"""The report of a comparison: strategies on the same customers, and what differs by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from antiphon.sim import charts, words
from antiphon.sim.acd import STRATEGIES
from antiphon.sim.page import agents, card, cell, document, header, notes, section
from antiphon.sim.study import MEASURES, Contender


def comparison_page(contenders: Sequence[Contender]) -> str:
    """Several strategies on the same days."""
    first = contenders[0].study
    parts = [
        header(first.scenario, "Strategies on the same customers", _findings(contenders)),
        _measures(contenders),
        agents([(STRATEGIES[c.strategy], c.study) for c in contenders]),
        section(
            "In figures",
            f"Second lines: difference from {STRATEGIES[contenders[0].strategy].lower()} on the same days, "
            "bold where it is more than chance (95 %).",
            card(_contenders(contenders)),
        ),
        notes(first),
    ]
    return document(f"{first.scenario.name}: strategies", parts)


def _measures(contenders: Sequence[Contender]) -> str:
    cards = []
    for name, title in MEASURES.items():
        rows = []
        for number, contender in enumerate(contenders):
            value, change = contender.figures[name], contender.differences[name]
            text = words.figure(name, value)
            if number:
                text += f"  {words.difference(name, change)}"
            stressed = bool(number) and words.is_clear(change)
            rows.append((STRATEGIES[contender.strategy].partition(":")[0], value, text, stressed))
        drawing = charts.whiskers(rows, title, words.UNITS[name])
        cards.append(card(f'<h3>{title}</h3><div class="plot">{drawing}</div>'))
    base = STRATEGIES[contenders[0].strategy].lower()
    lead = (
        f"Means with 95 % confidence. At the right the difference from {base}, day by day on the same customers; "
        "bold where that is more than chance (of twenty figures without any difference, one is bold all the same)."
    )
    return section("Side by side", lead, f'<div class="pair">{"".join(cards)}</div>')


def _findings(contenders: Sequence[Contender]) -> list[str]:
    """What differs from the first strategy by more than chance."""
    base = STRATEGIES[contenders[0].strategy]
    found = []
    for contender in contenders[1:]:
        clear = [
            f"{MEASURES[name].lower()} {words.difference(name, value)}"
            for name, value in contender.differences.items()
            if words.is_clear(value)
        ]
        kind, word = ("differs", "Differs") if clear else ("open", "Alike")
        tells = ", ".join(clear) or "no difference that is more than chance"
        title = escape(STRATEGIES[contender.strategy])
        found.append(
            f'<span class="mark {kind}">{word}</span><span><b>{title}</b> against {base.lower()}: {tells}.</span>'
        )
    return found


def _contenders(contenders: Sequence[Contender]) -> str:
    head = '<th class="words">Strategy</th>' + "".join(f"<th>{title}</th>" for title in MEASURES.values())
    body = []
    for number, contender in enumerate(contenders):
        cells = []
        for name in MEASURES:
            change = contender.differences[name]
            small = words.difference(name, change) if number else ""
            kind = ' class="clear"' if number and words.is_clear(change) else ""
            cells.append(cell(words.figure(name, contender.figures[name]), small, kind))
        body.append(f'<tr><td class="words">{escape(STRATEGIES[contender.strategy])}</td>{"".join(cells)}</tr>')
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
