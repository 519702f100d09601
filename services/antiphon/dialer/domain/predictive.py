"""Predictive pacing with a bounded chance of abandonment.

How many agents will be free when a dial of now is answered, and how many of the dials in the air are answered before?
Both are sums of events with known chances: an agent who has talked for 40 s and wraps up for about 15 s is free within
the next 9 s with such a chance; a dial that has rung for 6 s is answered within 9 s with such another. One more dial
is worth it while the chance that it meets nobody stays below the risk that the law's counter permits (`Tally.risk`).

A soft answer to the law (dare less, the nearer the limit) keeps far more agents busy than a hard one ("over 3 %: no
dialling ahead"), which spends its day recovering.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from antiphon.dialer.domain.floor import Bools, Floats, Floor
from antiphon.dialer.domain.learning import Lasting, Learned
from antiphon.dialer.domain.risk import EXACT, about_at_least, at_least

HORIZONS = (5, 9, 13, 18)
"""Seconds after which a dial of now may be answered."""
_BETWEEN = (7, 11, 15)
PATIENCE = 2
"""Seconds that a person waits for an agent: who comes free in them, less what connecting takes, is in time."""
DOUBT = 0.05
"""The chance that more are abandoned than the limit has room for."""
_MOST_EXACT, _MOST = 12, 60


def ahead(floor: Floor, learned: Learned, now: float, most: int) -> tuple[int, float, float]:
    """How many dials may begin now, the risk of the last of them, and the risk that was permitted.

    No dial is riskier than the law's counter permits. While few have answered, besides, with 95 % certainty no more of
    all that are in the air are abandoned than the limit has room for (`Tally.room`)."""
    permitted = learned.tally.risk(floor.agents)
    risks = risk_of_next(floor, learned, now, most)
    over = np.nonzero((risks > permitted) | _unbearable(floor, learned, risks, permitted))[0]
    count = int(over[0]) if over.size else min(most, risks.size)
    return count, float(risks[min(max(count - 1, 0), risks.size - 1)]), permitted


def _unbearable(floor: Floor, learned: Learned, risks: Floats, permitted: float) -> Bools:
    """With which dials too many may be abandoned together: their number is Poisson's, near enough."""
    tally = learned.tally
    if not tally.is_small(floor.agents):
        return np.zeros(risks.size, np.bool_)
    expected = learned.rate.mean * (floor.ringing.size * permitted + np.cumsum(risks))
    found: Bools = expected > float(gammaincinv(max(0, tally.room) + 1, DOUBT))
    return found


def risk_of_next(floor: Floor, learned: Learned, now: float, most: int) -> Floats:
    """risk[d]: the chance that one more dial, after d new ones, is abandoned if it is answered."""
    weights = _near(learned.human_rings)
    mean, variance = learned.rate.mean, learned.rate.variance
    each = mean * _until(learned.human_rings)
    ages = np.maximum(now - floor.ringing, 0.0)  # a clock that was set back: what began later began now
    answers = _answered(learned, ages.astype(np.int64), mean)
    patience = max(0, round(PATIENCE - learned.connects.quantile(0.5, now)))
    wrapping, talking = np.maximum(now - floor.wrapping, 0.0), np.maximum(now - floor.talking, 0.0)
    held = 1.0 - np.concatenate((_wrapped(learned, wrapping, patience), _talked(learned, talking, patience)))
    threshold = floor.idle - floor.waiting + held.shape[0]
    if answers.shape[0] + held.shape[0] <= EXACT:
        many = min(_MOST_EXACT, most)
        return at_least(np.concatenate((answers, held)), threshold, each, many) @ weights
    more = np.arange(min(_MOST, most) + 1, dtype=np.float64)[:, None]
    means = answers.sum(axis=0) + held.sum(axis=0) + more * each
    spread = (answers * (1 - answers)).sum(axis=0) + (held * (1 - held)).sum(axis=0) + more * each * (1 - each)
    unsure = variance * ((floor.ringing.size + more) * _until(learned.human_rings)) ** 2
    return about_at_least(means, spread + unsure, threshold) @ weights


def _near(rings: Lasting) -> Floats:
    """The chance that a dial which is answered is answered near each horizon."""
    below = rings.below
    return np.diff(np.concatenate(([0.0], below[list(_BETWEEN)], [1.0])))


def _until(rings: Lasting) -> Floats:
    found: Floats = rings.below[list(HORIZONS)]
    return found


_SEARCH = np.array(HORIZONS)


def _answered(learned: Learned, ages: np.ndarray[tuple[int], np.dtype[np.int64]], mean: float) -> Floats:
    """[dial, horizon]: the chance that a dial of that age is answered by a person within the horizon."""
    human, other = learned.human_rings.below, learned.other_rings.below
    last = human.size - 1
    age = np.arange(human.size)
    within = human[np.minimum(age[:, None] + _SEARCH, last)] - human[:, None]
    alive = mean * (1 - human) + (1 - mean) * (1 - other)
    table: Floats = mean * within / np.maximum(alive, 1e-9)[:, None]
    return table[np.minimum(ages, last)]


def _wrapped(learned: Learned, ages: Floats, patience: int) -> Floats:
    """[agent, horizon]: the chance that an agent who has wrapped up so long is free in time."""
    below = learned.wrap.below
    last = below.size - 1
    age = np.minimum(ages.astype(np.int64), last - 1)
    so_far = below[age][:, None]
    later = below[np.minimum(age[:, None] + _SEARCH + patience, last)]
    chance: Floats = (later - so_far) / np.maximum(1 - so_far, 1e-9)
    return chance


def _talked(learned: Learned, ages: Floats, patience: int) -> Floats:
    """[agent, horizon]: the chance that an agent who has talked so long ends, wraps up and is free in time."""
    below, wrap = learned.talk.below, learned.wrap.below
    last = below.size - 1
    age = np.minimum(ages.astype(np.int64), last - 1)
    longest = HORIZONS[-1] + patience
    steps = np.arange(longest + 1)
    ends = np.diff(below[np.minimum(age[:, None] + steps, last)], axis=1)
    left = _SEARCH[None, :] + patience - steps[:longest, None]
    kernel = np.where(left > 0, wrap[np.maximum(left, 0)], 0.0)
    chance: Floats = (ends @ kernel) / np.maximum(1 - below[age], 1e-9)[:, None]
    return chance
