"""Agents who hold several chats at once: a birth–death process, chats always given to the least loaded.

With n chats over N agents, n = qN + r: r of them hold q+1, the others q. An agent with j chats finishes them at rate
j ÷ AHT(j), since each further chat slows the others. When all N·max places are taken, people wait and may give up, as
in Erlang A; with max = 1 it is Erlang A.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from antiphon.wfm.domain.queueing import Floats, Line, Queue, erlang_c, line
from antiphon.wfm.domain.reasons import refuse

MOST_PLACES = 5_000_000


@dataclass(frozen=True, slots=True)
class Chats:
    """`aht_s[j−1]` is the handling time of a chat while its agent holds j; as many entries as chats at once."""

    arrivals: float  # a second
    aht_s: tuple[float, ...]
    patience_s: float = np.inf
    target_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.aht_s or min(self.aht_s) <= 0:
            raise refuse("aht_s", "one positive time for each number of chats at once")

    def throughput(self) -> Floats:
        """Chats an agent finishes in a second when holding 1, 2, … at once."""
        held = np.arange(1, len(self.aht_s) + 1)
        return np.asarray(held / np.array(self.aht_s), dtype=np.float64)


def handling_times(aht_s: float | Sequence[float], most: int) -> tuple[float, ...]:
    """One time for any number of chats, or one for each."""
    if most < 1:
        raise refuse("max_chats", "at least one")
    if isinstance(aht_s, int | float):
        return (float(aht_s),) * most
    if len(aht_s) < most:
        raise refuse("aht_s", f"{most} chats at once need {most} times, {len(aht_s)} given")
    return tuple(float(aht) for aht in aht_s[:most])


def chat(agents: int, chats: Chats) -> Queue:
    """P(wait), P(abandon), level and mean wait with so many agents."""
    if agents < 0 or agents * len(chats.aht_s) > MOST_PLACES:
        raise refuse("agents", f"between 0 and {MOST_PLACES // len(chats.aht_s):,}")
    one = np.ones(1)
    if chats.arrivals <= 0:
        return Queue(one * 0, one * 0, one, one * 0)
    if agents == 0:
        return Queue(one, one, one * 0, one * chats.patience_s)
    rates = _finishing(agents, chats)
    weights = np.concatenate([[0.0], np.cumsum(np.log(chats.arrivals) - np.log(rates[:-1]))])  # states 0 … cap−1
    below = np.logaddexp.reduce(weights) - weights[-1]
    drain = rates[-1]
    if np.isinf(chats.patience_s) and chats.arrivals >= drain:
        return erlang_c(one, one, one)  # grows without end
    impatience = 1 / chats.patience_s if chats.patience_s > 0 else np.inf
    if np.isinf(impatience):
        lost = np.exp(np.log(chats.arrivals / drain) - np.logaddexp(below, np.log(chats.arrivals / drain)))
        return Queue(one * lost, one * lost, one * (1 - lost), one * 0)
    return line(one * below, Line(one * chats.arrivals, one * drain, one * impatience, one * chats.target_s))


def _finishing(agents: int, chats: Chats) -> Floats:
    """Completions a second with n = 1 … N·max chats, evenly spread."""
    held, one_more = np.divmod(np.arange(1, agents * len(chats.aht_s) + 1), agents)
    speed = np.concatenate([[0.0], chats.throughput(), [0.0]])
    return np.asarray(one_more * speed[held + 1] + (agents - one_more) * speed[held], dtype=np.float64)
