"""When customers come: a Poisson process whose rate follows a profile, and its rougher relatives.

The rate is piecewise constant. Unit-exponential gaps are laid end to end in *expected contacts* and mapped back to
time through the cumulated rate (inversion; Çinlar 1975), which is exact for any profile and uses one random number
per contact. Over-dispersion comes in two kinds: a whole day is busier or calmer than forecast (`variation`, a gamma
factor with mean 1), and bursts come and go within it (`bursts`, a two-state Markov-modulated Poisson process).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from antiphon.sim.chance import Millis
from antiphon.sim.scenario import Bursts, Demand

Piece = tuple[float, float, float]
"""From, to (milliseconds), and contacts per millisecond."""


def arrivals(demand: Demand, until: Millis, rng: Random, climate: Random) -> Iterator[Millis]:
    """The moments at which customers come, in order. `climate` decides how busy the day is and when it bursts."""
    pieces: Iterator[Piece] = _profile(demand, until)
    if demand.variation:
        shape = 1 / demand.variation**2
        pieces = _scaled(pieces, climate.gammavariate(shape, 1 / shape))
    if demand.bursts is not None:
        pieces = _modulated(pieces, demand.bursts, climate)
    return _poisson(pieces, rng)


def _profile(demand: Demand, until: Millis) -> Iterator[Piece]:
    start = 0
    for contacts in demand.profile:
        end = min(start + demand.interval_ms, until)
        if start >= until:
            return
        yield float(start), float(end), contacts / demand.interval_ms
        start = end


def _scaled(pieces: Iterator[Piece], factor: float) -> Iterator[Piece]:
    for start, end, rate in pieces:
        yield start, end, rate * factor


def _modulated(pieces: Iterator[Piece], bursts: Bursts, climate: Random) -> Iterator[Piece]:
    """Cut the pieces where the climate changes."""
    leave_burst = 1 / bursts.lasts_ms
    leave_calm = leave_burst * bursts.share / (1 - bursts.share)
    bursting = climate.random() < bursts.share
    change = climate.expovariate(leave_burst if bursting else leave_calm)
    for piece_start, end, rate in pieces:
        start = piece_start
        while change < end:
            yield start, change, rate * (bursts.factor if bursting else bursts.calm_factor)
            start, bursting = change, not bursting
            change += climate.expovariate(leave_burst if bursting else leave_calm)
        yield start, end, rate * (bursts.factor if bursting else bursts.calm_factor)


def _poisson(pieces: Iterator[Piece], rng: Random) -> Iterator[Millis]:
    uniform, log = rng.random, math.log  # what `expovariate` does, without its call
    gap = -log(1.0 - uniform())  # expected contacts still to go until the next one comes
    for start, end, rate in pieces:
        if rate <= 0:
            continue
        at = start + gap / rate
        while at < end:
            yield int(at)
            at -= log(1.0 - uniform()) / rate
        gap = (at - end) * rate
