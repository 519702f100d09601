"""How a trunk has done lately: of its last calls, within the last hour, how many were answered, how soon it rang, how
it sounded. What is older says nothing any more, so that a trunk that was left out is tried again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median_low

LATELY = timedelta(hours=1)
MOST = 50
"""Calls of each trunk that count."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that was tried over a trunk. `pdd_ms`: from the INVITE to the first ringing; None: it did not ring."""

    at: datetime
    answered: bool
    pdd_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Sound:
    """A call that was heard. `loss` is 0..1; None: not measured."""

    at: datetime
    mos: float | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What one replica noted of a trunk, the oldest first."""

    attempts: tuple[Attempt, ...] = ()
    sounds: tuple[Sound, ...] = ()

    def with_attempt(self, one: Attempt) -> Past:
        return Past((*self.attempts, one)[-MOST:], self.sounds)

    def with_sound(self, one: Sound) -> Past:
        return Past(self.attempts, (*self.sounds, one)[-MOST:])


@dataclass(frozen=True, slots=True)
class Score:
    """None: not measured."""

    attempts: int = 0
    answered: int = 0
    pdd_ms: int | None = None
    rang: int = 0
    mos: float | None = None
    loss: float | None = None
    heard: int = 0


def score(pasts: Iterable[Past], now: datetime) -> Score:
    """Of all replicas together."""
    known = list(pasts)
    attempts = [one for past in known for one in past.attempts if now - one.at < LATELY]
    attempts = sorted(attempts, key=lambda one: one.at)[-MOST:]
    sounds = [one for past in known for one in past.sounds if now - one.at < LATELY]
    sounds = sorted(sounds, key=lambda one: one.at)[-MOST:]
    delays = [one.pdd_ms for one in attempts if one.pdd_ms is not None]
    scores = [one.mos for one in sounds if one.mos is not None]
    losses = [one.loss for one in sounds if one.loss is not None]
    return Score(
        len(attempts),
        sum(one.answered for one in attempts),
        median_low(delays) if delays else None,
        len(delays),
        fmean(scores) if scores else None,
        fmean(losses) if losses else None,
        min((len(values) for values in (scores, losses) if values), default=0),
    )
