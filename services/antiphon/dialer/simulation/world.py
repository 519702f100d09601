"""The people of a simulated day: what becomes of a dial, and how long everybody talks.

A dial rings 1.5 s + gamma(3, 3 s) and at most 25 s. 22 % of dials meet a machine, which is recognised at once, 12 % are
busy after as long a time, a share that changes over the day is answered by a person, the others ring out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHIFT = 8 * 3600
RING_TIMEOUT = 25.0
MACHINE, BUSY = 0.22, 0.12
MOST_ANSWERS = 0.6
_BLOCK = 4096
_NOISE, _NOISE_EVERY = 0.10, 600


@dataclass(frozen=True, slots=True)
class World:
    """What kind of a day."""

    answers: float | None = None
    """The share of dials that a person answers, all day; None: it changes as on a usual day."""
    shock: bool = False
    """A bad list for an hour and a half: a third of the answers, and at once back again."""

    def answers_at(self, second: float) -> float:
        """The share before noise."""
        share = self.answers if self.answers is not None else _usual(second / SHIFT)
        return share / 3 if self.shock and 3 * 3600 <= second < 4.5 * 3600 else share


def _usual(day: float) -> float:
    """.25, then .15, then .35, then down to .20 in the last quarter."""
    if day < 0.25:
        return 0.25
    if day < 0.5:
        return 0.15
    if day < 0.75:
        return 0.35
    return 0.35 - 0.15 * (day - 0.75) * 4


class People:
    """Everybody's chance, repeatable by the seed. Dials and conversations have sources of their own, so policies
    differ by what they do and not by luck."""

    def __init__(self, world: World, seed: int) -> None:
        of_day, of_dials, of_rings, of_talks, of_wraps = (
            np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(5)
        )
        noise = of_day.lognormal(-(_NOISE**2) / 2, _NOISE, SHIFT // _NOISE_EVERY)
        self.share = [
            min(1 - MACHINE - BUSY, world.answers_at(second) * float(noise[second // _NOISE_EVERY]))
            for second in range(SHIFT)
        ]
        self._chance = _endless(lambda: of_dials.random(_BLOCK))
        self._ring = _endless(lambda: 1.5 + of_rings.gamma(3.0, 3.0, _BLOCK))
        self.talk = _endless(lambda: _talks(of_talks))
        self.wrap = _endless(lambda: _lognormal(of_wraps, 15, 0.6))

    def dial(self, second: int) -> tuple[bool, float]:
        """Whether a person answers, and after how many seconds that, or the end of the dial, comes."""
        share, chance, rings = self.share[second], next(self._chance), next(self._ring)
        if chance < share:
            return (True, rings) if rings < RING_TIMEOUT else (False, RING_TIMEOUT)
        if chance < share + MACHINE + BUSY:
            return False, min(rings, RING_TIMEOUT)
        return False, RING_TIMEOUT


def _endless(block: Callable[[], NDArray[np.float64]]) -> Iterator[float]:
    while True:
        yield from block().tolist()


def _lognormal(chance: np.random.Generator, mean: float, cv: float) -> NDArray[np.float64]:
    sigma = math.sqrt(math.log1p(cv * cv))
    return chance.lognormal(math.log(mean) - sigma * sigma / 2, sigma, _BLOCK)


def _talks(chance: np.random.Generator) -> NDArray[np.float64]:
    short = chance.random(_BLOCK) < 0.45
    return np.where(short, _lognormal(chance, 20, 0.7), _lognormal(chance, 150, 0.8))
