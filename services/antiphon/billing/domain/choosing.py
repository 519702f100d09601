"""In which order the trunks of a call are tried: by the carriers' present prices, or by their measured quality.

Left out, in this order of questions: a carrier that would learn who calls without consent; one that asks more than the
subscriber pays, where that is not wanted; and, unless only the cost counts, what was measured below the floor. Poor
sound is better than none: when all that remain are below the floor, they are tried all the same. Of what was not
measured often enough nothing bad is said, so that it is tried, and measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

HIGHEST_MOS = 4.5


class Policy(Enum):
    COST = "cost"
    """The cheapest, whatever its quality."""
    GOOD_ENOUGH = "good_enough"
    """The cheapest of those above the floor."""
    QUALITY = "quality"
    """The best of those above the floor; of equals the cheapest."""


class Why(Enum):
    """Why a trunk is left out."""

    CONSENT = "consent"
    LOSS = "loss"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Rules:
    """What counts. A limit that is 0 is none."""

    policy: Policy = Policy.COST
    min_asr: int = 0
    """Answered calls in a hundred attempts."""
    max_pdd_ms: int = 0
    min_mos: float = 0.0
    max_loss: float = 0.0
    """0..1"""
    never_at_loss: bool = False
    min_calls: int = 10
    """How many must have been measured before they say something."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the last calls over a trunk were like; None: not measured."""

    attempts: int = 0
    answered: int = 0
    pdd_ms: int | None = None
    rang: int = 0
    mos: float | None = None
    loss: float | None = None
    heard: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is measured well enough to be believed."""

    asr: int | None = None
    pdd_ms: int | None = None
    mos: float | None = None
    loss: float | None = None

    def __str__(self) -> str:
        parts = [
            f"ASR {self.asr} %" if self.asr is not None else "",
            f"PDD {_seconds(self.pdd_ms)}" if self.pdd_ms is not None else "",
            f"MOS {self.mos:.1f}" if self.mos is not None else "",
            f"loss {self.loss * 100:.1f} %" if self.loss is not None else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trunk that fits. `place` is where it would be tried without any of this."""

    trunk: str
    place: int
    carrier: str = ""
    name: str = ""
    cost: int | None = None
    """Micro-units of a call of one minute; None: no price is known that can be compared."""
    measured: Measured = Measured()
    lacks_consent: bool = False
    may_lose: bool = False
    """What it asks is ours to pay, so that it can be more than what the subscriber pays."""
    price: str = ""
    """For people."""


@dataclass(frozen=True, slots=True)
class Chosen:
    candidate: Candidate
    why: str
    left_out: Why | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is tried, in this order, and what is not."""

    order: tuple[Chosen, ...]
    left_out: tuple[Chosen, ...]


def choose(candidates: Iterable[Candidate], rules: Rules, sell: int | None = None) -> Decision:
    """`sell`: what the subscriber pays for the same minute; None: not known."""
    good: list[Chosen] = []
    poor: list[Chosen] = []
    out: list[Chosen] = []
    for candidate in candidates:
        known = believed(candidate.measured, rules.min_calls)
        chosen = _judged(candidate, known, rules, sell)
        {None: good, Why.QUALITY: poor}.get(chosen.left_out, out).append(chosen)
    if good:
        out += poor
    else:
        good = [replace(one, left_out=None, why=f"{one.why}; nothing better is left") for one in poor]

    def rank(one: Chosen) -> tuple[object, ...]:
        candidate = one.candidate
        price = (candidate.cost is None, candidate.cost or 0, candidate.place, candidate.trunk)
        if rules.policy is Policy.QUALITY and candidate.cost is not None:
            return (False, *_quality(believed(candidate.measured, rules.min_calls)), *price[1:])
        return (price[0], 0, 0, 0, *price[1:])

    in_place = sorted(out, key=lambda one: (one.candidate.place, one.candidate.trunk))
    return Decision(tuple(sorted(good, key=rank)), tuple(in_place))


def believed(measured: Measured, least: int) -> Known:
    """What enough calls say."""
    rang, heard = measured.rang >= least, measured.heard >= least
    return Known(
        asr=measured.answered * 100 // measured.attempts if measured.attempts >= max(1, least) else None,
        pdd_ms=measured.pdd_ms if rang else None,
        mos=measured.mos if heard else None,
        loss=measured.loss if heard else None,
    )


def below_floor(known: Known, rules: Rules) -> str:
    """The first limit that is broken, in words; empty when none is."""
    if rules.min_asr and known.asr is not None and known.asr < rules.min_asr:
        return f"ASR {known.asr} % < {rules.min_asr} %"
    if rules.max_pdd_ms and known.pdd_ms is not None and known.pdd_ms > rules.max_pdd_ms:
        return f"PDD {_seconds(known.pdd_ms)} > {_seconds(rules.max_pdd_ms)}"
    if rules.min_mos and known.mos is not None and known.mos < rules.min_mos:
        return f"MOS {known.mos:.2f} < {rules.min_mos:.2f}"
    if rules.max_loss and known.loss is not None and known.loss > rules.max_loss:
        return f"loss {known.loss * 100:.1f} % > {rules.max_loss * 100:.1f} %"
    return ""


def _judged(candidate: Candidate, known: Known, rules: Rules, sell: int | None) -> Chosen:
    name = candidate.name or "trunk of no carrier"
    if candidate.lacks_consent:
        return Chosen(candidate, f"{name} left out: no consent that it learns who calls", Why.CONSENT)
    price = f" at {candidate.price}" if candidate.price else ""
    dear = candidate.cost is not None and sell is not None and candidate.cost > sell
    if rules.never_at_loss and candidate.may_lose and dear:
        return Chosen(candidate, f"{name}{price} left out: it asks more than the subscriber pays", Why.LOSS)
    broken = "" if rules.policy is Policy.COST else below_floor(known, rules)
    if broken:
        return Chosen(candidate, f"{name}{price} left out: {broken}", Why.QUALITY)
    quality = str(known)
    return Chosen(candidate, f"{name}{price}{', ' if quality else ''}{quality}")


def _quality(known: Known) -> tuple[int, int, int]:
    """The better the smaller, in steps that chance does not cross every minute."""
    mos = HIGHEST_MOS if known.mos is None else known.mos
    asr = 100 if known.asr is None else known.asr
    return -int(mos * 10 + 1e-9), -(asr // 5), (known.pdd_ms or 0) // 500


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.1f} s"
