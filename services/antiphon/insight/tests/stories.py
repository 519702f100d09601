"""Facts of made-up interactions, as text: a line a fact, `12.5 queued sales` at so many seconds."""

from __future__ import annotations

from typing import Any

from antiphon.insight.domain.heard import Heard, What

NOON = 1_772_452_800_000
"""2026-03-02 12:00 UTC, a Monday."""


def story(text: str, about: str = "call:c1", at: int = NOON) -> list[Heard]:
    """`queued Q`, `offered Q A`, `accepted Q A`, `abandoned Q [why]`, `overflowed Q`, `wrapping Q A`, `completed Q A
    [disposition]`, `scheduled Q`; `started`, `ended RESULT`; `says`, `answers`, `begins`, `closed`, `open [tag …]`,
    `rated N`; `campaign C`; `deal D REV won|open [micros]`."""
    facts = []
    for order, line in enumerate(text.strip().splitlines()):
        seconds, word, *rest = line.split()
        moment = at + round(float(seconds) * 1000)
        what, told = _fact(word, rest, at, moment)
        facts.append(Heard(about, what, moment, order, told))
    return facts


def _fact(word: str, rest: list[str], at: int, moment: int) -> tuple[What, dict[str, Any]]:
    match word:
        case "started":
            return What.STARTED, {"created": moment, "direction": 1, "party": "+380441112233"}
        case "ended":
            return What.ENDED, {"created": at, "ended": moment, "direction": 1, "result": rest[0]}
        case "campaign":
            return What.CAMPAIGN, {"campaign": rest[0]}
        case "deal":
            worth = {"currency": "UAH", "micros": int(rest[3])} if len(rest) > 3 else {}
            won = {"won": True, **worth} if rest[2] == "won" else worth
            return What.DEAL, {"deal": rest[0], "rev": int(rest[1]), "since": moment, **won}
        case "recorded":
            return What.RECORDED, {"recording": rest[0]}
        case "says" | "answers" | "begins":
            name = {"says": "incoming", "answers": "person", "begins": "begun"}[word]
            return What.MESSAGE, {"channel": "webchat", "created": at, name: True}
        case "closed":
            return What.CHANGED, {"channel": "webchat", "created": at, "closed": True, "tags": rest}
        case "open":
            return What.CHANGED, {"channel": "webchat", "created": at, "tags": rest}
        case "rated":
            return What.CHANGED, {"channel": "webchat", "created": at, "closed": True, "csat": int(rest[0])}
        case _:
            return What(word), _item(word, rest)


def _item(word: str, rest: list[str]) -> dict[str, Any]:
    last = {"abandoned": "reason", "completed": "disposition"}.get(word, "")
    names = ["queue", "reason"] if last == "reason" else ["queue", "agent", "disposition"]
    return {"item": "wi_1", **{name: value for name, value in zip(names, rest, strict=False) if value != "-"}}
