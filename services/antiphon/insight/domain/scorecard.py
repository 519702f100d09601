"""Scorecards: what a supervisor judges a conversation by, and what comes of it.

Each criterion has a weight and a scale 0..N; yes or no is the scale 0..1. The score is

    sum(weight x points / scale) / sum(weight)

in tenths of a percent, computed exactly and rounded once, halves up. A fatal criterion with no points makes the whole
zero, whatever the others say. A worked example:

    greeting  weight 1, yes/no: yes     1 x 1/1 = 1
    solution  weight 3, 0..5:   4       3 x 4/5 = 2.4
    manner    weight 2, 0..3:   2       2 x 2/3 = 1.333...
    4.7333... / 6 = 78.888... %: 78.9 %
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from antiphon.insight.domain.millis import Millis
from antiphon.insight.domain.reasons import Reason, refuse
from antiphon.kit.errors import DomainError

MOST_CRITERIA, MOST_WEIGHT, MOST_SCALE, MOST_NAME, MOST_COMMENT = 50, 100, 100, 200, 4_000
MOST_JUDGEMENTS = 100
FULL = 1_000
"""100 %, in tenths of a percent."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question. `scale` is its best answer; 1 is yes or no."""

    id: str
    name: str
    weight: int
    scale: int = 1
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A template. Evaluations name its version, and a version that one of them names is never changed."""

    id: str
    name: str
    criteria: tuple[Criterion, ...]
    version: int = 1

    def __post_init__(self) -> None:
        _check_name("name", self.name)
        if not 1 <= len(self.criteria) <= MOST_CRITERIA:
            raise refuse("criteria", f"one to {MOST_CRITERIA}")
        if len({one.id for one in self.criteria}) < len(self.criteria):
            raise refuse("criteria", "each id once")
        for one in self.criteria:
            _check_name("criteria.name", one.name)
            if not one.id or not 1 <= one.weight <= MOST_WEIGHT or not 1 <= one.scale <= MOST_SCALE:
                raise refuse("criteria", f"an id, a weight 1..{MOST_WEIGHT} and a scale 1..{MOST_SCALE}")

    def revised(self, name: str, criteria: tuple[Criterion, ...], *, used: bool) -> Scorecard:
        """With other words; a new version when evaluations were made by this one. The same words change nothing."""
        if (name, criteria) == (self.name, self.criteria):
            return self
        return Scorecard(self.id, name, criteria, self.version + used)

    def score(self, points: Mapping[str, int]) -> int:
        """Tenths of a percent. Raises INVALID unless each criterion has its points and nothing else has."""
        if points.keys() != {one.id for one in self.criteria}:
            raise refuse("points", "one for each criterion")
        if any(not 0 <= points[one.id] <= one.scale for one in self.criteria):
            raise refuse("points", "within the criterion's scale")
        if any(one.fatal and not points[one.id] for one in self.criteria):
            return 0
        reached = sum((Fraction(one.weight * points[one.id], one.scale) for one in self.criteria), Fraction())
        return half_up(reached * FULL / sum(one.weight for one in self.criteria))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the evaluator said at one time."""

    at: Millis
    points: Mapping[str, int]
    score: int
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What is judged: one agent's part in an interaction."""

    interaction: str
    agent: str
    queue: str
    project: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one supervisor says of it, by one scorecard."""

    part: Part
    scorecard: str
    version: int
    evaluator: str
    history: tuple[Judgement, ...]
    """The first to the newest, which holds."""
    acknowledged: Millis | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """There is one of each; the version is not in it."""
        return self.part.interaction, self.scorecard, self.evaluator, self.part.agent

    @property
    def made(self) -> Millis:
        return self.history[0].at

    @property
    def now(self) -> Judgement:
        return self.history[-1]

    def judged_again(self, card: Scorecard, by: str, judgement: Judgement) -> Evaluation:
        """Raises NOT_YOUR_EVALUATION for anybody else, ACKNOWLEDGED once it was read. Repeating changes nothing."""
        if by != self.evaluator:
            raise DomainError(Reason.NOT_YOUR_EVALUATION)
        if (card.id, card.version) != (self.scorecard, self.version):
            raise refuse("version", "an evaluation stays with the version it was begun with")
        if (judgement.points, judgement.comment) == (self.now.points, self.now.comment):
            return self
        if self.acknowledged is not None:
            raise DomainError(Reason.ACKNOWLEDGED)
        if len(self.history) >= MOST_JUDGEMENTS:
            raise refuse("points", f"changed {MOST_JUDGEMENTS} times already")
        return replace(self, history=(*self.history, judgement))

    def acknowledge(self, by: str, now: Millis) -> Evaluation:
        """The agent has read it. Again changes nothing."""
        if by != self.part.agent:
            raise DomainError(Reason.NOT_YOUR_EVALUATION)
        return self if self.acknowledged is not None else replace(self, acknowledged=now)


def judge(card: Scorecard, points: Mapping[str, int], comment: str, now: Millis) -> Judgement:
    """Raises INVALID."""
    if len(comment) > MOST_COMMENT:
        raise refuse("comment", f"at most {MOST_COMMENT} characters")
    return Judgement(now, dict(points), card.score(points), comment)


def evaluate(card: Scorecard, part: Part, by: str, judgement: Judgement) -> Evaluation:
    """A new one. Raises OWN_WORK: nobody judges himself."""
    if not part.interaction or not part.agent or not by:
        raise refuse("agent_id", "somebody judges somebody's part in an interaction")
    if by == part.agent:
        raise DomainError(Reason.OWN_WORK)
    return Evaluation(part, card.id, card.version, by, (judgement,))


def half_up(value: Fraction) -> int:
    """The nearest whole number, of two the greater."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _check_name(field: str, name: str) -> None:
    if not name.strip() or len(name) > MOST_NAME:
        raise refuse(field, f"1 to {MOST_NAME} characters")
