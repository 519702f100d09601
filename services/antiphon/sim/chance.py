"""Chance that can be repeated: distributions, and one stream of random numbers per purpose.

**Common random numbers.** Two strategies are compared fairly only if they face the same customers. So arrivals,
patience, handling and wrap-up each have their own stream, drawn in the order of arrival and for every customer,
whether the number is needed or not; and whatever depends on the course of events (was this offer missed? does this
customer call again?) is a `lot`, a hash of who and what for, so that no draw shifts any other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random

Millis = int
Sampler = Callable[[], Millis]

_MASK = (1 << 64) - 1


class Shape(StrEnum):
    """The family of a duration."""

    EXPONENTIAL = "exponential"
    LOGNORMAL = "lognormal"
    GAMMA = "gamma"
    DETERMINISTIC = "deterministic"
    INFINITE = "infinite"  # patience only: never gives up


@dataclass(frozen=True, slots=True)
class Duration:
    """A random duration: its mean in milliseconds and, for lognormal and gamma, `cv` = deviation ÷ mean."""

    shape: Shape
    mean_ms: Millis = 0
    cv: float = 1.0

    def sampler(self, rng: Random) -> Sampler:
        """A function that draws one duration from this stream."""
        mean, cv = self.mean_ms, self.cv
        match self.shape:
            case Shape.EXPONENTIAL:
                uniform, log = rng.random, math.log  # what `expovariate` does, without its call
                return lambda: int(0.5 - log(1.0 - uniform()) * mean)
            case Shape.LOGNORMAL:
                variance = math.log1p(cv * cv)
                mu, sigma = math.log(mean) - variance / 2, math.sqrt(variance)
                lognormvariate = rng.lognormvariate
                return lambda: int(lognormvariate(mu, sigma) + 0.5)
            case Shape.GAMMA:
                alpha, beta = 1 / (cv * cv), mean * cv * cv
                gammavariate = rng.gammavariate
                return lambda: int(gammavariate(alpha, beta) + 0.5)
            case _:
                return lambda: mean

    def draw(self, rng: Random) -> Millis:
        """One duration."""
        return self.sampler(rng)()


NOTHING = Duration(Shape.DETERMINISTIC, 0)
FOR_EVER = Duration(Shape.INFINITE)


def stream(seed: int, *names: object) -> Random:
    """The stream of one purpose. Python seeds from a text by SHA-512, the same on every machine."""
    return Random("/".join(map(str, (seed, *names))))


def lot(seed: int, number: int, purpose: int) -> float:
    """A number in [0, 1) that belongs to (seed, number, purpose) and to no sequence.

    SplitMix64's finaliser (Steele, Lea & Flood 2014), which passes BigCrush on counters."""
    z = (seed * 0x9E3779B97F4A7C15 + number * 0xD1B54A32D192ED03 + (purpose + 1) * 0x8CB92BA72F3D8DD7) & _MASK
    for _ in range(2):
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        z ^= z >> 31
    return (z >> 11) / (1 << 53)
